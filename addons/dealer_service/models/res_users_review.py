from odoo import models
from odoo.fields import Domain

#: Who reads all reviews of the store.
READERS = (
    "dealer_base.group_service_manager",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    """Who sees which reviews."""

    _name = "res.users"
    _inherit = "res.users"

    def _dealer_review_domain(self, company_ids):
        """Return the domain on ``dealer.review``: advisors read those of their own work.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(READERS):
            return store
        if self._dealer_has_any(("dealer_base.group_service_advisor",)):
            return store & Domain("advisor_id", "=", self.id)
        return Domain.FALSE
