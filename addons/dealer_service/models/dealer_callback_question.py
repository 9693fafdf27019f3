from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

KINDS = [
    ("stars", "Stars"),
    ("yes_no", "Yes or No"),
    ("choice", "One of Several"),
    ("text", "Words"),
]


class DealerCallbackQuestion(models.Model):
    """What is asked in a call-back; changes hold for call-backs that are planned from then on."""

    _name = "dealer.callback.question"
    _description = "Question of Call-Backs"
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, string="Answer By", required=True, default="stars")
    choices = fields.Text(
        string="Answers to Choose", translate=True, help="One a line; for “One of Several”."
    )
    required = fields.Boolean(
        string="Must be Answered", help="A call is not finished without the answer."
    )
    alarm = fields.Boolean(
        string="A Bad Answer is Followed Up",
        help="One or two stars, or “no”, count as dissatisfied, whatever the customer says of the whole.",
    )
    step_ids = fields.Many2many(
        "dealer.callback.step",
        "dealer_callback_question_step_rel",
        "question_id",
        "step_id",
        string="Asked In",
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")

    @api.constrains("kind", "choices")
    def _check_choices(self):
        for question in self:
            if question.kind == "choice" and len(question._choice_list()) < 2:
                raise ValidationError(
                    self.env._(
                        "“%s” is answered by one of several: write at least two answers, one a line.",
                        question.name,
                    )
                )

    def _choice_list(self):
        """Return the answers to choose from."""
        self.ensure_one()
        return [line.strip() for line in (self.choices or "").splitlines() if line.strip()]

    @api.model
    def _of_steps(self, steps, units):
        """Return ``{(step, unit): questions}`` of what is asked there."""
        questions = self.search(
            Domain("step_ids", "in", steps.ids)
            & (Domain("unit_id", "=", False) | Domain("unit_id", "in", units.ids))
        )
        return {
            (step, unit): questions.filtered(
                lambda each, step=step, unit=unit: (
                    step in each.step_ids and each.unit_id in (unit, unit.browse())
                )
            )
            for step in steps
            for unit in units
        }
