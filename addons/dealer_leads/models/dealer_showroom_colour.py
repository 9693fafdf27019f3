import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

CODE = re.compile(r"#[0-9a-fA-F]{6}")


class DealerShowroomColour(models.Model):
    """A colour in which a car is sold."""

    _name = "dealer.showroom.colour"
    _inherit = ["dealer.showroom.line"]
    _description = "Colour of a Car"
    _order = "sequence, id"

    name = fields.Char(string="Colour", required=True, translate=True)
    code = fields.Char(string="Colour Code", required=True, default="#ffffff")
    sequence = fields.Integer(default=10)

    @api.constrains("code")
    def _check_code(self):
        # It stands in the style of a page for everybody.
        for colour in self:
            if not CODE.fullmatch(colour.code or ""):
                raise ValidationError(
                    self.env._("A colour code is # and six digits or letters, e.g. #c0c0c0.")
                )
