from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_of_lead_domain(self, company_ids):
        """Return the domain on what belongs to a lead (defeats, grades): as secret as the customer."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
            | Domain("user_id", "=", self.id) & Domain("relation_id", "=", False)
        )
