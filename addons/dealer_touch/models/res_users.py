from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_touch_domain(self, company_ids):
        """Return the domain on ``dealer.touch`` of what this user may see.

        A touch of a customer names the customer: it is as secret as the file. Those of no customer
        follow their document alone.
        """
        self.ensure_one()
        customer = Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
        return Domain("company_id", "in", company_ids) & (
            Domain("partner_id", "=", False) | customer
        )
