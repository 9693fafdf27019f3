from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.dealer_relation import BINDING_FIELDS

from .dealer_visit import COMPLETION, OPEN

UNDO_TIME = timedelta(minutes=30)
#: The clock of guests who wait.
WAITING = "reception"
#: How the result of a visit reads in the customer's timeline.
RESULTS = {
    "continue": "continue",
    "revisit": "continue",
    "ordered": "closed_won",
    "no_interest": "no_interest",
}


class DealerVisit(models.Model):
    """The course of a visit: received, handed on, closed, taken back; and what follows from it."""

    _name = "dealer.visit"
    _inherit = "dealer.visit"

    @api.model_create_multi
    def create(self, vals_list):
        visits = super().create(vals_list)
        waiting = visits.filtered(lambda visit: visit.state == "waiting")
        for moment, same in waiting.grouped("arrived_at").items():
            same._clock_start(WAITING, at=moment)
        return visits

    def _clock_user(self):
        return self.consultant_id

    # ------------------------------------------------------------------ the steps

    def action_receive(self):
        """Begin to receive the guests: the consultant for oneself, the clerk for the consultant."""
        user = self.env.user
        # The board may be a moment old; what a colleague receives is no business of others.
        if not self.has_access("read") and self.sudo().company_id in user.company_ids:
            raise AccessError(
                self.env._("These guests are being received already. Load the board anew.")
            )
        self.check_access("read")
        self._expect("waiting")
        consultant = self.consultant_id
        serves = user._dealer_has_any(BINDING_FIELDS["consultant_id"])
        if not self.is_desk or (not consultant and serves):
            if not serves:
                raise AccessError(self.env._("Guests are received by consultants."))
            if consultant and consultant != user:
                raise UserError(
                    self.env._(
                        "The guests wait for %s. The information clerk can hand them to you.",
                        consultant.name,
                    )
                )
            consultant = user
        if not consultant:
            raise UserError(self.env._("Say first who receives the guests: “Hand To”."))
        # Who may receive was checked above; consultants have no right on a visit not yet theirs.
        visit = self.sudo()
        visit.write(
            {
                "state": "receiving",
                "received_at": fields.Datetime.now(),
                "consultant_id": consultant.id,
                "in_turn": visit.in_turn
                or (not visit.wished and visit.relation_id.consultant_id != consultant),
            }
        )
        visit._clock_stop(WAITING, at=visit.received_at)
        visit._bind_customer()
        visit._mark_busy()
        return True

    def _hand_to(self, consultant, wished=False):
        """Give the visit to ``consultant`` (res.users, may be empty while the guests wait)."""
        self._check_desk()
        self._expect(*OPEN)
        if self.state == "receiving" and not consultant:
            raise UserError(self.env._("The guests are being received; name the colleague."))
        # Rights were checked; the guard of write() lets only steps through.
        visit = self.sudo()
        busy = visit.state == "receiving" and consultant != visit.consultant_id
        if busy:
            visit._mark_free()
        visit.write(
            {
                "consultant_id": consultant.id,
                "wished": wished and bool(consultant),
                "in_turn": bool(consultant)
                and not wished
                and visit.relation_id.consultant_id != consultant,
            }
        )
        # Who lets them wait is from now on the colleague.
        visit._clock_open(WAITING).user_id = consultant
        if busy:
            visit._bind_customer()
            visit._mark_busy()

    def _close(self, result, left_at=None, **values):
        """Close the visit with its result.

        :param str result: key of the field ``result``
        :param left_at: when the guests left, default now
        :param values: further values of fields a consultant completes
        :raise UserError: where nobody received the guests and the result says otherwise
        """
        self._check_serves()
        self._expect(*OPEN)
        if not result:
            raise UserError(self.env._("Say how the visit ended."))
        if self.state == "waiting" and self.is_intent and result != "unserved":
            raise UserError(
                self.env._(
                    "Nobody has received these guests yet. Press “Receive” first, or choose"
                    " “Left without Being Received”."
                )
            )
        if values.keys() - COMPLETION:
            raise ValueError(f"not for closing: {values.keys() - COMPLETION}")
        # Rights were checked; the guard of write() lets only steps through.
        visit = self.sudo()
        visit.write(
            {
                **values,
                "state": "left",
                "result": result,
                "left_at": left_at or fields.Datetime.now(),
                "closed_at": fields.Datetime.now(),
            }
        )
        visit._clock_stop(WAITING, at=visit.left_at)
        visit._mark_free()

    def action_undo(self):
        """Take the closing back within 30 minutes: the guests are still here."""
        self._check_serves()
        self._expect("left")
        if fields.Datetime.now() - self.closed_at > UNDO_TIME:
            raise UserError(
                self.env._("A closed visit is opened again within 30 minutes. Register a new one.")
            )
        # Rights were checked; the guard of write() lets only steps through.
        visit = self.sudo()
        visit.write(
            {
                "state": "receiving" if visit.received_at else "waiting",
                "left_at": False,
                "closed_at": False,
                "result": False,
            }
        )
        if visit.received_at:
            visit._mark_busy()
        else:
            visit._clock_start(WAITING)
        return True

    def _cancel(self, reason):
        """Take a wrong registration back; the reason is kept."""
        self._check_desk()
        self._expect(*OPEN)
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the registration is taken back."))
        # Rights were checked; the guard of write() lets only steps through.
        visit = self.sudo()
        visit._clock_void(visit.env._("The registration was taken back."), WAITING)
        visit._mark_free()
        visit.write({"state": "cancelled", "cancel_reason": reason.strip()})

    def _return(self, remark):
        """Send an incomplete record back to its consultant."""
        self._check_desk()
        self._expect("receiving", "left")
        if not (remark or "").strip():
            raise UserError(self.env._("Write what the consultant shall complete."))
        if not self.consultant_id:
            raise UserError(self.env._("No consultant received these guests. Hand the visit over."))
        # Rights were checked; the guard of write() lets only steps through.
        visit = self.sudo()
        visit.write({"returned": True, "was_returned": True, "return_remark": remark.strip()})
        visit._tell_consultants()

    def action_completed(self):
        """Report a record that was sent back as completed."""
        self._check_serves()
        if not self.returned:
            raise UserError(self.env._("This record was not sent back."))
        if not self.is_complete:
            raise UserError(self.env._("Still missing: %s.", self.missing))
        # Rights were checked; the guard of write() lets only steps through.
        self.sudo().write({"returned": False, "completed_at": fields.Datetime.now()})
        return True

    def _step_action(self, step, name):
        self.ensure_one()
        return {
            "name": name,
            "type": "ir.actions.act_window",
            "res_model": "dealer.visit.step",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_visit_id": self.id, "default_step": step},
        }

    def action_hand_to(self):
        """Ask to whom the guests are handed."""
        return self._step_action("hand", self.env._("Hand To"))

    def action_contact(self):
        """Ask for name and phone number of the guest."""
        return self._step_action("contact", self.env._("Keep the Contact"))

    def action_close(self):
        """Ask how the visit ended."""
        return self._step_action("close", self.env._("Guests Leave"))

    def action_cancel(self):
        """Ask why the registration is taken back."""
        return self._step_action("cancel", self.env._("Cancel the Visit"))

    def action_return(self):
        """Ask what the consultant shall complete."""
        return self._step_action("return", self.env._("Send Back"))

    def _open_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "dealer.visit",
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_open_customer(self):
        """Open the customer's file."""
        self.ensure_one()
        return self.relation_id.action_open_customer()

    # ------------------------------------------------------------------ what follows

    def _bind_customer(self):
        """Give a customer whom nobody serves to the consultant who receives them."""
        relation = self.relation_id
        if self.is_intent and relation and not relation.consultant_id and self.consultant_id:
            relation._assign(
                {"consultant_id": self.consultant_id.id},
                self.env._("Received in the showroom."),
            )

    def _tell_consultants(self):
        """Tell the consultant at once that guests wait, or that a record came back."""
        for visit in self:
            user = visit.consultant_id
            if not user or user == self.env.user or not (visit.state in OPEN or visit.returned):
                continue
            env = self.with_context(lang=user.lang).env
            title, message = env._("Guests for you"), visit.with_env(env)._guest_name()
            if visit.returned:
                title = env._("Visit sent back")
                message = f"{message}: {visit.return_remark}"
            # The bus is the system's; the words are for the consultant of this visit.
            user.sudo()._bus_send(
                "simple_notification", {"type": "info", "title": title, "message": message}
            )

    def _mark_busy(self):
        """Note in the roster that the consultant is with guests, so that leads go to others."""
        self.env["dealer.duty"].create(
            [
                {
                    "user_id": visit.consultant_id.id,
                    "unit_id": visit.unit_id.id,
                    "kind": "busy",
                    "start": fields.Datetime.now(),
                    # Who registers the guests and receives them has no witness.
                    "evidence": "declared"
                    if visit.clerk_id == visit.consultant_id
                    else "witnessed",
                    "res_model": self._name,
                    "res_id": visit.id,
                }
                for visit in self
            ]
        )

    def _mark_free(self):
        """Note in the roster that the consultant is free again."""
        self.env["dealer.duty"].search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("end", "=", False)
        ).action_end()

    def _sync_interaction(self):
        """Keep the one line of this visit in the customer's timeline (B13).

        Facts of a witnessed contact are rewritten by nobody; the visit is where they are kept, and
        its own guards have passed.
        """
        # The clerk may write no interaction of customers whose file is closed to the clerk.
        for visit in self.sudo():
            interaction = visit.interaction_id
            if not visit.partner_id or visit.state == "cancelled":
                interaction.unlink()
                continue
            values = visit._prepare_interaction_vals()
            if interaction:
                interaction.write(values)
            else:
                visit.interaction_id = interaction.create(values)

    def _prepare_interaction_vals(self):
        # Only what the clerk saw is witnessed; a manager at the desk declares.
        clerk = self.clerk_id.has_group("dealer_base.group_reception")
        return {
            "kind": "visit",
            "direction": "in",
            "evidence": "witnessed" if clerk else "declared",
            "user_id": self.clerk_id.id,
            "partner_id": self.partner_id.id,
            "unit_id": self.unit_id.id,
            "start": self.arrived_at,
            "duration": int((self.left_at - self.arrived_at).total_seconds())
            if self.left_at
            else 0,
            "two_way": bool(self.received_at),
            "answered": bool(self.received_at),
            "result": RESULTS.get(self.result, False),
            "summary": self.note,
            "res_model": self._name,
            "res_id": self.id,
        }
