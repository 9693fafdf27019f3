from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .dealer_consultation import has_number

#: What an expert writes.
WRITTEN = {"amount", "consultation_id", "proposal"}


class DealerConsultationAnswer(models.Model):
    """What an expert proposes (B14)."""

    _name = "dealer.consultation.answer"
    _description = "Answer of an Expert"
    _inherit = ["dealer.user.checks"]
    _order = "answered_at, id"
    _rec_name = "proposal"

    consultation_id = fields.Many2one(
        "dealer.consultation", string="Question", required=True, index=True, ondelete="cascade"
    )
    question = fields.Text(related="consultation_id.question", string="What is Asked")
    company_id = fields.Many2one(
        related="consultation_id.company_id", store=True, index="btree_not_null"
    )
    topic_id = fields.Many2one(related="consultation_id.topic_id")
    user_id = fields.Many2one(
        "res.users",
        string="Expert",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    answered_at = fields.Datetime(
        string="Answered On", required=True, readonly=True, default=fields.Datetime.now
    )
    minutes = fields.Integer(
        string="Answered After (min)", readonly=True, help="Minutes of opening hours."
    )
    proposal = fields.Text(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Price or Figure", help="Where the advice is a number: price, rate, trade-in value."
    )
    is_accepted = fields.Boolean(string="Advice Taken", readonly=True)
    can_accept = fields.Boolean(compute="_compute_can_accept")

    _amount = models.Constraint("CHECK (COALESCE(amount, 0) >= 0)", "A figure is not below zero.")
    _one_accepted = models.UniqueIndex(
        "(consultation_id) WHERE is_accepted", "Another advice is taken already."
    )

    @api.depends("consultation_id.state", "consultation_id.asker_id")
    @api.depends_context("uid")
    def _compute_can_accept(self):
        for answer in self:
            question = answer.consultation_id
            answer.can_accept = question.state == "answered" and question.is_asker

    @api.constrains("proposal")
    def _check_proposal(self):
        for answer in self:
            if not (answer.proposal or "").strip():
                raise ValidationError(self.env._("Write what you advise."))
            if has_number(answer.proposal):
                raise ValidationError(
                    self.env._("Leave telephone numbers out of the advice: it is read by many.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            fixed = {
                "user_id": self.env.uid,
                "answered_at": fields.Datetime.now(),
                "is_accepted": False,
            }
            vals_list = [
                {name: value for name, value in vals.items() if name in WRITTEN}
                | fixed
                | {"minutes": 0}
                for vals in vals_list
            ]
        answers = super().create(vals_list)
        for answer in answers.sudo():  # who may answer was checked; the course is the system's
            question = answer.consultation_id
            seconds = question.unit_id._clock_time().between(
                question.asked_at, max(question.asked_at, answer.answered_at)
            )
            answer.minutes = int(seconds // 60)
            question._note_answer(answer)
        return answers

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"amount", "proposal"}:
                raise UserError(self.env._("Only the words and the figure of an answer change."))
            self.check_access("write")
            for answer in self:
                if answer.user_id != self.env.user:
                    raise AccessError(self.env._("This is the answer of a colleague."))
                answer.consultation_id._expect("answered")
        return super().write(vals)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "consultation_id" in field_names:
            for question in self.consultation_id:
                question.check_access("read")
                if not question.is_expert:
                    # Who is asked is told to whoever may read the question.
                    raise AccessError(
                        self.env._(
                            "You are no expert of this question. Its experts are: %s.",
                            ", ".join(question.sudo().expert_ids.mapped("name")),
                        )
                    )
                question._expect("open", "answered")
        return result

    def action_accept(self):
        """Take this advice; one of a question."""
        self.ensure_one()
        question = self.consultation_id
        question._check_asker()
        question._expect("answered")
        # The right was checked. The question is written first: of two clicks the second waits, is
        # repeated by Odoo and finds that an advice is taken.
        answer, now = self.sudo(), fields.Datetime.now()
        answer.consultation_id.write({"state": "accepted", "accepted_at": now})
        self.env.flush_all()
        answer.is_accepted = True
        answer.consultation_id._tell(
            answer.user_id, lambda env: env._("Your advice was taken"), answer.proposal
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
