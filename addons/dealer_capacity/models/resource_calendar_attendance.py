from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._look_through()
        return lines

    def write(self, vals):
        self._look_through()
        result = super().write(vals)
        self._look_through()
        return result

    def unlink(self):
        self._look_through()
        return super().unlink()

    def _look_through(self):
        self.env["dealer.capacity.resource"]._of_calendars(self.calendar_id)._look_through()
