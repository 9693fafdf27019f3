from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerServiceRepair(models.Model):
    """A quality fault that was dealt with in a visit to the workshop, and how."""

    _name = "dealer.service.repair"
    _description = "Repair of a Quality Fault"
    _inherit = ["dealer.user.checks"]
    _order = "order_id desc, id"
    _rec_name = "fault_id"

    order_id = fields.Many2one(
        "dealer.service.order",
        string="Workshop Order",
        required=True,
        index=True,
        ondelete="cascade",
    )
    vehicle_id = fields.Many2one(related="order_id.vehicle_id", store=True, index=True)
    fault_id = fields.Many2one(
        "dealer.vehicle.fault",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('vehicle_id', '=', vehicle_id)]",
        help="Take the fault that is there already if the same one came again.",
    )
    remedy = fields.Selection(
        [
            ("repaired", "Repaired"),
            ("part", "Main Part Replaced"),
            ("assembly", "Assembly Replaced"),
        ],
        required=True,
        default="repaired",
    )
    note = fields.Char(string="Parts, Findings")

    _once = models.Constraint(
        "UNIQUE(order_id, fault_id)", "This fault stands in the workshop order already."
    )

    @api.constrains("fault_id", "order_id")
    def _check_vehicle(self):
        # A fault says nothing of another car; it may be one that the user does not see.
        for repair in self.sudo():
            if repair.fault_id.vehicle_id != repair.order_id.vehicle_id:
                raise ValidationError(
                    self.env._("This fault is one of another car. Enter the fault of this car.")
                )

    def _check_as_user(self, field_names):
        """Nobody changes the repairs of an order that is a record."""
        result = super()._check_as_user(field_names)
        self._check_order_open()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        repairs = super().create(vals_list)
        repairs.order_id.vehicle_id._faults_changed()
        return repairs

    def write(self, vals):
        if not self.env.su:
            self._check_order_open()  # of the order that a repair is taken away from
        cars = self.order_id.vehicle_id
        result = super().write(vals)
        (cars | self.order_id.vehicle_id)._faults_changed()
        return result

    def unlink(self):
        cars = self.order_id.vehicle_id
        result = super().unlink()
        cars._faults_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_open_orders(self):
        if not self.env.su:
            self._check_order_open()

    def _check_order_open(self):
        for order in self.order_id:
            order._check_open()
