from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.dealer_leads.models.crm_lead_response import RESPONSE
from odoo.addons.dealer_leads.models.dealer_order import LIVE

#: Kinds of rows; the number of a row is that of its record times this, plus the place of its kind.
KINDS = ("lead", "answer", "order", "delivery", "cancellation", "contact", "task")
PLACES = 8
MEASURES = (
    "leads",
    "answers_due",
    "answers_met",
    "orders",
    "deliveries",
    "cancellations",
    "tasks_done",
    "tasks_in_time",
    "tasks_overdue",
    "tasks_today",
)


class DealerWorkReport(models.Model):
    """What the day brings in: leads, answers, orders, cars handed over, planned contacts.

    One row a lead received, an answer whose term is over, an order made, a car handed over, an order
    cancelled, a planned contact that was made, a task that is due.
    """

    _name = "dealer.work.report"
    _description = "Figures of the Daily Business"
    _inherit = ["dealer.figures.mixin"]
    _auto = False
    _figure_moment = "moment"
    _order = "day desc, id desc"
    _rec_name = "partner_name"
    _depends = {
        "crm.lead": [
            "company_id",
            "dealer_merged_into_id",
            "dealer_received_at",
            "dealer_relation_id",
            "dealer_series",
            "dealer_unit_id",
            "source_id",
            "user_id",
        ],
        "dealer.clock": [
            "due_at",
            "kind",
            "res_id",
            "res_model",
            "state",
            "stopped_at",
            "user_id",
        ],
        "dealer.interaction": ["planned_date", "res_id", "res_model", "start", "user_id"],
        "dealer.order": [
            "cancelled_on",
            "consultant_id",
            "delivered_on",
            "ordered_on",
            "relation_id",
            "series",
            "state",
            "unit_id",
        ],
        "dealer.relation": ["active", "partner_name"],
        "dealer.team": ["active", "member_ids", "unit_id"],
        "dealer.unit": ["calendar_id", "company_id"],
        "mail.activity": [
            "active",
            "activity_type_id",
            "date_deadline",
            "res_id",
            "res_model",
            "user_id",
        ],
        "resource.calendar": ["tz"],
    }

    kind = fields.Selection(
        [
            ("lead", "Lead Received"),
            ("answer", "Answer Was Due"),
            ("order", "Car Ordered"),
            ("delivery", "Car Handed Over"),
            ("cancellation", "Order Cancelled"),
            ("contact", "Planned Contact Made"),
            ("task", "Task Due"),
        ],
        readonly=True,
    )
    moment = fields.Datetime(readonly=True, help="Of which ``day`` is the date.")
    day = fields.Date(readonly=True, help="On which it happened, by the clock of the store.")
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("dealer.team", readonly=True, help="Of the person, today.")
    consultant_id = fields.Many2one(
        "res.users",
        string="Person",
        readonly=True,
        help="Who serves the lead today, had to answer, sold the car, made the contact, has the"
        " task.",
    )
    lead_id = fields.Many2one("crm.lead", readonly=True)
    order_id = fields.Many2one("dealer.order", readonly=True)
    partner_name = fields.Char(string="Customer", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    series = fields.Char(readonly=True)
    leads = fields.Integer(
        string="New Leads", readonly=True, help="Received on the day; merged ones are one lead."
    )
    answers_due = fields.Integer(
        string="Answers That Were Due",
        readonly=True,
        help="Terms of a first answer that were kept, or ran out. Who is handed a lead has a term"
        " of one's own.",
    )
    answers_met = fields.Integer(
        string="Answered in Time",
        readonly=True,
        help="A talk within the term, by word of the person or by proof.",
    )
    orders = fields.Integer(
        string="Cars Ordered", readonly=True, help="On the day of the order; those that stand."
    )
    deliveries = fields.Integer(string="Cars Handed Over", readonly=True)
    cancellations = fields.Integer(
        string="Orders Cancelled", readonly=True, help="On the day of the cancellation."
    )
    tasks_done = fields.Integer(
        string="Planned Contacts Made",
        readonly=True,
        help="Contacts with a lead for which a day was planned.",
    )
    tasks_in_time = fields.Integer(
        string="Of These, in Time", readonly=True, help="On the planned day, or before it."
    )
    tasks_overdue = fields.Integer(
        string="Overdue Tasks", readonly=True, help="Open tasks with a lead whose day is over."
    )
    tasks_today = fields.Integer(string="Tasks of Today", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(" UNION ALL ").join(
            SQL("(%s)", select)
            for select in (
                self._select_leads(),
                self._select_answers(),
                *self._select_orders(),
                self._select_contacts(),
                self._select_tasks(),
            )
        )

    def _select_row(self, kind, row, *, user, moment=None, day=None, of_lead=True, **measures):
        """Return the columns of one kind of rows; what is no measure of it counts 0.

        :param str kind: one of ``KINDS``
        :param SQL moment: when it happened
        :param SQL day: instead of the moment, where only the day is known
        :param SQL row: the table of the records behind
        :param bool of_lead: whether ``lead`` is the document, else ``row`` is an order
        """
        return SQL(
            """
            SELECT %(row)s.id::bigint * %(places)s + %(place)s AS id, %(kind)s AS kind,
                   %(moment)s AS moment, %(day)s AS day, store.id AS unit_id, store.company_id, member.team_id,
                   %(user)s AS consultant_id, %(documents)s, card.partner_name, %(measures)s
            """,
            row=row,
            places=PLACES,
            place=KINDS.index(kind),
            kind=kind,
            moment=moment or SQL("%s::timestamp", day),
            day=day or self._store_day(moment),
            user=user,
            documents=SQL(
                "lead.id AS lead_id, NULL::int AS order_id, lead.source_id,"
                " lead.dealer_series AS series"
            )
            if of_lead
            else SQL(
                "NULL::int AS lead_id, %(row)s.id AS order_id, NULL::int AS source_id,"
                " %(row)s.series",
                row=row,
            ),
            measures=SQL(", ").join(
                SQL("%s AS %s", measures.get(name, SQL("0")), SQL.identifier(name))
                for name in MEASURES
            ),
        )

    def _join_lead(self, user: SQL) -> SQL:
        """Return the joins and the condition of rows that belong to ``lead``.

        Whose relation was ended is seen by nobody in the store any more, and counts no more.
        """
        return SQL(
            """
            %(store)s
            %(team)s
            LEFT JOIN dealer_relation card ON card.id = lead.dealer_relation_id
            WHERE lead.dealer_merged_into_id IS NULL AND card.active IS NOT FALSE
            """,
            store=self._join_store(SQL("lead.dealer_unit_id")),
            team=self._join_team("member", user, SQL("lead.dealer_unit_id")),
        )

    def _select_leads(self) -> SQL:
        return SQL(
            "%s FROM crm_lead lead %s",
            self._select_row(
                "lead",
                SQL("lead"),
                moment=SQL("COALESCE(lead.dealer_received_at, lead.create_date)"),
                user=SQL("lead.user_id"),
                leads=SQL("1"),
            ),
            self._join_lead(SQL("lead.user_id")),
        )

    def _select_answers(self) -> SQL:
        # What nobody did has its day when the term was over, whenever it is done then.
        moment = SQL("CASE clock.state WHEN 'met' THEN clock.stopped_at ELSE clock.due_at END")
        return SQL(
            """
            %(row)s
              FROM dealer_clock clock
              JOIN crm_lead lead ON lead.id = clock.res_id
              %(joins)s
               AND clock.res_model = 'crm.lead'
               AND clock.kind = %(response)s
               AND clock.state IN ('met', 'missed')
            """,
            row=self._select_row(
                "answer",
                SQL("clock"),
                moment=moment,
                user=SQL("clock.user_id"),
                answers_due=SQL("1"),
                answers_met=SQL("(clock.state = 'met')::int"),
            ),
            joins=self._join_lead(SQL("clock.user_id")),
            response=RESPONSE,
        )

    def _select_orders(self):
        """Return the selects of what happened with orders."""
        joins = SQL(
            """
              FROM dealer_order sale
              %(store)s
              %(team)s
              LEFT JOIN dealer_relation card ON card.id = sale.relation_id
            """,
            store=self._join_store(SQL("sale.unit_id")),
            team=self._join_team("member", SQL("sale.consultant_id"), SQL("sale.unit_id")),
        )
        return [
            SQL(
                "%s %s WHERE sale.state IN %s",
                self._select_row(
                    kind,
                    SQL("sale"),
                    day=SQL("sale.%s", SQL.identifier(day)),
                    user=SQL("sale.consultant_id"),
                    of_lead=False,
                    **{measure: SQL("1")},
                ),
                joins,
                states,
            )
            for kind, measure, day, states in (
                ("order", "orders", "ordered_on", LIVE),
                ("delivery", "deliveries", "delivered_on", ("delivered",)),
                ("cancellation", "cancellations", "cancelled_on", ("cancelled",)),
            )
        ]

    def _select_contacts(self) -> SQL:
        return SQL(
            """
            %(row)s
              FROM dealer_interaction touch
              JOIN crm_lead lead ON lead.id = touch.res_id
              %(joins)s
               AND touch.res_model = 'crm.lead'
               AND touch.planned_date IS NOT NULL
            """,
            row=self._select_row(
                "contact",
                SQL("touch"),
                moment=SQL("touch.start"),
                user=SQL("touch.user_id"),
                tasks_done=SQL("1"),
                tasks_in_time=SQL(
                    "(%s <= touch.planned_date)::int", self._store_day(SQL("touch.start"))
                ),
            ),
            joins=self._join_lead(SQL("touch.user_id")),
        )

    def _select_tasks(self) -> SQL:
        today = self._store_today()
        return SQL(
            """
            %(row)s
              FROM mail_activity task
              JOIN crm_lead lead ON lead.id = task.res_id
              %(joins)s
               AND task.res_model = 'crm.lead'
               AND task.active IS TRUE
               AND task.date_deadline <= %(today)s
            """,
            row=self._select_row(
                "task",
                SQL("task"),
                day=SQL("task.date_deadline"),
                user=SQL("task.user_id"),
                tasks_overdue=SQL("(task.date_deadline < %s)::int", today),
                tasks_today=SQL("(task.date_deadline = %s)::int", today),
            ),
            joins=self._join_lead(SQL("task.user_id")),
            today=today,
        )

    def _figure_record(self):
        return self.lead_id or self.order_id

    def _figure_form(self, record):
        if record._name == "crm.lead":
            return self.env.ref("dealer_leads.crm_lead_view_form_dealer").id
        return super()._figure_form(record)
