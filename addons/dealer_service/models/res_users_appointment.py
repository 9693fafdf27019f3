from odoo import models
from odoo.fields import Domain

#: Who reads the appointments of the store.
READERS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_technician",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_reception",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Who books, moves, cancels, checks in.
DESK = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    """Who sees which appointments."""

    _name = "res.users"
    _inherit = "res.users"

    def _dealer_changes_appointments(self):
        """Whether the post books, moves and cancels appointments of its stores."""
        return self._dealer_has_any(DESK)

    def _dealer_appointment_domain(self, company_ids):
        """Return the domain on ``dealer.appointment``: those of the own stores, for the posts of the service.

        They carry a name, a masked number and a plate, as the card does that the clerk reads; the
        customer's file is asked by its own rule.
        """
        self.ensure_one()
        if self._dealer_has_any(READERS):
            return Domain("company_id", "in", company_ids)
        return Domain.FALSE

    def _dealer_service_menu_domain(self, company_ids):
        """Return the domain of the services and prices that the user may change: of all stores by few."""
        own = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            return Domain("unit_id", "=", False) | own
        return own
