from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    dealer_wechat_identity_ids = fields.One2many(
        "dealer.wechat.identity", "partner_id", string="WeChat Identities"
    )
    dealer_wechat_follows = fields.Boolean(
        string="Follows in WeChat", compute="_compute_dealer_wechat_follows"
    )

    def _compute_dealer_wechat_follows(self):
        groups = self.env["dealer.wechat.identity"]._read_group(
            [("partner_id", "in", self.ids), ("is_following", "=", True)], ["partner_id"]
        )
        following = {partner.id for (partner,) in groups}
        for partner in self:
            partner.dealer_wechat_follows = partner.id in following

    def action_dealer_wechat(self):
        """Open by what accounts the customer is known."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_wechat.dealer_wechat_identity_action"
        )
        return action | {"domain": [("partner_id", "=", self.id)], "context": {}}
