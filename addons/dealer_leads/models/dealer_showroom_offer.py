from odoo import fields, models


class DealerShowroomOffer(models.Model):
    """An offer for a car that holds from a day to a day."""

    _name = "dealer.showroom.offer"
    _inherit = ["dealer.showroom.line"]
    _description = "Offer for a Car"
    _order = "valid_to, id"

    name = fields.Char(string="Offer", required=True, translate=True)
    text = fields.Char(string="Details of the Offer", translate=True)
    valid_from = fields.Date()
    valid_to = fields.Date(string="Valid Until")

    _period = models.Constraint(
        "CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_to >= valid_from)",
        "An offer ends after it begins.",
    )
