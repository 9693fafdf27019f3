from odoo import models


class DealerRelation(models.Model):
    """Whoever takes a customer over takes the chat over."""

    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def _after_assign(self, values):
        result = super()._after_assign(values)
        # sudo: chats of customers are the system's; the hand-over itself was checked
        identities = (
            self.env["dealer.wechat.identity"]
            .sudo()
            .search([("partner_id", "in", self.partner_id.ids), ("channel_ids", "!=", False)])
        )
        units = self.unit_id
        identities.filtered(lambda each: each.unit_id in units)._sync_chat()
        return result
