from odoo import models


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    def write(self, vals):
        result = super().write(vals)
        if "calendar_id" in vals:
            # Whoever changes the hours of a store need not see its resources.
            resources = self.env["dealer.capacity.resource"].sudo()
            resources.search([("unit_id", "in", self.ids)])._look_through()
        return result
