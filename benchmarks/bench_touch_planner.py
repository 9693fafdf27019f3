"""Budget: planning 10 rules, 5,000 due rows, at 1,000,000 cars ÷ the same at 10,000, ≤ 1.5; idle run ≤ 50 ms a rule.

Ten rules look at five dates of the cars: before and after them, each year, every few days while overdue. 500 cars are due by each
rule, in both sizes; the dates of all others lie elsewhere. Idle is the same run once more, when all is planned already.
"""

import statistics
import sys
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, customers, make_group, need, refuse_real_databases, sql_defaults, tell  # noqa: E402

OWNERS, DUE = 10_000, 500
FEW, MANY = 10_000, 1_000_000
ROUNDS = 5
#: What counts from which date, and how far from today that date is of a car that is due now.
RULES = (
    ("insurance_due", -30, "days", "once", "30 days"),
    ("insurance_due", -7, "days", "once", "7 days"),
    ("inspection_due", -2, "months", "once", "2 months"),
    ("inspection_due", 3, "days", "once", "-3 days"),
    ("inspection_due", 0, "days", "every", "-90 days"),
    ("warranty_due", -90, "days", "once", "90 days"),
    ("service_due", -14, "days", "once", "14 days"),
    ("service_due", 1, "days", "once", "-1 days"),
    ("purchase_date", 0, "days", "yearly", "-3 years"),
    ("purchase_date", 1, "months", "once", "-1 months"),
)


def cars(first, last):
    """Insert cars ``first`` … ``last`` that no rule touches: all is due in a year or later."""
    env.cr.execute(
        """
        INSERT INTO dealer_vehicle (
            vin, plate, unit_id, current_owner_id, active, insurance_due, inspection_due, warranty_due, service_due,
            purchase_date, create_uid, create_date, write_uid, write_date)
        SELECT 'LBENCH' || lpad(n::text, 11, '0'), 'B' || n, r.unit_id, r.partner_id, TRUE,
               current_date + 400 + n %% 3000, current_date + 400 + n %% 3001, current_date + 400 + n %% 3002,
               current_date + 400 + n %% 3003,
               (current_date - make_interval(years => 1 + n %% 10))::date + 100 + n %% 150,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM generate_series(%(first)s, %(last)s) AS n
          JOIN (SELECT partner_id, unit_id, row_number() OVER (ORDER BY id) AS place FROM dealer_relation) r
            ON r.place = 1 + n %% %(owners)s
        """,
        {"first": first, "last": last, "owners": OWNERS},
    )
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE dealer_vehicle")
    env.cr._cnx.autocommit = False


def make_rules():
    rules = env["dealer.touch.rule"]
    for place, (anchor, number, unit, repeat, distance) in enumerate(RULES):
        rules |= rules.create(
            {
                "name": f"bench {place}",
                "model_id": env.ref("dealer_base.model_dealer_vehicle").id,
                "unit_id": False,
                "domain": "[('current_owner_id', '!=', False)]",
                "anchor": anchor,
                "offset_number": number,
                "offset_unit": unit,
                "repeat": repeat,
                "repeat_days": 30,
                "hour": 12,
                "since": "2000-01-01",
                "partner_path": "current_owner_id",
                "way_ids": [(0, 0, {"channel": "sms", "body": "x"})],
            }
        )
        env.cr.execute(
            SQL(
                "UPDATE dealer_vehicle SET %s = (current_date + %s::interval)::date WHERE id IN"
                " (SELECT id FROM dealer_vehicle ORDER BY id OFFSET %s LIMIT %s)",
                SQL.identifier(anchor),
                distance,
                place * DUE,
                DUE,
            )
        )
    env.cr.commit()
    return rules


def plan(rules):
    return sum(rule._plan(low, high) for rule in rules)


def measure(fresh, idle):
    for turn in range(ROUNDS + 1):
        env.cr.execute("TRUNCATE dealer_touch CASCADE")
        env.cr.commit()
        made = fresh.run(env, plan, rules) if turn else plan(rules)
        # Of one date, a rule for another distance may fit a few more on the edge of a month.
        need(made >= len(RULES) * DUE, f"{made} touches were planned")
        env.cr.commit()
        env.cr.execute("ANALYZE dealer_touch")
        for rule, clock in zip(rules, idle, strict=True):
            again = clock.run(env, rule._plan, low, high) if turn else rule._plan(low, high)
            need(again == 0, f"{again} touches were planned twice")
        env.cr.commit()
    counts.append(made)


refuse_real_databases(env)
people = make_group(env)
customers(env, 1, OWNERS, env["dealer.unit"].union(*people), list(people.values()))
sql_defaults(env, "dealer.vehicle")
cars(1, FEW)
rules = make_rules()
now = fields.Datetime.now().replace(hour=1, minute=0, second=0, microsecond=0)
# From this morning on, wherever the day of the database begins.
low, high = now - timedelta(days=1), now + timedelta(hours=48)

counts = []
few, many = Clock(), Clock()
few_idle, many_idle = [Clock() for _rule in rules], [Clock() for _rule in rules]
measure(few, few_idle)
cars(FEW + 1, MANY)
measure(many, many_idle)
need(counts[0] == counts[1], f"not the same was due: {counts}")

tell("10 rules, 5,000 due rows, 1,000,000 cars ÷ 10,000 cars", many.median / few.median, 1.5)
tell("the same in processor time", many.cpu_median / few.cpu_median)
tell(
    "idle run of a rule at 1,000,000, the slowest", max(c.milliseconds for c in many_idle), 50, "ms"
)
tell(
    "idle run of a rule at 1,000,000, median",
    statistics.median(c.milliseconds for c in many_idle),
    unit="ms",
)
tell("due rows at 10,000", few.median, unit="s")
tell("due rows at 1,000,000", many.median, unit="s")
tell("touches planned", counts[0])
tell("queries for 10 rules", many.query_count)
