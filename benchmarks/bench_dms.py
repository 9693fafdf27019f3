"""Budget: 1,000 records of the maker's DMS (200 customers, 200 cars, 600 orders of three lines) received and
taken over ÷ Odoo's own create of the same partners, cars and orders without any look-up, ≤ 1.5.
"""

import sys
from pathlib import Path

from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, make_group, need, refuse_real_databases, tell  # noqa: E402

from odoo.addons.dealer_base.tools.vin import complete_vin  # noqa: E402

ROWS, CARS, ORDERS = 1000, 200, 600
ROUNDS = 3
LINES = (("labour", "保养工时", 200), ("part", "机油", 320), ("part", "机滤", 60))


def vin_of(serial):
    return complete_vin(f"LZZTEST00T0{serial:06d}")


def delivery(number, side):
    """Return 1,000 rows as a maker's system sends them."""
    rows = []
    for place in range(CARS):
        serial = number * CARS + place + (500_000 if side == "stock" else 0)
        rows.append(
            {
                "kind": "customer",
                "external_id": f"C{serial}",
                "version": 1,
                "name": f"客户{serial}",
                "phone": f"139{serial:08d}",
                "city": "宁波",
            }
        )
        rows.append(
            {
                "kind": "vehicle",
                "external_id": f"V{serial}",
                "version": 1,
                "vin": vin_of(serial),
                "customer": f"C{serial}",
                "owner_since": "2024-03-01",
                "brand": "大众",
                "series": "速腾",
            }
        )
    for place in range(ORDERS):
        serial = number * CARS + place % CARS + (500_000 if side == "stock" else 0)
        visit = place // CARS
        rows.append(
            {
                "kind": "repair_order",
                "external_id": f"R{serial}-{visit}",
                "version": 1,
                "vehicle": f"V{serial}",
                "type": "保养",
                "opened_at": f"2025-0{1 + 4 * visit}-10T09:00:00",
                "delivered_at": f"2025-0{1 + 4 * visit}-10T16:00:00",
                "mileage": 5000 * (visit + 1),
                "lines": [
                    {"kind": kind, "name": name, "amount": amount} for kind, name, amount in LINES
                ],
            }
        )
    return rows


def take_over(rows):
    """What the interface and the drain do, a commit per batch as the cron makes it."""
    model = env["dealer.dms.row"].sudo()  # the rows of the benchmark itself
    model._receive(store, rows)
    env.cr.commit()
    left = True
    while left:
        _done, left = model._drain()
        env.cr.commit()


def stock(rows):
    """The same records by plain create: nobody is looked for, nothing is kept of what came."""
    said = {kind: [row for row in rows if row["kind"] == kind] for kind in ("customer", "vehicle")}
    partners = env["res.partner"].create(
        [
            {
                "name": row["name"],
                "phone": row["phone"],
                "city": row["city"],
                "is_dealer_customer": True,
                "dealer_relation_ids": [Command.create({"unit_id": store.id, "stage": "owner"})],
            }
            for row in said["customer"]
        ]
    )
    cars = env["dealer.vehicle"].create(
        [
            {
                "vin": row["vin"],
                "brand": row["brand"],
                "series": row["series"],
                "unit_id": store.id,
                "owner_ids": [
                    Command.create({"partner_id": partner.id, "date_from": row["owner_since"]})
                ],
            }
            for row, partner in zip(said["vehicle"], partners, strict=True)
        ]
    )
    by_number = {row["external_id"]: car for row, car in zip(said["vehicle"], cars, strict=True)}
    env["dealer.service.order"].create(
        [
            {
                "name": row["external_id"],
                "vehicle_id": by_number[row["vehicle"]].id,
                "unit_id": store.id,
                "opened_at": row["opened_at"].replace("T", " "),
                "closed_at": row["delivered_at"].replace("T", " "),
                "state": "closed",
                "mileage": row["mileage"],
                "line_ids": [
                    Command.create(
                        {"kind": line["kind"], "name": line["name"], "price_unit": line["amount"]}
                    )
                    for line in row["lines"]
                ],
            }
            for row in rows
            if row["kind"] == "repair_order"
        ]
    )
    env.flush_all()
    env.cr.commit()


def check(number):
    """Look whether the delivery was really taken over before its time is believed."""
    names = [row["external_id"] for row in delivery(number, "ours")]
    rows = env["dealer.dms.row"].search([("external_id", "in", names)])
    need(len(rows) == ROWS, f"{len(rows)} rows instead of {ROWS}")
    need(set(rows.mapped("state")) == {"done"}, f"states {set(rows.mapped('state'))}")
    need(len(rows.order_id) == ORDERS, f"{len(rows.order_id)} orders")
    need(len(rows.order_id.line_ids) == ORDERS * len(LINES), "lines are missing")
    need(len(rows.partner_id) == CARS, "not one customer per record")
    need(all(car.current_owner_id for car in rows.vehicle_id), "cars without owner")
    need(
        all(car.last_mileage == 15000 for car in rows.vehicle_id), "mileages did not reach the cars"
    )


refuse_real_databases(env)
store = next(iter(make_group(env)))
for work, side in ((take_over, "ours"), (stock, "stock")):
    work(delivery(0, side)[:40])
ours, theirs, again = Clock(), Clock(), Clock()
for turn in range(1, ROUNDS + 1):
    pair = [(ours, take_over, "ours"), (theirs, stock, "stock")]
    for clock, work, side in pair if turn % 2 else reversed(pair):
        clock.run(env, work, delivery(turn, side))
    check(turn)
    again.run(env, take_over, delivery(turn, "ours"))

tell("DMS rows ÷ plain create", ours.median / theirs.median, 1.5)
tell("the same in processor time", ours.cpu_median / theirs.cpu_median)
tell("1,000 rows", ours.median, unit="s")
tell("1,000 rows, processor time", ours.cpu_median, unit="s")
tell("queries per row", ours.query_count / ROWS)
tell("plain create of the same", theirs.median, unit="s")
tell("queries per row, plain create", theirs.query_count / ROWS)
tell("the same 1,000 delivered again", again.median, unit="s")
