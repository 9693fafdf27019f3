"""Budgets: reminders of owners at 1,000,000 cars ÷ the same at 10,000: the planner, the lists, the three guarantees, ≤ 1.5.

The planner takes the rules that are shipped: maintenance, insurance three times, inspection, end of warranty; 500 cars
are due by each, in both sizes. Every car has a line of a maintenance list. 500 cars wait for their list to be worked out
anew; 100 cars are in repair, 100 rights are at the end of their period, and every tenth car has one that is not near.
"""

import sys
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, customers, make_group, need, refuse_real_databases, sql_defaults, tell  # noqa: E402

OWNERS, DUE, REPAIRS = 10_000, 500, 100
FEW, MANY = 10_000, 1_000_000
ROUNDS = 5
RULES = ("maintenance", "insurance_60", "insurance_30", "insurance_7", "inspection", "warranty")


def vacuum(*tables):
    env.cr.commit()
    env.cr._cnx.autocommit = True
    for table in tables:
        env.cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
    env.cr._cnx.autocommit = False


def cars(first, last):
    """Insert cars ``first`` … ``last``, their lists and the watched rights of every tenth; nothing of theirs is due."""
    env.cr.execute(
        """
        INSERT INTO dealer_vehicle (
            vin, plate, unit_id, current_owner_id, active, insurance_due, inspection_due, warranty_due, service_due,
            first_registration, guarantee_start, maintenance_stale, daily_km, last_mileage, last_mileage_date,
            create_uid, create_date, write_uid, write_date)
        SELECT 'LBENCH' || lpad(n::text, 11, '0'), 'B' || n, r.unit_id, r.partner_id, TRUE,
               current_date + 400 + n %% 3000, current_date + 400 + n %% 3001, current_date + 400 + n %% 3002,
               current_date + 400 + n %% 3003, current_date - 100, current_date - 100, FALSE, 40, 4000,
               now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM generate_series(%(first)s, %(last)s) AS n
          JOIN (SELECT partner_id, unit_id, row_number() OVER (ORDER BY id) AS place FROM dealer_relation) r
            ON r.place = 1 + n %% %(owners)s
        """,
        {"first": first, "last": last, "owners": OWNERS},
    )
    env.cr.execute(
        """
        INSERT INTO dealer_maintenance_need (
            vehicle_id, line_id, due_on, due_km, expected_on, create_uid, create_date, write_uid, write_date)
        SELECT v.id, %(line)s, current_date + 265, 10000, current_date + 150,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM dealer_vehicle v
         WHERE NOT EXISTS (SELECT FROM dealer_maintenance_need known WHERE known.vehicle_id = v.id)
        """,
        {"line": plan.line_ids.id},
    )
    env.cr.execute(
        """
        INSERT INTO dealer_guarantee_watch (
            vehicle_id, unit_id, company_id, code, key, article, used, arises_at, share, level, told_level, last_day,
            create_uid, create_date, write_uid, write_date)
        SELECT v.id, v.unit_id, u.company_id, 'same_fault', '1', 24, 1, 5, 20, 0, 0, current_date + 600,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM dealer_vehicle v JOIN dealer_unit u ON u.id = v.unit_id
         WHERE v.id % 10 = 0
           AND NOT EXISTS (SELECT FROM dealer_guarantee_watch known WHERE known.vehicle_id = v.id)
        """
    )
    vacuum("dealer_vehicle", "dealer_maintenance_need", "dealer_guarantee_watch")
    env.invalidate_all()


def ids(place, number):
    """Return cars of the first 10,000, others for each place."""
    return env["dealer.vehicle"].search([], order="id", offset=place * DUE, limit=number).ids


def make_due():
    """Let 500 cars be due by each of the shipped rules, 100 be in repair, 100 rights be at their end."""
    for place, rule in enumerate(rules):
        env.cr.execute(
            SQL(
                "UPDATE dealer_vehicle SET %s = current_date + %s WHERE id IN %s",
                SQL.identifier(rule.anchor),
                -rule.offset_number,
                tuple(ids(place, DUE)),
            )
        )
    for car in env["dealer.vehicle"].browse(ids(len(RULES) + 1, REPAIRS)):
        fault = env["dealer.vehicle.fault"].create({"vehicle_id": car.id, "name": "noise"})
        env["dealer.service.order"].create(
            {
                "vehicle_id": car.id,
                "unit_id": car.unit_id.id,
                "opened_at": fields.Datetime.now() - timedelta(days=2),
                "repair_ids": [Command.create({"fault_id": fault.id})],
            }
        )
    env.cr.commit()


