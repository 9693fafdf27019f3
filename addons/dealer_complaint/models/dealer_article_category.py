from odoo import fields, models


class DealerArticleCategory(models.Model):
    _name = "dealer.article.category"
    _description = "Category of Articles"
    _parent_store = True
    _order = "parent_path, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one("dealer.article.category", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
