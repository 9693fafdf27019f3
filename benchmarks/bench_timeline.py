"""Budget: a page of one customer's timeline among 1,000,000 contacts of 200,000 customers, ≤ 50 ms in the database.

Asked as consultant and as director of the store, for a usual customer and for one with 5,000 contacts; leads, messages,
grades and hand-overs lie beside the contacts. Told beside it: what the whole call costs, and its queries.
"""

import sys
from pathlib import Path

from odoo.fields import Command, Domain
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import (  # noqa: E402
    Clock,
    customers,
    make_group,
    need,
    plan,
    refuse_real_databases,
    tell,
)

CUSTOMERS, EACH, MANY = 200_000, 5, 5_000
TIMES = 15
BUDGET = 50
TABLES = (
    "dealer_interaction",
    "mail_message",
    "crm_lead",
    "dealer_grade_log",
    "dealer_relation_log",
)
STAMP = "1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'"


def fill(relations, each):
    """Insert ``each`` contacts per relation.

    :param SQL relations: ``SELECT`` of ids
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO dealer_interaction (
                kind, direction, user_id, partner_id, unit_id, company_id, relation_id, start, duration, answered, two_way,
                evidence, result, summary, logged_at, create_uid, create_date, write_uid, write_date)
            SELECT (ARRAY['call','visit','wechat','enquiry'])[1 + n %% 4], 'out', consultant_id, partner_id, unit_id,
                   company_id, id, now() AT TIME ZONE 'UTC' - n * INTERVAL '7 hours' - id * INTERVAL '1 second', 60, TRUE,
                   TRUE, 'system', 'continue', '问了价格和现车，约周末到店。', now() AT TIME ZONE 'UTC', %s
              FROM dealer_relation, generate_series(1, %s) AS n WHERE id IN (%s)
            """,
            SQL(STAMP),
            each,
            relations,
        )
    )


def documents():
    """Give each customer a lead with a grade and a message, a hand-over and a message on the file."""
    grade = env.ref("dealer_leads.grade_a").id
    stage = env["crm.stage"].search([], limit=1).id
    rows = SQL("FROM dealer_relation relation WHERE code LIKE 'B-%%'")
    env.cr.execute(
        SQL(
            """
            INSERT INTO crm_lead (name, type, partner_id, company_id, user_id, stage_id, active, won_status,
                                  dealer_unit_id, dealer_relation_id, dealer_received_at, dealer_grade_id,
                                  create_uid, create_date, write_uid, write_date)
            SELECT '大众 速腾', 'opportunity', partner_id, company_id, consultant_id, %s, TRUE, 'pending', unit_id, id,
                   now() AT TIME ZONE 'UTC', %s, %s %s
            """,
            stage,
            grade,
            SQL(STAMP),
            rows,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO dealer_grade_log (lead_id, relation_id, partner_id, unit_id, company_id, user_id, grade_id, date,
                                          reason, create_uid, create_date, write_uid, write_date)
            SELECT id, dealer_relation_id, partner_id, dealer_unit_id, company_id, user_id, dealer_grade_id,
                   dealer_received_at, '15天内能定', %s FROM crm_lead WHERE dealer_relation_id IS NOT NULL
            """,
            SQL(STAMP),
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO dealer_relation_log (relation_id, user_id, role, new_user_id, event, reason,
                                             create_uid, create_date, write_uid, write_date)
            SELECT id, consultant_id, 'consultant_id', consultant_id, 'handed_over', '移交', %s %s
            """,
            SQL(STAMP),
            rows,
        )
    )
    message = """
        INSERT INTO mail_message (model, res_id, message_type, body, date, record_company_id, author_id,
                                  create_uid, create_date, write_uid, write_date)
    """
    env.cr.execute(
        SQL(
            message
            + "SELECT 'res.partner', partner_id, 'comment', '<p>老客户</p>', now() AT TIME ZONE 'UTC',"
            " company_id, 3, %s %s",
            SQL(STAMP),
            rows,
        )
    )
    env.cr.execute(
        SQL(
            message
            + "SELECT 'crm.lead', id, 'comment', '<p>优先</p>', now() AT TIME ZONE 'UTC', company_id, 3, %s"
            " FROM crm_lead WHERE dealer_relation_id IS NOT NULL",
            SQL(STAMP),
        )
    )


def milliseconds(text):
    """Return what PostgreSQL says it took, planning included."""
    return sum(
        float(line.split(":")[1].split()[0])
        for line in text.splitlines()
        if line.startswith(("Planning Time", "Execution Time"))
    )


def measure(words, user, relation):
    mine = env(user=user, context={"allowed_company_ids": relation.company_id.ids, "lang": "en_US"})
    timeline = mine["dealer.timeline"]
    domain = Domain("relation_id", "=", relation.id)
    best = []
    for _run in range(TIMES):
        text = plan(mine, "dealer.timeline", domain, order=timeline._order, limit=21)
        best.append(milliseconds(text))
    for table in TABLES:
        need(f"Seq Scan on {table}" not in text, f"{words}: no index on {table}:\n{text}")
    best.sort()
    tell(f"{words}: page, in the database", best[len(best) // 2], BUDGET, "ms")
    clock = Clock()
    for run in range(TIMES + 1):
        work = clock.run if run else lambda _env, asked: asked()
        page = work(mine, lambda: timeline.timeline_page("res.partner", relation.partner_id.id))
    need(page["rows"], f"{words}: the timeline is empty")
    tell(f"{words}: whole call", clock.milliseconds, unit="ms")
    tell(f"{words}: queries", clock.query_count)


refuse_real_databases(env)
people = make_group(env)
stores = env["dealer.unit"].union(*people)
customers(env, 1, CUSTOMERS, stores, list(people.values()))
store = stores[0]
consultant = people[store][0]
relations = env["dealer.relation"].search([("consultant_id", "=", consultant.id)], limit=2)
usual, busy = relations
fill(SQL("SELECT id FROM dealer_relation WHERE code LIKE 'B-%%'"), EACH)
fill(SQL("%s", busy.id), MANY - EACH)
documents()
env.cr.commit()
for table in (*TABLES, "dealer_relation", "res_partner"):
    env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
env.cr.commit()
director = env["res.users"].create(
    {
        "name": "基准总监",
        "login": "bench.director",
        "email": "bench.director@example.com",
        "company_id": store.company_id.id,
        "company_ids": [Command.set(store.company_id.ids)],
        "group_ids": [Command.set(env.ref("dealer_base.group_sales_director").ids)],
    }
)
env.cr.execute("SELECT count(*) FROM dealer_interaction")
number = env.cr.fetchone()[0]
need(number >= CUSTOMERS * EACH + MANY - EACH, f"{number} contacts")
for who, user in (("consultant", consultant), ("director", director)):
    measure(f"{who}, usual customer", user, usual)
    measure(f"{who}, {MANY:,} contacts", user, busy)
