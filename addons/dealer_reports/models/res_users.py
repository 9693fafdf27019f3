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
        """Return the domain on ``dealer.prospect.progress``: of the leads one sees.

        Its leads have a customer, so they are seen with the customer.
        """
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "relation_id", "any", self._dealer_relation_domain(company_ids)
        )
