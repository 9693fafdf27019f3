from odoo import models


class DealerInteraction(models.Model):
    """Planned contacts are found by their lead and by their day."""

    _name = "dealer.interaction"
    _inherit = "dealer.interaction"

    _planned_of_idx = models.Index("(res_id) WHERE planned_date IS NOT NULL")
    _planned_start_idx = models.Index("(start) WHERE planned_date IS NOT NULL")
