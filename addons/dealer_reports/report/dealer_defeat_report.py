from odoo import fields, models
from odoo.tools import SQL

#: When a defeat counts; the index of ``dealer.defeat`` is over the same.
MOMENT = SQL("COALESCE(defeat.decided_at, defeat.asked_at)")


class DealerDefeatReport(models.Model):
    """Defeats (战败统计, 战败分析): one row a customer who was received, one a defeat that was asked.

    Who was received is the showroom's figure of first visits. A defeat counts for who asked it, on
    the day the manager decided; one that was taken up again is none any more.
    """

    _name = "dealer.defeat.report"
    _description = "Figures of Defeats"
    _inherit = ["dealer.figures.mixin"]
    _auto = False
    _figure_moment = "moment"
    _order = "day desc, id desc"
    _rec_name = "id"
    _depends = {
        "crm.lead": ["dealer_series", "source_id"],
        "dealer.defeat": [
            "asked_at",
            "company_id",
            "competitor_brand",
            "competitor_kind",
            "competitor_series",
            "decided_at",
            "grade_before_id",
            "lead_id",
            "reason_id",
            "relation_id",
            "state",
            "unit_id",
            "user_id",
        ],
        "dealer.defeat.reason": ["parent_id"],
        "dealer.relation": ["active"],
        "dealer.team": ["active", "member_ids", "unit_id"],
        "dealer.unit": ["calendar_id"],
        "dealer.visit.report": ["traffic"],
        "resource.calendar": ["tz"],
    }

    day = fields.Date(
        readonly=True,
        help="Of the decision, of the request while nobody decided, or of the visit; by the clock"
        " of the store.",
    )
    moment = fields.Datetime(readonly=True, help="Of which ``day`` is the date.")
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("dealer.team", readonly=True, help="Of the consultant, today.")
    consultant_id = fields.Many2one(
        "res.users", readonly=True, help="Who asked for the defeat, or received the guests."
    )
    series = fields.Char(readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    grade_id = fields.Many2one("dealer.grade", string="Grade Before", readonly=True)
    reason_id = fields.Many2one("dealer.defeat.reason", readonly=True)
    reason_group_id = fields.Many2one(
        "dealer.defeat.reason", string="Group of Reasons", readonly=True
    )
    competitor_kind = fields.Selection(
        selection=lambda self: self._defeat_selection("competitor_kind"),
        string="Bought",
        readonly=True,
    )
    competitor_brand = fields.Char(string="Brand Bought", readonly=True)
    competitor_series = fields.Char(string="Series Bought", readonly=True)
    state = fields.Selection(selection=lambda self: self._defeat_selection("state"), readonly=True)
    visit_id = fields.Many2one("dealer.visit", readonly=True)
    defeat_id = fields.Many2one("dealer.defeat", readonly=True)
    received = fields.Integer(
        string="Customers Received",
        readonly=True,
        help="First visits, invited ones included; who comes again is not counted again.",
    )
    asked = fields.Integer(string="Defeats Asked", readonly=True)
    waiting = fields.Integer(
        string="To Be Decided", readonly=True, help="The manager has not decided yet."
    )
    defeated = fields.Integer(
        string="Defeats", readonly=True, help="Confirmed, and not taken up again since."
    )
    refused = fields.Integer(string="Sent Back", readonly=True)
    reactivated = fields.Integer(string="Taken Up Again", readonly=True)
    rate_defeat = fields.Float(
        string="Defeats ÷ Received",
        aggregator="avg",
        readonly=True,
        help="Defeats of the period ÷ customers received in the period.",
    )
    rate_refused = fields.Float(string="Sent Back ÷ Asked", aggregator="avg", readonly=True)

    def _defeat_selection(self, field):
        return self.env["dealer.defeat"]._fields[field]._description_selection(self.env)

    @property
    def _table_query(self) -> SQL:
        return SQL("%s UNION ALL %s", self._select_received(), self._select_defeats())

    def _select_received(self) -> SQL:
        return SQL(
            """
            SELECT visit.id::bigint * 2 AS id, visit.day, visit.arrived_at AS moment, visit.unit_id, visit.company_id,
                   visit.team_id, visit.consultant_id, visit.series, visit.source_id,
                   NULL::int AS grade_id, NULL::int AS reason_id, NULL::int AS reason_group_id,
                   NULL AS competitor_kind, NULL AS competitor_brand, NULL AS competitor_series,
                   NULL AS state, visit.id AS visit_id, NULL::int AS defeat_id,
                   1 AS received, 0 AS asked, 0 AS waiting, 0 AS defeated, 0 AS refused,
                   0 AS reactivated, NULL::float AS rate_defeat, NULL::float AS rate_refused
              FROM (%s) visit
             WHERE visit.traffic IN ('first_kept', 'first_known', 'first_open')
            """,
            self.env["dealer.visit.report"]._table_query,
        )

    def _select_defeats(self) -> SQL:
        return SQL(
            """
            SELECT defeat.id::bigint * 2 + 1, %(day)s, %(moment)s, defeat.unit_id, defeat.company_id,
                   member.team_id, defeat.user_id, lead.dealer_series, lead.source_id,
                   defeat.grade_before_id, defeat.reason_id, reason.parent_id,
                   defeat.competitor_kind, defeat.competitor_brand, defeat.competitor_series,
                   defeat.state, NULL::int, defeat.id,
                   0, 1, (defeat.state = 'asked')::int, (defeat.state = 'confirmed')::int,
                   (defeat.state = 'returned')::int, (defeat.state = 'reactivated')::int,
                   NULL::float, (defeat.state = 'returned')::int::float
              FROM dealer_defeat defeat
              %(store)s
              JOIN crm_lead lead ON lead.id = defeat.lead_id
              JOIN dealer_defeat_reason reason ON reason.id = defeat.reason_id
              LEFT JOIN dealer_relation card ON card.id = defeat.relation_id
              %(team)s
             -- whose relation was ended is seen by nobody in the store any more
             WHERE card.active IS NOT FALSE
            """,
            day=self._store_day(MOMENT),
            moment=MOMENT,
            store=self._join_store(SQL("defeat.unit_id")),
            team=self._join_team("member", SQL("defeat.user_id"), SQL("defeat.unit_id")),
        )

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        if aggregate_spec != "rate_defeat:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            # Where nobody was received there is no rate.
            "SUM(%s)::float / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "defeated", query),
            self._field_to_sql(self._table, "received", query),
        )

    def _figure_bases(self):
        return {
            **super()._figure_bases(),
            "rate_defeat": [("received", "!=", 0)],
            "rate_refused": [("asked", "!=", 0)],
        }

    def _figure_record(self):
        return self.visit_id or self.defeat_id
