from odoo import fields, models


class DealerInspectionPaper(models.Model):
    """A paper that the inspection station asks for; data that a manager changes."""

    _name = "dealer.inspection.paper"
    _description = "Paper for the Annual Inspection"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    needed = fields.Boolean(default=True, help="Without it the car is not taken to the station.")
    active = fields.Boolean(default=True)
