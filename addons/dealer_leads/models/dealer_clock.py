from odoo import api, models


class DealerClock(models.Model):
    """A tick hands leads on; while it does, nobody else gives leads out."""

    _name = "dealer.clock"
    _inherit = "dealer.clock"

    @api.model
    def _lock_keys(self):
        return [*super()._lock_keys(), *self.env["dealer.distribution.rule"]._lock_keys()]
