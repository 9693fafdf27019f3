from odoo import fields, models

from .dealer_lead_import_column import TARGETS


class DealerLeadImportMappingLine(models.Model):
    _name = "dealer.lead.import.mapping.line"
    _description = "Saved Column of Lead Files"
    _order = "position, id"
    _rec_name = "heading"

    mapping_id = fields.Many2one(
        "dealer.lead.import.mapping", required=True, index=True, ondelete="cascade"
    )
    position = fields.Integer(string="Column", required=True)
    heading = fields.Char()
    target = fields.Selection(TARGETS, string="Is", required=True, default="ignore")
