from odoo import models
from odoo.fields import Domain


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

    def _dealer_work_domain(self, company_ids):
        """Return the domain on ``dealer.work.report``: of the leads and orders one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
            | Domain("order_id", "any", self._dealer_order_domain(company_ids))
        )
