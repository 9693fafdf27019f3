"""Budget: each report on 200,000 leads, 1,000,000 interactions and 300,000 visits ÷ the bare SQL GROUP BY, ≤ 2.

What is timed is what the screen asks when the report is opened by a general manager, with the filter that it opens with:
the pivot by its rows with all its measures, or the first page of the list with its count. What it is divided by is the
shortest SQL that a person would write for the same table over the same period. Told beside it: both without the filter,
so over two years.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

from lxml import etree

from odoo.fields import Command
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import (  # noqa: E402
    customers,
    make_group,
    need,
    paired,
    refuse_real_databases,
    sql_defaults,
    tell,
)

LEADS, TALKS, VISITS = 200_000, 1_000_000, 300_000
DEFEATS, ORDERS = 60_000, 40_000
DAYS = 730
PAGE, COUNT = 80, 10_001
TIMES = 5


def insert(statement, number, **values):
    env.cr.execute(statement, values)
    need(env.cr.rowcount == number, f"{env.cr.rowcount} rows instead of {number}")


def fill():
    """Insert two years of a store: row ``n`` belongs to customer ``n``, later rows begin again with the first."""
    for model in (
        "crm.lead",
        "dealer.grade.log",
        "dealer.interaction",
        "dealer.visit",
        "dealer.defeat",
        "dealer.order",
    ):
        sql_defaults(env, model)
    grades = env["dealer.grade"].search([("kind", "=", "open")])
    lost = env["dealer.grade"].search([("kind", "=", "defeated")], limit=1)
    stage = env["crm.stage"].search([("is_won", "=", False)], limit=1)
    sources = env["utm.source"].search([], limit=8)
    reasons = env["dealer.defeat.reason"].search([("parent_id", "!=", False)], limit=12)
    env.cr.execute(
        """
        CREATE TEMP TABLE card AS
        SELECT r.id, r.partner_id, r.partner_name, r.consultant_id, r.unit_id, r.company_id,
               row_number() OVER (ORDER BY r.id)::int AS n,
               now() AT TIME ZONE 'UTC' - ((row_number() OVER (ORDER BY r.id) * 7919 %% %(minutes)s)
                   * INTERVAL '1 minute') AS at
          FROM dealer_relation r JOIN res_partner p ON p.id = r.partner_id WHERE p.phone LIKE '139%%'
        """,
        {"minutes": DAYS * 1440},
    )
    env.cr.execute("CREATE INDEX ON card (n); ANALYZE card")
    values = {
        "stage": stage.id,
        "grades": grades.ids,
        "kinds": len(grades),
        "lost": lost.id,
        "sources": sources.ids,
        "reasons": reasons.ids,
        "leads": LEADS,
        "defeats": DEFEATS,
        "orders": ORDERS,
    }
    insert(
        """
        INSERT INTO crm_lead (
            name, type, active, won_status, partner_id, partner_name, dealer_relation_id, dealer_unit_id, company_id,
            user_id, stage_id, priority, dealer_grade_id, dealer_grade_date, dealer_value, dealer_response, dealer_brand,
            dealer_series, dealer_received_at, dealer_last_touch, date_open, source_id,
            probability, automated_probability, create_uid, create_date, write_uid, write_date)
        SELECT '大众 速腾', 'opportunity', n > %(defeats)s, CASE WHEN n <= %(defeats)s THEN 'lost' ELSE 'pending' END,
               partner_id, partner_name, id, unit_id, company_id, consultant_id, %(stage)s, '0',
               CASE WHEN n <= %(defeats)s THEN %(lost)s ELSE (%(grades)s::int[])[1 + n %% %(kinds)s] END,
               LEAST(at + (n %% 40) * INTERVAL '1 day', now() AT TIME ZONE 'UTC'), 'value', 'effective', '大众',
               (ARRAY['速腾', '迈腾', '途观', '朗逸'])[1 + n %% 4], at, at, at, (%(sources)s::int[])[1 + n %% 8],
               10, 10, 1, at, 1, at
          FROM card
        """,
        LEADS,
        **values,
    )
    env.cr.execute("CREATE TEMP TABLE prospect AS SELECT id, dealer_relation_id FROM crm_lead")
    env.cr.execute("CREATE INDEX ON prospect (dealer_relation_id); ANALYZE prospect")
    insert(
        """
        INSERT INTO dealer_grade_log (unit_id, company_id, lead_id, relation_id, partner_id, user_id, consultant_id, old_grade_id, grade_id,
                                      date, reason, create_uid, create_date, write_uid, write_date)
        SELECT unit_id, company_id, lead.id, card.id, card.partner_id, 1, card.consultant_id,
               CASE WHEN turn > 0 THEN (%(grades)s::int[])[1 + (n + turn - 1) %% %(kinds)s] END,
               (%(grades)s::int[])[1 + (n + turn) %% %(kinds)s], card.at + turn * INTERVAL '9 days', '基准',
               1, card.at, 1, card.at
          FROM card JOIN prospect lead ON lead.dealer_relation_id = card.id, generate_series(0, 1) turn
        """,
        2 * LEADS,
        **values,
    )
    insert(
        """
        INSERT INTO dealer_interaction (kind, direction, user_id, partner_id, unit_id, company_id, relation_id, start,
                                        two_way, answered, res_model, res_id,
                                        create_uid, create_date, write_uid, write_date)
        SELECT (ARRAY['call', 'visit', 'enquiry', 'wechat', 'call'])[1 + turn], 'out', consultant_id, partner_id, unit_id,
               company_id, card.id, LEAST(at + turn * INTERVAL '5 days', now() AT TIME ZONE 'UTC'), TRUE, TRUE, 'crm.lead',
               lead.id, 1, at, 1, at
          FROM card JOIN prospect lead ON lead.dealer_relation_id = card.id, generate_series(0, 4) turn
        """,
        TALKS,
        **values,
    )
    insert(
        """
        INSERT INTO dealer_visit (state, unit_id, company_id, clerk_id, registered_at, arrived_at, received_at, left_at,
                                  closed_at, wait_minutes, stay_minutes, stay_band, party_size, purpose, is_intent,
                                  invited, relation_id, partner_id, source_id, consultant_id, series, occasion,
                                  contact_kept, drove, result, is_complete, create_uid, create_date, write_uid, write_date)
        SELECT 'left', unit_id, company_id, 1, t.at, t.at, t.at + INTERVAL '2 minutes', t.at + INTERVAL '50 minutes',
               t.at + INTERVAL '60 minutes', 2, 48, '30_60', 2, CASE WHEN v %% 9 = 0 THEN 'other' ELSE 'look' END,
               v %% 9 <> 0, v %% 4 = 0, id, partner_id, (%(sources)s::int[])[1 + v %% 8], consultant_id, '速腾',
               CASE WHEN v > %(leads)s THEN 'repeat' ELSE 'new' END, TRUE, v %% 3 = 0, 'follow', TRUE, 1, t.at, 1, t.at
          FROM generate_series(1, %(visits)s) v
          JOIN card ON card.n = 1 + (v - 1) %% %(leads)s,
               LATERAL (SELECT LEAST(card.at + (v / %(leads)s) * INTERVAL '4 days',
                                     now() AT TIME ZONE 'UTC' - INTERVAL '1 hour') AS at) t
        """,
        VISITS,
        visits=VISITS,
        **values,
    )
    insert(
        """
        INSERT INTO dealer_defeat (lead_id, unit_id, company_id, relation_id, partner_id, user_id, asked_at, decided_at,
                                   grade_before_id, reason_id, competitor_kind, state,
                                   create_uid, create_date, write_uid, write_date)
        SELECT lead.id, unit_id, company_id, card.id, partner_id, consultant_id, t.at, t.at, (%(grades)s::int[])[1],
               (%(reasons)s::int[])[1 + n %% 12], 'other',
               (ARRAY['confirmed', 'confirmed', 'confirmed', 'returned'])[1 + n %% 4], 1, t.at, 1, t.at
          FROM card JOIN prospect lead ON lead.dealer_relation_id = card.id,
               LATERAL (SELECT LEAST(at + (n %% 40) * INTERVAL '1 day', now() AT TIME ZONE 'UTC') AS at) t
         WHERE n <= %(defeats)s
        """,
        DEFEATS,
        **values,
    )
    insert(
        """
        INSERT INTO dealer_order (name, state, unit_id, company_id, lead_id, partner_id, relation_id, consultant_id,
                                  series, ordered_on, delivered_on, vin, create_uid, create_date, write_uid, write_date)
        SELECT 'B' || n, CASE WHEN n %% 3 = 0 THEN 'ordered' ELSE 'delivered' END, unit_id, company_id, lead.id, partner_id,
               card.id, consultant_id, '速腾', t.day, CASE WHEN n %% 3 <> 0 THEN t.day END, 'LFV' || lpad(n::text, 14, '0'),
               1, at, 1, at
          FROM card JOIN prospect lead ON lead.dealer_relation_id = card.id,
               LATERAL (SELECT LEAST(at + INTERVAL '6 days', now() AT TIME ZONE 'UTC')::date AS day) t
         WHERE n > %(leads)s - %(orders)s
        """,
        ORDERS,
        **values,
    )
    env.cr.commit()
    env.cr.execute(
        "ANALYZE crm_lead, dealer_grade_log, dealer_interaction, dealer_visit, dealer_defeat, dealer_order"
    )
    env.cr.commit()
    env.invalidate_all()


def manager_of(unit):
    return env["res.users"].create(
        {
            "name": "基准总经理",
            "login": "bench.gm",
            "email": "bench.gm@example.com",
            "tz": "Asia/Shanghai",
            "company_id": unit.company_id.id,
            "company_ids": [Command.set(unit.company_id.ids)],
            "group_ids": [Command.set(env.ref("dealer_base.group_general_manager").ids)],
        }
    )


def pivot(report, view, domain):
    """Return what the pivot asks first: the sums of all, and those by its rows."""
    arch = etree.fromstring(report.get_view(env.ref(view).id, "pivot")["arch"])
    rows = [node.get("name") for node in arch.xpath("//field[@type='row']")]
    measures = [
        f"{name}:{report._fields[name].aggregator}"
        for name in (node.get("name") for node in arch.xpath("//field[@type='measure']"))
    ]

    def ask():
        report.formatted_read_grouping_sets(
            domain, [rows[:turn] for turn in range(len(rows) + 1)], ["__count", *measures]
        )

    return ask


def page(report, view, domain):
    """Return what the list asks first: a page, and the count up to 10,000."""
    arch = etree.fromstring(report.get_view(env.ref(view).id, "list")["arch"])
    specification = {}
    for node in arch.xpath("//field[not(ancestor::field)]"):
        field = report._fields[node.get("name")]
        specification[field.name] = (
            {"fields": {"display_name": {}}} if field.type == "many2one" else {}
        )

    def ask():
        answer = report.web_search_read(
            domain,
            specification,
            limit=PAGE,
            order=arch.get("default_order") or report._order,
            count_limit=COUNT,
        )
        need(answer["records"], "an empty page")

    return ask


def bare(statement, first):
    """Return the person's SQL over the rows since a day of the store."""
    query = SQL(statement, since=first, store=store.id)

    def ask():
        env.cr.execute(query)
        need(env.cr.fetchall(), f"no rows: {statement}")

    return ask


