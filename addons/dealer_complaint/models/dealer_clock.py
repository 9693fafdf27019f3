from odoo import models

#: The models whose clocks go up the departments of a store.
OF_COMPLAINTS = ("helpdesk.ticket", "dealer.case.task")


class DealerClock(models.Model):
    _name = "dealer.clock"
    _inherit = "dealer.clock"

    def _managers(self):
        """Complaints go to the head of the department where the person is in no team."""
        result = super()._managers()
        heads = {}
        for clock in self.filtered(lambda clock: clock.res_model in OF_COMPLAINTS):
            key = clock.user_id, clock.unit_id
            if key not in heads:
                heads[key] = clock.user_id._case_heads(clock.unit_id)
            if heads[key]:
                result[clock] = heads[key]
        return result
