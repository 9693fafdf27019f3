from odoo import models


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    # Chinese names are searched by their beginning; a trigram index is slow for one or two signs.
    _unit_name_idx = models.Index("(unit_id, partner_name text_pattern_ops) WHERE active")
