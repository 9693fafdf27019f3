from odoo import models
from odoo.fields import Domain


class DealerWechatIdentity(models.Model):
    _name = "dealer.wechat.identity"
    _inherit = "dealer.wechat.identity"

    def _talk_held(self):
        """What was said is kept while somebody works on a lead of the customer."""
        leads = self.env["crm.lead"].search(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("won_status", "=", "pending")
        )
        open_ones = {(lead.partner_id, lead.company_id) for lead in leads}
        return super()._talk_held() | self.filtered(
            lambda identity: (identity.partner_id, identity.company_id) in open_ones
        )
