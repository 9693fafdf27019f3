from odoo import fields, models


class DealerTouchPreviewWeek(models.TransientModel):
    _name = "dealer.touch.preview.week"
    _description = "Week of a Preview"
    _order = "week"

    preview_id = fields.Many2one("dealer.touch.preview", required=True, ondelete="cascade")
    week = fields.Date(string="Week From")
    count = fields.Integer(string="Touches")
