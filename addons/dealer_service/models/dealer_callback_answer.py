from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .dealer_callback_question import KINDS

#: What whoever calls fills in.
ANSWERS = {"stars", "yes_no", "choice", "text"}
#: Up to so many stars are a bad answer.
BAD_STARS = 2


class DealerCallbackAnswer(models.Model):
    """An answer in a call-back, with the question as it was asked then."""

    _name = "dealer.callback.answer"
    _description = "Answer in a Call-Back"
    _order = "callback_id, sequence, id"
    _rec_name = "question"

    callback_id = fields.Many2one(
        "dealer.callback", required=True, index=True, readonly=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        "dealer.callback.question",
        string="By Which Question",
        index=True,
        readonly=True,
        ondelete="set null",
    )
    sequence = fields.Integer(readonly=True)
    question = fields.Char(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    choices = fields.Text(readonly=True)
    required = fields.Boolean(readonly=True)
    alarm = fields.Boolean(readonly=True)
    stars = fields.Integer(aggregator="avg")
    yes_no = fields.Selection([("yes", "Yes"), ("no", "No")], string="Yes or No")
    choice = fields.Char()
    text = fields.Text(string="Words")
    is_answered = fields.Boolean(compute="_compute_is_answered")
    is_bad = fields.Boolean(compute="_compute_is_bad")
    words = fields.Char(compute="_compute_words", string="Answer")

    _stars = models.Constraint("CHECK (stars BETWEEN 0 AND 5)", "Stars go from one to five.")

    @api.depends("kind", *ANSWERS)
    def _compute_is_answered(self):
        for answer in self:
            answer.is_answered = bool(answer[answer.kind] if answer.kind else False)

    @api.depends("alarm", "stars", "yes_no")
    def _compute_is_bad(self):
        for answer in self:
            answer.is_bad = answer.alarm and (
                0 < answer.stars <= BAD_STARS or answer.yes_no == "no"
            )

    @api.depends("kind", *ANSWERS)
    @api.depends_context("lang")
    def _compute_words(self):
        labels = dict(self._fields["yes_no"]._description_selection(self.env))
        for answer in self:
            if answer.kind == "stars":
                answer.words = "★" * answer.stars
            elif answer.kind == "yes_no":
                answer.words = labels.get(answer.yes_no)
            else:
                answer.words = answer.choice if answer.kind == "choice" else answer.text

    @api.constrains("choice")
    def _check_choice(self):
        for answer in self.filtered("choice"):
            if answer.choice not in [line.strip() for line in (answer.choices or "").splitlines()]:
                raise ValidationError(
                    self.env._("“%s” is none of the answers to choose from.", answer.choice)
                )

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - ANSWERS:
                raise UserError(
                    self.env._("Questions stay as they were asked; fill the answer in.")
                )
            self.callback_id._check_open()
        return super().write(vals)
