"""Budget: a week of free times of 20 resources with 100,000 bookings: at most 5 queries and 50 ms.

Ten bays and ten technicians with skills; each booking takes one of each. The week that is asked about is full but for one
pair in the afternoons. Asked the same with 1,000 bookings first, so that it shows what the number of bookings costs.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, bookings, make_group, need, refuse_real_databases, tell  # noqa: E402

FEW, MANY = 1_000, 100_000
PAIRS = 10
RUNS = 30
#: Starts of the day in minutes of UTC, for stores at UTC+8 that open 8:30 to 12:00 and 13:00 to 17:30.
STARTS = (30, 90, 150, 300, 360, 420, 480)


def fill(first, last):
    bookings(env, unit, [bays, people], first, last, monday, STARTS)


def ask():
    return engine._availability(wish, monday, monday + timedelta(days=7), unit.id)


def measure():
    clock = Clock()
    ask()
    for _run in range(RUNS):
        rows = clock.run(env, ask)
        free = [row for row in rows if row["free"]]
        need(len(rows) > 90 and 20 <= len(free) <= 60, f"{len(free)} of {len(rows)} are free")
        need(all(row["free"] or row["why"] for row in rows), "a refused time has no reason")
    return clock


refuse_real_databases(env)
unit = next(iter(make_group(env)))
engine = env["dealer.capacity"]
monday = datetime.combine(fields.Date.today() + timedelta(days=1), datetime.min.time())
skill, other = env["dealer.capacity.skill"].create(
    [{"name": name, "code": name} for name in ("bench_a", "bench_b")]
)
bay_kind, person_kind = (
    env.ref(f"dealer_capacity.kind_{name}") for name in ("service_bay", "technician")
)
bays, people = (
    env["dealer.capacity.resource"].create(
        [
            {
                "name": f"{kind.code} {number}",
                "kind_id": kind.id,
                "unit_id": unit.id,
                "unit_minutes": 30,
                "skill_ids": [Command.set((skill | other).ids if number % 2 else skill.ids)],
            }
            for number in range(PAIRS)
        ]
    )
    for kind in (bay_kind, person_kind)
)
wish = [
    {"kind": "service_bay", "minutes": 60},
    {"kind": "technician", "skill": "bench_b", "minutes": 60},
    {"kind": "technician", "skill": "bench_a", "minutes": 30, "offset": 60},
]
env.cr.commit()

fill(1, FEW)
few = measure()
fill(FEW + 1, MANY)
many = measure()
lines = env["dealer.capacity.booking"].search_count([])
need(lines > 0.99 * MANY, f"only {lines} bookings are there")
tell("a week of free times, 20 resources, 100,000 bookings: queries", many.query_count, 5)
tell("a week of free times, 20 resources, 100,000 bookings", many.milliseconds, 50, unit="ms")
tell("the same in processor time", 1000 * many.cpu_median, unit="ms")
tell("the same with 1,000 bookings", few.milliseconds, unit="ms")
book = Clock()
for turn in range(RUNS):
    start = monday + timedelta(days=40 + turn, hours=4)
    env["dealer.capacity.exception"].create(
        {"type": "extra", "unit_id": unit.id, "start": start, "stop": start + timedelta(hours=2)}
    )
    env.cr.commit()
    book.run(env, lambda start=start: engine._book(wish[:2], start, unit, {"name": "bench"}))
    env.cr.commit()
tell("one booking of two resources, hold and all", book.milliseconds, unit="ms")
tell("one booking of two resources: queries", book.query_count)
