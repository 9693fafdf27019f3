from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.day import ZONE_NAME, today

#: Who reads how customers stand with the service; the same posts work at it.
READERS = (
    "dealer_base.group_service_advisor,dealer_base.group_service_manager,"
    "dealer_base.group_care_agent,dealer_base.group_care_manager,"
    "dealer_base.group_general_manager,dealer_base.group_group_executive,base.group_system"
)
KINDS = [
    ("loyal", "Loyal"),
    ("nearby", "Nearby"),
    ("choosing", "Choosing"),
    ("occasional", "Occasional"),
]
RISKS = [
    ("none", "In Rhythm"),
    ("watch", "Watch"),
    ("risk", "At Risk"),
    ("lost", "Lost"),
]
#: What the job writes and nobody else.
COUNTED = {
    "kinds_next_on",
    "kinds_stale",
    "lapse_on",
    "lapse_risk",
    "last_advisor_id",
    "last_vehicle_id",
    "last_visit_on",
    "rhythm_days",
    "service_due_count",
    "service_here_count",
    "service_kind",
    "service_km",
    "service_near",
    "service_share",
    "service_value",
    "service_visits",
}
#: So many customers are counted in one statement.
BATCH = 5000


class DealerRelation(models.Model):
    """How a customer stands with the service of the store: kind, rhythm, and the risk to leave (D10).

    Counted by one statement for many customers. Who is looked at: those of whom something changed
    (``kinds_stale``) and those for whom a limit is passed by time alone (``kinds_next_on``).
    """

    _name = "dealer.relation"
    _inherit = "dealer.relation"

    service_kind = fields.Selection(KINDS, string="Kind", readonly=True, copy=False, groups=READERS)
    service_visits = fields.Integer(
        string="Visits", readonly=True, copy=False, groups=READERS, aggregator="avg"
    )
    service_here_count = fields.Integer(
        string="Maintenance Done Here", readonly=True, copy=False, groups=READERS
    )
    service_due_count = fields.Integer(
        string="Maintenance That Was Due", readonly=True, copy=False, groups=READERS
    )
    service_share = fields.Integer(
        string="Done Here (%)", readonly=True, copy=False, groups=READERS, aggregator="avg"
    )
    service_near = fields.Selection(
        [("near", "Near"), ("far", "Far"), ("unknown", "Not Known")],
        string="Lives",
        readonly=True,
        copy=False,
        groups=READERS,
    )
    service_km = fields.Float(
        string="Distance (km)",
        digits=(8, 1),
        readonly=True,
        copy=False,
        groups=READERS,
        aggregator="avg",
    )
    service_value = fields.Float(
        string="Paid in the Window", digits=(12, 2), readonly=True, copy=False, groups=READERS
    )
    last_visit_on = fields.Date(string="Last Visit", readonly=True, copy=False, groups=READERS)
    last_vehicle_id = fields.Many2one(
        "dealer.vehicle",
        string="Car of the Last Visit",
        readonly=True,
        copy=False,
        groups=READERS,
        index="btree_not_null",
        ondelete="set null",
    )
    last_advisor_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        groups=READERS,
        index="btree_not_null",
        ondelete="set null",
    )
    rhythm_days = fields.Integer(
        string="Rhythm (days)", readonly=True, copy=False, groups=READERS, aggregator="avg"
    )
    lapse_risk = fields.Selection(RISKS, readonly=True, copy=False, groups=READERS)
    lapse_on = fields.Date(
        string="At Risk From", readonly=True, copy=False, groups=READERS, index="btree_not_null"
    )
    silent_days = fields.Integer(
        string="Days Since", compute="_compute_silent_days", groups=READERS, aggregator=None
    )
    lapse_reason = fields.Char(string="Why", compute="_compute_lapse_reason", groups=READERS)
    kind_explanation = fields.Text(
        string="How It Is Counted", compute="_compute_kind_explanation", groups=READERS
    )
    kinds_stale = fields.Boolean(
        default=True, readonly=True, copy=False, groups="base.group_system"
    )
    kinds_next_on = fields.Date(readonly=True, copy=False, groups="base.group_system")

    _kinds_stale_idx = models.Index("(id) WHERE kinds_stale")
    _kinds_next_idx = models.Index("(kinds_next_on) WHERE kinds_next_on IS NOT NULL")
    _lapse_idx = models.Index("(unit_id, lapse_risk) WHERE lapse_risk IN ('watch', 'risk', 'lost')")

    @api.depends("last_visit_on")
    def _compute_silent_days(self):
        now = today()
        for relation in self:
            last = relation.last_visit_on
            relation.silent_days = (now - last).days if last else 0

    @api.depends("last_visit_on", "rhythm_days")
    @api.depends_context("lang")
    def _compute_lapse_reason(self):
        for relation in self:
            relation.lapse_reason = relation.last_visit_on and self.env._(
                "Usually every %(rhythm)s days, now %(days)s",
                rhythm=relation.rhythm_days,
                days=relation.silent_days,
            )

    @api.depends("unit_id")
    @api.depends_context("lang")
    def _compute_kind_explanation(self):
        # Thresholds are no secret to who may read the field.
        rules = (
            self.env["dealer.kind.rule"]
            .sudo()
            .search([("unit_id", "in", [False, *self.unit_id.ids])])
        )
        for relation in self:
            fitting = rules.filtered(lambda rule, unit=relation.unit_id: rule.unit_id == unit)
            fitting = fitting or rules.filtered(lambda rule: not rule.unit_id)
            relation.kind_explanation = fitting[:1].explanation

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Put the numbers in force into what the fields say of themselves."""
        found = super().fields_get(allfields, attributes)
        asked = {"service_kind", "lapse_risk"} & found.keys()
        if asked and (attributes is None or "help" in attributes):
            rule = self.env["dealer.kind.rule"]._of_user()
            if rule:
                words = {"service_kind": rule._kind_words, "lapse_risk": rule._lapse_words}
                for name in asked:
                    found[name]["help"] = "\n".join(words[name]())
        return found

    # ------------------------------------------------------------
    # Who writes
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        self._check_not_counted({name for vals in vals_list for name in vals})
        # Nor by a default that the client sends along.
        context = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in COUNTED
        }
        cleaned = self.with_env(self.env(context=context))
        relations = super(DealerRelation, cleaned).create(vals_list)
        return relations.with_env(self.env)

    def write(self, vals):
        if not self.env.su:
            self._check_not_counted(vals)
        result = super().write(vals)
        if vals.get("active"):
            self.sudo().kinds_stale = True  # the mark is the system's
        return result

    @api.model
    def _check_not_counted(self, names):
        if COUNTED & set(names):
            raise UserError(
                self.env._("Kind and lapse risk follow from the visits; nobody writes them.")
            )

    def _merge_into(self, journal, rest):
        result = super()._merge_into(journal, rest)
        (self | rest)._kinds_changed()
        return result

    # ------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------

    @api.model
    def _kinds_wake(self):
        cron = self.env.ref("dealer_service.ir_cron_kinds", raise_if_not_found=False)
        if cron:
            # Who changes a rule or opens an order has no right on crons.
            cron.sudo()._trigger()

    def _kinds_changed(self):
        """Mark customers of whom something changed; the nightly job counts them."""
        # The mark is the system's.
        fresh = self.sudo().filtered(lambda relation: not relation.kinds_stale)
        if fresh:
            fresh.kinds_stale = True

    @api.model
    def _cron_kinds(self):
        """Count who changed and who passes a limit today, batch by batch."""
        now = today()
        waiting = SQL(
            "active AND (kinds_stale OR (kinds_next_on IS NOT NULL AND kinds_next_on <= %s))", now
        )
        while True:
            self.flush_model()
            rows = self.env.execute_query(
                SQL("SELECT id FROM dealer_relation WHERE %s ORDER BY id LIMIT %s", waiting, BATCH)
            )
            if not rows:
                return
            self.browse(row[0] for row in rows)._kinds_count()
            (left,) = self.env.execute_query(
                SQL("SELECT COUNT(*) FROM dealer_relation WHERE %s", waiting)
            )
            if not self.env["ir.cron"]._commit_progress(len(rows), remaining=left[0]):
                return

    def _kinds_count(self):
        """Count kind, rhythm and risk of these customers in one statement."""
        if not self:
            return
        self.env.flush_all()
        self.env.cr.execute(self._kinds_query(today()))
        self.invalidate_recordset([*COUNTED, "silent_days", "lapse_reason"])

    def _kinds_query(self, now):
        """Return the statement that counts these customers as of the day ``now``."""
        return SQL(
            """
            WITH chosen AS (
                SELECT id, partner_id, unit_id, company_id FROM dealer_relation WHERE id = ANY(%(ids)s)
            ), rule AS (
                SELECT DISTINCT ON (chosen.id) chosen.id AS relation_id, rule.*,
                       (%(now)s - make_interval(months => rule.window_months))::date AS window_from
                  FROM chosen
                  JOIN dealer_kind_rule rule
                    ON rule.active AND (rule.unit_id = chosen.unit_id OR rule.unit_id IS NULL)
                 ORDER BY chosen.id, rule.unit_id NULLS LAST, rule.id
            ), visit AS (
                SELECT job.relation_id, job.vehicle_id, job.advisor_id, job.amount_customer, job.id,
                       (job.opened_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
                  FROM chosen
                  JOIN dealer_service_order job ON job.relation_id = chosen.id
                 WHERE job.state <> 'cancelled'
            ), day AS (
                SELECT relation_id, day,
                       day - LAG(day) OVER (PARTITION BY relation_id ORDER BY day) AS gap
                  FROM (SELECT DISTINCT relation_id, day FROM visit) days
            ), rhythm AS (
                SELECT day.relation_id, MAX(day.day) AS last_on,
                       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY day.gap) AS median,
                       COUNT(*) FILTER (WHERE day.day > rule.window_from) AS visits,
                       MIN(day.day) FILTER (WHERE day.day > rule.window_from) AS first_on
                  FROM day JOIN rule ON rule.relation_id = day.relation_id
                 GROUP BY day.relation_id
            ), last AS (
                SELECT DISTINCT ON (relation_id) relation_id, vehicle_id, advisor_id
                  FROM visit ORDER BY relation_id, day DESC, id DESC
            ), paid AS (
                SELECT visit.relation_id, SUM(visit.amount_customer) AS total
                  FROM visit JOIN rule ON rule.relation_id = visit.relation_id
                 WHERE visit.day > rule.window_from
                 GROUP BY visit.relation_id
            ), upkeep AS (
                -- Also in sister stores: the owner's cars, once per car and day.
                SELECT chosen.id AS relation_id, job.vehicle_id,
                       (job.opened_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day,
                       BOOL_OR(job.unit_id = chosen.unit_id) AS here
                  FROM chosen
                  JOIN dealer_service_order job ON job.owner_id = chosen.partner_id
                 WHERE job.state <> 'cancelled' AND job.kind = 'maintenance'
                 GROUP BY 1, 2, 3
            ), done AS (
                SELECT upkeep.relation_id, COUNT(*) FILTER (WHERE here) AS here, COUNT(*) AS total,
                       MIN(upkeep.day) AS first_on
                  FROM upkeep JOIN rule ON rule.relation_id = upkeep.relation_id
                 WHERE upkeep.day > rule.window_from
                 GROUP BY upkeep.relation_id
            ), car AS (
                SELECT chosen.id AS relation_id, car.service_due,
                       (SELECT MIN(line.every_months) FILTER (WHERE line.every_months > 0)
                          FROM dealer_maintenance_need need
                          JOIN dealer_maintenance_plan_line line ON line.id = need.line_id
                         WHERE need.vehicle_id = car.id) AS months
                  FROM chosen
                  JOIN dealer_vehicle car ON car.current_owner_id = chosen.partner_id AND car.active
            ), overdue AS (
                SELECT car.relation_id, car.months, car.service_due + rule.grace_days AS missed_on,
                       CASE WHEN car.service_due + rule.grace_days < %(now)s
                            THEN LEAST(
                                1 + FLOOR((%(now)s - car.service_due - rule.grace_days - 1)
                                          / (COALESCE(car.months, 12) * 30.4375)),
                                GREATEST(rule.window_months / COALESCE(car.months, 12), 1))
                            ELSE 0 END AS missed,
                       rule.grace_days
                  FROM car JOIN rule ON rule.relation_id = car.relation_id
            ), missed AS (
                SELECT relation_id, SUM(missed) AS missed, ROUND(MIN(months) * 30.4375) AS plan_days,
                       MIN(CASE WHEN missed_on >= %(now)s THEN missed_on + 1
                                ELSE (missed_on + 1
                                      + CEIL(missed * COALESCE(months, 12) * 30.4375)::int) END)
                           AS next_on
                  FROM overdue GROUP BY relation_id
            ), place AS (
                SELECT chosen.id AS relation_id,
                       CASE WHEN (home.partner_latitude <> 0 OR home.partner_longitude <> 0)
                             AND (shop.partner_latitude <> 0 OR shop.partner_longitude <> 0)
                            THEN 12742 * ASIN(LEAST(1, SQRT(
                                POWER(SIN(RADIANS(home.partner_latitude - shop.partner_latitude) / 2), 2)
                                + COS(RADIANS(home.partner_latitude))
                                * COS(RADIANS(shop.partner_latitude))
                                * POWER(SIN(RADIANS(
                                    home.partner_longitude - shop.partner_longitude) / 2), 2))))
                            END AS km,
                       CASE WHEN home.zip ~ '^[0-9]{6}$' AND shop.zip ~ '^[0-9]{6}$'
                            THEN LEFT(home.zip, 4) = LEFT(shop.zip, 4) END AS same_district
                  FROM chosen
                  JOIN res_partner home ON home.id = chosen.partner_id
                  LEFT JOIN res_company company ON company.id = chosen.company_id
                  LEFT JOIN res_partner shop ON shop.id = company.partner_id
            ), figure AS (
                SELECT rule.relation_id, rule.loyal_visits, rule.loyal_share, rule.few_visits,
                       rule.choosing_share,
                       rhythm.last_on, COALESCE(rhythm.visits, 0) AS visits,
                       COALESCE(done.here, 0) AS here,
                       COALESCE(done.total, 0) + COALESCE(missed.missed, 0) AS due,
                       CASE WHEN COALESCE(done.total, 0) + COALESCE(missed.missed, 0) > 0
                            THEN ROUND(100.0 * COALESCE(done.here, 0)
                                 / (COALESCE(done.total, 0) + COALESCE(missed.missed, 0))) END AS share,
                       place.km,
                       COALESCE(ROUND(place.km::numeric, 1) <= rule.near_km, place.same_district) AS near,
                       GREATEST(COALESCE(ROUND(rhythm.median::numeric), missed.plan_days, rule.usual_days),
                                rule.shortest_days) AS days,
                       rule.watch_percent, rule.risk_percent, rule.lost_percent,
                       (rhythm.first_on + make_interval(months => rule.window_months))::date AS leaves_on,
                       (done.first_on + make_interval(months => rule.window_months))::date AS done_leaves_on,
                       missed.next_on, last.vehicle_id, last.advisor_id,
                       COALESCE(paid.total, 0) AS paid
                  FROM rule
                  LEFT JOIN rhythm ON rhythm.relation_id = rule.relation_id
                  LEFT JOIN last ON last.relation_id = rule.relation_id
                  LEFT JOIN paid ON paid.relation_id = rule.relation_id
                  LEFT JOIN done ON done.relation_id = rule.relation_id
                  LEFT JOIN missed ON missed.relation_id = rule.relation_id
                  LEFT JOIN place ON place.relation_id = rule.relation_id
            ), verdict AS (
                SELECT figure.*,
                       last_on + CEIL(days * watch_percent / 100.0)::int AS watch_on,
                       last_on + CEIL(days * risk_percent / 100.0)::int AS risk_on,
                       last_on + CEIL(days * lost_percent / 100.0)::int AS lost_on
                  FROM figure
            )
            UPDATE dealer_relation relation
               SET service_visits = verdict.visits,
                   service_here_count = verdict.here,
                   service_due_count = verdict.due,
                   service_share = verdict.share,
                   service_km = verdict.km,
                   service_near = CASE verdict.near WHEN TRUE THEN 'near' WHEN FALSE THEN 'far'
                                  ELSE 'unknown' END,
                   service_value = verdict.paid,
                   service_kind = CASE
                       WHEN verdict.last_on IS NULL THEN NULL
                       WHEN verdict.visits >= verdict.loyal_visits
                            AND verdict.share >= verdict.loyal_share THEN 'loyal'
                       WHEN verdict.visits < verdict.few_visits THEN 'occasional'
                       WHEN verdict.share < verdict.choosing_share THEN 'choosing'
                       WHEN verdict.near THEN 'nearby'
                       ELSE 'choosing' END,
                   last_visit_on = verdict.last_on,
                   last_vehicle_id = verdict.vehicle_id,
                   last_advisor_id = verdict.advisor_id,
                   rhythm_days = CASE WHEN verdict.last_on IS NOT NULL THEN verdict.days END,
                   lapse_risk = CASE
                       WHEN verdict.last_on IS NULL THEN NULL
                       WHEN %(now)s >= verdict.lost_on THEN 'lost'
                       WHEN %(now)s >= verdict.risk_on THEN 'risk'
                       WHEN %(now)s >= verdict.watch_on THEN 'watch'
                       ELSE 'none' END,
                   lapse_on = verdict.risk_on,
                   kinds_stale = FALSE,
                   kinds_next_on = LEAST(
                       CASE WHEN verdict.watch_on > %(now)s THEN verdict.watch_on END,
                       CASE WHEN verdict.risk_on > %(now)s THEN verdict.risk_on END,
                       CASE WHEN verdict.lost_on > %(now)s THEN verdict.lost_on END,
                       CASE WHEN verdict.leaves_on > %(now)s THEN verdict.leaves_on END,
                       CASE WHEN verdict.done_leaves_on > %(now)s THEN verdict.done_leaves_on END,
                       CASE WHEN verdict.next_on > %(now)s THEN verdict.next_on END)
              FROM verdict
             WHERE relation.id = verdict.relation_id
            """,
            ids=self.ids,
            now=now,
            zone=ZONE_NAME,
        )
