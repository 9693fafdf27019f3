from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import TEAM_POSTS

from .res_users_order import ORDER_STORE_POSTS


class ResUsers(models.Model):
    """Who sees which rewards, and which numbers are those of a colleague's household."""

    _name = "res.users"
    _inherit = "res.users"

    dealer_house_numbers = fields.Char(
        string="Household Numbers",
        copy=False,
        groups="base.group_erp_manager",
        help="Numbers of the person and the household, with commas between them. A customer with one"
        " of them earns the person no referral reward.",
    )

    @api.constrains("dealer_house_numbers")
    def _check_house_numbers(self):
        for user in self.sudo():  # read to be checked, not to be told
            self.env["dealer.call.number"]._split(user.dealer_house_numbers)

    def _dealer_household_numbers(self):
        """Return the normalised numbers of these colleagues and their households, as a set."""
        # Whose number it is is asked to refuse a reward, not to tell.
        users = self.sudo()
        split = self.env["dealer.call.number"]._split
        texts = [text for user in users for text in (user.dealer_house_numbers,)]
        numbers = {number for text in texts for number in split(text)}
        rows = self.env["dealer.call.number"].sudo()
        rows = rows.search([("user_id", "in", users.ids), ("number", "=like", "+%")])
        return numbers | set(rows.mapped("number")) | users.partner_id._dealer_reward_numbers()

    def _dealer_reward_domain(self, company_ids):
        """Return the domain on ``dealer.referral.reward`` of what this user may see.

        The own; those of customers one serves, whether they recommend or are recommended; those of
        the team's people; all of the store for who answers for it.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(ORDER_STORE_POSTS):
            return store
        relation = self._dealer_relation_domain(company_ids)
        domain = Domain("user_id", "=", self.id) | Domain("relation_id", "any", relation)
        domain |= Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
        if self._dealer_has_any(TEAM_POSTS):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("user_id", "any", managed)
        return store & domain

    def _dealer_reward_rule_domain(self, company_ids):
        """Return the domain on ``dealer.referral.rule`` of what this user may change."""
        self.ensure_one()
        domain = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            domain |= Domain("unit_id", "=", False)
        return domain