def plan_touches():
    return sum(rule._plan(low, high) for rule in rules)


def end_rights():
    """Let 100 rights be over that came to nothing."""
    env.cr.execute(
        SQL(
            "UPDATE dealer_guarantee_watch SET last_day = current_date - 1 WHERE id IN"
            " (SELECT id FROM dealer_guarantee_watch WHERE code = 'same_fault' AND key = '1' ORDER BY id LIMIT %s)",
            REPAIRS,
        )
    )
    env.cr.commit()


def measure():
    touches, idle, lists, guarantees = Clock(), Clock(), Clock(), Clock()
    waiting = SQL(
        "UPDATE dealer_vehicle SET maintenance_stale = TRUE WHERE id IN %s",
        tuple(ids(len(RULES) + 3, DUE)),
    )
    for turn in range(ROUNDS + 1):
        env.cr.execute("TRUNCATE dealer_touch CASCADE")
        env.cr.commit()
        made = touches.run(env, plan_touches)
        need(made == len(RULES) * DUE, f"{made} touches were planned")
        env.cr.commit()
        env.cr.execute("ANALYZE dealer_touch")
        need(idle.run(env, plan_touches) == 0, "touches were planned twice")
        env.cr.execute(waiting)
        env.cr.commit()
        lists.run(env, env["dealer.vehicle"]._cron_maintenance)
        left = env["dealer.vehicle"].search_count([("maintenance_stale", "=", True)])
        need(not left, f"{left} lists still wait")
        end_rights()
        before = env["dealer.guarantee.watch"].search_count([])
        guarantees.run(env, env["dealer.guarantee.watch"]._cron_refresh)
        gone = before - env["dealer.guarantee.watch"].search_count([])
        # Of cars in repair, rights that were inserted without a reason go as well.
        need(gone >= REPAIRS, f"{gone} rights ended")
        if not turn:
            for clock in (touches, idle, lists, guarantees):
                for runs in (clock.seconds, clock.cpu, clock.queries):
                    runs.clear()
    return touches, idle, lists, guarantees


refuse_real_databases(env)
people = make_group(env)
customers(env, 1, OWNERS, env["dealer.unit"].union(*people), list(people.values()))
env["dealer.maintenance.plan"].search([]).active = False
plan = env["dealer.maintenance.plan"].create(
    {
        "name": "bench",
        "unit_id": False,
        "line_ids": [
            Command.create(
                {"name": "oil", "every_km": 10_000, "every_months": 12, "keywords": "oil"}
            )
        ],
    }
)
sql_defaults(env, "dealer.vehicle")
cars(1, FEW)
rules = env["dealer.touch.rule"].union(
    *(env.ref(f"dealer_service.touch_rule_{name}") for name in RULES)
)
rules.since = "2000-01-01"
make_due()
now = fields.Datetime.now().replace(hour=1, minute=0, second=0, microsecond=0)
low, high = now - timedelta(days=1), now + timedelta(hours=48)

few = measure()
cars(FEW + 1, MANY)
many = measure()
names = (
    ("6 rules, 3,000 due touches", "planner"),
    ("6 rules, all planned already", "idle planner"),
    ("500 maintenance lists", "cron of the lists"),
    ("100 cars in repair, 100 rights at their end", "cron of the three guarantees"),
)
for (what, name), small, large in zip(names, few, many, strict=True):
    tell(f"{name}, {what}: 1,000,000 cars ÷ 10,000", large.median / small.median, 1.5)
    tell(f"{name}: the same in processor time", large.cpu_median / small.cpu_median)
    tell(f"{name}: at 10,000", small.milliseconds, unit="ms")
    tell(f"{name}: at 1,000,000", large.milliseconds, unit="ms")
    tell(f"{name}: queries", large.query_count)
