from odoo import models
from odoo.fields import Domain

from .dealer_score_sheet import CONFIRMERS

#: Who sees all complaints of the store.
CASE_POSTS = (
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)

#: Who keeps the document store.
KEEPERS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)

#: Who leads whom in a department that has no teams.
HEADS = (
    (
        ("dealer_base.group_service_advisor", "dealer_base.group_technician"),
        ("dealer_base.group_service_manager",),
    ),
    (("dealer_base.group_care_agent",), ("dealer_base.group_care_manager",)),
    (
        (
            "dealer_base.group_sales_consultant",
            "dealer_base.group_dcc_agent",
            "dealer_base.group_dcc_lead",
            "dealer_base.group_sales_manager",
        ),
        ("dealer_base.group_sales_director",),
    ),
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_case_domain(self, company_ids):
        """Return the domain on ``helpdesk.ticket`` of the complaints this user may see.

        Care and the leaders see those of their stores, everybody else what they handle or work on.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids) & Domain("is_case", "=", True)
        if self._dealer_has_any(CASE_POSTS):
            return store
        return store & (
            Domain("handler_id", "=", self.id)
            | Domain("user_id", "=", self.id)
            | Domain("task_ids.user_id", "=", self.id)
        )

    def _dealer_follower_domain(self):
        """Return the domain on ``helpdesk.ticket`` of the own tickets and those one follows.

        Who sees all complaints of the store is not asked which of them he follows: that would cost
        two look-ups at every step.
        """
        self.ensure_one()
        follows = Domain("message_partner_ids", "in", self.partner_id.ids)
        if self._dealer_has_any(CASE_POSTS):
            follows &= Domain("is_case", "=", False)
        return Domain("partner_id", "in", self.partner_id.ids) | follows

    def _case_heads(self, unit):
        """Return who leads this person's department in store ``unit``; nobody where a team does."""
        # Who leads which team is read for everybody who is to be told, whatever the rights.
        teams = self.env["dealer.team"].sudo().search([("unit_id", "=", unit.id)])
        if not self or teams.with_context(active_test=False).filtered(
            lambda team: team.member_ids & self
        ):
            return self.browse()
        for members, heads in HEADS:
            if self._dealer_has_any(members):
                return unit._clock_staff(*heads) - self
        return self.browse()

    def _dealer_setting_domain(self, company_ids):
        """Return the domain on settings and documents that this user may change.

        Leaders of a store change what is the store's own; what holds for all stores is changed by
        who leads them all.
        """
        self.ensure_one()
        own = Domain("company_id", "in", company_ids)
        return own | Domain("company_id", "=", False) if self._dealer_leads_all() else own

    def _dealer_setting_company(self):
        """Return for which company a new setting holds unless said otherwise; all for who leads all."""
        return self.env["res.company"] if self._dealer_leads_all() else self.env.company

    def _dealer_document_domain(self, company_ids):
        """Return the domain on ``dealer.document``: those of one's posts; leaders keep them all."""
        self.ensure_one()
        store = Domain("company_id", "=", False) | Domain("company_id", "in", company_ids)
        if self._dealer_has_any(KEEPERS):
            return store
        return store & (
            Domain("group_ids", "=", False) | Domain("group_ids", "in", self.all_group_ids.ids)
        )

    def _dealer_score_domain(self, company_ids):
        """Return the domain on ``dealer.score.sheet``: nobody sees the sheet of a colleague."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(CONFIRMERS):
            return store
        return store & Domain("user_id", "=", self.id)
