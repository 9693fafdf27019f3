from odoo import api, fields, models


class DealerVehicle(models.Model):
    """The car file: what was done to the car, and until when it is insured and guaranteed (D1)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    service_order_ids = fields.One2many(
        "dealer.service.order", "vehicle_id", string="Service History", readonly=True
    )
    service_order_count = fields.Integer(
        compute="_compute_service_order_count", string="Workshop Visits"
    )
    compulsory_insurance_due = fields.Date(string="Compulsory Insurance Until")
    commercial_insurance_due = fields.Date(string="Commercial Insurance Until")
    insurance_due = fields.Date(
        compute="_compute_insurance_due",
        store=True,
        readonly=False,
        help="The policy that ends first.",
    )
    warranty_km = fields.Integer(string="Warranty Until (km)", aggregator=False)

    @api.depends("compulsory_insurance_due", "commercial_insurance_due")
    def _compute_insurance_due(self):
        for vehicle in self:
            known = (vehicle.compulsory_insurance_due, vehicle.commercial_insurance_due)
            # Where neither is known, the day that was typed stays.
            vehicle.insurance_due = min(filter(None, known), default=vehicle.insurance_due)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_service_order_count(self):
        orders = self.env["dealer.service.order"]
        counts = {}
        if orders.has_access("read"):
            counts = dict(
                orders._read_group([("vehicle_id", "in", self.ids)], ["vehicle_id"], ["__count"])
            )
        for vehicle in self:
            vehicle.service_order_count = counts.get(vehicle._origin, 0)

    @api.model
    def _dealer_merge_groups(self):
        single = ("compulsory_insurance_due", "commercial_insurance_due", "warranty_km")
        return [*super()._dealer_merge_groups(), *(((name,), ()) for name in single)]

    def action_service_orders(self):
        """Open what was done to this car in the workshop."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_service_order_action"
        )
        action["domain"] = [("vehicle_id", "=", self.id)]
        action["context"] = {"default_vehicle_id": self.id}
        return action
