from odoo import fields, models


class DealerWechatBind(models.TransientModel):
    _name = "dealer.wechat.bind"
    _description = "Bind WeChat Identity"

    identity_id = fields.Many2one(
        "dealer.wechat.identity", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain="[('is_dealer_customer', '=', True)]",
        ondelete="cascade",
    )
    reason = fields.Char(
        help="Needed when it belonged to another customer. It stands in both customers' files."
    )

    def action_bind(self):
        """Bind the identity to the customer.

        :raise AccessError: the user may not see one of them, or may not change the binding
        """
        self.ensure_one()
        self.identity_id._bind_by_hand(self.partner_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
