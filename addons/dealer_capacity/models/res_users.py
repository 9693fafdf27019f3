from odoo import models

#: Who plans the capacity of a store: resources, closures, jobs, anybody's bookings.
PLANNERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Who moves the bookings of others that they may read.
MOVERS = (
    *PLANNERS,
    "dealer_base.group_service_advisor",
    "dealer_base.group_reception",
    "dealer_base.group_dcc_lead",
)
#: Who books.
BOOKERS = (
    *MOVERS,
    "dealer_base.group_sales_consultant",
    "dealer_base.group_dcc_agent",
    "dealer_base.group_care_agent",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_books(self):
        """Whether the post books resources."""
        return self._dealer_has_any(BOOKERS)

    def _dealer_moves_bookings(self):
        """Whether the post moves bookings of others that it may read."""
        return self._dealer_has_any(MOVERS)

    def _dealer_capacity_job_domain(self, company_ids):
        """Return the domain of the jobs that the user may change: of all stores by few."""
        own = [("company_id", "in", company_ids)]
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            return ["|", ("unit_id", "=", False), *own]
        return own
