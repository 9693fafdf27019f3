from odoo import models
from odoo.fields import Domain

#: Who sees followers whom nobody knows yet: leaders, and those who sort out who they are.
SORTERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_service_manager",
    "dealer_base.group_marketing_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_wechat_domain(self, company_ids):
        """Return the domain of identities, follows and messages that this user may see.

        Whose is known is as secret as the customer's file. Who is unknown yet is seen by who sorts
        that out, and by the person through whose code he came.
        """
        self.ensure_one()
        known = Domain(
            "partner_id.dealer_relation_ids", "any", self._dealer_relation_domain(company_ids)
        )
        unknown = Domain("partner_id", "=", False)
        if not self._dealer_has_any(SORTERS):
            unknown &= Domain("user_id", "=", self.id)
        return Domain("company_id", "in", company_ids) & (known | unknown)

    def _dealer_wechat_outbox_domain(self, company_ids):
        """Return the domain of messages that this user may see: those to identities that he sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "identity_id", "any", self._dealer_wechat_domain(company_ids)
        )
