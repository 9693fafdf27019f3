from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import STORE_POSTS, TEAM_POSTS

#: Who changes all visits of the store.
STORE_WRITERS = (
    "dealer_base.group_reception",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_visit_domain(self, company_ids):
        """Return the domain on ``dealer.visit`` of what this user may see.

        The clerk sees all visits of the store as cards; consultants those of their customers and
        those given to them, and who waits; managers those of their team.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any((*STORE_POSTS, "dealer_base.group_reception", "base.group_system")):
            return store
        domain = Domain("consultant_id", "=", self.id) | Domain(
            "relation_id", "any", self._dealer_relation_domain(company_ids)
        )
        if self._dealer_has_any(TEAM_POSTS):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("consultant_id", "any", managed)
        if self.has_group("dealer_base.group_sales_manager"):
            domain |= Domain("consultant_id", "=", False) & Domain("relation_id", "=", False)
        if self._dealer_has_any(
            ("dealer_base.group_sales_consultant", "dealer_base.group_sales_manager")
        ):
            domain |= Domain("state", "=", "waiting")
        return store & domain

    def _dealer_visit_write_domain(self, company_ids):
        """Return the domain on ``dealer.visit`` of what this user may change."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(STORE_WRITERS):
            return store
        if self.has_group("dealer_base.group_sales_manager"):
            return self._dealer_visit_domain(company_ids)
        return store & Domain("consultant_id", "=", self.id)
