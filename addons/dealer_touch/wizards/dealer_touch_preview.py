from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

#: How far the preview looks, and how many examples it names.
DAYS = 30
EXAMPLES = 10


class DealerTouchPreview(models.TransientModel):
    """Who a rule would touch in the next days, before it does; of what one may see oneself."""

    _name = "dealer.touch.preview"
    _description = "Preview of a Touch Rule"

    rule_id = fields.Many2one("dealer.touch.rule", required=True, ondelete="cascade")
    addressee = fields.Selection(related="rule_id.addressee")
    total = fields.Integer(string="Touches")
    customers = fields.Integer()
    without_consent = fields.Integer()
    week_ids = fields.One2many("dealer.touch.preview.week", "preview_id")
    line_ids = fields.One2many("dealer.touch.preview.line", "preview_id", string="Examples")

    def _fill(self):
        """Ask the rule's own query, with the rights of who looks."""
        self.ensure_one()
        rule = self.rule_id
        if not rule.anchor:
            return
        now = fields.Datetime.now()
        window = rule._window(now, now + timedelta(days=DAYS))
        if window is None:
            return
        select, _names = window
        self.env.flush_all()
        weeks = self.env.execute_query(
            SQL(
                """
                SELECT date_trunc('week', due.planned_at)::date, count(*) FROM (%s) AS due
                 GROUP BY 1 ORDER BY 1
                """,
                select,
            )
        )
        numbers = self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT due.partner_id),
                       count(*) FILTER (WHERE due.partner_id IS NOT NULL AND NOT EXISTS (
                           SELECT FROM dealer_consent consent
                            WHERE consent.partner_id = due.partner_id
                              AND consent.purpose = %s AND consent.withdrawn_at IS NULL
                              AND consent.unit_id = due.unit_id))
                  FROM (%s) AS due
                """,
                rule.purpose,
                select,
            )
        )[0]
        needs_consent = rule.addressee == "customer" and rule.purpose != "safety"
        rows = self.env.execute_query(
            SQL(
                "SELECT id, partner_id, user_id, planned_at FROM (%s) AS due"
                " ORDER BY planned_at, id LIMIT %s",
                select,
                EXAMPLES,
            )
        )
        documents = self.env[rule.model].browse(row[0] for row in rows)
        names = {document.id: document.display_name for document in documents}
        self.write(
            {
                "total": sum(count for _week, count in weeks),
                "customers": numbers[0],
                "without_consent": numbers[1] if needs_consent else 0,
                "week_ids": [(0, 0, {"week": week, "count": count}) for week, count in weeks],
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "planned_at": planned,
                            "document_name": names[row_id],
                            "user_id": user_id,
                        },
                    )
                    for row_id, _partner_id, user_id, planned in rows
                ],
            }
        )