VISITS_SQL = """
    SELECT v.unit_id, v.consultant_id, count(*), count(*) FILTER (WHERE v.occasion <> 'repeat'),
           count(*) FILTER (WHERE v.invited), count(*) FILTER (WHERE v.occasion = 'repeat'),
           count(*) FILTER (WHERE v.received_at <= v.arrived_at + INTERVAL '3 minutes'),
           count(*) FILTER (WHERE v.closed_at::date = v.arrived_at::date), count(*) FILTER (WHERE v.contact_kept),
           count(*) FILTER (WHERE v.drove), count(sold.visit_id), count(*) FILTER (WHERE sold.delivered)
      FROM dealer_visit v
      LEFT JOIN (SELECT visit_id, bool_and(delivered) AS delivered
                   FROM (SELECT DISTINCT ON (o.id) w.id AS visit_id, o.state = 'delivered' AS delivered
                           FROM dealer_order o
                           JOIN dealer_visit w ON w.relation_id = o.relation_id AND w.arrived_at < o.ordered_on + 1
                          WHERE o.state IN ('ordered', 'planned', 'delivered')
                          ORDER BY o.id, w.arrived_at DESC) last GROUP BY visit_id) sold ON sold.visit_id = v.id
     WHERE v.unit_id = %(store)s AND v.is_intent AND v.arrived_at >= %(since)s
     GROUP BY GROUPING SETS ((), (1), (1, 2))
"""
SOURCES_SQL = """
    SELECT source_id, count(*) FILTER (WHERE arrived_at >= date_trunc('week', now())),
           count(*) FILTER (WHERE arrived_at >= date_trunc('month', now())), count(*)
      FROM dealer_visit WHERE unit_id = %(store)s AND is_intent AND occasion <> 'repeat' AND arrived_at >= %(since)s
     GROUP BY GROUPING SETS ((), (1))
"""
REGISTER_SQL = """
    SELECT v.*, r.partner_name, r.phone_masked, u.login, count(*) OVER ()
      FROM dealer_visit v LEFT JOIN dealer_relation r ON r.id = v.relation_id LEFT JOIN res_users u ON u.id = v.consultant_id
     WHERE v.unit_id = %(store)s AND v.arrived_at >= %(since)s ORDER BY v.arrived_at DESC LIMIT 80
"""
PROSPECTS_SQL = """
    SELECT m.month, l.dealer_grade_id, count(*), count(*) FILTER (WHERE l.dealer_received_at >= m.month),
           avg(LEAST(m.month + INTERVAL '1 month', now()) - l.dealer_received_at)
      FROM crm_lead l,
           generate_series(date_trunc('month', GREATEST(%(since)s, l.dealer_received_at)), now(), INTERVAL '1 month') m (month)
     WHERE l.dealer_unit_id = %(store)s AND (l.won_status = 'pending' OR l.dealer_grade_date >= m.month)
     GROUP BY GROUPING SETS ((), (1, 2))
"""
PROGRESS_SQL = """
    SELECT l.id, l.partner_name, l.user_id, t.day, t.number, g.code
      FROM (SELECT * FROM crm_lead WHERE dealer_unit_id = %(store)s
               AND (won_status = 'pending' OR dealer_grade_date >= %(since)s) ORDER BY user_id, id LIMIT 80) l
      LEFT JOIN LATERAL (SELECT start::date AS day, count(*) AS number FROM dealer_interaction
                          WHERE relation_id = l.dealer_relation_id AND start >= %(since)s GROUP BY 1) t ON TRUE
      LEFT JOIN LATERAL (SELECT code FROM dealer_grade_log JOIN dealer_grade ON dealer_grade.id = grade_id
                          WHERE lead_id = l.id AND date::date <= t.day ORDER BY date DESC LIMIT 1) g ON TRUE
"""
DEFEATS_SQL = """
    SELECT user_id, sum(received), sum(asked), sum(defeated) FROM (
        SELECT consultant_id AS user_id, 1 AS received, 0 AS asked, 0 AS defeated
          FROM dealer_visit WHERE unit_id = %(store)s AND is_intent AND occasion <> 'repeat' AND arrived_at >= %(since)s
         UNION ALL
        SELECT user_id, 0, 1, (state = 'confirmed')::int
          FROM dealer_defeat WHERE unit_id = %(store)s AND decided_at >= %(since)s) row
     GROUP BY GROUPING SETS ((), (1))
"""
REASONS_SQL = """
    SELECT r.parent_id, d.reason_id, count(*)
      FROM dealer_defeat d JOIN dealer_defeat_reason r ON r.id = d.reason_id JOIN crm_lead l ON l.id = d.lead_id
     WHERE d.unit_id = %(store)s AND d.state = 'confirmed' AND d.decided_at >= %(since)s
     GROUP BY GROUPING SETS ((), (1), (1, 2))
"""
ACTIVITIES_SQL = """
    SELECT user_id, count(*) FROM dealer_interaction
     WHERE unit_id = %(store)s AND user_id IS NOT NULL AND kind <> 'enquiry' AND start >= %(since)s GROUP BY 1
"""


