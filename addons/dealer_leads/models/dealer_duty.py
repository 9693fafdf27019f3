from odoo import api, models


class DealerDuty(models.Model):
    _name = "dealer.duty"
    _inherit = "dealer.duty"

    @api.model_create_multi
    def create(self, vals_list):
        duties = super().create(vals_list)
        self.env["dealer.distribution.rule"]._wake_if_waiting()
        return duties

    def write(self, vals):
        result = super().write(vals)
        self.env["dealer.distribution.rule"]._wake_if_waiting()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["dealer.distribution.rule"]._wake_if_waiting()
        return result
