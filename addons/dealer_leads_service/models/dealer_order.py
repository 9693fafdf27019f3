from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.dealer_service.models.dealer_callback import OPEN


class DealerOrder(models.Model):
    """Customers are called back about the new car that was handed over."""

    _name = "dealer.order"
    _inherit = "dealer.order"

    # The rules of call-backs count from it.
    delivered_at = fields.Datetime(index="btree_not_null")

    def _callback_values(self):
        """Return what a call-back about this record is about; a hook, called as the system."""
        self.ensure_one()
        return {
            "about": "sale",
            "vehicle_id": self.vehicle_id.id,
            "delivered_at": self.delivered_at,
        }

    def action_undo_delivery(self):
        """Take a delivery back; nobody is called about it, and a second one is called about anew."""
        result = super().action_undo_delivery()
        # Whoever takes a delivery back need not see the calls; the right was checked.
        rows = (
            self.env["dealer.callback"]
            .sudo()
            .search(Domain("res_model", "=", self._name) & Domain("res_id", "=", self.id))
        )
        waiting = rows.filtered(lambda row: row.state in OPEN and not row.attempt_ids)
        waiting._clock_void(self.env._("The delivery was taken back."), "call_back")
        waiting.unlink()
        return result
