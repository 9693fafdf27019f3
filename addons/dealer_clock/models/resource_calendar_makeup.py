from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResourceCalendarMakeup(models.Model):
    """A day that is worked although the week says otherwise.

    Each year the State Council moves working days to weekends (调休上班); shops also open longer for
    a campaign. Odoo's calendars know holidays, but no such days.
    """

    _name = "resource.calendar.makeup"
    _description = "Make-Up Day"
    _inherit = ["dealer.user.checks", "dealer.cache.mixin"]
    _order = "date desc, hour_from"
    _rec_name = "date"

    calendar_id = fields.Many2one(
        "resource.calendar", string="Opening Hours", required=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    hour_from = fields.Float(string="Opens", required=True, default=8.5)
    hour_to = fields.Float(string="Closes", required=True, default=17.5)
    name = fields.Char(string="Occasion")

    _hours_in_order = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < hour_to AND hour_to <= 24)",
        "A make-up day opens before it closes, both between 0:00 and 24:00.",
    )
    _calendar_date_idx = models.Index("(calendar_id, date)")

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "calendar_id" in field_names:
            # Rules are asked before a write; nobody opens the store of others.
            self.check_access("write")
        return result

    @api.constrains("calendar_id", "date", "hour_from", "hour_to")
    def _check_overlap(self):
        for day in self:
            others = self.search(
                [("calendar_id", "=", day.calendar_id.id), ("date", "=", day.date)]
            )
            for other in others - day:
                if other.hour_from < day.hour_to and day.hour_from < other.hour_to:
                    raise ValidationError(
                        self.env._(
                            "The hours of %s overlap with a line that is there already.", day.date
                        )
                    )
