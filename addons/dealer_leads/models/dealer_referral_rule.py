from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: What is given for a recommendation.
KINDS = [("money", "Money"), ("voucher", "Voucher"), ("points", "Service Points")]
#: What a recommendation is rewarded for.
EVENTS = [("arrival", "Customer Came"), ("order", "Car Ordered"), ("delivery", "Car Delivered")]
#: Who sets what holds for all stores.
GROUP_WIDE = ("dealer_base.group_group_executive", "base.group_system")
PERIODS = {"month": 1, "quarter": 3, "year": 12}


class DealerReferralRule(models.Model):
    """What a customer or a colleague gets for recommending the store (转介绍奖励, B16)."""

    _name = "dealer.referral.rule"
    _description = "Referral Reward Rule"
    _inherit = ["dealer.user.checks"]
    _order = "event, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores that have no rule of their own for the same referrer and event.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    who = fields.Selection(
        [("customer", "Customer"), ("staff", "Colleague")],
        string="Who Recommends",
        required=True,
        default="customer",
    )
    event = fields.Selection(EVENTS, string="Rewarded For", required=True, default="delivery")
    kind = fields.Selection(KINDS, string="Reward", required=True, default="money")
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, default=lambda self: self.env.ref("base.CNY")
    )
    amount = fields.Monetary(help="What it is worth in yuan; it decides who approves.")
    gift = fields.Char(string="What Exactly", translate=True, help="e.g. 机油保养券一张")
    cap = fields.Integer(
        string="At Most",
        help="Rewards of one referrer by this rule within the period; 0: no limit.",
    )
    cap_period = fields.Selection(
        [("month", "a Month"), ("quarter", "a Quarter"), ("year", "a Year")],
        string="Period",
        required=True,
        default="year",
    )
    min_days = fields.Integer(
        string="Days Between", help="Between two rewards of one referrer by this rule; 0: no limit."
    )
    valid_from = fields.Date()
    valid_to = fields.Date()
    reward_count = fields.Integer(compute="_compute_reward_count", string="Rewards")

    _amount = models.Constraint(
        "CHECK (COALESCE(amount, 0) >= 0 AND (kind <> 'money' OR amount > 0))",
        "A reward in money has an amount above zero.",
    )
    _gift = models.Constraint(
        "CHECK (kind = 'money' OR gift IS NOT NULL)",
        "Say which voucher, or how many points, are given.",
    )
    _limits = models.Constraint(
        "CHECK (COALESCE(cap, 0) >= 0 AND COALESCE(min_days, 0) >= 0)",
        "Limits are 0 or more.",
    )
    _valid = models.Constraint(
        "CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)",
        "The rule ends before it begins. Check the two days.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reward_count(self):
        counts = dict(
            self.env["dealer.referral.reward"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.reward_count = counts.get(rule, 0)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if self.filtered(lambda rule: not rule.unit_id) and not self.env.user._dealer_has_any(
            GROUP_WIDE
        ):
            raise AccessError(
                self.env._("Rules of all stores are set by the group. Choose your store.")
            )
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a rule to where the own reach ends.
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _check_unused(self):
        # Whose rewards they are does not matter; nobody deletes what was promised.
        rewards = self.env["dealer.referral.reward"].sudo()
        used = rewards.search([("rule_id", "in", self.ids)], limit=1).rule_id
        if used:
            raise UserError(
                self.env._(
                    "“%s” has given rewards already. Archive it; its rewards stay.", used.name
                )
            )

    @api.model
    def _holding(self, unit, who, events, day):
        """Return the rules that hold in a store on a day; its own come before those of all stores.

        :param str who: ``customer`` or ``staff``
        :param events: keys of :data:`EVENTS`
        :param day: date on the wall of the store
        """
        # Which rules hold does not depend on who works on the order.
        rules = self.sudo().search(
            Domain("unit_id", "in", [unit.id, False])
            & Domain("who", "=", who)
            & Domain("event", "in", list(events))
        )
        own = {rule.event for rule in rules if rule.unit_id}
        return rules.filtered(
            lambda rule: (
                (rule.unit_id or rule.event not in own)
                and (not rule.valid_from or rule.valid_from <= day)
                and (not rule.valid_to or rule.valid_to >= day)
            )
        )

    def _period_start(self, day):
        """Return the first day of the period that ``day`` lies in."""
        self.ensure_one()
        months = PERIODS[self.cap_period]
        return day + relativedelta(day=1, month=(day.month - 1) // months * months + 1)

    def action_rewards(self):
        """Open the rewards of this rule."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_referral_reward_action"
        )
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}
