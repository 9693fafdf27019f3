"""Budget: first page of the prospect list at 200,000 open leads ÷ crm's own list, same people and domain, ≤ 1.3.

Both as the web client asks for them: ``web_search_read`` with the fields of the view, its order, the filter “Open”, 80
rows and a count up to 10,000. Each lead has its clock, every second one is overdue.
"""

import sys
from pathlib import Path

from lxml import etree

from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import (  # noqa: E402
    customers,
    make_group,
    need,
    paired,
    refuse_real_databases,
    tell,
)

LEADS = 200_000
PAGE, COUNT = 80, 10_001
DOMAIN = [("dealer_unit_id", "!=", False), ("won_status", "=", "pending")]


def leads():
    """Insert an open lead for each customer, graded, with the clock of its limit."""
    grades = env["dealer.grade"].search([("kind", "=", "open")])
    stage = env["crm.stage"].search([("is_won", "=", False)], limit=1)
    policy = env.ref("dealer_leads.clock_policy_silence_b")
    env.cr.execute(
        """
        INSERT INTO crm_lead (
            name, type, active, won_status, partner_id, partner_name, phone, dealer_relation_id, dealer_unit_id, company_id,
            user_id, stage_id, priority, dealer_grade_id, dealer_value, dealer_response, dealer_brand, dealer_series,
            dealer_message, dealer_received_at, dealer_last_touch, dealer_next_date, clock_due_at, date_open,
            probability, automated_probability, create_uid, create_date, write_uid, write_date)
        SELECT '大众 速腾', 'opportunity', TRUE, 'pending', r.partner_id, r.partner_name, p.phone, r.id, r.unit_id,
               r.company_id, r.consultant_id, %(stage)s, '0', (%(grades)s::int[])[1 + r.id %% %(kinds)s],
               'value', 'effective', '大众', '速腾', '最低多少钱', t.at, t.at, current_date + (r.id %% 9)::int,
               now() AT TIME ZONE 'UTC' + ((r.id * 7919 %% 20000) - 10000) * INTERVAL '1 minute', t.at,
               10, 10, 1, t.at, 1, t.at
          FROM dealer_relation r JOIN res_partner p ON p.id = r.partner_id,
               LATERAL (SELECT now() AT TIME ZONE 'UTC' - (r.id %% 90) * INTERVAL '1 day' AS at) t
         WHERE p.phone LIKE '139%%'
        """,
        {"stage": stage.id, "grades": grades.ids, "kinds": len(grades)},
    )
    need(env.cr.rowcount == LEADS, f"{env.cr.rowcount} leads instead of {LEADS}")
    env.cr.execute(
        """
        INSERT INTO dealer_clock (
            policy_id, kind, basis, res_model, res_id, unit_id, company_id, user_id, partner_id, turn, started_at, due_at,
            state, create_uid, create_date, write_uid, write_date)
        SELECT %s, 'silence', 'wall', 'crm.lead', id, dealer_unit_id, company_id, user_id, partner_id, 1,
               clock_due_at - INTERVAL '15 days', clock_due_at,
               CASE WHEN clock_due_at < now() AT TIME ZONE 'UTC' THEN 'missed' ELSE 'running' END,
               1, create_date, 1, create_date
          FROM crm_lead WHERE clock_due_at IS NOT NULL
        """,
        [policy.id],
    )
    env.cr.commit()
    env.cr.execute("ANALYZE crm_lead, dealer_clock")
    env.cr.commit()
    env.invalidate_all()


def person(post, unit):
    return env["res.users"].create(
        {
            "name": post,
            "login": f"bench.{post}",
            "email": f"{post}@example.com",
            "company_id": unit.company_id.id,
            "company_ids": [Command.set(unit.company_id.ids)],
            "group_ids": [Command.set(env.ref(f"dealer_base.group_{post}").ids)],
        }
    )


def page_of(model, view):
    """Return what the client asks for the first page of a list view."""
    arch = etree.fromstring(model.get_view(env.ref(view).id, "list")["arch"])
    specification = {}
    for node in arch.xpath("//field[not(ancestor::field)]"):
        field = model._fields[node.get("name")]
        specification[field.name] = (
            {"fields": {"display_name": {}}} if field.type == "many2one" else {}
        )
    order = arch.get("default_order") or model._order

    def ask():
        answer = model.web_search_read(
            DOMAIN, specification, limit=PAGE, order=order, count_limit=COUNT
        )
        need(len(answer["records"]) == PAGE, f"{len(answer['records'])} rows")
        return answer

    return ask


refuse_real_databases(env)
people = make_group(env, consultants=8)
store = next(iter(people))
customers(env, 1, LEADS, store, [people[store]])
leads()
for name, user in (
    ("director", person("sales_director", store)),
    ("consultant", people[store][0]),
):
    model = env(
        user=user.id, context={"lang": "en_US", "allowed_company_ids": store.company_id.ids}
    )["crm.lead"]
    env.cr.commit()
    ours = page_of(model, "dealer_leads.crm_lead_view_list_dealer")
    theirs = page_of(model, "crm.crm_case_tree_view_oppor")
    first = ours()["records"]
    due = [row["clock_due_at"] for row in first]
    need(due == sorted(due), "the first page is not in the order of the due times")
    need(all(row["clock_state"] == "missed" for row in first), "what is overdue stands first")
    nothing = (lambda: None, lambda: None)
    mine, stock = paired(model.env, nothing, (ours, theirs))
    tell(f"prospects, {name}: ours ÷ crm's list", mine.median / stock.median, 1.3)
    tell(f"prospects, {name}: by processor time", mine.cpu_median / stock.cpu_median)
    tell(f"prospects, {name}: our first page", mine.milliseconds, unit="ms")
    tell(f"prospects, {name}: crm's first page", stock.milliseconds, unit="ms")
    tell(f"prospects, {name}: our queries", mine.query_count)
    tell(f"prospects, {name}: crm's queries", stock.query_count)
