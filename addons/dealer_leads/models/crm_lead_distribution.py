from odoo import fields, models
from odoo.fields import Domain

from .dealer_unit import Wish


class CrmLead(models.Model):
    """Leads are given out: who waits for a person, and how one finds the next."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_waiting = fields.Boolean(
        string="Waiting for a Consultant",
        readonly=True,
        copy=False,
        help="Nobody was free when the lead came. It is given out as soon as somebody is.",
    )

    _dealer_waiting_idx = models.Index("(id) WHERE dealer_waiting IS TRUE")
    _dealer_unanswered_idx = models.Index(
        "(user_id) WHERE active IS TRUE AND won_status = 'pending'"
        " AND dealer_first_nominal IS NULL AND dealer_unit_id IS NOT NULL"
    )
    _dealer_given_idx = models.Index("(user_id, date_open) WHERE dealer_unit_id IS NOT NULL")

    def _compute_company_id(self):
        """Keep a store's lead in the store where nobody serves it: Odoo would take it out."""
        # dealer_unit_id is computed from what is computed here.
        stores = self.env["dealer.unit"]._of_company(self.company_id).company_id
        kept = self.filtered(
            lambda lead: (
                lead.company_id in stores
                and (not lead.user_id or lead.company_id in lead.user_id.sudo().company_ids)
            )
        )
        return super(CrmLead, self - kept)._compute_company_id()

    def write(self, vals):
        if vals.get("user_id"):
            vals = {**vals, "dealer_waiting": False}
        if "user_id" in vals and all(lead.dealer_unit_id for lead in self):
            # Stores have teams of their own; Odoo's would be looked up for each lead.
            vals = {"team_id": False, **vals}
        return super().write(vals)

    def _dealer_waiting_domain(self):
        """Return the domain of the leads that wait until somebody is free."""
        return (
            Domain("dealer_waiting", "=", True)
            & Domain("user_id", "=", False)
            & Domain("won_status", "=", "pending")
            & Domain("dealer_unit_id", "!=", False)
        )

    def _dealer_unanswered_domain(self):
        """Return the domain of the open leads whose customer nobody tried to reach yet."""
        return (
            Domain("won_status", "=", "pending")
            & Domain("dealer_first_nominal", "=", False)
            & Domain("dealer_unit_id", "!=", False)
        )

    def _dealer_wish(self, excluded=(), bound=()):
        """Return what the distribution needs to know of this lead; of none: nothing."""
        return Wish(
            self.source_id,
            self.dealer_brand,
            self.dealer_series,
            list(bound),
            # Colleagues of other teams are compared, not shown.
            self.env["res.users"].sudo().union(*excluded),
        )

    def _dealer_hand_on(self, reason, exclude=None):
        """Give each lead to somebody else by the rules: not to whom has it now.

        The customer goes along, and what other open leads the customer has.

        :param str reason: why, in words; kept with the customer
        :param dict exclude: ``{lead: users}`` who do not get it either
        :return: the leads that found somebody
        :raise AccessError: when the user may not hand these customers over
        """
        excluded = {lead: lead.user_id for lead in self}
        for lead, users in (exclude or {}).items():
            excluded[lead] = excluded.get(lead, users) | users
        return self._dealer_distribute(reason, excluded)

    def _dealer_distribute(self, reason=None, exclude=None, bound_first=False):
        """Give open leads out by the rules of their stores, one turn per customer.

        :param str reason: why, where it is more than the rule's
        :param dict exclude: ``{lead: users}`` who do not get it
        :param bool bound_first: whether who serves the customer is asked before the rules
        :return: the leads that found somebody
        :raise AccessError: when the user may not hand these customers over
        """
        exclude = exclude or {}
        turns = {}
        for unit, leads in self.grouped("dealer_unit_id").items():
            if not unit:
                continue
            # The customer is whose turn it is; a lead without customer stands for itself.
            cases = leads.grouped(lambda lead: lead.dealer_relation_id or lead)
            wishes = [
                of_case[:1]._dealer_wish(
                    [exclude[lead] for lead in of_case if lead in exclude],
                    of_case.dealer_relation_id._dealer_bound() if bound_first else (),
                )
                for of_case in cases.values()
            ]
            for of_case, turn in zip(cases.values(), unit._distribute(wishes), strict=True):
                turns |= dict.fromkeys(of_case, turn)
        found = self.filtered(lambda lead: lead in turns and turns[lead].user)
        found.dealer_relation_id._dealer_follow(
            {lead.dealer_relation_id: turns[lead] for lead in found}, reason
        )
        # Leads that the binding of the customer does not move: of who was bound already, of nobody.
        # Who may hand over was checked with the customer; without customer the lead's rights count.
        found.filtered(lambda lead: not lead.dealer_relation_id).check_access("write")
        system = found.sudo().with_context(mail_auto_subscribe_no_notify=True)
        for user, leads in system.grouped(lambda lead: turns[lead].user).items():
            leads = leads.filtered(lambda lead, user=user: lead.user_id != user)
            if leads:
                leads.user_id = user
        found._tell_consultants()
        return found
