from odoo import fields, models

from ..tools.day import today
from .dealer_maintenance_need import AGAIN_MONTHS

#: A fault that was dealt with so often comes first.
AGAIN = 2


class DealerVehicle(models.Model):
    """What to speak about when the car comes: by its plan, by what was refused, by its faults (D4)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def _need_words(self):
        """Return ``{vehicle id: [words]}``, the gravest first, in a fixed number of queries.

        Call it in sudo, for who may read what the car needs.
        """
        found = {vehicle.id: [] for vehicle in self}
        since = fields.Date.subtract(today(), months=AGAIN_MONTHS)
        repairs = self.env["dealer.service.repair"]._read_group(
            [("vehicle_id", "in", self.ids), ("order_id.opened_at", ">=", since)],
            ["vehicle_id", "fault_id"],
            ["__count"],
            having=[("__count", ">=", AGAIN)],
        )
        for vehicle, fault, count in sorted(repairs, key=lambda row: -row[2]):
            found[vehicle.id].append(
                self.env._("%(fault)s came again (%(count)s ×)", fault=fault.name, count=count)
            )
        needs = self.env["dealer.maintenance.need"].search(
            [("vehicle_id", "in", self.ids), ("state", "in", ("due", "soon"))]
        )
        again = {fault for _vehicle, fault, _count in repairs}
        faults = needs.filtered("fault_id")
        needs -= faults
        for need in faults.filtered(lambda need: need.fault_id not in again):
            found[need.vehicle_id.id].append(
                self.env._("%s: is it gone?", need.name)
                if need.times
                else self.env._("%s: not repaired yet", need.name)
            )
        refused = needs.filtered(lambda need: need.safety and need.decision == "refused")
        for need in refused:
            found[need.vehicle_id.id].append(self.env._("%s (refused last time)", need.name))
        for need in (needs - refused).sorted(lambda need: (not need.safety, need.expected_on)):
            found[need.vehicle_id.id].append(need.name)
        return found
