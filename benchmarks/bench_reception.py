"""Budget: the reception's look-up among 500,000 customers of one store, ≤ 50 ms in the database.

Digits at the end and inside of a number, parts of plates, and Chinese names of one sign and more. Told beside it: what
the whole call costs the clerk, cards included.
"""

import sys
from pathlib import Path

from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, customers, make_group, need, refuse_real_databases, sql_defaults, tell  # noqa: E402

CUSTOMERS = 500_000
TIMES = 15
#: What the guest says → what the best answer must contain.
QUESTIONS = {
    "end of a number": ("4321", "4321"),
    "six digits at the end": ("234321", "4321"),
    "four digits inside": ("0123", ""),
    "digits that half of all numbers hold": ("1390", ""),
    "digits that nobody has": ("987654", None),
    "whole number": ("13900234321", "4321"),
    "end of a plate": ("B23D45", "B23D45"),
    "digits of a plate": ("23D45", "23D45"),
    "surname of 25,000 customers": ("王", "王"),
    "surname of nobody": ("爨", None),
    "surname and title": ("王先生", "王"),
    "whole name": ("王客户234320", "王客户234320"),
}


def plates():
    """Give every third customer a car: 浙B00D00 … , each plate once."""
    env.cr.execute(
        """
        INSERT INTO dealer_vehicle (plate, brand, series, unit_id, current_owner_id, active,
                                    create_uid, create_date, write_uid, write_date)
        SELECT '浙' || substr('ABCDEFGHJK', 1 + n / 10000 %% 10, 1) || lpad((n / 100 %% 100)::text, 2, '0')
               || substr('DEFGHJKLMNPQRSTUVWXYZ', 1 + n / 100000, 1) || lpad((n %% 100)::text, 2, '0'),
               '大众', '速腾', %s, id, TRUE, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM res_partner
                 WHERE is_vehicle_owner AND phone LIKE '139%%') AS owners
        """,
        [store.id],
    )
    env.cr.execute(
        """
        INSERT INTO dealer_vehicle_owner (vehicle_id, partner_id, date_from,
                                          create_uid, create_date, write_uid, write_date)
        SELECT id, current_owner_id, current_date, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM dealer_vehicle WHERE current_owner_id IS NOT NULL
        """
    )
    env.cr.commit()
    env.cr.execute("ANALYZE dealer_vehicle, dealer_vehicle_owner")
    env.cr.commit()
    # Rows inserted in bulk wait in the pending lists of the trigram indexes until autovacuum comes.
    for index in ("res_partner_dealer_phone_trgm_idx", "dealer_vehicle__plate_index"):
        env.cr.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
    env.cr.commit()
    env.invalidate_all()


def clerk_of(unit):
    return env["res.users"].create(
        {
            "name": "基准信息员",
            "login": "bench.reception",
            "email": "bench.reception@example.com",
            "company_id": unit.company_id.id,
            "company_ids": [Command.set(unit.company_id.ids)],
            "group_ids": [Command.set(env.ref("dealer_base.group_reception").ids)],
        }
    )


def in_database(visits, text):
    """Return the milliseconds that PostgreSQL needs for all questions of this text."""
    total = 0
    for question in visits._lookup_questions(text):
        select = question(store)
        env.flush_all()
        env.cr.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + select.code + " LIMIT 8", list(select.params)
        )
        [plan] = env.cr.fetchone()[0]
        total += plan["Planning Time"] + plan["Execution Time"]
    return total


refuse_real_databases(env)
people = make_group(env, consultants=8)
store = next(iter(people))
customers(env, 1, CUSTOMERS, store, [people[store]])
sql_defaults(env, "dealer.vehicle")
plates()
visits = env(
    user=clerk_of(store).id,
    context={"lang": "en_US", "allowed_company_ids": store.company_id.ids},
)["dealer.visit"]
env.cr.commit()

for name, (text, wanted) in QUESTIONS.items():
    cards = visits._lookup(text, store)
    if wanted is None:
        need(not cards, f"{name}: somebody was found")
    else:
        need(cards, f"{name}: nobody was found")
        best = cards[0]
        need(
            wanted in f"{best['name']} {best['phone']} {best['plates']}",
            f"{name}: the best answer is {best}",
        )
    times = sorted(in_database(visits, text) for _run in range(TIMES))
    tell(f"reception, {name}: in the database", times[TIMES // 2], 50, unit="ms")
    clock = Clock()
    for _run in range(TIMES):
        clock.run(visits.env, visits.reception_lookup, text)
    tell(f"reception, {name}: whole call", clock.milliseconds, unit="ms")
