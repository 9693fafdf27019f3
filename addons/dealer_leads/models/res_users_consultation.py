from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_consultation_domain(self, company_ids):
        """Return the domain on ``dealer.consultation``: who serves the customer, asks or is asked."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        return store & (
            Domain("expert_ids", "in", [self.id])
            | Domain("asker_id", "=", self.id)
            | Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
        )

    def _dealer_consultation_report_domain(self, company_ids):
        """Return the domain on the figures of experts: the store's for who leads, else the own."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_dcc_store_wide():
            return store
        return store & Domain("user_id", "=", self.id)
