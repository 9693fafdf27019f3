from odoo import models


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def action_dealer_referral(self):
        """Open the link by which this customer recommends the store; it is made when asked for."""
        self.ensure_one()
        return self.env["dealer.referral"]._get_or_make(self)._open()
