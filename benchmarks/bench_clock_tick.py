"""Budget: a tick of 500 due clocks while 100,000 run ÷ the same while 500 run, ≤ 1.3.

500 customers of 12 consultants in 3 stores are due: each consultant and each manager is told, 1,000 steps are recorded.
First 500 run, then 100,000, then 500 again, so that it shows when something else on the machine made the difference.
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

from measure import (  # noqa: E402
    Clock,
    clock_policy,
    customers,
    make_group,
    need,
    plan,
    refuse_real_databases,
    running_clocks,
    tell,
)

DUE = 500
FEW, MANY = 500, 100_000
ROUNDS = 7


def fall_due():
    """Let 500 clocks start that were due a minute ago."""
    moment = fields.Datetime.now() - timedelta(minutes=61)
    started = relations._clock_start("bench_due", at=moment)
    env.cr.commit()
    need(len(started) == DUE, f"{len(started)} clocks are due instead of {DUE}")
    return started


def work_off():
    """What the cron does: batch by batch, a commit each."""
    left = True
    while left:
        _done, left = ticking._drain()
        env.cr.commit()


def measure(clock):
    for turn in range(ROUNDS + 1):
        started = fall_due()
        if turn:
            clock.run(env, work_off)
        else:
            work_off()
        events = started.event_ids
        need(len(events) == 2 * DUE, f"{len(events)} steps were recorded instead of {2 * DUE}")
        need(all(event.user_ids for event in events), "steps told nobody")
        need(set(started.mapped("state")) == {"missed"}, "clocks are not missed")
        started._void("the next round")
        env.cr.commit()


refuse_real_databases(env)
people = make_group(env)
customers(env, 1, MANY + FEW + DUE, env["dealer.unit"].union(*people), list(people.values()))
for store, users in people.items():
    manager = users[0].copy(
        {
            "login": f"{store.code}.manager",
            "group_ids": [(6, 0, env.ref("dealer_base.group_sales_manager").ids)],
        }
    )
    env["dealer.team"].create(
        {
            "name": store.code,
            "unit_id": store.id,
            "manager_ids": [(6, 0, manager.ids)],
            "member_ids": [(6, 0, users.ids)],
        }
    )
ticking = env["dealer.clock"].sudo()
clock_policy(env, "bench_due")
mass = clock_policy(env, "bench_mass")
relations = env["dealer.relation"].search([], limit=DUE, order="id desc")
env.cr.commit()

few, many, again = Clock(), Clock(), Clock()
running_clocks(env, mass, FEW)
measure(few)
running_clocks(env, mass, MANY - FEW)
look = plan(
    env,
    "dealer.clock",
    [("next_step_at", "<=", fields.Datetime.now())],
    limit=200,
    order="next_step_at, id",
)
need("dealer_clock_due_idx" in look, f"the look does not go by its index:\n{look}")
measure(many)
env.cr.execute(
    SQL(
        "DELETE FROM dealer_clock WHERE kind = %s AND id NOT IN"
        " (SELECT id FROM dealer_clock WHERE kind = %s LIMIT %s)",
        mass.kind,
        mass.kind,
        FEW,
    )
)
env.cr.commit()
env.cr._cnx.autocommit = True
env.cr.execute("VACUUM FULL ANALYZE dealer_clock")
env.cr._cnx.autocommit = False
measure(again)

small = statistics.median(few.seconds + again.seconds)
small_cpu = statistics.median(few.cpu + again.cpu)
tell("tick, 100,000 running ÷ 500 running, 500 due each", many.median / small, 1.3)
tell("the same in processor time", many.cpu_median / small_cpu)
tell("500 running, before and after", again.median / few.median)
tell("500 due, 500 running", small, unit="s")
tell("500 due, 100,000 running", many.median, unit="s")
tell("queries, 500 running", few.query_count)
tell("queries, 100,000 running", many.query_count)
started = Clock()
for _turn in range(ROUNDS):
    started.run(env, fall_due)._void("the next round")
    env.cr.commit()
tell("start of 500 clocks", started.median, unit="s")
