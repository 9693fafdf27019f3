from odoo import fields, models
from odoo.tools import SQL


class DealerReviewReport(models.Model):
    """Averages that everybody in the store may know: stars by advisor, who would recommend us (NPS).

    Without customer, order and words; doubtful reviews are left out until a manager has decided.
    """

    _name = "dealer.review.report"
    _description = "Figures of Reviews"
    _auto = False
    _order = "date desc"
    _depends = {
        "dealer.review": [
            "advisor_id",
            "company_id",
            "counts",
            "date",
            "nps",
            "stars",
            "unit_id",
        ]
    }

    date = fields.Datetime(string="Reviewed On", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    advisor_id = fields.Many2one("res.users", string="Service Advisor", readonly=True)
    stars = fields.Float(string="Average Stars", aggregator="avg", readonly=True, digits=(3, 2))
    bad_share = fields.Float(
        string="Two Stars or Less (%)", aggregator="avg", readonly=True, digits=(5, 1)
    )
    nps = fields.Float(
        string="NPS",
        aggregator="avg",
        readonly=True,
        digits=(5, 1),
        help="Of those who answered how likely they recommend us: the percentage of 9 and 10 less"
        " that of 0 to 6.",
    )

    @property
    def _table_query(self):
        # Who did not answer is no number, which averages leave out.
        return SQL(
            """
            SELECT id, date, unit_id, company_id, advisor_id, stars::numeric AS stars,
                   CASE WHEN stars <= 2 THEN 100.0 ELSE 0.0 END AS bad_share,
                   CASE WHEN nps IN ('9', '10') THEN 100.0
                        WHEN nps IN ('7', '8') THEN 0.0
                        WHEN nps IS NOT NULL THEN -100.0 END AS nps
              FROM dealer_review
             WHERE counts
            """
        )
