from odoo import fields, models
from odoo.tools import SQL


class DealerDefeatRecallReport(models.Model):
    """How right consultants are about their defeats (战败准确率), one row an answered re-call.

    Accuracy = really lost ÷ (really lost + not lost); who was not reached is in no rate. How many
    cases a rate stands on is shown beside it.
    """

    _name = "dealer.defeat.recall.report"
    _description = "Accuracy of Defeats"
    _auto = False
    _order = "answered_at desc, id desc"
    _rec_name = "id"
    _depends = {
        "dealer.defeat.recall": [
            "answered_at",
            "caller_id",
            "company_id",
            "consultant_id",
            "result",
            "state",
            "unit_id",
        ]
    }

    answered_at = fields.Datetime(string="Answered On", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    consultant_id = fields.Many2one("res.users", readonly=True)
    caller_id = fields.Many2one("res.users", string="Re-Called By", readonly=True)
    cases = fields.Integer(readonly=True, help="Customers who answered.")
    really_lost = fields.Integer(readonly=True)
    not_lost = fields.Integer(readonly=True, help="Revived, to the credit of who asked.")
    unreachable = fields.Integer(readonly=True)
    accuracy = fields.Float(
        string="Accuracy of Defeats",
        aggregator="avg",
        readonly=True,
        help="Really lost ÷ (really lost + not lost).",
    )
    false_rate = fields.Float(
        string="False Defeats",
        aggregator="avg",
        readonly=True,
        help="Not lost ÷ (really lost + not lost).",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT id, answered_at, unit_id, company_id, consultant_id, caller_id,
                   (result IN ('true', 'false'))::int AS cases,
                   (result = 'true')::int AS really_lost,
                   (result = 'false')::int AS not_lost,
                   (result = 'unreachable')::int AS unreachable,
                   CASE result WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END AS accuracy,
                   CASE result WHEN 'true' THEN 0.0 WHEN 'false' THEN 1.0 END AS false_rate
              FROM dealer_defeat_recall
             WHERE state = 'answered'
            """
        )
