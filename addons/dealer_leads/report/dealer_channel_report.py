from odoo import fields, models
from odoo.tools import SQL

#: Figure of money per something, and what the money is divided by.
RATIOS = {
    "cost_per_valid": "valid",
    "cost_per_visit": "visits",
    "cost_per_order": "orders",
}


class DealerChannelReport(models.Model):
    """Figures of channels: one row a received lead, one a cost (requirement G6).

    A lead, its visit and its order count for the channel that brought the customer first; a further
    enquiry is a duplicate of the channel that sent it. What the money is divided by differs with
    every grouping, so the costs per lead, visit and order are worked out there.
    """

    _name = "dealer.channel.report"
    _description = "Figures of Channels"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "id"
    _depends = {
        "crm.lead": ["dealer_visited_at", "partner_id"],
        "dealer.channel.cost": [
            "amount",
            "campaign_id",
            "company_id",
            "day",
            "source_id",
            "unit_id",
        ],
        "dealer.lead.import": [
            "campaign_id",
            "company_id",
            "cost",
            "source_id",
            "started_at",
            "unit_id",
        ],
        "dealer.lead.inbox": [
            "campaign",
            "import_id",
            "lead_id",
            "problem",
            "received_at",
            "source",
            "state",
            "unit_id",
        ],
        "dealer.order": ["lead_id", "state"],
        "dealer.unit": ["company_id"],
        "utm.campaign": ["title"],
        "utm.source": ["dealer_code"],
    }

    date = fields.Datetime(readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    campaign = fields.Char(readonly=True)
    import_id = fields.Many2one("dealer.lead.import", string="File", readonly=True)
    problem = fields.Selection(
        selection=lambda self: self._problems(), string="Reason", readonly=True
    )
    # Not a many2one: its name would tell the customer to who only sees figures.
    partner_no = fields.Integer(string="Customers", aggregator="count_distinct", readonly=True)
    rows = fields.Integer(string="Rows Received", readonly=True)
    valid = fields.Integer(readonly=True, help="A person can be reached on the number.")
    invalid = fields.Integer(readonly=True, help="Wait for somebody to correct number or store.")
    duplicates = fields.Integer(readonly=True, help="Further enquiries of an open lead.")
    validity = fields.Float(
        string="Valid (%)", aggregator="avg", readonly=True, help="Valid rows ÷ rows worked off."
    )
    leads = fields.Integer(string="Number of Leads", readonly=True)
    visits = fields.Integer(
        string="Leads That Visited", readonly=True, help="Leads whose customer came to the store."
    )
    orders = fields.Integer(string="Number of Orders", readonly=True)
    cost = fields.Float(string="Spent", digits=(16, 2), readonly=True)
    cost_per_valid = fields.Float(
        string="Cost per Valid Lead", aggregator="avg", digits=(16, 2), readonly=True
    )
    cost_per_visit = fields.Float(
        string="Cost per Visit", aggregator="avg", digits=(16, 2), readonly=True
    )
    cost_per_order = fields.Float(
        string="Cost per Order", aggregator="avg", digits=(16, 2), readonly=True
    )

    def _problems(self):
        known = self.env["dealer.lead.inbox"]._fields["problem"]._description_selection(self.env)
        return [*known, ("other", self.env._("Other"))]

    @property
    def _table_query(self) -> SQL:
        return SQL(
            "%s UNION ALL %s UNION ALL %s",
            self._select_rows(),
            self._select_files(),
            self._select_costs(),
        )

    def _select_rows(self) -> SQL:
        return SQL(
            """
            SELECT line.id::bigint * 3 AS id,
                   line.received_at AS date,
                   line.unit_id,
                   unit.company_id,
                   source.id AS source_id,
                   line.campaign,
                   line.import_id,
                   CASE WHEN line.state IN ('attention', 'failed')
                        THEN COALESCE(line.problem, 'other') END AS problem,
                   lead.partner_id AS partner_no,
                   1 AS rows,
                   (line.state IN ('done', 'duplicate'))::int AS valid,
                   (line.state IN ('attention', 'failed'))::int AS invalid,
                   (line.state = 'duplicate')::int AS duplicates,
                   CASE WHEN line.state <> 'new'
                        THEN 100 * (line.state IN ('done', 'duplicate'))::int::float END AS validity,
                   (line.state = 'done')::int AS leads,
                   (line.state = 'done' AND lead.dealer_visited_at IS NOT NULL)::int AS visits,
                   CASE WHEN line.state = 'done' THEN COALESCE(bought.orders, 0) ELSE 0 END::int
                       AS orders,
                   0::numeric AS cost,
                   NULL::float AS cost_per_valid,
                   NULL::float AS cost_per_visit,
                   NULL::float AS cost_per_order
              FROM dealer_lead_inbox line
         LEFT JOIN dealer_unit unit ON unit.id = line.unit_id
         LEFT JOIN utm_source source ON source.dealer_code = line.source
         LEFT JOIN crm_lead lead ON lead.id = line.lead_id
         LEFT JOIN (SELECT lead_id, count(*) AS orders
                      FROM dealer_order
                     WHERE lead_id IS NOT NULL AND state IN ('ordered', 'planned', 'delivered')
                  GROUP BY lead_id) bought ON bought.lead_id = lead.id
            """
        )

    def _select_money(self, number, date, columns, amount, table, where) -> SQL:
        """Return the rows that hold nothing but money."""
        return SQL(
            """
            SELECT paid.id::bigint * 3 + %(number)s, %(date)s, paid.unit_id, paid.company_id,
                   paid.source_id, %(title)s, %(columns)s, NULL, NULL::int, 0, 0, 0, 0,
                   NULL::float, 0, 0, 0, %(amount)s, NULL::float, NULL::float, NULL::float
              FROM %(table)s paid
         LEFT JOIN utm_campaign campaign ON campaign.id = paid.campaign_id
             WHERE %(where)s
            """,
            number=number,
            date=date,
            title=SQL("campaign.title->>'en_US'"),
            columns=columns,
            amount=amount,
            table=table,
            where=where,
        )

    def _select_files(self) -> SQL:
        return self._select_money(
            1,
            SQL("paid.started_at"),
            SQL("paid.id"),
            SQL("paid.cost"),
            SQL.identifier("dealer_lead_import"),
            SQL("paid.cost > 0 AND paid.started_at IS NOT NULL"),
        )

    def _select_costs(self) -> SQL:
        return self._select_money(
            2,
            SQL("paid.day::timestamp"),
            SQL("NULL::int"),
            SQL("paid.amount"),
            SQL.identifier("dealer_channel_cost"),
            SQL("TRUE"),
        )

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        name, _colon, how = aggregate_spec.partition(":")
        if name not in RATIOS or how != "avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            # Where nobody entered a cost, none is shown.
            "NULLIF(SUM(%s), 0) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "cost", query),
            self._field_to_sql(self._table, RATIOS[name], query),
        )
