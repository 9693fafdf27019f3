from odoo import api, models
from odoo.exceptions import UserError

#: What the drive decides.
TIMES = {"active", "allday", "duration", "start", "stop", "user_id", "opportunity_id"}


class CalendarEvent(models.Model):
    """The meeting of a test drive moves with the drive, not by itself."""

    _name = "calendar.event"
    _inherit = "calendar.event"

    def write(self, vals):
        if TIMES & vals.keys() and not self.env.su:
            self._check_no_drive()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_no_drive(self):
        # Whether a meeting belongs to a drive does not depend on who asks.
        drives = self.env["dealer.test.drive"].sudo()
        if self.ids and drives.search_count(
            [("event_id", "in", self.ids), ("state", "in", ("booked", "checked", "signed"))],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "This meeting is a test drive with a car that is booked. Move or cancel the test"
                    " drive; the calendar follows."
                )
            )
