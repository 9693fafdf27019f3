from odoo import fields, models


class DealerCallbackStep(models.Model):
    """A rung of the ladder of call-backs (D9): same day, 3, 7, 15 days, first maintenance, repurchase.

    When it is, for whom and by whom stands in the touch rules whose way leads to it.
    """

    _name = "dealer.callback.step"
    _description = "Step of Call-Backs"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    script = fields.Text(
        string="Talk Track", translate=True, help="How the call begins, and what it is for."
    )
    question_ids = fields.Many2many(
        "dealer.callback.question",
        "dealer_callback_question_step_rel",
        "step_id",
        "question_id",
        string="Questions",
    )
