"""Budget: look-up of 1,000 numbers among 1,000,000 customers ÷ the same among 10,000, ≤ 1.5.

Beside it, without budget: what the record rule costs a consultant with 300 customers of his own.

Both sizes lie in one database: the small tables are copied to a schema of their own before the large ones grow, and
PostgreSQL's search path says which are meant. So both are asked by turns, and other work on the machine hits both.
"""

import random
import sys
from pathlib import Path

from odoo.fields import Domain
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import (  # noqa: E402
    customers,
    make_group,
    need,
    paired,
    plan,
    refuse_real_databases,
    tell,
)

SMALL, LARGE = 10_000, 1_000_000
NUMBERS = 1000
OWN = 300
CUSTOMERS = Domain("is_dealer_customer", "=", True)
TABLES = ("res_partner", "dealer_relation")


def put_aside():
    """Copy the small tables with their indexes into the schema ``small``."""
    env.cr.execute("CREATE SCHEMA small")
    for table in TABLES:
        env.cr.execute(f"CREATE TABLE small.{table} (LIKE public.{table} INCLUDING ALL)")
        env.cr.execute(f"INSERT INTO small.{table} SELECT * FROM public.{table} ORDER BY id")
    env.cr.commit()
    for table in TABLES:
        env.cr.execute(f"ANALYZE small.{table}")
    env.cr.commit()


def use(schema):
    def prepare():
        env.cr.execute(f"SET search_path = {schema}, public")
        env.invalidate_all()

    return prepare


def numbers(size):
    """Return numbers of which half are known."""
    dice = random.Random(size)
    known = dice.sample(range(1, size + 1), NUMBERS // 2)
    unknown = dice.sample(range(90_000_000, 99_999_999), NUMBERS // 2)
    result = [f"+86139{number:08d}" for number in known + unknown]
    dice.shuffle(result)
    return result


def look_up(size):
    asked = numbers(size)
    return lambda: env["res.partner"].sudo()._dealer_find_by_phone(asked)


def check_look_up(size):
    found = look_up(size)()
    need(len(found) == NUMBERS // 2, f"{len(found)} customers found instead of {NUMBERS // 2}")
    domain = Domain("phone_normalized", "in", numbers(size)) & CUSTOMERS
    domain &= Domain("phone_kind", "=", "mobile") & Domain("phone_shared", "!=", True)
    text = plan(env(su=True), "res.partner", domain, order="id desc")
    need(
        "Index Cond: ((phone_normalized)" in text and "Seq Scan on res_partner" not in text,
        f"no index is used among {size:,}:\n{text}",
    )


def give_own():
    """Bind every so many-th relation of the store to the consultant who asks."""
    env.cr.execute(
        "UPDATE dealer_relation SET consultant_id = %s WHERE consultant_id = %s",
        [colleague.id, asker.id],
    )
    env.cr.execute(
        """
        UPDATE dealer_relation SET consultant_id = %s
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS total
                  FROM dealer_relation WHERE unit_id = %s) AS mine
         WHERE mine.id = dealer_relation.id AND n %% (total / %s) = 1 AND n / (total / %s) < %s
        """,
        [asker.id, store.id, OWN, OWN, OWN],
    )
    need(env.cr.rowcount == OWN, f"{env.cr.rowcount} own customers instead of {OWN}")
    env.cr.commit()
    env.cr.execute("ANALYZE dealer_relation")
    env.cr.commit()
    env.invalidate_all()


def as_consultant():
    """Return what the consultant's customer list asks for."""
    mine = env(
        user=asker.id, context={"lang": "en_US", "allowed_company_ids": asker.company_ids.ids}
    )
    partners = mine["res.partner"]
    columns = ("name", "gender", "phone", "city", "is_vehicle_owner", "create_date")
    return mine, {
        "count": lambda: partners.search_count(CUSTOMERS),
        "first page": lambda: partners.web_search_read(
            list(CUSTOMERS), {column: {} for column in columns}, limit=80, order="id desc"
        ),
        "search by name": lambda: partners.name_search("客户1", list(CUSTOMERS), limit=8),
    }


refuse_real_databases(env)
people = make_group(env, consultants=8)
store, users = next(iter(people.items()))
asker, colleague = users[0], users[1]
stores = env["dealer.unit"].union(*people)

customers(env, 1, SMALL, stores, list(people.values()))
give_own()
put_aside()
customers(env, SMALL + 1, LARGE, stores, list(people.values()))
give_own()

surroundings = (use("small"), use("public"))
for prepare, size in zip(surroundings, (SMALL, LARGE), strict=True):
    prepare()
    check_look_up(size)
small, large = paired(env, surroundings, (look_up(SMALL), look_up(LARGE)), times=60)
tell("duplicate look-up at 1,000,000 ÷ at 10,000", large.median / small.median, 1.5)
tell("look-up of 1,000 numbers at 10,000", small.milliseconds, unit="ms")
tell("look-up of 1,000 numbers at 1,000,000", large.milliseconds, unit="ms")
tell("queries per look-up", large.query_count)

mine, questions = as_consultant()
for prepare in surroundings:
    prepare()
    seen = questions["count"]()
    need(seen == OWN, f"the rule shows {seen} customers instead of the {OWN} own ones")
for question, ask in questions.items():
    small, large = paired(mine, surroundings, (ask, ask), times=9)
    tell(f"consultant's {question} at 10,000", small.milliseconds, unit="ms")
    tell(f"consultant's {question} at 1,000,000", large.milliseconds, unit="ms")
use("public")()
