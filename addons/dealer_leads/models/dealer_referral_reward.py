from contextlib import contextmanager
from datetime import UTC, datetime, time

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain

from .dealer_referral_rule import EVENTS, KINDS

#: Who decides: up to the limit, and above it.
DIRECTORS = ("dealer_base.group_sales_director",)
BOSSES = ("dealer_base.group_general_manager", "dealer_base.group_group_executive")
#: What people write on a reward by themselves: nothing. The chatter is free.
FREE = {"message_follower_ids", "message_ids"}
#: Up to so many yuan the sales director approves; see data/dealer_referral_data.xml.
LIMIT = "dealer_leads.referral_director_limit"


class DealerReferralReward(models.Model):
    """What somebody gets because a recommended customer came, ordered or got the car (B16)."""

    _name = "dealer.referral.reward"
    _description = "Referral Reward"
    _inherit = ["mail.thread", "dealer.store.mixin"]
    _order = "earned_at desc, id desc"
    _rec_name = "referrer_name"

    unit_id = fields.Many2one(readonly=True)
    state = fields.Selection(
        [
            ("proposed", "To Decide"),
            ("approved", "To Pay"),
            ("paid", "Paid"),
            ("refused", "Rejected"),
            ("cancelled", "Cancelled"),
            ("returned", "Taken Back"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        tracking=True,
    )
    is_live = fields.Boolean(
        string="Counts",
        default=True,
        readonly=True,
        help="A rule rewards a lead once; what was cancelled or taken back leaves room for another.",
    )
    rule_id = fields.Many2one(
        "dealer.referral.rule", required=True, readonly=True, index=True, ondelete="restrict"
    )
    event = fields.Selection(EVENTS, string="Rewarded For", required=True, readonly=True)
    referral_id = fields.Many2one(
        "dealer.referral", required=True, readonly=True, index=True, ondelete="restrict"
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer who Recommends",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Colleague who Recommends",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    referrer_name = fields.Char(
        string="Recommended By", compute="_compute_referrer_name", store=True, compute_sudo=True
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(
        "dealer.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    visit_id = fields.Many2one(
        "dealer.visit", readonly=True, index="btree_not_null", ondelete="set null"
    )
    guest = fields.Char(
        string="Recommended Customer",
        compute="_compute_guest",
        compute_sudo=True,
        help="The name in full is read by who serves the customer.",
    )
    car = fields.Char(compute="_compute_guest", compute_sudo=True)
    kind = fields.Selection(KINDS, string="Reward", required=True, readonly=True)
    gift = fields.Char(string="What Exactly", readonly=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    amount = fields.Monetary(readonly=True, tracking=True)
    earned_at = fields.Datetime(
        string="Earned On", required=True, readonly=True, default=fields.Datetime.now
    )
    doubt = fields.Boolean(
        string="Flagged", readonly=True, help="Refused by the system; why stands in the reason."
    )
    reason = fields.Text(readonly=True, tracking=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    paid_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    paid_on = fields.Date(readonly=True, tracking=True)
    paid_at = fields.Datetime(string="Payment Noted On", readonly=True)
    evidence = fields.Char(
        readonly=True, tracking=True, help="Number of the receipt, transfer or voucher."
    )
    evidence_file = fields.Binary(string="Receipt", attachment=True, readonly=True)
    evidence_name = fields.Char(readonly=True)
    claw_back = fields.Boolean(
        string="To Take Back",
        readonly=True,
        tracking=True,
        help="Paid, but what it was paid for was cancelled.",
    )
    can_decide = fields.Boolean(compute="_compute_rights")
    can_pay = fields.Boolean(compute="_compute_rights")

    _once = models.UniqueIndex(
        "(rule_id, lead_id) WHERE is_live", "This recommendation is rewarded already."
    )
    _unit_earned_idx = models.Index("(unit_id, earned_at DESC)")
    _open_idx = models.Index("(unit_id, state) WHERE state IN ('proposed', 'approved')")
    _one_referrer = models.Constraint(
        "CHECK ((relation_id IS NULL) != (user_id IS NULL))",
        "A customer or a colleague recommends.",
    )
    _refusal = models.Constraint(
        "CHECK (state <> 'refused' OR COALESCE(reason, '') <> '')",
        "A reward is refused with a reason.",
    )
    _payment = models.Constraint(
        "CHECK (state <> 'paid' OR (paid_on IS NOT NULL AND COALESCE(evidence, '') <> ''))",
        "A payment has its day and its evidence.",
    )

    @api.depends("relation_id.partner_name", "user_id.name")
    def _compute_referrer_name(self):
        for reward in self:
            reward.referrer_name = reward.relation_id.partner_name or reward.user_id.name

    @api.depends("lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_guest(self):
        leads = self.lead_id.sudo(False)
        seen = leads._filtered_access("read")
        for reward in self:
            lead = reward.lead_id
            name = lead.partner_id.name or ""
            reward.guest = name if lead.sudo(False) in seen else mask_name(name)
            reward.car = " ".join(filter(None, (lead.dealer_brand, lead.dealer_series)))

    @api.depends("state", "amount", "user_id", "relation_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        for reward in self:
            reward.can_decide = reward.state == "proposed" and not reward._deciding_refusal()
            reward.can_pay = reward.state in ("approved", "paid") and not reward._paying_refusal()

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; who decides need not read the customers' addresses.
        return []

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(
                self.env._("Rewards follow from the rules; nobody writes them by hand.")
            )
        rewards = super(
            DealerReferralReward,
            self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True),
        ).create(vals_list)
        return rewards.with_env(self.env)

    def write(self, vals):
        if not self.env.su and vals.keys() - FREE:
            raise UserError(self.env._("A reward goes on by its buttons."))
        return super().write(vals)

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    def _is_own(self, user):
        """Whether the reward would be the user's: as colleague, or as a customer with that number."""
        self.ensure_one()
        # Whose number it is is asked to refuse, not to tell.
        reward = self.sudo()
        if reward.user_id == user or reward.relation_id.partner_id == user.partner_id:
            return True
        numbers = user._dealer_household_numbers()
        return bool(numbers & reward.relation_id.partner_id._dealer_reward_numbers())

    def _deciding_refusal(self):
        """Return the sentence that says why the user may not decide, or None."""
        self.ensure_one()
        user = self.env.user
        if not user._dealer_has_any((*DIRECTORS, *BOSSES)):
            return self.env._("Rewards are decided by the sales director and the general manager.")
        if self._is_own(user):
            return self.env._("Nobody decides about the own reward.")
        # Settings are read for everybody; nobody but administrators may read them all.
        limit = int(self.env["ir.config_parameter"].sudo().get_param(LIMIT) or 0)
        if self.amount > limit and not user._dealer_has_any(BOSSES):
            return self.env._(
                "Rewards above %s yuan are decided by the general manager.", f"{limit:,}"
            )
        return None

    def _paying_refusal(self):
        """Return the sentence that says why the user may not note the payment, or None."""
        self.ensure_one()
        if not self.env.user._dealer_has_any((*DIRECTORS, *BOSSES)):
            return self.env._("Payments are noted by the sales director and the general manager.")
        if self._is_own(self.env.user):
            return self.env._("Nobody pays the own reward.")
        return None

    def _expect(self, *states):
        for reward in self:
            if reward.state not in states:
                label = dict(self._fields["state"]._description_selection(self.env))[reward.state]
                raise UserError(
                    self.env._(
                        "The reward of %(name)s is now “%(state)s”. Load the page anew.",
                        name=reward.referrer_name,
                        state=label,
                    )
                )

    # ------------------------------------------------------------
    # The course
    # ------------------------------------------------------------

    def _check_decides(self):
        self.check_access("write")
        self._expect("proposed")
        for reward in self:
            if refusal := reward._deciding_refusal():
                raise AccessError(refusal)

    def action_approve(self):
        """Approve: the reward is to be paid."""
        self._check_decides()
        # The right was checked; the guard of write() lets only steps through. A second click waits
        # for this row, is repeated by Odoo and finds it decided.
        self.sudo().write(
            {
                "state": "approved",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        return True

    def _refuse(self, reason):
        """Refuse with a reason, in words."""
        self._check_decides()
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the reward is refused."))
        # As in action_approve.
        self.sudo().write(
            {
                "state": "refused",
                "reason": reason.strip(),
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )

    def _check_pays(self):
        self.check_access("write")
        for reward in self:
            if refusal := reward._paying_refusal():
                raise AccessError(refusal)

    def _pay(self, paid_on, evidence, file=None, file_name=None):
        """Note that the reward was paid.

        :param paid_on: date, today or before
        :param str evidence: number of the receipt, transfer or voucher
        :param file: picture or scan of it, base64
        """
        self.ensure_one()
        self._check_pays()
        self._expect("approved")
        if not (evidence or "").strip():
            raise UserError(self.env._("Enter the number of the receipt, transfer or voucher."))
        today = self.unit_id._clock_local(fields.Datetime.now()).date()
        if not paid_on or paid_on > today:
            raise UserError(self.env._("Enter the day of the payment: today or before."))
        # As in action_approve.
        self.sudo().write(
            {
                "state": "paid",
                "paid_by_id": self.env.uid,
                "paid_on": paid_on,
                "paid_at": fields.Datetime.now(),
                "evidence": evidence.strip(),
                "evidence_file": file,
                "evidence_name": file_name,
            }
        )

    def _take_back(self, note):
        """Note that a paid reward came back.

        :param str note: how, in words
        """
        self.ensure_one()
        self._check_pays()
        self._expect("paid")
        if not self.claw_back:
            raise UserError(self.env._("Only a reward whose order was cancelled is taken back."))
        if not (note or "").strip():
            raise UserError(self.env._("Write how the reward came back."))
        # As in action_approve.
        self.sudo().write(
            {"state": "returned", "is_live": False, "claw_back": False, "reason": note.strip()}
        )

    def action_refuse(self):
        """Ask why the reward is refused."""
        self._expect("proposed")
        return self._step_action("refuse", self.env._("Refuse the Reward"))

    def action_pay(self):
        """Ask when and how the reward was paid."""
        self._expect("approved")
        return self._step_action("pay", self.env._("Note the Payment"))

    def action_take_back(self):
        """Ask how the reward came back."""
        self._expect("paid")
        return self._step_action("back", self.env._("Taken Back"))

    def _step_action(self, step, name):
        self.ensure_one()
        return {
            "name": name,
            "type": "ir.actions.act_window",
            "res_model": "dealer.referral.step",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_reward_id": self.id, "default_step": step},
        }

    def action_open_lead(self):
        """Open the lead of the recommended customer, for whoever may read it."""
        self.ensure_one()
        if not self.lead_id.has_access("read"):
            raise AccessError(self.env._("This customer is served by a colleague."))
        return self.lead_id._clock_open_action()

    # ------------------------------------------------------------
    # What earns and drops rewards; called as the system
    # ------------------------------------------------------------

    @api.model
    @contextmanager
    def _retry_at_once(self):
        """Let Odoo repeat the request where another one rewarded the same by a moment earlier."""
        try:
            yield
        except UniqueViolation as error:
            if error.diag.constraint_name == "dealer_referral_reward_once":
                raise ConcurrencyError("rewarded by another request") from error
            raise

    @api.model
    def _earn(self, lead, events, moment, order=None, visit=None):
        """Propose what the rules give for a recommended lead, once per rule and lead.

        What the rules forbid is written down as refused, with the reason, so that nobody has to
        guess why there is no reward.

        :param events: keys of the events that happened
        :param moment: when, naive UTC
        :return: the new rewards
        """
        link, unit = lead.dealer_referral_id, lead.dealer_unit_id
        if not link or not unit:
            return self.browse()
        day = unit._clock_local(moment).date()
        who = "staff" if link.user_id else "customer"
        rules = self.env["dealer.referral.rule"]._holding(unit, who, events, day)
        known = self.search(
            Domain("lead_id", "=", lead.id)
            & Domain("rule_id", "in", rules.ids)
            & Domain("is_live", "=", True)
        )
        # What was paid for an order that was cancelled is earned by the next one after all.
        known.filtered("claw_back").write(
            {"claw_back": False, **({"order_id": order.id} if order else {})}
        )
        rules -= known.rule_id
        if not rules:
            return self.browse()
        # Two rewards of one referrer at the same moment would each not see the other: whoever comes
        # second is repeated, and counts anew.
        link.rewarded_at = fields.Datetime.now()
        doubt = self._doubt(lead, link, order)
        with self._retry_at_once():
            rewards = self.create(
                [
                    {
                        "rule_id": rule.id,
                        "event": rule.event,
                        "referral_id": link.id,
                        "relation_id": link.relation_id.id,
                        "user_id": link.user_id.id,
                        "lead_id": lead.id,
                        "order_id": order.id if order else False,
                        "visit_id": visit.id if visit else False,
                        "unit_id": unit.id,
                        "kind": rule.kind,
                        "gift": rule.gift,
                        "amount": rule.amount,
                        "earned_at": moment,
                        **self._verdict(doubt or self._over(rule, link, moment, day, unit)),
                    }
                    for rule in rules
                ]
            )
            self.env.flush_all()
        return rewards

    @api.model
    def _verdict(self, refusal):
        return {"state": "refused", "reason": refusal, "doubt": True} if refusal else {}

    @api.model
    def _over(self, rule, link, moment, day, unit):
        """Return the sentence that says which limit of the rule is reached, or None."""
        counted = (
            Domain("rule_id", "=", rule.id)
            & Domain("relation_id", "=", link.relation_id.id)
            & Domain("user_id", "=", link.user_id.id)
            & Domain("unit_id", "=", unit.id)
            & Domain("state", "in", ("proposed", "approved", "paid"))
        )
        if rule.cap:
            start = midnight(unit, rule._period_start(day))
            if self.search_count(counted & Domain("earned_at", ">=", start)) >= rule.cap:
                label = dict(rule._fields["cap_period"]._description_selection(self.env))
                return self.env._(
                    "The limit of the rule is reached: %(count)s %(period)s.",
                    count=rule.cap,
                    period=label[rule.cap_period],
                )
        if rule.min_days:
            start = midnight(unit, fields.Date.subtract(day, days=rule.min_days - 1))
            if self.search_count(counted & Domain("earned_at", ">=", start), limit=1):
                return self.env._(
                    "The last reward of this referrer is less than %s days ago.", rule.min_days
                )
        return None

    @api.model
    def _doubt(self, lead, link, order=None):
        """Return the sentence that says why this is no recommendation, or None."""
        serving = lead.user_id | lead.dealer_relation_id.consultant_id
        serving |= lead.dealer_relation_id.dcc_agent_id
        if order:
            serving |= order.consultant_id
        buyer = lead.partner_id
        numbers = buyer._dealer_reward_numbers()
        if link.user_id:
            if link.user_id in serving:
                return self.env._(
                    "%s serves this customer: nobody recommends a customer to oneself.",
                    link.user_id.name,
                )
            if not link.user_id.active:
                return self.env._("%s does not work here any more.", link.user_id.name)
            if numbers & link.user_id._dealer_household_numbers():
                return self.env._(
                    "The customer's number is one of %s or of the household.", link.user_id.name
                )
            return None
        referrer = link.relation_id.partner_id
        own = referrer._dealer_reward_numbers()
        if referrer == buyer or numbers & own:
            return self.env._("Both have the same number: nobody recommends oneself.")
        for user in serving:
            if own & user._dealer_household_numbers():
                return self.env._(
                    "The number of the referrer is one of %s, who serves this customer.", user.name
                )
        return None

    def _drop(self, reason):
        """Take back what an event gave that did not last; called as the system.

        Before the payment the reward is cancelled, after it the money is to come back.

        :param str reason: why, in words
        """
        paid = self.filtered(lambda reward: reward.state == "paid" and reward.is_live)
        paid.write({"claw_back": True, "reason": reason})
        waiting = self.filtered(
            lambda reward: (
                reward.state in ("proposed", "approved") or (reward.doubt and reward.is_live)
            )
        )
        waiting.write({"state": "cancelled", "is_live": False, "reason": reason})


def mask_name(name):
    """Return a name as those may see it who do not serve the customer: 陈**."""
    name = (name or "").strip()
    return f"{name[:1]}**" if name else ""


def midnight(unit, day):
    """Return when ``day`` begins on the wall of the store, as naive UTC."""
    local = datetime.combine(day, time.min, tzinfo=unit._clock_zone())
    return local.astimezone(UTC).replace(tzinfo=None)
