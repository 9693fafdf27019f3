from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import STORE_POSTS, TEAM_POSTS


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_lead_domain(self, company_ids):
        """Return the domain on ``crm.lead``: a lead is as secret as its customer.

        Leads outside of stores stay with those who have Odoo's own sales rights.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        no_customer = Domain("dealer_relation_id", "=", False)
        domain = Domain("dealer_relation_id", "any", self._dealer_relation_domain(company_ids))
        domain |= store & no_customer & Domain("user_id", "=", self.id)
        if self._dealer_has_any((*STORE_POSTS, *TEAM_POSTS, "base.group_system")):
            domain |= store & no_customer & Domain("dealer_unit_id", "!=", False)
        if self._dealer_has_any(("sales_team.group_sale_salesman", "base.group_system")):
            domain |= Domain("dealer_unit_id", "=", False)
        return domain

    def _dealer_inbox_domain(self, company_ids):
        """Return the domain on ``dealer.lead.inbox``: rows without lead, and of visible leads.

        What no store could be found for is seen by those who look after all stores.
        """
        self.ensure_one()
        domain = Domain("unit_id.company_id", "in", company_ids) & (
            Domain("lead_id", "=", False)
            | Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
        )
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            domain |= Domain("unit_id", "=", False)
        return domain
