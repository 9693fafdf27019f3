from odoo import fields, models
from odoo.tools import SQL


class DealerTestDriveReport(models.Model):
    """Figures of test drives, one row a drive.

    Rates are averages of 0 and 1; a drive outside of a rate's denominator is NULL there, so that
    every grouping divides by the right number.
    """

    _name = "dealer.test.drive.report"
    _description = "Figures of Test Drives"
    _auto = False
    _order = "start desc, id desc"
    _rec_name = "id"
    _depends = {
        "dealer.order": ["ordered_on", "relation_id", "state"],
        "dealer.test.drive": [
            "car_id",
            "car_series",
            "company_id",
            "minutes",
            "mileage_in",
            "mileage_out",
            "relation_id",
            "satisfaction",
            "score",
            "start",
            "state",
            "unit_id",
            "user_id",
        ],
    }

    start = fields.Datetime(readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Companion", readonly=True)
    car_id = fields.Many2one("dealer.capacity.resource", string="Test Drive Car", readonly=True)
    car_series = fields.Char(string="Series", readonly=True)
    relation_id = fields.Many2one("dealer.relation", string="Customer of the Store", readonly=True)
    state = fields.Selection(
        selection=lambda self: (
            self.env["dealer.test.drive"]._fields["state"]._description_selection(self.env)
        ),
        readonly=True,
    )
    booked = fields.Integer(string="Booked Drives", readonly=True)
    drives = fields.Integer(readonly=True)
    no_shows = fields.Integer(string="No-Shows", readonly=True)
    orders = fields.Integer(
        string="Drives with an Order", readonly=True, help="The customer ordered a car afterwards."
    )
    km = fields.Integer(string="Driven (km)", readonly=True)
    rate_no_show = fields.Float(
        string="No-Shows ÷ Due Drives",
        aggregator="avg",
        readonly=True,
        help="Nobody came ÷ (drives that took place + nobody came). Cancelled ones are left out.",
    )
    rate_order = fields.Float(
        string="Orders ÷ Drives",
        aggregator="avg",
        readonly=True,
        help="Drives whose customer ordered on the same day or later ÷ drives that took place.",
    )
    satisfaction = fields.Float(
        aggregator="avg", readonly=True, help="1 very dissatisfied to 5 fully satisfied."
    )
    stars = fields.Float(string="Stars of the Car", aggregator="avg", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT drive.id, drive.start, drive.unit_id, drive.company_id, drive.user_id,
                   drive.car_id, drive.car_series, drive.relation_id, drive.state,
                   1 AS booked,
                   (drive.state = 'returned')::int AS drives,
                   (drive.state = 'no_show')::int AS no_shows,
                   CASE WHEN drive.state = 'returned' THEN sold.found::int ELSE 0 END AS orders,
                   CASE WHEN drive.state = 'returned'
                        THEN drive.mileage_in - drive.mileage_out END AS km,
                   CASE WHEN drive.state IN ('returned', 'no_show')
                        THEN (drive.state = 'no_show')::int::float END AS rate_no_show,
                   CASE WHEN drive.state = 'returned' THEN sold.found::int::float END AS rate_order,
                   drive.satisfaction::float AS satisfaction,
                   NULLIF(drive.score, '0')::float AS stars
              FROM dealer_test_drive drive
             CROSS JOIN LATERAL (
                   SELECT EXISTS (
                          SELECT FROM dealer_order sale
                           WHERE sale.relation_id = drive.relation_id
                             AND sale.state IN ('ordered', 'planned', 'delivered')
                             AND sale.ordered_on >= (drive.start + INTERVAL '8 hours')::date
                          ) AS found) sold
            """
        )
