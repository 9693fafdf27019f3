from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import STORE_POSTS, TEAM_POSTS


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_defeat_report_domain(self, company_ids):
        """Return the domain on ``dealer.defeat.report``: of the visits and defeats one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("visit_id", "any", self._dealer_visit_domain(company_ids))
            | Domain("defeat_id", "any", self._dealer_of_lead_domain(company_ids))
        )

    def _dealer_progress_domain(self, company_ids):
        """Return the domain on ``dealer.prospect.progress``: of the leads one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "lead_id", "any", self._dealer_lead_domain(company_ids)
        )

    def _dealer_target_domain(self, company_ids, write=False):
        """Return the domain on ``dealer.target``: who reads, and who sets them.

        A leader sets those of the store, a manager those of the own team; each reads those of the
        store and the own ones.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any((*STORE_POSTS, "base.group_system")):
            return store
        team = Domain.FALSE
        if self._dealer_has_any(TEAM_POSTS):
            team = Domain("user_id.dealer_team_ids.manager_ids", "in", [self.id])
        if write:
            return store & team
        return store & (team | Domain("user_id", "in", [False, self.id]))

    def _dealer_work_domain(self, company_ids):
        """Return the domain on ``dealer.work.report``: of the leads and orders one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
            | Domain("order_id", "any", self._dealer_order_domain(company_ids))
        )
