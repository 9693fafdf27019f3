from odoo import models


class ResourceCalendarLeaves(models.Model):
    """Holidays that stores' calendars keep, see ``resource.calendar._clock_opening_days``."""

    _name = "resource.calendar.leaves"
    _inherit = ["resource.calendar.leaves", "dealer.cache.mixin"]

    def _cache_forget(self):
        # The leave of a person closes no store.
        return super(
            ResourceCalendarLeaves, self.filtered(lambda leave: not leave.resource_id)
        )._cache_forget()
