from odoo import fields, models


class DealerWechatLook(models.TransientModel):
    _name = "dealer.wechat.look"
    _description = "Read a Chat of Colleagues"

    identity_id = fields.Many2one(
        "dealer.wechat.identity", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)

    def action_look(self):
        """Open the chat; the reason stands in it."""
        self.ensure_one()
        return self.identity_id._look(self.reason)
