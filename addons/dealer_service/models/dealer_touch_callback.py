from odoo import models


class DealerTouch(models.Model):
    """Messages to whom nobody reached: when one is on its way, the call-back says so."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "sent":
            messages = self.filtered(
                lambda touch: touch.res_model == "dealer.callback" and touch.addressee == "customer"
            )
            if messages:
                # Only the system sends touches; it notes what became of the call-back.
                callbacks = self.env["dealer.callback"].sudo().browse(messages.mapped("res_id"))
                callbacks.exists()._message_sent()
        return result
