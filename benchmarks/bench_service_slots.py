"""Budget: free times of chosen services, a week, 20 resources, 100,000 bookings: at most 15 queries, and 2 × the engine's own time.

What the owner's page and the service desk show: times of two services together, with the share that is taken and the
price of quiet hours. Beside it the engine's bare answer (`bench_capacity.py`), by turns, and the page's two weeks.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, bookings, make_group, need, paired, refuse_real_databases, tell  # noqa: E402

FEW, MANY = 1_000, 100_000
PAIRS = 10
RUNS = 30
#: Starts of the day in minutes of UTC, for stores at UTC+8 that open 8:30 to 12:00 and 13:00 to 17:30.
STARTS = (30, 90, 150, 300, 360, 420, 480)


def make_item(name, minutes):
    job = env["dealer.capacity.job"].create(
        {
            "name": name,
            "need_ids": [
                Command.create({"kind_id": kind.id, "minutes": minutes})
                for kind in (bay_kind, person_kind)
            ],
        }
    )
    return env["dealer.service.item"].create(
        {"name": name, "job_id": job.id, "price_from": 100, "price_to": 200}
    )


def ask(days=7):
    rows = appointments._times(unit, items, monday, monday + timedelta(days=days))
    free = [row for row in rows if row["free"]]
    need(len(rows) > 90 * days / 7 and len(free) >= 20, f"{len(free)} of {len(rows)} are free")
    need(any(row["discount"] for row in rows), "no time has its price")
    need(any(0 < row["heat"] <= 100 for row in rows), "no time is taken")
    return rows


def bare():
    wish, _minutes = items._need()
    return env["dealer.capacity"]._availability(wish, monday, monday + timedelta(days=7), unit.id)


def nothing():
    pass


refuse_real_databases(env)
unit = next(iter(make_group(env)))
appointments = env["dealer.appointment"]
monday = datetime.combine(fields.Date.today() + timedelta(days=1), datetime.min.time())
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
            }
            for number in range(PAIRS)
        ]
    )
    for kind in (bay_kind, person_kind)
)
items = make_item("oil", 30) | make_item("filter", 30)
env["dealer.service.offpeak"].create(
    {"name": "quiet", "days": "all", "hour_from": 13, "hour_to": 16, "percent": 20}
)
env.cr.commit()

bookings(env, unit, [bays, people], 1, FEW, monday, STARTS)
few = Clock()
for _run in range(RUNS):
    few.run(env, ask)
bookings(env, unit, [bays, people], FEW + 1, MANY, monday, STARTS)
shown, engine = paired(env, (nothing, nothing), (ask, bare), RUNS)
page = Clock()
for _run in range(RUNS):
    page.run(env, ask, 14)
lines = env["dealer.capacity.booking"].search_count([])
need(lines > 0.99 * MANY, f"only {lines} bookings are there")
tell("a week of times with price and share, 100,000 bookings: queries", shown.query_count, 15)
tell("a week of times ÷ the engine's bare answer", shown.median / engine.median, 2)
tell("the same in processor time", shown.cpu_median / engine.cpu_median)
tell("a week of times", shown.milliseconds, 100, unit="ms")
tell("a week of times in processor time", 1000 * shown.cpu_median, unit="ms")
tell("the engine's bare answer", engine.milliseconds, unit="ms")
tell("100,000 bookings ÷ 1,000", shown.median / few.median, 1.5)
tell("the page's two weeks", page.milliseconds, unit="ms")
tell("the page's two weeks: queries", page.query_count)