def activities(talks, domain):
    def ask():
        talks.web_read_group(
            [("user_id", "!=", False), ("kind", "!=", "enquiry"), *domain], ["user_id"], ["__count"]
        )

    return ask


refuse_real_databases(env)
people = make_group(env, consultants=8)
store = next(iter(people))
customers(env, 1, LEADS, store, [people[store]])
fill()
own = env(
    user=manager_of(store).id,
    context={"lang": "en_US", "tz": "Asia/Shanghai", "allowed_company_ids": store.company_id.ids},
)
env.cr.commit()
visits, defeats = own["dealer.visit.report"], own["dealer.defeat.report"]
prospects, talks = own["dealer.prospect.progress"], own["dealer.interaction"]
today = store._clock_local(env.cr.now()).date()
recent, begin = today - timedelta(days=30), today - timedelta(days=DAYS + 60)
grown = [("grade_end_id.kind", "in", ("new", "open", "ordered"))]
year = date(today.year, 1, 1)
name = "dealer_reports."


def questions(first):
    """Return ``{report: (what the screen asks, the person's SQL)}`` for the time since a day."""
    day = [("day", ">=", first)] if first > begin else []
    month = today.replace(day=1) if first > begin else first
    since = [("month", ">=", month)] if first > begin else []
    start = [("start", ">=", today - timedelta(days=1))] if first > begin else []
    return {
        "traffic": (
            pivot(visits, f"{name}dealer_visit_report_view_pivot_traffic", day),
            bare(VISITS_SQL, first),
        ),
        "sources": (
            pivot(visits, f"{name}dealer_visit_report_view_pivot_sources", [("new_year", "!=", 0)]),
            bare(SOURCES_SQL, year),
        ),
        "register": (
            page(visits, f"{name}dealer_visit_report_view_list_register", day),
            bare(REGISTER_SQL, first),
        ),
        "customer analysis": (
            pivot(prospects, f"{name}dealer_prospect_progress_view_pivot_grades", since + grown),
            bare(PROSPECTS_SQL, month),
        ),
        "prospect progress": (
            page(prospects, f"{name}dealer_prospect_progress_view_list", since),
            bare(PROGRESS_SQL, month),
        ),
        "defeats": (
            pivot(defeats, f"{name}dealer_defeat_report_view_pivot", day),
            bare(DEFEATS_SQL, first),
        ),
        "defeat analysis": (
            pivot(
                defeats,
                f"{name}dealer_defeat_report_view_pivot_reasons",
                [*day, ("defeated", "!=", 0)],
            ),
            bare(REASONS_SQL, first),
        ),
        "activities": (
            activities(talks, start),
            bare(ACTIVITIES_SQL, first if first == begin else today - timedelta(days=1)),
        ),
    }


nothing = (lambda: None, lambda: None)
for period, first, budget in (("30 days", recent, 2), ("two years", begin, None)):
    for report, work in questions(first).items():
        ours, theirs = paired(own, nothing, work, times=TIMES)
        tell(f"reports, {report}, {period}: ÷ bare SQL", ours.median / theirs.median, budget)
        tell(f"reports, {report}, {period}: the screen", ours.milliseconds, unit="ms")
        tell(f"reports, {report}, {period}: bare SQL", theirs.milliseconds, unit="ms")
