from odoo import fields, models


class DealerReviewStep(models.TransientModel):
    """Answer a review, or decide whether a doubtful one counts."""

    _name = "dealer.review.step"
    _description = "Answer or Judge a Review"

    review_ids = fields.Many2many("dealer.review", required=True, readonly=True)
    step = fields.Selection(
        [("answer", "Answer"), ("count", "Counts"), ("discard", "Does Not Count")],
        required=True,
        default="answer",
        readonly=True,
    )
    text = fields.Text(required=True)

    def action_apply(self):
        """Do it; the review checks who may."""
        self.ensure_one()
        if self.step == "answer":
            self.review_ids._answer(self.text)
        else:
            self.review_ids._decide(self.step, self.text)
        return {"type": "ir.actions.act_window_close"}
