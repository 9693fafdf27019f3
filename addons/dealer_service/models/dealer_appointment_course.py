from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .dealer_appointment import OPEN

#: A guest who comes after all is let in so long after he was noted as not come.
STILL_WELCOME = timedelta(hours=12)
#: So early a guest may be checked in before the time.
EARLY = timedelta(hours=12)


class DealerAppointment(models.Model):
    """From booked to done: confirmed, arrived, cancelled, not come."""

    _name = "dealer.appointment"
    _inherit = "dealer.appointment"

    def action_confirm(self):
        """Note that the customer says that he comes."""
        self._check_changes()
        # The right was checked; the guard of write() lets only buttons change the course.
        self.sudo()._confirm()
        return True

    def _confirm(self):
        self._expect("booked")
        self.write({"state": "confirmed", "confirmed_at": fields.Datetime.now()})

    def action_arrive(self):
        """Check in: the customer is here."""
        self._check_changes()
        self.sudo()._arrive()  # as in action_confirm
        return True

    def _arrive(self):
        self._expect("booked", "confirmed", "no_show")
        now = fields.Datetime.now()
        for row in self:
            if row.start > now + EARLY or (
                row.state == "no_show" and row.start < now - STILL_WELCOME
            ):
                raise UserError(
                    self.env._(
                        "%(name)s is for %(time)s. Move it to now first.",
                        name=row.display_name,
                        time=row._time_words(),
                    )
                )
        self.activity_unlink(["dealer_service.mail_activity_type_no_show"])
        self.write({"state": "arrived", "arrived_at": now, "no_show_at": False})
        self._sync_event()

    def action_done(self):
        """Note that the work is done: what is left of the time is free for others."""
        self._check_changes()
        self.sudo()._finish()  # as in action_confirm
        return True

    def _finish(self):
        self._expect("arrived")
        self.write({"state": "done", "done_at": fields.Datetime.now()})
        # A guest who came before the time has used nothing of it yet.
        now = fields.Datetime.now()
        early = self.booking_id.filtered(lambda booking: booking.start > now)
        early._release(self.env._("Done before the time"))
        (self.booking_id - early)._consume()
        self._sync_event()

    def action_cancel(self):
        """Ask why, and cancel."""
        self._check_changes()
        return {
            "name": self.env._("Cancel the Appointment"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.appointment.cancel",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_appointment_ids": self.ids},
        }

    def _cancel(self, by, reason):
        """Cancel and give the time back; call it in sudo, rights were checked.

        :param by: ``customer``, ``store`` or ``system``
        """
        self._expect(*OPEN)
        self.write(
            {
                "state": "cancelled",
                "cancelled_at": fields.Datetime.now(),
                "cancelled_by": by,
                "cancel_user_id": self.env.uid if by == "store" else False,
                "cancel_reason": reason,
            }
        )
        self.booking_id._release(reason)
        self._sync_event()

    def action_send_link(self):
        """Send the customer the link by which he confirms, moves or cancels."""
        self._check_changes()
        self.sudo()._expect("booked", "confirmed")  # as in action_confirm
        rule = self.env.ref("dealer_service.touch_rule_appointment_link")
        # It answers what the customer just agreed on; consent, refusals and quiet hours are looked at there.
        rule.sudo()._plan_records(self, answer=True)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "It is on its way, if the customer agreed to messages. Else copy the link into a chat."
                ),
            },
        }

    def action_move(self):
        """Show the times to which the appointment can be moved."""
        self.ensure_one()
        self._check_changes()
        self.sudo()._expect(*OPEN)  # as in action_confirm
        book = self.env["dealer.appointment.book"].create(
            {
                "appointment_id": self.id,
                "unit_id": self.unit_id.id,
                "day": self.unit_id._clock_local(max(self.start, fields.Datetime.now())).date(),
            }
        )
        return book._reopen()

    # ------------------------------------------------------------
    # What time does
    # ------------------------------------------------------------

    @api.model
    def _cron_course(self):
        """Note who did not come, and give back what was held too long."""
        done = self._miss() + self._lapse()
        self.env["ir.cron"]._commit_progress(done)

    @api.model
    def _miss(self, limit=500):
        """Note who did not come, and give the advisor the task to call; return how many."""
        late = Domain("state", "in", ("booked", "confirmed")) & Domain(
            "start",
            "<=",
            fields.Datetime.now() - timedelta(minutes=self._setting("no_show_minutes")),
        )
        rows = self.search(late, limit=limit, order="start, id").try_lock_for_update()
        rows = rows.filtered_domain(late)
        rows.write({"state": "no_show", "no_show_at": fields.Datetime.now()})
        rows.booking_id._release(self.env._("Did not come"))
        rows._sync_event()
        for row in rows:
            person = (
                row.advisor_id or row.unit_id._clock_staff("dealer_base.group_service_manager")[:1]
            )
            if person:
                words = row.with_context(lang=person.lang).env
                row.with_context(mail_activity_quick_update=True).activity_schedule(
                    "dealer_service.mail_activity_type_no_show",
                    summary=words._("Did not come. Ask why, and offer a new time."),
                    user_id=person.id,
                )
        return len(rows)

    @api.model
    def _lapse(self, limit=500):
        """Cancel what was held and whose time to choose is over; return how many."""
        rows = self.search(
            Domain("state", "=", "hold")
            & (
                Domain("booking_id.state", "=", "released")
                | Domain("booking_id.expires_at", "<=", fields.Datetime.now())
            ),
            limit=limit,
        )
        if rows:
            rows._cancel("system", self.env._("Not confirmed in time"))
        return len(rows)
