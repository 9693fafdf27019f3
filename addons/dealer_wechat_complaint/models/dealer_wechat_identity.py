from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_complaint.models.helpdesk_ticket import CLOSED_STATES


class DealerWechatIdentity(models.Model):
    _name = "dealer.wechat.identity"
    _inherit = "dealer.wechat.identity"

    def _talk_held(self):
        """What was said is kept while a complaint of the customer is open: it may be needed as proof."""
        cases = self.env["helpdesk.ticket"].search(
            Domain("is_case", "=", True)
            & Domain("case_state", "not in", CLOSED_STATES)
            & (
                Domain("wechat_identity_id", "in", self.ids)
                | Domain("partner_id", "in", self.partner_id.ids)
            )
        )
        return super()._talk_held() | self.filtered(
            lambda identity: (
                identity in cases.wechat_identity_id or identity.partner_id & cases.partner_id
            )
        )
