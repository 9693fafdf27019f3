from odoo import fields, models
from odoo.tools import SQL


class DealerConsultationReport(models.Model):
    """What the advice of experts is worth: one row a store, topic, expert and month of the answer.

    A median cannot be added up: it stands for the row alone. Accepted share = advice taken ÷ answers;
    order rate = ordered ÷ advice taken.
    """

    _name = "dealer.consultation.report"
    _description = "Figures of Experts"
    _auto = False
    _order = "month desc, answers desc, id"
    _rec_name = "user_id"
    _depends = {
        "dealer.consultation": ["company_id", "outcome", "topic_id", "unit_id", "useful"],
        "dealer.consultation.answer": [
            "answered_at",
            "consultation_id",
            "is_accepted",
            "minutes",
            "user_id",
        ],
    }

    month = fields.Char(readonly=True, help="Of the answers, e.g. 2026-03.")
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    topic_id = fields.Many2one("dealer.consultation.topic", readonly=True)
    user_id = fields.Many2one("res.users", string="Expert", readonly=True)
    answers = fields.Integer(readonly=True)
    median_minutes = fields.Float(
        string="Median (min)",
        readonly=True,
        aggregator=None,
        digits=(12, 1),
        help="Half of the answers came faster. Minutes of opening hours.",
    )
    accepted = fields.Integer(string="Advice Taken", readonly=True)
    accepted_share = fields.Float(string="Share Taken", readonly=True, aggregator=None)
    ordered = fields.Integer(
        string="Ordered after It", readonly=True, help="Customers who ordered; advice taken only."
    )
    order_rate = fields.Float(readonly=True, aggregator=None, help="Ordered ÷ advice taken.")
    usefulness = fields.Float(
        string="Use (1–5)",
        digits=(2, 1),
        readonly=True,
        aggregator=None,
        help="Of advice that was taken.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT MIN(reply.id) AS id, reply.month, ask.unit_id, ask.company_id, ask.topic_id,
                   reply.user_id, COUNT(*)::int AS answers,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY reply.minutes) AS median_minutes,
                   COUNT(*) FILTER (WHERE reply.is_accepted)::int AS accepted,
                   AVG((reply.is_accepted IS TRUE)::int)::float AS accepted_share,
                   COUNT(*) FILTER (WHERE reply.is_accepted AND ask.outcome = 'won')::int
                       AS ordered,
                   AVG((ask.outcome = 'won')::int) FILTER (WHERE reply.is_accepted)::float
                       AS order_rate,
                   AVG(ask.useful::int) FILTER (WHERE reply.is_accepted)::float AS usefulness
              FROM (SELECT answer.*,
                           to_char(answer.answered_at AT TIME ZONE 'UTC'
                                   AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month
                      FROM dealer_consultation_answer answer) reply
              JOIN dealer_consultation ask ON ask.id = reply.consultation_id
             GROUP BY reply.month, ask.unit_id, ask.company_id, ask.topic_id, reply.user_id
            """
        )
