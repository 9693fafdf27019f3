from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _name = "resource.calendar.leaves"
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._look_through()
        return leaves

    def write(self, vals):
        self._look_through()
        result = super().write(vals)
        self._look_through()
        return result

    def unlink(self):
        self._look_through()
        return super().unlink()

    def _look_through(self):
        """Have the bookings looked through of those who are away, or whose store is closed."""
        # Whoever enters leave need not see the resources.
        resources = self.env["dealer.capacity.resource"].sudo()
        touched = resources.browse()
        own = self.filtered("resource_id")
        users = own.resource_id.user_id
        if users:
            touched |= resources.search([("user_id", "in", users.ids)])
        holidays = self - own
        if holidays.calendar_id:
            touched |= resources._of_calendars(holidays.calendar_id)
        everywhere = holidays.filtered(lambda leave: not leave.calendar_id)
        if everywhere:
            touched |= resources.search([("company_id", "in", everywhere.company_id.ids)])
        touched._look_through()
