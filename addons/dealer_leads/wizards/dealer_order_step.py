from odoo import api, fields, models


class DealerOrderStep(models.TransientModel):
    """Ask what a step of an order needs; the order checks the right and does it."""

    _name = "dealer.order.step"
    _description = "Step of a Car Order"

    order_id = fields.Many2one("dealer.order", required=True, ondelete="cascade")
    step = fields.Selection(
        [("plan", "Plan the Delivery"), ("deliver", "Deliver"), ("cancel", "Cancel")],
        required=True,
    )
    planned_on = fields.Date(string="Delivery Planned On")
    delivered_on = fields.Date()
    vin = fields.Char(string="VIN")
    plate = fields.Char()
    mileage = fields.Integer(string="Mileage (km)")
    handover_note = fields.Text(string="Hand-Over Note")
    reason_id = fields.Many2one("dealer.order.cancel.reason", string="Cancelled Because")
    needs_note = fields.Boolean(related="reason_id.needs_note")
    note = fields.Text(string="Details")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        return {**self._known(values.get("order_id")), **values}

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_order_id")
        return super().create(
            [{**self._known(vals.get("order_id", default)), **vals} for vals in vals_list]
        )

    @api.model
    def _known(self, order_id):
        """Return what is known of the order, so that only what is new is filled in."""
        if not order_id:
            return {}
        order = self.env["dealer.order"].browse(order_id)
        order.check_access("read")
        today = order._today()
        values = {field: order[field] for field in ("vin", "plate", "mileage", "handover_note")}
        values["delivered_on"] = today
        # A day that is over is not proposed once more.
        if order.planned_on and order.planned_on >= today:
            values["planned_on"] = order.planned_on
        return values

    def action_do(self):
        """Do the step with what was filled in."""
        self.ensure_one()
        order = self.order_id
        if self.step == "plan":
            order._plan(self.planned_on)
        elif self.step == "deliver":
            order._deliver(
                self.delivered_on,
                vin=self.vin,
                plate=self.plate,
                mileage=self.mileage,
                handover_note=self.handover_note,
            )
        else:
            order._cancel(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
