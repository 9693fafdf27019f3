from odoo import fields, models


class DealerLeadInbox(models.Model):
    """Which follower sent an enquiry from a page that was opened in WeChat.

    A number that was typed binds no follower to its customer: anybody can type it.
    """

    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    wechat_identity_id = fields.Many2one(
        "dealer.wechat.identity",
        string="WeChat Follower",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _bound(self, relation, unit):
        """Who came by a consultant's code is that consultant's, where nobody serves the customer."""
        bound = super()._bound(relation, unit)
        if bound:
            return bound
        # Whose code it was is known by the system alone; the queue works as the system.
        user = self.sudo().wechat_identity_id.user_id
        good = (
            user.active
            and unit.company_id in user.company_ids
            and user.has_group("dealer_base.group_sales_consultant")
        )
        return [("consultant_id", user)] if good else bound
