from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.lock import lock_politely
from .dealer_case_flow import DISPATCHING, GENERAL_MANAGER, OPEN, STEPS
from .helpdesk_ticket import CLOSED_STATES, INSIDE

#: Same day: until care has written it down.
REGISTER = "case_register"
#: Back to care within 24 hours round the clock (E1).
RETURN = "case_return"
CALL_BACK = "case_call_back"
SIGN = "case_sign"


class HelpdeskTicket(models.Model):
    """The terms of a complaint, and the general manager's own supervision (总经理督办, E2)."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    is_supervised = fields.Boolean(
        string="Supervised by the General Manager",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Not returned within 24 hours: it lies on the general manager's desk.",
    )
    supervised_until = fields.Datetime(string="New Date", readonly=True, copy=False)

    def _case_begun(self):
        """Start the clocks of new complaints and open their sealed files."""
        for ticket in self.sudo():  # clocks and sealed files are the system's
            ticket._seal("created", ticket._sealed_snapshot(), last=(0, None))
            if ticket.case_state == "received":
                ticket._clock_start_new(REGISTER, at=ticket.received_at)
            else:
                ticket._clock_start_new(RETURN, at=ticket.registered_at)

    def _clock_user(self):
        """Return who is responsible: the handler, once there is one."""
        return self.handler_id or super()._clock_user()

    def _step_values(self, name):
        values = super()._step_values(name)
        now = fields.Datetime.now()
        if name == "return":
            values["returned_at"] = now
        elif name in ("satisfied", "unsatisfied"):
            values["satisfied"] = "yes" if name == "satisfied" else "no"
        if STEPS[name].target in CLOSED_STATES:
            values |= {"closed_date": now, "is_supervised": False}
        return values

    def _after_step(self, name):
        result = super()._after_step(name)
        # The step has locked the complaint.
        now = fields.Datetime.now()
        if name == "register":
            self._clock_pass_on(REGISTER, RETURN, at=now)
        elif name in DISPATCHING:
            # Clocks are the system's; the step was checked.
            self._clock_open(RETURN, ["user_id"]).sudo().write({"user_id": self.handler_id.id})
        elif name == "return":
            self._clock_pass_on(RETURN, at=now)
        elif name == "check":
            self._clock_pass_on(following=CALL_BACK, at=now)
        elif name in ("satisfied", "unsatisfied"):
            following = SIGN if name == "satisfied" else RETURN
            self._clock_pass_on(CALL_BACK, following, at=now)
        elif name == "sign":
            self._clock_pass_on(SIGN, at=now)
        if name in ("unsatisfied", "reopen"):
            self.with_context(case_inside=INSIDE).write(
                {
                    "level": self.level + 1,
                    "reopen_count": self.reopen_count + (name == "reopen"),
                    "filed_at": False,
                    "closed_date": False,
                }
            )
        if name in ("reopen", "send_back"):
            self._clock_pass_on(following=RETURN, at=now)
        if self.case_state in CLOSED_STATES:
            self._clock_void(self.env._("The complaint is closed."))
            self.task_ids._drop()
        return result

    def _clock_raised(self, clock, step):
        """What nobody returned in 24 hours lies on the general manager's desk."""
        result = super()._clock_raised(clock, step)
        for ticket in self:
            if clock.kind == RETURN and step.minutes >= 0 and not ticket.is_supervised:
                ticket.with_context(case_inside=INSIDE).write({"is_supervised": True})
                ticket._seal("supervised", {"due": str(clock.due_at)})
        return result

    def _supervise(self, until, opinion):
        """The general manager acts and sets a new date; only that clears the desk.

        :param until: naive UTC moment, to come
        :raise AccessError: for anybody else
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.user._dealer_has_any(GENERAL_MANAGER):
            raise AccessError(self.env._("Only the general manager clears what lies on that desk."))
        case = self.sudo()  # the post was checked; flow fields are not writable otherwise
        lock_politely(case)
        case.invalidate_recordset(["is_supervised", "case_state"])
        if not self.is_supervised:
            raise UserError(self.env._("It does not lie on the general manager's desk."))
        if not until or until <= fields.Datetime.now():
            raise UserError(self.env._("Set a new date to come."))
        if not (opinion or "").strip():
            raise UserError(self.env._("Write what you ordered; it is signed with your name."))
        case.with_context(case_inside=INSIDE).write(
            {"is_supervised": False, "supervised_until": until}
        )
        case._seal("step", {"opinion": opinion.strip(), "until": str(until)}, step="supervise")
        if case.case_state in OPEN:
            case._clock_stop(RETURN)
            case._clock_start_until(RETURN, until)
