from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_clock.models.dealer_unit import STORE_ZONE

#: Months are numbered from here; the number of a row is that of its lead and its month.
FIRST_YEAR = 2000
MONTHS = 10_000
#: Since when a lead (``row``) is one.
BEGIN = SQL("COALESCE(row.dealer_received_at, row.create_date)")


class DealerProspectProgress(models.Model):
    """How prospects move on (有望客户跟踪进度), and what they are worth (客户分析).

    One row a lead and month in which it was open. On each day with a contact stands the grade that
    the customer had that evening.
    """

    _name = "dealer.prospect.progress"
    _description = "Progress of Prospects"
    _inherit = ["dealer.figures.mixin"]
    _auto = False
    _order = "month desc, unit_id, consultant_id, id"
    _rec_name = "partner_name"
    _print_day = "month"
    _depends = {
        "crm.lead": [
            "dealer_grade_date",
            "dealer_grade_id",
            "dealer_merged_into_id",
            "dealer_received_at",
            "dealer_relation_id",
            "dealer_series",
            "dealer_unit_id",
            "source_id",
            "user_id",
            "won_status",
        ],
        "dealer.grade": ["code"],
        "dealer.grade.log": ["date", "grade_id", "lead_id", "old_grade_id"],
        "dealer.interaction": ["kind", "relation_id", "res_id", "res_model", "start", "user_id"],
        "dealer.relation": ["partner_name", "phone_masked"],
        "dealer.team": ["active", "member_ids", "unit_id"],
        "dealer.unit": ["calendar_id", "company_id"],
        "resource.calendar": ["tz"],
    }

    month = fields.Date(readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("dealer.team", readonly=True, help="Of the consultant, today.")
    consultant_id = fields.Many2one(
        "res.users", readonly=True, help="Who serves the customer today."
    )
    lead_id = fields.Many2one("crm.lead", readonly=True)
    relation_id = fields.Many2one("dealer.relation", string="Customer Card", readonly=True)
    partner_name = fields.Char(string="Customer", readonly=True)
    phone_masked = fields.Char(string="Phone (masked)", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    series = fields.Char(readonly=True)
    grade_id = fields.Many2one("dealer.grade", readonly=True, help="Which the customer has today.")
    grade_first = fields.Char(
        string="First Grade", readonly=True, help="The first one that somebody gave."
    )
    grade_before = fields.Char(
        string="End of Last Month", readonly=True, help="Grade when the month began."
    )
    grade_end_id = fields.Many2one(
        "dealer.grade",
        string="Grade at the End",
        readonly=True,
        help="When the month was over; of this month: now.",
    )
    new_prospects = fields.Integer(
        string="New in the Month", readonly=True, help="The lead was received in the month."
    )
    age_new = fields.Float(
        string="Age of the New (Days)",
        aggregator="avg",
        digits=(12, 1),
        readonly=True,
        help="Days from the lead's first day to the end of the month, of its course, or to today.",
    )
    kept_prospects = fields.Integer(
        string="From Before", readonly=True, help="The lead was received before the month."
    )
    age_kept = fields.Float(
        string="Age of Those from Before (Days)",
        aggregator="avg",
        digits=(12, 1),
        readonly=True,
        help="Days from the lead's first day to the end of the month, of its course, or to today.",
    )
    share_new = fields.Float(string="New ÷ All Prospects", aggregator="avg", readonly=True)
    prospects = fields.Integer(string="Number of Prospects", readonly=True)
    contacts = fields.Integer(
        string="Number of Contacts",
        readonly=True,
        help="Of this month, by whatever way; enquiries of the customer are none.",
    )
    # The grade after the contact of each day of the month.
    d01 = fields.Char(string="1", readonly=True)
    d02 = fields.Char(string="2", readonly=True)
    d03 = fields.Char(string="3", readonly=True)
    d04 = fields.Char(string="4", readonly=True)
    d05 = fields.Char(string="5", readonly=True)
    d06 = fields.Char(string="6", readonly=True)
    d07 = fields.Char(string="7", readonly=True)
    d08 = fields.Char(string="8", readonly=True)
    d09 = fields.Char(string="9", readonly=True)
    d10 = fields.Char(string="10", readonly=True)
    d11 = fields.Char(string="11", readonly=True)
    d12 = fields.Char(string="12", readonly=True)
    d13 = fields.Char(string="13", readonly=True)
    d14 = fields.Char(string="14", readonly=True)
    d15 = fields.Char(string="15", readonly=True)
    d16 = fields.Char(string="16", readonly=True)
    d17 = fields.Char(string="17", readonly=True)
    d18 = fields.Char(string="18", readonly=True)
    d19 = fields.Char(string="19", readonly=True)
    d20 = fields.Char(string="20", readonly=True)
    d21 = fields.Char(string="21", readonly=True)
    d22 = fields.Char(string="22", readonly=True)
    d23 = fields.Char(string="23", readonly=True)
    d24 = fields.Char(string="24", readonly=True)
    d25 = fields.Char(string="25", readonly=True)
    d26 = fields.Char(string="26", readonly=True)
    d27 = fields.Char(string="27", readonly=True)
    d28 = fields.Char(string="28", readonly=True)
    d29 = fields.Char(string="29", readonly=True)
    d30 = fields.Char(string="30", readonly=True)
    d31 = fields.Char(string="31", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT lead.id::bigint * %(months)s + months.number AS id, months.month,
                   lead.unit_id, lead.company_id, lead.team_id, lead.consultant_id,
                   lead.id AS lead_id, lead.relation_id, relation.partner_name,
                   relation.phone_masked, lead.source_id, lead.series, lead.grade_id,
                   (SELECT grade.code
                      FROM dealer_grade_log log
                      JOIN dealer_grade grade ON grade.id = log.grade_id
                     WHERE log.lead_id = lead.id
                     ORDER BY log.date, log.id
                     LIMIT 1) AS grade_first,
                   CASE WHEN lead.begin < months.start THEN %(before)s END AS grade_before,
                   CASE WHEN months.is_this THEN lead.grade_id ELSE %(end)s END AS grade_end_id,
                   (lead.begin >= months.start)::int AS new_prospects,
                   (lead.begin < months.start)::int AS kept_prospects,
                   CASE WHEN lead.begin >= months.start THEN %(age)s END AS age_new,
                   CASE WHEN lead.begin < months.start THEN %(age)s END AS age_kept,
                   (lead.begin >= months.start)::int::float AS share_new,
                   1 AS prospects, COALESCE(course.contacts, 0) AS contacts, %(days)s
              FROM (%(leads)s) lead
              JOIN (%(store_months)s) months
                ON months.unit_id = lead.unit_id
               AND lead.begin < months.stop
               AND (lead.is_open OR lead.closed_at >= months.start OR lead.begin >= months.start)
              LEFT JOIN dealer_relation relation ON relation.id = lead.relation_id
              LEFT JOIN LATERAL (
                   SELECT SUM(cell.contacts)::int AS contacts,
                          jsonb_object_agg(EXTRACT(DAY FROM cell.day)::int, %(evening)s) AS cells
                     FROM (SELECT contact.day, COUNT(*) AS contacts
                             FROM (%(contacts)s) contact
                            WHERE contact.day >= months.month
                              AND contact.day < months.next
                            GROUP BY contact.day) cell
                   ) course ON TRUE
            """,
            months=MONTHS,
            leads=self._select_leads(),
            store_months=self._select_months(),
            contacts=self._select_contacts(),
            age=self._age(),
            before=self._grade_before(SQL("months.month"), SQL("code")),
            evening=self._grade_before(SQL("cell.day + 1"), SQL("code")),
            end=self._grade_before(SQL("months.next"), SQL("id")),
            days=SQL(", ").join(
                SQL("course.cells->>%s AS %s", str(number), SQL.identifier(f"d{number:02}"))
                for number in range(1, 32)
            ),
        )

    def _select_months(self) -> SQL:
        """Return the months of each store since its first lead, with the moments at their ends.

        A lead is asked for its moments and not for its days: these would be worked out for each lead
        and month. OFFSET keeps PostgreSQL from doing so with the ends of the months.
        """
        return SQL(
            """
            SELECT store.id AS unit_id, first::date AS month,
                   (first + INTERVAL '1 month')::date AS next,
                   %(start)s AS start, %(stop)s AS stop,
                   first = date_trunc('month', %(today)s::timestamp) AS is_this,
                   ((EXTRACT(YEAR FROM first) - %(first_year)s) * 12
                       + EXTRACT(MONTH FROM first))::int AS number
              FROM dealer_unit store
              LEFT JOIN resource_calendar hours ON hours.id = store.calendar_id
             CROSS JOIN LATERAL generate_series(
                   (SELECT date_trunc('month', MIN(%(begin)s) - INTERVAL '1 day')
                      FROM crm_lead row
                     WHERE row.dealer_unit_id = store.id),
                   %(today)s::timestamp, INTERVAL '1 month') first
            OFFSET 0
            """,
            start=self._store_moment(SQL("first")),
            stop=self._store_moment(SQL("first + INTERVAL '1 month'")),
            today=self._store_today(),
            begin=BEGIN,
            first_year=FIRST_YEAR,
        )

    def _select_leads(self) -> SQL:
        """Return the leads of stores with the moments at which they began and were closed.

        A closed one ends with its last grade, that of defeat or delivery.
        """
        return SQL(
            """
            SELECT row.id, row.dealer_unit_id AS unit_id, row.company_id, member.team_id,
                   row.user_id AS consultant_id, row.dealer_relation_id AS relation_id,
                   row.source_id, row.dealer_series AS series, row.dealer_grade_id AS grade_id,
                   COALESCE(hours.tz, %(zone)s) AS zone, %(begin)s AS begin,
                   row.won_status = 'pending' AS is_open, row.dealer_grade_date AS closed_at,
                   %(begin_day)s AS begin_day, %(closed_day)s AS closed_day, %(today)s AS today
              FROM crm_lead row
              %(store)s
              %(team)s
             WHERE row.dealer_merged_into_id IS NULL AND row.dealer_relation_id IS NOT NULL
            """,
            zone=STORE_ZONE,
            begin=BEGIN,
            begin_day=self._store_day(BEGIN),
            closed_day=self._store_day(SQL("row.dealer_grade_date")),
            today=self._store_today(),
            store=self._join_store(SQL("row.dealer_unit_id")),
            team=self._join_team("member", SQL("row.user_id"), SQL("row.dealer_unit_id")),
        )

    def _age(self) -> SQL:
        """Return the days from the lead's first one to the month's last, its own last, or today."""
        return SQL(
            """
            (LEAST(months.next - 1,
                   CASE WHEN lead.is_open THEN lead.today
                        ELSE GREATEST(lead.closed_day, lead.begin_day) END)
                - lead.begin_day)::float
            """
        )

    def _select_contacts(self) -> SQL:
        """Return the contacts of ``lead`` with their days.

        A contact that names no lead is one with the customer's latest lead of that time, so that it
        counts once.
        """
        return SQL(
            """
            SELECT touch.id, (touch.start AT TIME ZONE 'UTC' AT TIME ZONE lead.zone)::date AS day
              FROM dealer_interaction touch
              LEFT JOIN crm_lead named ON named.id = touch.res_id AND touch.res_model = 'crm.lead'
             WHERE touch.relation_id = lead.relation_id
               AND touch.kind <> 'enquiry'
               AND touch.user_id IS NOT NULL
               AND lead.id = COALESCE(
                       named.dealer_merged_into_id,
                       named.id,
                       (SELECT row.id
                          FROM crm_lead row
                         WHERE row.dealer_relation_id = lead.relation_id
                           AND row.dealer_merged_into_id IS NULL
                           AND %(begin)s <= touch.start
                         ORDER BY %(begin)s DESC, row.id DESC
                         LIMIT 1))
            """,
            begin=BEGIN,
        )

    def _grade_before(self, day: SQL, column: SQL) -> SQL:
        """Return ``column`` of the grade that ``lead`` had when ``day`` began."""
        return SQL(
            """
            (SELECT grade.%(column)s
               FROM dealer_grade grade
              WHERE grade.id = COALESCE(
                    (SELECT log.grade_id
                       FROM dealer_grade_log log
                      WHERE log.lead_id = lead.id
                        AND (log.date AT TIME ZONE 'UTC' AT TIME ZONE lead.zone)::date < %(day)s
                      ORDER BY log.date DESC, log.id DESC
                      LIMIT 1),
                    (SELECT log.old_grade_id
                       FROM dealer_grade_log log
                      WHERE log.lead_id = lead.id
                      ORDER BY log.date, log.id
                      LIMIT 1),
                    lead.grade_id))
            """,
            column=column,
            day=day,
        )

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find the rows first: what fills their cells is worked out for those of the page alone."""
        rows = super().search_fetch(domain, [], offset, limit, order)
        rows.fetch(field_names)
        return rows

    @api.model
    def _search(self, domain, *args, **kwargs):
        domain = Domain(domain).optimize(self).map_conditions(self._by_lead)
        return super()._search(domain, *args, **kwargs)

    def _by_lead(self, condition):
        """Return the condition, and of which leads the rows are where it names rows by number."""
        if condition.field_expr != "id" or condition.operator != "in":
            return condition
        leads = {row_id // MONTHS for row_id in condition.value if row_id}
        return condition & Domain("lead_id", "in", leads)

    def _figure_bases(self):
        return {
            **super()._figure_bases(),
            "age_kept": [("kept_prospects", "!=", 0)],
            "age_new": [("new_prospects", "!=", 0)],
            "contacts": [("contacts", "!=", 0)],
            "share_new": [],
        }

    def _figure_record(self):
        return self.lead_id

    def _figure_form(self, record):
        return self.env.ref("dealer_leads.crm_lead_view_form_dealer").id

    def action_open_contacts(self):
        """Open the contacts that the row counts."""
        self.ensure_one()
        self.check_access("read")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.id
                  FROM (%s) lead
                 CROSS JOIN LATERAL (%s) contact
                 WHERE lead.id = %s
                   AND contact.day >= %s
                   AND contact.day < %s::date + INTERVAL '1 month'
                """,
                self._select_leads(),
                self._select_contacts(),
                self.lead_id.id,
                self.month,
                self.month,
            )
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_base.dealer_interaction_action"
        )
        return {**action, "domain": [("id", "in", [row_id for (row_id,) in rows])], "context": {}}
