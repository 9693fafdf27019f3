from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, date_utils

from ..models.dealer_figures_mixin import ZONES

#: Visits of people who may buy, whose record lacks nothing.
SALES = ("first_kept", "first_known", "first_open", "repeat")
FIRST = ("first_kept", "first_known", "first_open")
#: Of these, who can be found again: drives and orders are divided by them.
FILED = ("first_kept", "first_known", "repeat")
#: Since when a measure counts.
SINCE = {"new_week": "week", "new_month": "month", "new_year": "year"}
#: Guests are met before this; the clock of the reception rings then.
MET_MINUTES = 3


class DealerVisitReport(models.Model):
    """Showroom traffic (展厅流量分析), where guests come from (展厅来源分析), who came (到店客户登记)."""

    _name = "dealer.visit.report"
    _inherit = ["dealer.visit.report", "dealer.figures.mixin"]
    _figure_moment = "arrived_at"
    _depends = {
        "crm.lead": [
            "dealer_grade_id",
            "dealer_merged_into_id",
            "dealer_relation_id",
            "won_status",
        ],
        "dealer.order": ["ordered_on", "relation_id", "state"],
        "dealer.team": ["active", "member_ids", "unit_id"],
        "dealer.unit": ["calendar_id"],
        "dealer.relation": ["partner_name", "phone_masked"],
        "dealer.visit": [
            "closed_at",
            "left_at",
            "note",
            "plate",
            "received_at",
            "result",
            "series",
            "visitor_name",
        ],
        "resource.calendar": ["tz"],
    }

    day = fields.Date(readonly=True, help="On which the guests came, by the clock of the store.")
    weekday = fields.Selection(
        [
            ("1", "Monday"),
            ("2", "Tuesday"),
            ("3", "Wednesday"),
            ("4", "Thursday"),
            ("5", "Friday"),
            ("6", "Saturday"),
            ("7", "Sunday"),
        ],
        string="Day of the Week",
        readonly=True,
    )
    hour = fields.Char(readonly=True, help="In which the guests came, by the clock of the store.")
    team_id = fields.Many2one("dealer.team", readonly=True, help="Of the consultant, today.")
    left_at = fields.Datetime(string="Left On", readonly=True)
    guest = fields.Char(readonly=True, help="Name as said, else the name on file, else the plate.")
    phone_masked = fields.Char(string="Phone (masked)", readonly=True)
    plate = fields.Char(readonly=True)
    occasion = fields.Selection(
        selection=lambda self: self._visit_selection("occasion"), readonly=True
    )
    result = fields.Selection(selection=lambda self: self._visit_selection("result"), readonly=True)
    note = fields.Text(string="What Happened", readonly=True)
    series = fields.Char(readonly=True)
    grade_id = fields.Many2one(
        "dealer.grade",
        readonly=True,
        groups="dealer_base.group_sales_consultant,dealer_base.group_sales_manager,"
        "dealer_base.group_sales_director,dealer_base.group_marketing_manager,"
        "dealer_base.group_general_manager,dealer_base.group_group_executive,base.group_system",
        help="Which the customer has today.",
    )
    first_visits = fields.Integer(
        readonly=True,
        help="Guests who came for the first time, by themselves.",
    )
    invited_visits = fields.Integer(
        readonly=True,
        help="Guests who came on our invitation, for the first time or again.",
    )
    repeat_visits = fields.Integer(
        string="Visits Again", readonly=True, help="Guests who came again by themselves."
    )
    sales_visits = fields.Integer(
        string="All Sales Visits",
        readonly=True,
        help="First visits + invited visits + visits again. Other business and incomplete records"
        " are left out.",
    )
    met_visits = fields.Integer(
        string="Met at Once",
        readonly=True,
        help="Sales visits whose guests a consultant received within 3 minutes.",
    )
    rate_met = fields.Float(string="Met at Once ÷ Sales Visits", aggregator="avg", readonly=True)
    closed_visits = fields.Integer(
        string="Closed the Same Day",
        readonly=True,
        help="Sales visits whose record was closed on the day of the visit.",
    )
    rate_closed = fields.Float(
        string="Closed the Same Day ÷ Sales Visits", aggregator="avg", readonly=True
    )
    kept_visits = fields.Integer(
        string="Cards Made",
        readonly=True,
        help="First visits after which name and number of a new customer are on file.",
    )
    new_guests = fields.Integer(
        readonly=True, help="First visits of guests who were not on file before."
    )
    filed_visits = fields.Integer(
        string="Visits on File", readonly=True, help="Of guests who can be found again."
    )
    drive_visits = fields.Integer(
        string="Visits with a Drive", readonly=True, help="Of guests who are on file."
    )
    order_visits = fields.Integer(
        string="Visits That Led to an Order",
        readonly=True,
        help="The last visit of the customer on or before the day of an order that stands.",
    )
    rate_order = fields.Float(
        string="Visits with Order ÷ on File",
        aggregator="avg",
        readonly=True,
        help="Visits that led to an order ÷ (first visits with contact or on file before +"
        " repeated visits).",
    )
    delivery_visits = fields.Integer(
        string="Of These, Delivered", readonly=True, help="All orders of the visit are delivered."
    )
    open_visits = fields.Integer(
        string="Of These, Not Delivered Yet", readonly=True, help="An order waits for its car."
    )
    new_week = fields.Integer(
        string="New This Week",
        readonly=True,
        help="First visits, invited ones included, since Monday.",
    )
    new_month = fields.Integer(
        string="New This Month",
        readonly=True,
        help="First visits, invited ones included, since the first of the month.",
    )
    new_year = fields.Integer(
        string="New This Year",
        readonly=True,
        help="First visits, invited ones included, since the first of January.",
    )

    def _select(self) -> SQL:
        return SQL(
            """
            %(select)s, reckoned.day, EXTRACT(ISODOW FROM reckoned.day)::text AS weekday,
                   to_char(%(wall)s, 'HH24:00') AS hour, member.team_id, visit.series, visit.left_at, visit.plate,
                   COALESCE(NULLIF(visit.visitor_name, ''), card.partner_name, visit.plate)
                       AS guest,
                   card.phone_masked, visit.occasion, visit.result, visit.note,
                   CASE WHEN visit.state <> 'waiting' THEN (
                       SELECT dealer_grade_id
                         FROM crm_lead
                        WHERE dealer_relation_id = visit.relation_id
                          AND dealer_merged_into_id IS NULL
                        ORDER BY won_status = 'pending' DESC, id DESC
                        LIMIT 1) END AS grade_id,
                   (reckoned.first AND NOT reckoned.invited)::int AS first_visits,
                   (reckoned.sales AND reckoned.invited)::int AS invited_visits,
                   (reckoned.sales AND NOT reckoned.first AND NOT reckoned.invited)::int
                       AS repeat_visits,
                   reckoned.sales::int AS sales_visits,
                   (reckoned.sales AND reckoned.met)::int AS met_visits,
                   CASE WHEN reckoned.sales THEN reckoned.met::int::float END AS rate_met,
                   (reckoned.sales AND reckoned.closed)::int AS closed_visits,
                   CASE WHEN reckoned.sales THEN reckoned.closed::int::float END AS rate_closed,
                   (visit.traffic = 'first_kept')::int AS kept_visits,
                   (visit.traffic IN ('first_kept', 'first_open'))::int AS new_guests,
                   reckoned.filed::int AS filed_visits,
                   (reckoned.filed AND COALESCE(visit.drove, FALSE))::int AS drive_visits,
                   (sold.delivered IS NOT NULL)::int AS order_visits,
                   CASE WHEN reckoned.filed THEN (sold.delivered IS NOT NULL)::int::float END
                       AS rate_order,
                   COALESCE(sold.delivered, FALSE)::int AS delivery_visits,
                   (NOT COALESCE(sold.delivered, TRUE))::int AS open_visits,
                   (reckoned.first AND visit.arrived_at >= hours.week
                       AND visit.arrived_at < hours.tomorrow)::int AS new_week,
                   (reckoned.first AND visit.arrived_at >= hours.month
                       AND visit.arrived_at < hours.tomorrow)::int AS new_month,
                   (reckoned.first AND visit.arrived_at >= hours.year
                       AND visit.arrived_at < hours.tomorrow)::int AS new_year
            """,
            select=super()._select(),
            wall=self._store_wall(SQL("visit.arrived_at")),
        )

    def _from(self) -> SQL:
        visits = super()._from()
        return SQL(
            """
            %(visits)s
            %(store)s
            CROSS JOIN LATERAL (
                   SELECT visit.id, visit.relation_id, visit.arrived_at,
                          %(day)s AS day,
                          visit.traffic IN %(sales)s AS sales,
                          visit.traffic IN %(first)s AS first,
                          visit.traffic IN %(filed)s AS filed,
                          COALESCE(visit.invited, FALSE) AS invited,
                          COALESCE(visit.received_at
                              <= visit.arrived_at + make_interval(mins => %(minutes)s), FALSE)
                              AS met,
                          COALESCE(visit.state = 'left' AND %(closed)s = %(day)s, FALSE) AS closed
                   ) reckoned
            %(team)s
            LEFT JOIN dealer_relation card ON card.id = visit.relation_id
            LEFT JOIN LATERAL (%(sold)s) sold ON TRUE
            """,
            visits=visits,
            store=self._join_periods(SQL("visit.unit_id")),
            day=self._store_day(SQL("visit.arrived_at")),
            closed=self._store_day(SQL("visit.closed_at")),
            sales=SALES,
            first=FIRST,
            filed=FILED,
            minutes=MET_MINUTES,
            team=self._join_team("member", SQL("visit.consultant_id"), SQL("visit.unit_id")),
            sold=self._select_sold(visits),
        )

    def _select_sold(self, visits: SQL) -> SQL:
        """Return whether all cars are delivered that were ordered after the visit ``reckoned``.

        Each order counts for one visit, the last one before it; without any there is no answer.

        :param visits: the clause FROM of the visits with their traffic
        """
        return SQL(
            """
            SELECT bool_and(sale.state = 'delivered') AS delivered
              FROM dealer_order sale
             WHERE reckoned.filed
               AND sale.relation_id = reckoned.relation_id
               AND sale.state IN ('ordered', 'planned', 'delivered')
               AND sale.ordered_on >= reckoned.day
               AND NOT EXISTS (
                   SELECT
                     %(visits)s
                    WHERE visit.relation_id = reckoned.relation_id
                      AND visit.state <> 'cancelled'
                      AND visit.traffic IN %(filed)s
                      AND (visit.arrived_at, visit.id) > (reckoned.arrived_at, reckoned.id)
                      AND %(day)s <= sale.ordered_on)
            """,
            visits=visits,
            day=self._store_day(SQL("visit.arrived_at")),
            filed=FILED,
        )

    def _figure_by_moment(self, condition):
        period = SINCE.get(condition.field_expr)
        if period and condition.operator == "not in" and 0 in condition.value:
            start = date_utils.start_of(fields.Datetime.now() - ZONES, period)
            return condition & Domain(self._figure_moment, ">=", start - ZONES)
        return super()._figure_by_moment(condition)

    def _figure_bases(self):
        sales, filed = [("traffic", "in", SALES)], [("traffic", "in", FILED)]
        return {
            **super()._figure_bases(),
            "guests": [],
            "rate_accurate": [],
            "rate_closed": sales,
            "rate_drive": filed,
            "rate_met": sales,
            "rate_new": [("traffic", "in", ("first_kept", "first_open"))],
            "rate_order": filed,
            "rate_timely": [],
        }

    def _figure_record(self):
        return self.env["dealer.visit"].browse(self.id)
