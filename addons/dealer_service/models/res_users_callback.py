from odoo import models
from odoo.fields import Domain

#: Who hands call-backs to colleagues, and takes calls up again.
CHIEFS = (
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_callback_domain(self, company_ids):
        """Return the domain on ``dealer.callback``: those of the customers that the user may see.

        They carry name and number: as strict as the customer's own rule.
        """
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "relation_id", "any", self._dealer_relation_domain(company_ids)
        )
