from odoo import models


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if {"tz", "attendance_ids", "two_weeks_calendar", "active"} & vals.keys():
            self.env["dealer.capacity.resource"]._of_calendars(self)._look_through()
        return result
