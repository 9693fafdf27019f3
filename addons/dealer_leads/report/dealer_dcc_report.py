from odoo import fields, models
from odoo.tools import SQL

from ..models.dealer_dcc_rule import SEATS


class DealerDccReport(models.Model):
    """Figures of the call centre per seat and agent: one row a pick, call, invitation, reception.

    Rates are averages of 0 and 1 over their own denominator, NULL outside of it. An invitation
    counts on the day it was made, whatever becomes of it later; one that is still open is in no
    rate.
    """

    _name = "dealer.dcc.report"
    _description = "Figures of the Call Centre"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "id"
    _depends = {
        "dealer.dcc.entry": ["company_id", "pick_seat", "picked_at", "state", "unit_id", "user_id"],
        "dealer.dcc.call": [
            "company_id",
            "reached",
            "result_id",
            "seat",
            "started_at",
            "state",
            "unit_id",
            "user_id",
        ],
        "dealer.dcc.result": ["outcome"],
        "dealer.dcc.invitation": [
            "arrived_at",
            "company_id",
            "consultant_id",
            "invited_at",
            "relation_id",
            "seat",
            "state",
            "unit_id",
            "user_id",
            "visit_id",
        ],
        "dealer.order": ["ordered_on", "relation_id", "state"],
        "dealer.unit": ["calendar_id"],
        "dealer.visit": ["consultant_id"],
        "res.users": ["dealer_dcc_seat"],
    }

    date = fields.Datetime(readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    seat = fields.Selection(SEATS, readonly=True)
    picks = fields.Integer(readonly=True, help="Customers taken out of the pool.")
    calls = fields.Integer(readonly=True, help="Guided calls that were written down.")
    reached = fields.Integer(readonly=True, help="Calls in which the customer was talked to.")
    invited = fields.Integer(string="Invitations", readonly=True, help="Invitations made.")
    arrived = fields.Integer(string="Arrivals", readonly=True, help="Of these, customers who came.")
    orders = fields.Integer(readonly=True, help="Of these, customers who ordered then.")
    received = fields.Integer(
        string="Guests Received",
        readonly=True,
        help="Direct sale: invited customers whom the person received.",
    )
    closed = fields.Integer(
        string="Deals Closed", readonly=True, help="Direct sale: of these, who ordered then."
    )
    rate_reached = fields.Float(string="Reached ÷ Calls", aggregator="avg", readonly=True)
    rate_invited = fields.Float(string="Invited ÷ Reached", aggregator="avg", readonly=True)
    rate_arrived = fields.Float(
        string="Arrived ÷ Invited",
        aggregator="avg",
        readonly=True,
        help="Of the invitations whose time is over or that were cancelled.",
    )
    rate_order = fields.Float(string="Orders ÷ Arrived", aggregator="avg", readonly=True)
    rate_closed = fields.Float(string="Closed ÷ Received", aggregator="avg", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            WITH invitation AS (%s)
            SELECT fact.*,
                   CASE WHEN calls = 1 THEN reached::float END AS rate_reached,
                   CASE WHEN over THEN arrived::float END AS rate_arrived,
                   CASE WHEN arrived = 1 THEN orders::float END AS rate_order,
                   CASE WHEN received = 1 THEN closed::float END AS rate_closed
              FROM (%s UNION ALL %s UNION ALL %s UNION ALL %s) fact
            """,
            self._invitations(),
            self._picks(),
            self._calls(),
            self._invited(),
            self._received(),
        )

    def _invitations(self) -> SQL:
        """Return invitations with who received the guests, and whether they ordered then.

        An order counts for the last visit on invitation before it, in days of the store.
        """
        return SQL(
            """
            SELECT inv.*,
                   COALESCE(visit.consultant_id, inv.consultant_id) AS receiver_id,
                   (inv.state = 'arrived' AND EXISTS (
                       SELECT 1
                         FROM dealer_order sold
                        WHERE sold.relation_id = inv.relation_id
                          AND sold.state IN ('ordered', 'planned', 'delivered')
                          AND sold.ordered_on >= inv.arrived_day
                          AND NOT EXISTS (
                              SELECT 1
                                FROM dealer_dcc_invitation later
                               WHERE later.relation_id = inv.relation_id
                                 AND later.state = 'arrived'
                                 AND later.arrived_at > inv.arrived_at
                                 AND (later.arrived_at AT TIME ZONE 'UTC' AT TIME ZONE inv.tz)::date
                                     <= sold.ordered_on)))::int AS ordered
              FROM (SELECT row.*, zone.tz,
                           (row.arrived_at AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date
                               AS arrived_day
                      FROM dealer_dcc_invitation row
                      JOIN dealer_unit unit ON unit.id = row.unit_id
                      LEFT JOIN resource_calendar calendar ON calendar.id = unit.calendar_id
                     CROSS JOIN LATERAL (
                           SELECT COALESCE(calendar.tz, 'Asia/Shanghai') AS tz) zone) inv
              LEFT JOIN dealer_visit visit ON visit.id = inv.visit_id
            """
        )

    def _picks(self) -> SQL:
        return SQL(
            """
            SELECT id * 4 AS id, picked_at AS date, unit_id, company_id, user_id, pick_seat AS seat,
                   1 AS picks, 0 AS calls, 0 AS reached, 0 AS invited, 0 AS arrived, 0 AS orders,
                   0 AS received, 0 AS closed, FALSE AS over, NULL::float AS rate_invited
              FROM dealer_dcc_entry
             WHERE state = 'picked'
            """
        )

    def _calls(self) -> SQL:
        return SQL(
            """
            SELECT call.id * 4 + 1, call.started_at, call.unit_id, call.company_id, call.user_id,
                   call.seat, 0, 1, COALESCE(call.reached, FALSE)::int, 0, 0, 0, 0, 0, FALSE,
                   CASE WHEN call.reached THEN (result.outcome = 'invited')::int::float END
              FROM dealer_dcc_call call
              JOIN dealer_dcc_result result ON result.id = call.result_id
             WHERE call.state = 'done'
            """
        )

    def _invited(self) -> SQL:
        return SQL(
            """
            SELECT id * 4 + 2, invited_at, unit_id, company_id, user_id, seat, 0, 0, 0, 1,
                   (state = 'arrived')::int, ordered, 0, 0,
                   state IN ('arrived', 'no_show', 'cancelled'), NULL
              FROM invitation
            """
        )

    def _received(self) -> SQL:
        return SQL(
            """
            SELECT inv.id * 4 + 3, inv.arrived_at, inv.unit_id, inv.company_id, inv.receiver_id,
                   'direct', 0, 0, 0, 0, 0, 0, 1, inv.ordered, FALSE, NULL
              FROM invitation inv
              JOIN res_users person ON person.id = inv.receiver_id
             WHERE inv.state = 'arrived' AND person.dealer_dcc_seat = 'direct'
            """
        )
