from odoo import models
from odoo.exceptions import UserError


class CalendarEvent(models.Model):
    _name = "calendar.event"
    _inherit = "calendar.event"

    def write(self, vals):
        self._check_appointment({"start", "stop", "duration", "allday", "user_id"} & vals.keys())
        return super().write(vals)

    def unlink(self):
        self._check_appointment(True)
        return super().unlink()

    def _check_appointment(self, changes):
        """Refuse to move in the calendar what takes a bay and a technician, too."""
        if self.env.su or not changes:
            return
        # Whether an entry is of an appointment is no secret to whom may write it.
        rows = self.env["dealer.appointment"].sudo().search([("event_id", "in", self.ids)], limit=1)
        if rows:
            raise UserError(
                self.env._(
                    "%s is a service appointment: bay and technician are booked with it. Move or cancel the"
                    " appointment; the calendar follows.",
                    rows.display_name,
                )
            )
