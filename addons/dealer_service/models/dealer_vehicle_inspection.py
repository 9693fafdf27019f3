from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.day import local_day, today
from .dealer_inspection_rule import KINDS

#: Who notes that a car was inspected.
NOTERS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "base.group_system",
)


class DealerVehicle(models.Model):
    """When the car is to be inspected next, by the rule in force (D1, D3)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    inspection_kind = fields.Selection(KINDS, required=True, default="private")
    last_inspection = fields.Date(
        string="Last Inspected On", help="Empty: the inspections until today were kept."
    )
    inspection_due = fields.Date(
        compute="_compute_inspection",
        store=True,
        readonly=False,
        help="By the rule in force, from the first registration.",
    )
    inspection_on_site = fields.Boolean(
        string="To Be Shown",
        compute="_compute_inspection",
        store=True,
        help="The car must be shown; else the sticker is asked for without a test, from three months"
        " before on.",
    )

    @api.depends("first_registration", "inspection_kind", "last_inspection")
    def _compute_inspection(self):
        now = today()
        # The rules are no secret, whoever asks.
        rules = self.env["dealer.inspection.rule"].sudo()._in_force(now)
        none = self.env["dealer.inspection.rule"]
        for vehicle in self:
            found = vehicle.first_registration and rules.get(vehicle.inspection_kind, none)._next(
                vehicle.first_registration, vehicle._inspected_until(now)
            )
            if found:
                vehicle.inspection_due, vehicle.inspection_on_site = found.day, found.on_site
            else:
                # Where the first registration is not known, the day that was typed stays.
                vehicle.inspection_due, vehicle.inspection_on_site = vehicle.inspection_due, False

    def _inspected_until(self, now):
        """Return the day until which nothing is due: inspections are made from three months before on."""
        self.ensure_one()
        if not self.last_inspection:
            return fields.Date.subtract(now, days=1)
        return fields.Date.add(self.last_inspection, months=3)

    @api.model
    def _inspection_follow(self):
        """A rule changed: work out all cars anew."""
        # A rule holds for the cars of all stores, also those that its writer does not see.
        vehicles = self.sudo().search([("first_registration", "!=", False)])
        for name in ("inspection_due", "inspection_on_site"):
            self.env.add_to_compute(self._fields[name], vehicles)

    def action_inspected(self):
        """Note that the car was inspected today."""
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(NOTERS):
            raise AccessError(self.env._("Inspections are noted by after-sales."))
        self.last_inspection = today()

    def _inspection_done(self, moment):
        """A workshop order of an inspection was closed; called as the system."""
        day = local_day(moment)
        for vehicle in self.filtered(
            lambda car: not car.last_inspection or car.last_inspection < day
        ):
            vehicle.last_inspection = day
