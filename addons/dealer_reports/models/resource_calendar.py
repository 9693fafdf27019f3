from odoo import models


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = "resource.calendar"

    def write(self, vals):
        before = {calendar: calendar.tz for calendar in self} if "tz" in vals else {}
        result = super().write(vals)
        moved = self.filtered(
            lambda calendar: calendar in before and calendar.tz != before[calendar]
        )
        if moved:
            # Which stores keep these hours is no secret; their days are the system's.
            units = self.env["dealer.unit"].sudo().with_context(active_test=False)
            units.search([("calendar_id", "in", moved.ids)])._figures_forget()
        return result
