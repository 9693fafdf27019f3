from odoo import fields, models


class DealerTouchPreviewLine(models.TransientModel):
    _name = "dealer.touch.preview.line"
    _description = "Example of a Preview"
    _order = "planned_at, id"

    preview_id = fields.Many2one("dealer.touch.preview", required=True, ondelete="cascade")
    planned_at = fields.Datetime(string="When")
    document_name = fields.Char(string="Concerns")
    user_id = fields.Many2one("res.users", string="Person")
