from odoo import fields, models


class DealerShowroomFact(models.Model):
    """A fact of a car in the online showroom, e.g. wheelbase: 2791 mm."""

    _name = "dealer.showroom.fact"
    _inherit = ["dealer.showroom.line"]
    _description = "Fact of a Car"
    _order = "sequence, id"

    name = fields.Char(string="Fact", required=True, translate=True)
    value = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
