from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_request_domain(self, company_ids):
        """Return the domain on ``dealer.service.request``: as the customer's own rule, and what is one's own.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
            | Domain("user_id", "=", self.id)
        )
