from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import TEAM_POSTS

#: Who sees all orders of the store.
ORDER_STORE_POSTS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_order_domain(self, company_ids):
        """Return the domain on ``dealer.order`` of what this user may see and work on.

        An order is as secret as its customer. Managers also see what their team sold to customers
        who were handed on since; who answers for the store keeps all its contracts.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(ORDER_STORE_POSTS):
            return store
        domain = Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
        if self._dealer_has_any(TEAM_POSTS):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("consultant_id", "any", managed)
        return store & domain
