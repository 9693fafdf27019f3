from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_winback_domain(self, company_ids):
        """Return the domain on ``dealer.winback``: as strict as the customer's own rule.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        return Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
