from odoo import fields, models


class DealerShowroomLine(models.AbstractModel):
    """What a car of the showroom lists; it is written by who writes the car."""

    _name = "dealer.showroom.line"
    _inherit = ["dealer.user.checks"]
    _description = "Line of a Car in the Online Showroom"

    model_id = fields.Many2one(
        "dealer.showroom.model", required=True, index=True, ondelete="cascade"
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "model_id" in field_names:
            # Nobody moves a line to a car of another store.
            self.check_access("write")
        return result
