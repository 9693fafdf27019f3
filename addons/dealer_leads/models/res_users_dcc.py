from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import STORE_POSTS

from .dealer_dcc_rule import SEATS


class ResUsers(models.Model):
    """Seats of the call centre, and who sees its pool and figures."""

    _name = "res.users"
    _inherit = "res.users"

    dealer_dcc_seat = fields.Selection(
        SEATS, string="DCC Seat", help="Empty: all work of the call centre, as in a small shop."
    )
    dealer_dcc_cap = fields.Integer(
        string="Picks a Day at Most",
        help="0: as many as the system parameter dealer_leads.dcc_daily_cap says.",
    )

    _dealer_dcc_cap = models.Constraint(
        "CHECK (dealer_dcc_cap IS NULL OR dealer_dcc_cap >= 0)", "Enter 0 or more picks a day."
    )

    def _dealer_dcc_store_wide(self):
        """Whether this user sees the call centre of the whole store."""
        return self._dealer_has_any(
            (*STORE_POSTS, "dealer_base.group_dcc_lead", "base.group_system")
        )

    def _dealer_dcc_entry_domain(self, company_ids):
        """Return the domain on ``dealer.dcc.entry``: who waits, and whom one picked oneself."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_dcc_store_wide():
            return store
        return store & (Domain("state", "=", "waiting") | Domain("user_id", "=", self.id))

    def _dealer_dcc_invitation_domain(self, company_ids):
        """Return the domain on ``dealer.dcc.invitation``: as secret as the customer.

        The clerk sees by name who is expected in the store.
        """
        self.ensure_one()
        if self.has_group("dealer_base.group_reception"):
            return Domain("company_id", "in", company_ids)
        domain = self._dealer_of_lead_domain(company_ids)
        if self._dealer_has_any(
            ("dealer_base.group_sales_consultant", "dealer_base.group_sales_manager")
        ):
            # Who shall receive the guests reads their story before the customer is bound.
            domain |= Domain("company_id", "in", company_ids) & (
                Domain("consultant_id", "=", self.id)
                | Domain("visit_id.consultant_id", "=", self.id)
            )
        return domain

    def _dealer_dcc_report_domain(self, company_ids):
        """Return the domain on the figures of the call centre: the own, the team's, the store's."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_dcc_store_wide():
            return store
        return store & Domain("user_id", "=", self.id)

    def _dealer_recall_domain(self, company_ids):
        """Return the domain on ``dealer.defeat.recall``.

        Agents see what is open for them and what they asked; consultants and their managers see
        answers, not whose defeat is being asked about.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_dcc_store_wide():
            return store
        answered = Domain("state", "!=", "open")
        parts = []
        if self.has_group("dealer_base.group_dcc_agent"):
            parts.append(
                Domain("caller_id", "=", self.id)
                | (
                    Domain("caller_id", "=", False)
                    & Domain("state", "=", "open")
                    & Domain("consultant_id", "!=", self.id)
                )
            )
        if self.has_group("dealer_base.group_sales_manager"):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            parts.append(answered & Domain("consultant_id", "any", managed))
        parts.append(answered & Domain("consultant_id", "=", self.id))
        return store & Domain.OR(parts)

    def _dealer_recall_report_domain(self, company_ids):
        """Return the domain on the figures of re-calls: the own, the team's, the store's."""
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_dcc_store_wide():
            return store
        domain = Domain("consultant_id", "=", self.id) | Domain("caller_id", "=", self.id)
        if self.has_group("dealer_base.group_sales_manager"):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("consultant_id", "any", managed)
        return store & domain
