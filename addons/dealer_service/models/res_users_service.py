from odoo import models
from odoo.fields import Domain

#: Who reads the quality faults of cars.
FAULT_READERS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_technician",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_service_domain(self, company_ids):
        """Return the domain on ``dealer.service.order`` of what this user may see.

        The history stays with the car: whoever sees the car sees what was done to it in the own
        stores, also for a former owner, whose name is not shown (``customer_id``).

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "vehicle_id", "any", self._dealer_vehicle_domain(company_ids)
        )

    def _dealer_need_domain(self, company_ids):
        """Return the domain on ``dealer.maintenance.need``: with the car; faults for who reads faults.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        domain = Domain("vehicle_id", "any", self._dealer_vehicle_domain(company_ids))
        if not self._dealer_has_any(FAULT_READERS):
            domain &= Domain("fault_id", "=", False)
        return domain
