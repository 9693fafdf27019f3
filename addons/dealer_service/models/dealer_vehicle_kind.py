from odoo import models


class DealerVehicle(models.Model):
    """What was due and not done here counts for the kind of the customer (D10)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def write(self, vals):
        result = super().write(vals)
        if "service_due" in vals or "active" in vals:
            self._kinds_of_owners()
        return result

    def _maintenance_refresh(self):
        before = {vehicle.id: vehicle.service_due for vehicle in self.sudo()}  # days alone
        result = super()._maintenance_refresh()
        changed = self.sudo().filtered(lambda car: car.service_due != before[car.id])  # as above
        changed._kinds_of_owners()
        return result

    def _kinds_of_owners(self):
        # How owners stand with other stores is not shown, only counted anew.
        self.sudo().current_owner_id.dealer_relation_ids._kinds_changed()
