from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .dealer_callback import DISSATISFIED, OPEN
from .res_users_callback import CHIEFS

SECONDS = 3600


class DealerCallback(models.Model):
    """The course of a call: reached, in vain, later, no more."""

    _name = "dealer.callback"
    _inherit = "dealer.callback"

    def action_reached(self):
        """Finish the call: the customer was reached and answered.

        :raise UserError: where an answer is missing, or the words of who is dissatisfied
        """
        callback = self._take()
        self._check_answers()
        now = fields.Datetime.now()
        dissatisfied = self.satisfaction in DISSATISFIED or any(self.answer_ids.mapped("is_bad"))
        if dissatisfied and not (self.words or "").strip():
            raise UserError(
                self.env._(
                    "The customer is dissatisfied: write down what was said, so that it can be"
                    " followed up."
                )
            )
        callback.write(
            {
                "state": "done",
                "done_at": now,
                "done_by_id": self.env.uid,
                "handled_at": callback.handled_at or now,
                "is_dissatisfied": dissatisfied,
                "next_attempt_at": False,
            }
        )
        callback._note_attempt(self.env.user, "reached")
        # As the person: the log asks whether this customer may be contacted by this person.
        self.env["dealer.interaction"].create(self._prepare_interaction_vals())
        callback._same_delivery()._clock_stop("call_back", at=now)
        if dissatisfied:
            self.env["dealer.dissatisfaction"]._report(
                self,
                self.partner_id,
                self.unit_id,
                self.words,
                "call_back",
                vehicle=callback.vehicle_id,
            )
        return True

    def _check_answers(self):
        missing = self.answer_ids.filtered(
            lambda answer: answer.required and not answer.is_answered
        )
        if missing:
            raise UserError(
                self.env._("Not answered yet: %s", "、".join(missing.mapped("question")))
            )
        if not self.satisfaction:
            raise UserError(
                self.env._("Ask how satisfied the customer is on the whole, and tap it.")
            )

    def _prepare_interaction_vals(self):
        """Return the values of the contact as the timeline shows it; a hook."""
        self.ensure_one()
        labels = dict(self._fields["satisfaction"]._description_selection(self.env))
        lines = [f"{self.step_id.name}：{labels[self.satisfaction]}"]
        lines += [
            f"{answer.question} {answer.words}"
            for answer in self.answer_ids
            if answer.is_answered and answer.words
        ]
        return {
            "kind": "call",
            "direction": "out",
            "partner_id": self.partner_id.id,
            "unit_id": self.unit_id.id,
            "user_id": self.env.uid,
            "evidence": "declared",
            "answered": True,
            "two_way": True,
            "summary": "\n".join([*lines, *filter(None, [self.words])]),
            "res_model": self._name,
            "res_id": self.id,
        }

    def action_not_reached(self):
        """Note an attempt in vain: try again later, after the last one write to the customer."""
        callback = self._take()
        if callback.state != "due":
            raise UserError(
                self.env._(
                    "It was tried often enough; the customer was written to. Wait for an answer."
                )
            )
        callback._note_attempt(self.env.user, "no_answer")
        count = callback.attempt_count + 1
        if count < self._setting("callback_attempts"):
            callback.write({"attempt_count": count, "next_attempt_at": callback._next_attempt()})
            return True
        now = fields.Datetime.now()
        callback.write(
            {
                "attempt_count": count,
                "state": "unreachable",
                "next_attempt_at": False,
                "handled_at": callback.handled_at or now,
            }
        )
        callback._same_delivery()._clock_stop("call_back", at=now)
        rule = self.env.ref("dealer_service.touch_rule_callback_missed", raise_if_not_found=False)
        # The system writes by the store's rule; consent, budget and quiet hours are asked there.
        if rule and rule.sudo().active:
            callback.message_touch_id = rule.sudo()._plan_records(callback)[:1]
        return True

    def _next_attempt(self):
        """Return when to try again: some opening hours later, the same day or the next working day."""
        self.ensure_one()
        hours = self._setting("callback_again_hours")
        return self.unit_id._clock_time().add(fields.Datetime.now(), hours * SECONDS)

    def action_later(self):
        """Note that the customer asked to be called at another time, which stands in “Next Attempt”."""
        callback = self._take()
        chosen = callback.next_attempt_at
        if not chosen or chosen <= fields.Datetime.now():
            chosen = callback._next_attempt()
        callback._note_attempt(self.env.user, "later")
        callback.write({"state": "due", "next_attempt_at": chosen})
        return True

    def action_refused(self):
        """Note that the customer wants no calls any more: none of the store's call-backs is made."""
        callback = self._take()
        words = self.env._("The customer wants no calls.")
        callback._note_attempt(self.env.user, "reached")
        callback.write(
            {
                "refused_at": fields.Datetime.now(),
                "handled_at": callback.handled_at or fields.Datetime.now(),
            }
        )
        waiting = callback.search(
            Domain("partner_id", "=", callback.partner_id.id)
            & Domain("unit_id", "=", callback.unit_id.id)
            & Domain("state", "in", OPEN)
        )
        waiting._cancel(words)
        return True

    def action_agrees_again(self):
        """Note that the customer agrees to calls again; the work of managers."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.user._dealer_has_any(CHIEFS):
            raise AccessError(
                self.env._("Letting customers be called again is the manager's work.")
            )
        # The right was checked; what the customer said holds for all of the store's rows.
        rows = self.sudo().search(
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("unit_id", "=", self.unit_id.id)
            & Domain("refused_at", "!=", False)
        )
        rows.refused_at = False
        for row in rows:
            row.message_post(
                body=self.env._(
                    "%s says that the customer agrees to calls again.", self.env.user.name
                )
            )
        return True

    def _cancel(self, reason):
        """Call these customers not, and say why; called as the system."""
        self.write({"state": "cancelled", "cancel_reason": reason, "next_attempt_at": False})
        self._clock_void(reason, "call_back")

    def _note_attempt(self, user, result):
        self.env["dealer.callback.attempt"].create(
            {"callback_id": self.id, "user_id": user.id, "result": result}
        )

    def _message_sent(self):
        """Note that the message to who was not reached is on its way."""
        self.filtered(lambda callback: callback.state == "unreachable").state = "message"

    def _same_delivery(self):
        """Return the call-backs about the same document."""
        self.ensure_one()
        return self.search(
            Domain("res_model", "=", self.res_model) & Domain("res_id", "=", self.res_id)
        )

    def action_open_vehicle(self):
        """Open the file of the car."""
        self.ensure_one()
        return self.vehicle_id._dealer_file_action()

    def action_open_document(self):
        """Open what the call is about; whether it may be read is asked there."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id).exists()
        if not document:
            raise UserError(self.env._("The record is gone."))
        document.check_access("read")
        return document.get_formview_action()
