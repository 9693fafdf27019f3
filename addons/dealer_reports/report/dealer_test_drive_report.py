from odoo import fields, models
from odoo.tools import SQL


class DealerTestDriveReport(models.Model):
    """Test drives by the day of the store, and what customers think of them as sums."""

    _name = "dealer.test.drive.report"
    _inherit = ["dealer.test.drive.report", "dealer.figures.mixin"]
    _figure_moment = "start"
    _depends = {"dealer.unit": ["calendar_id"], "resource.calendar": ["tz"]}

    day = fields.Date(readonly=True, help="Of the drive, by the clock of the store.")
    rated = fields.Integer(
        string="Drives with an Opinion",
        readonly=True,
        help="Drives after which the customer said how satisfied one is.",
    )
    satisfied = fields.Integer(readonly=True, help="Satisfied or fully satisfied: 4 or 5 of 5.")

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT drive.*, %(day)s AS day,
                   (drive.satisfaction IS NOT NULL)::int AS rated,
                   COALESCE(drive.satisfaction >= 4, FALSE)::int AS satisfied
              FROM (%(drives)s) drive
              %(store)s
            """,
            drives=super()._table_query,
            day=self._store_day(SQL("drive.start")),
            store=self._join_store(SQL("drive.unit_id")),
        )

    def _figure_bases(self):
        return {
            **super()._figure_bases(),
            "km": [],
            "rate_no_show": [("state", "in", ("returned", "no_show"))],
            "rate_order": [("drives", "!=", 0)],
            "satisfaction": [("rated", "!=", 0)],
        }

    def _figure_record(self):
        return self.env["dealer.test.drive"].browse(self.id)
