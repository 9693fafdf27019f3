from odoo import models
from odoo.exceptions import UserError


class DealerTestDrive(models.Model):
    """What the customer thinks of the car is tapped beside the words of the feedback."""

    _name = "dealer.test.drive"
    _inherit = ["dealer.test.drive", "dealer.insight.mixin"]

    _insight_source = "drive"

    def _insight_note(self, picks):
        if picks and self.state not in ("driving", "returned"):
            raise UserError(self.env._("Feedback is written once the customer has driven the car."))
        return super()._insight_note(picks)
