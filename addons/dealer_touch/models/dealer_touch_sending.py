import logging
import secrets
from collections import defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..tools.words import fill, places
from .dealer_touch import FREE_PURPOSES
from .dealer_touch_channel import Outcome

_logger = logging.getLogger(__name__)

#: How many messages a customer gets in a week, by all channels and by one of them
#: (``dealer_touch.week_limit.sms`` …).
WEEK_LIMIT = "dealer_touch.week_limit"
#: What is planned within this time and matters more comes first.
YIELD_WITHIN = timedelta(hours=48)
WEEK = timedelta(days=7)
#: An attempt that failed for now is repeated after so long, each time twice as long.
FIRST_PATIENCE = timedelta(minutes=2)
MOST_ATTEMPTS = 5
#: What was handed on and counts for the budget.
HANDED = ("queued", "sent", "done", "answered")


class DealerTouch(models.Model):
    """The sending: what is due is checked again, finds its way, and goes out once."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    _drain_limit = 200

    # ------------------------------------------------------------
    # The drain
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Work off what is due, the more important first.

        A touch whose channel speaks to another machine goes in two steps, each in a transaction of
        its own: it is claimed under a number, and then given away under that number. Killed in
        between, the next drain asks for the number before it sends.
        """
        now = fields.Datetime.now()
        # Sending belongs to the system, for all stores.
        touches = self.with_user(SUPERUSER_ID)._lock_due("send_at", now, limit)
        done = 0
        for lang, same in touches.grouped(lambda each: each.company_id.partner_id.lang).items():
            # Reasons are for people: in the language of the store, the drain itself has none.
            done += same.with_context(lang=lang)._work_safely(now)
        left = bool(done and touches.search_count([("send_at", "<=", now)], limit=1))
        return done, left

    @api.model
    def _wake_if_due(self):
        """Have the queue drained when something is due."""
        due = Domain("send_at", "<=", fields.Datetime.now())
        if self.sudo().search_count(due, limit=1):  # whosever it is, the system sends it
            self._wake()

    def _work_safely(self, now):
        """Work touches off; where that fails, in halves, so that one stops nobody.

        :return: how many need not be looked at again at once
        """
        try:
            with self.env.cr.savepoint():
                self._work(now)
            return len(self)
        except Exception as error:  # a channel may fail in any way; it is kept on the touch
            _logger.info("Touches: a batch of %s failed: %s", len(self), error, exc_info=True)
            if len(self) == 1:
                if isinstance(error, (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)):
                    return 0
                self._retry(f"{type(error).__name__}: {error}", now)
                return 1
        middle = len(self) // 2
        return self[:middle]._work_safely(now) + self[middle:]._work_safely(now)

    def _work(self, now):
        # What is claimed may be sent already, by a process that died; it is not moved any more.
        claimed = self.filtered(lambda touch: touch.state == "queued")
        claimed._timely(now)._give_away(now)
        (self - claimed)._still_fits(now)._timely(now)._choose(now)

    # ------------------------------------------------------------
    # Checked again
    # ------------------------------------------------------------

    def _still_fits(self, now):
        """Return those whose record still fits; what moved is moved, what left is cancelled."""
        going = self.browse()
        for rule, touches in self.grouped("rule_id").items():
            if not rule.active:
                touches._skip("left", self.env._("The rule was archived."))
                continue
            present = rule._present(touches)
            for touch in touches:
                row = present.get(touch)
                if row is None:
                    touch._skip_absent()
                elif touch._follow(row, now):
                    going |= touch
        return going

    def _skip_absent(self):
        self.ensure_one()
        if not self._document():
            self._skip("gone", self.env._("The record is gone."))
        else:
            self._skip("left", self.env._("The record does not fit the rule any more."))

    def _follow(self, row, now):
        """Take over what the record says now; return whether it is still due."""
        self.ensure_one()
        values = {
            name: row[name]
            for name in ("unit_id", "partner_id", "relation_id", "user_id")
            if (self[name].id or None) != row[name]
            # Who is on duty was found before, and is found again.
            and not (name == "user_id" and self.addressee != "staff")
        }
        if values:
            self.write(values)
        planned = row.get("planned_at")
        if row.get("anchor_at") is None and self.anchor_at:
            self._skip("left", self.env._("The date that it counts from is gone."))
            return False
        if not self.anchor_at or planned == self.planned_at:
            return True
        return self._move(row, now)

    def _move(self, row, now):
        """Move to the new date; return whether that is due already."""
        self.ensure_one()
        if row["occurrence"] != self.occurrence and self.search_count(
            Domain("rule_id", "=", self.rule_id.id)
            & Domain("res_id", "=", self.res_id)
            & Domain("occurrence", "=", row["occurrence"]),
            limit=1,
        ):
            self._skip("moved", self.env._("The date moved; another touch stands for the new one."))
            return False
        self.write(
            {
                "anchor_at": row["anchor_at"],
                "occurrence": row["occurrence"],
                "planned_at": row["planned_at"],
                "send_at": row["planned_at"],
                "valid_until": row["planned_at"] + timedelta(days=self.rule_id.valid_days),
                "state": "planned",
                "claim_key": False,
            }
        )
        return row["planned_at"] <= now

    def _timely(self, now):
        """Return those that may go out now; the others wait for the morning, or are too late."""
        going = self.browse()
        for touch in self:
            if touch.valid_until < now:
                touch._skip("late", self.env._("Could not be sent in time."))
                continue
            awake = now if touch._passes() else touch.rule_id._awake(now, touch.unit_id)
            if awake > now:
                touch.write(
                    {
                        "send_at": awake,
                        "reason_code": "quiet",
                        "reason": self.env._("Waits for the end of the quiet hours."),
                    }
                )
                continue
            going |= touch
        return going

    # ------------------------------------------------------------
    # The contact budget
    # ------------------------------------------------------------

    def _without_consent(self):
        """Return those whose customer did not agree to the purpose, or does not any more."""
        missing = self.browse()
        consents = self.env["dealer.consent"]
        budgeted = self.filtered(lambda touch: touch._budgeted())
        for (purpose, unit), touches in budgeted.grouped(
            lambda touch: (touch.purpose, touch.unit_id)
        ).items():
            agreed = consents._partners_with(touches.partner_id, purpose, unit)
            missing |= touches.filtered(lambda touch, agreed=agreed: touch.partner_id not in agreed)
        return missing

    def _skip_without_consent(self):
        """Skip what the customer did not agree to; return the others."""
        missing = self._without_consent()
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        for purpose, touches in missing.grouped("purpose").items():
            touches._skip(
                "no_consent",
                self.env._("The customer did not agree to “%s”.", purposes[purpose]),
            )
        return self - missing

    @api.model
    def _week_limit(self, channel=None):
        """Return how many messages a customer gets in seven days, 0: as many as there are."""
        key = f"{WEEK_LIMIT}.{channel}" if channel else WEEK_LIMIT
        # How much is too much is a setting of the whole database.
        return int(self.env["ir.config_parameter"].sudo().get_param(key) or 0)

    def _week_counts(self, now):
        """Return ``{(partner, channel): number}`` of what they were sent in the last seven days."""
        groups = self._read_group(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("addressee", "=", "customer")
            & Domain("queued_at", ">", now - WEEK)
            & Domain("state", "in", HANDED)
            & Domain("is_answer", "=", False)
            & Domain("purpose", "not in", FREE_PURPOSES),
            ["partner_id", "channel"],
            ["__count"],
        )
        return defaultdict(int, {(partner, channel): count for partner, channel, count in groups})

    def _coming(self, now):
        """Return ``{(partner, priority): number}`` of what is planned for them next."""
        groups = self._read_group(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("addressee", "=", "customer")
            & Domain("state", "=", "planned")
            & Domain("planned_at", "<=", now + YIELD_WITHIN)
            & Domain("is_answer", "=", False)
            & Domain("purpose", "not in", FREE_PURPOSES),
            ["partner_id", "priority"],
            ["__count"],
        )
        return {(partner, priority): count for partner, priority, count in groups}

    # ------------------------------------------------------------
    # The way
    # ------------------------------------------------------------

    def _choose(self, now):
        """Find the first way that is open for each, and go it or claim it."""
        going = self._with_person()._skip_without_consent()
        going = going.sorted(lambda touch: (-int(touch.priority), touch.planned_at, touch.id))
        channels = self.env["dealer.touch.channel"]._touch_channels()
        counts, coming = going._week_counts(now), going._coming(now)
        problems = {}
        chosen = defaultdict(self.browse)
        for touch in going:
            reasons = []
            if (touch.partner_id, touch.priority) in coming:
                coming[touch.partner_id, touch.priority] -= 1
            ways = touch.rule_id.way_ids
            for place in range(touch.step, len(ways)):
                way = ways[place]
                channel = channels.get(way.channel)
                if channel is None:
                    reasons.append(("no_provider", self.env._("The channel was uninstalled.")))
                    continue
                if channel._name not in problems:
                    problems[channel._name] = channel._touch_problems(going)
                problem = problems[channel._name].get(touch) or touch._over_budget(
                    way.channel, counts, coming
                )
                if problem:
                    reasons.append(problem)
                    continue
                touch._prepare_way(way, place)
                chosen[channel] |= touch
                if touch._budgeted():
                    counts[touch.partner_id, way.channel] += 1
                break
            else:
                touch._no_way(reasons)
        for channel, touches in chosen.items():
            if channel._touch_claims:
                for touch in touches:
                    touch.write(
                        {
                            "state": "queued",
                            "claim_key": touch.claim_key or secrets.token_hex(12),
                            "queued_at": now,
                            "send_at": now,
                        }
                    )
            else:
                touches._settle(channel._touch_deliver(touches), now)

    def _with_person(self):
        """Find who of the staff does it; return those that somebody does."""
        going = self.browse()
        duty = self.env["dealer.duty"]
        on_duty = {}
        for touch in self:
            if touch.addressee == "customer":
                if touch.partner_id:
                    going |= touch
                else:
                    touch._skip("no_person", self.env._("The record has no customer."))
                continue
            user = touch.user_id
            if touch.addressee == "duty":
                key = touch.unit_id, touch.rule_id.group_id
                if key not in on_duty:
                    staff = touch.unit_id._clock_staff_of(touch.rule_id.group_id)
                    on_duty[key] = duty._next_on_duty(staff, touch.unit_id)
                staff = on_duty[key]
                # By turns: the records themselves say whose it is.
                user = staff[touch.res_id % len(staff)] if staff else staff
            if not user.active or touch.company_id not in user.company_ids:
                user = user._clock_managers(touch.unit_id)[:1]
            if not user:
                touch._skip("no_person", self.env._("Nobody is there to do it."))
                continue
            touch.user_id = user
            going |= touch
        return going

    def _over_budget(self, channel, counts, coming):
        """Return ``(code, words)`` when the customer got, or will get, enough this week."""
        self.ensure_one()
        if not self._budgeted():
            return None
        limit, partner = self._week_limit(channel), self.partner_id
        if limit and counts[partner, channel] >= limit:
            return "budget", self.env._("The customer got %s of this channel this week.", limit)
        limit = self._week_limit()
        if not limit:
            return None
        had = sum(count for (who, _channel), count in counts.items() if who == partner)
        if had >= limit:
            return "budget", self.env._("The customer got %s messages this week.", had)
        above = sum(
            count
            for (who, priority), count in coming.items()
            if who == partner and priority > self.priority
        )
        if had + above >= limit:
            return "budget", self.env._("Yields to what matters more: enough for this week.")
        return None

    def _prepare_way(self, way, place):
        """Write down the words as they go out by this way."""
        self.ensure_one()
        lang = self._addressee().lang or self.env.context.get("lang")
        touch, way = self.with_context(lang=lang), way.with_context(lang=lang)
        words = touch._words(places(way.subject) | places(way.body))
        subject, body = fill(way.subject, words), fill(way.body, words)
        channel = touch.env["dealer.touch.channel"]._touch_channels()[way.channel]
        subject, body = channel._touch_finish(touch, way, subject or way.rule_id.name, body)
        touch.write(
            {
                "way_id": way.id,
                "step": place,
                "channel": way.channel,
                "subject": subject,
                "body": body,
                "reason_code": False,
                "reason": False,
            }
        )

    def _no_way(self, reasons):
        """Say why none of the ways is open."""
        self.ensure_one()
        if self.reason_code == "error" and self.step:
            # It was tried by a way before, which failed; that matters more than the closed ones.
            reasons.insert(0, ("error", self.reason))
        if not reasons:
            reasons.append(("error", self.reason or self.env._("The rule has no further way.")))
        words = dict.fromkeys(words for _code, words in reasons)
        code = reasons[0][0]
        state = "failed" if code == "error" else "skipped"
        self._skip(code, " ".join(words), state)

    # ------------------------------------------------------------
    # Giving away and what became of it
    # ------------------------------------------------------------

    def _give_away(self, now):
        """Give claimed touches to their channels; what the customer refused meanwhile stays."""
        going = self._skip_without_consent()
        channels = self.env["dealer.touch.channel"]._touch_channels()
        for name, touches in going.grouped("channel").items():
            channel = channels.get(name)
            if channel is None:
                words = self.env._("The channel was uninstalled.")
                touches._settle(dict.fromkeys(touches, Outcome("refused", words)), now)
                continue
            problems = channel._touch_problems(touches)
            for touch, (code, words) in problems.items():
                touch._next_way(code, words, now)
            open_ones = touches.filtered(lambda touch, closed=problems: touch not in closed)
            if open_ones:
                open_ones._settle(channel._touch_deliver(open_ones), now)

    def _settle(self, outcomes, now):
        """Write down what became of touches that a channel was given."""
        for touch in self:
            outcome = outcomes.get(touch) or Outcome("refused", self.env._("No answer."))
            values = {}
            if outcome.made:
                values = {"made_model": outcome.made._name, "made_id": outcome.made.id}
            if outcome.state == "sent":
                touch.write(
                    {
                        **values,
                        "state": "sent",
                        "queued_at": touch.queued_at or now,
                        "sent_at": now,
                        "send_at": False,
                    }
                )
            elif outcome.state == "queued":
                touch.write({**values, "state": "queued", "queued_at": now, "send_at": False})
            elif outcome.state == "retry":
                touch._retry(outcome.words, now)
            else:
                touch._next_way("error", outcome.words, now)

    def _retry(self, words, now):
        """Try again in a while; after too many attempts by the next way."""
        self.ensure_one()
        if self.attempts + 1 >= MOST_ATTEMPTS:
            self._next_way("error", words, now)
            return
        self.write(
            {
                # The number under which it was claimed stays: it is the same message.
                "state": "planned",
                "attempts": self.attempts + 1,
                "queued_at": False,
                "send_at": now + FIRST_PATIENCE * 2**self.attempts,
                "reason_code": "error",
                "reason": words or self.env._("No answer."),
            }
        )

    def _next_way(self, code, words, now):
        """Leave the way that is closed for good and take the next one at once."""
        self.ensure_one()
        words = words or self.env._("No answer.")
        if self.step + 1 >= len(self.rule_id.way_ids):
            self._skip(code, words, "failed" if code == "error" else "skipped")
            return
        self.write(
            {
                "state": "planned",
                "step": self.step + 1,
                "attempts": 0,
                "claim_key": False,
                "queued_at": False,
                "send_at": now,
                "reason_code": code,
                "reason": words,
            }
        )

    def _skip(self, code, words, state="skipped"):
        """End touches that are not sent, and say why."""
        self.write(
            {
                "state": state,
                "reason_code": code,
                "reason": words,
                "send_at": False,
                "queued_at": False,
            }
        )

    # ------------------------------------------------------------
    # What comes back
    # ------------------------------------------------------------

    @api.model
    def _made_of(self, records):
        """Return the touches that made ``records``, in sudo."""
        # What became of what was made is noted by the system.
        return self.sudo().search(
            Domain("made_model", "=", records._name) & Domain("made_id", "in", records.ids)
        )

    @api.model
    def _sms_received(self, inbound):
        """Take messages of customers: a refusal holds for ever, anything else is an answer.

        :param inbound: list of ``SmsInbound`` whose sender was checked
        """
        touches = self.sudo()  # the gateway writes for customers, who have no right on anything
        interactions = self.env["dealer.interaction"].sudo()
        since = fields.Datetime.now() - WEEK
        for message in inbound:
            touch = touches.search(
                Domain("partner_id.phone_normalized", "=", message.phone)
                & Domain("channel", "=", "sms")
                & Domain("sent_at", ">", since),
                order="sent_at desc, id desc",
                limit=1,
            )
            if self.env["dealer.touch.refusal"]._is_refusal(message.content):
                self.env["dealer.touch.refusal"]._refuse(
                    message.phone, "sms", message.content, touch.company_id
                )
            if not touch:
                continue
            external = f"sms:{message.sequence}"
            if interactions.search_count(
                Domain("kind", "=", "sms") & Domain("external_id", "=", external), limit=1
            ):
                continue
            touch.write(
                {
                    "state": "answered",
                    "answered_at": fields.Datetime.now(),
                    "answer": message.content,
                }
            )
            interactions.create(
                {
                    "kind": "sms",
                    "direction": "in",
                    "partner_id": touch.partner_id.id,
                    "unit_id": touch.unit_id.id,
                    "user_id": False,
                    "evidence": "system",
                    "two_way": True,
                    "summary": message.content,
                    "external_id": external,
                }
            )
