from odoo import models


class ResourceCalendarAttendance(models.Model):
    """Opening hours that stores' calendars keep, see ``resource.calendar._clock_opening_days``."""

    _name = "resource.calendar.attendance"
    _inherit = ["resource.calendar.attendance", "dealer.cache.mixin"]
