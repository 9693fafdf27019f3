from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import TEAM_POSTS

from .res_users_order import ORDER_STORE_POSTS


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_drive_domain(self, company_ids):
        """Return the domain on ``dealer.test.drive`` of what this user may see and work on.

        A drive is as secret as its customer; besides, who rides along sees it, and managers those
        with their team.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(ORDER_STORE_POSTS):
            return store
        domain = Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
        domain |= Domain("user_id", "=", self.id)
        if self._dealer_has_any(TEAM_POSTS):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("user_id", "any", managed)
        return store & domain
