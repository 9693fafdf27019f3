from odoo import models


class DealerDefeat(models.Model):
    _name = "dealer.defeat"
    _inherit = "dealer.defeat"

    # A period of the report; its moment is the same.
    _figure_moment_idx = models.Index("(unit_id, (COALESCE(decided_at, asked_at)))")
