from odoo import models


class DealerOrder(models.Model):
    """An order says what became of a question about the customer."""

    _name = "dealer.order"
    _inherit = "dealer.order"

    def _follow(self, reason):
        result = super()._follow(reason)
        if self.lead_id:
            self.env["dealer.consultation"]._measure(self.lead_id)
        return result
