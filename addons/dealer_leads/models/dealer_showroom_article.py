from odoo import fields, models


class DealerShowroomArticle(models.Model):
    """Knowledge for customers: how to buy, how to care for the car (F4)."""

    _name = "dealer.showroom.article"
    _description = "Article of the Online Showroom"
    _inherit = ["dealer.showroom.mixin"]
    _order = "kind, sequence, id"

    name = fields.Char(string="Title")
    kind = fields.Selection(
        [("buying", "Buying a Car"), ("care", "Car Care")], required=True, default="buying"
    )
    body = fields.Html(required=True)

    def _showroom_path(self):
        return f"/showroom/article/{self.id}"
