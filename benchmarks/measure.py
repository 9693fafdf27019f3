"""What the benchmarks share: a small group of dealers, bulk rows, clocks and one line a budget.

A benchmark is a script for Odoo's shell on a throw-away database with all our addons. `make bench` makes the database
from a template and drops it. A figure over budget is told, it is no failure: machines differ. What could not be
measured is an exception, and the command fails.
"""

import gc
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from odoo.fields import Command
from odoo.tools import SQL


class NotMeasured(Exception):
    """The work was not done as it should be, so its time says nothing."""


def need(good, problem):
    if not good:
        raise NotMeasured(problem)


def refuse_real_databases(env):
    """Benchmarks commit and fill tables: never let one loose on a database that somebody uses."""
    need(
        env.cr.dbname.startswith("bench_"),
        f"the database {env.cr.dbname} is no throw-away one (bench_…); use make bench",
    )


def cpu_seconds(env):
    """Return what Python and the PostgreSQL process of this cursor have computed so far.

    Other work on the machine makes everything wait, but adds little to this. It counts in hundredths.
    """
    stat = Path(f"/proc/{env.cr._cnx.info.backend_pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass
class Clock:
    """The runs of one piece of work."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def milliseconds(self):
        return 1000 * self.median

    @property
    def cpu_median(self):
        return statistics.median(self.cpu)

    @property
    def query_count(self):
        return round(statistics.median(self.queries))

    def run(self, env, work, *arguments):
        """Time one run of ``work`` from cold record caches; what it leaves to write is part of it."""
        env.flush_all()
        env.invalidate_all()
        gc.collect()
        queries = env.cr.sql_log_count
        cpu = cpu_seconds(env)
        started = time.perf_counter()
        result = work(*arguments)
        env.flush_all()
        self.seconds.append(time.perf_counter() - started)
        self.cpu.append(cpu_seconds(env) - cpu)
        self.queries.append(env.cr.sql_log_count - queries)
        return result


def paired(env, prepare, work, times=25):
    """Run two pieces of work by turns, so that what else the machine does hits both alike.

    :param prepare: two functions that bring about the surroundings of the work, not timed
    :param work: two functions
    :return: both clocks
    """
    clocks = Clock(), Clock()
    for run in range(times + 1):
        for place in (0, 1) if run % 2 else (1, 0):
            prepare[place]()
            if run:
                clocks[place].run(env, work[place])
            else:
                work[place]()
    return clocks


def tell(name, value, budget=None, unit=""):
    """Print one line of the table; `make bench` shows what begins with BENCH."""
    words = f"BENCH -    {name}: {value:,.3g}{f' {unit}' if unit else ''}"
    if budget is not None:
        words += f" | budget {budget:g} | {'ok' if value <= budget else 'over'}"
    print(words, flush=True)


def plan(env, model, domain, **search):
    """Return PostgreSQL's plan of a search as the ORM writes it for this user."""
    select = env[model]._search(domain, **search).select()
    env.flush_all()
    env.cr.execute(SQL("EXPLAIN (ANALYZE, BUFFERS) %s", select))
    return "\n".join(line[:200] for (line,) in env.cr.fetchall())


def make_group(env, consultants=4):
    """Make three stores with consultants each.

    :return: ``{store: consultants}``
    """
    env = env(context={**env.context, "no_reset_password": True, "tracking_disable": True})
    units = env["dealer.unit"]
    group = units.create({"name": "基准集团", "code": "BENCH", "kind": "headquarters"})
    stores = units.create(
        [
            {"name": f"基准{code}店", "code": code, "parent_id": group.id, "city": "宁波"}
            for code in ("BENCH-A", "BENCH-B", "BENCH-C")
        ]
    )
    post = env.ref("dealer_base.group_sales_consultant")
    people = {}
    for store in stores:
        people[store] = env["res.users"].create(
            [
                {
                    "name": f"{store.code} 顾问{number}",
                    "login": f"{store.code.lower()}.{number}",
                    "email": f"{store.code.lower()}.{number}@example.com",
                    "company_id": store.company_id.id,
                    "company_ids": [Command.set(store.company_id.ids)],
                    "group_ids": [Command.set(post.ids)],
                }
                for number in range(consultants)
            ]
        )
    env.cr.commit()
    return people


def customers(env, first, last, stores, consultants):
    """Insert customers ``first`` … ``last`` with a mobile number and a relation each, by SQL.

    :param stores: dealer.unit; customers go to them in turn
    :param consultants: res.users of each store, the same number everywhere; customers go to them in turn
    """
    env.flush_all()
    cr = env.cr
    cr.execute(
        """
        INSERT INTO res_partner (
            name, complete_name, phone, phone_normalized, phone_kind, is_dealer_customer, is_vehicle_owner,
            active, type, is_company, partner_share, employee, city, lang, create_uid, create_date, write_uid, write_date)
        SELECT name, name, '139' || lpad(n::text, 8, '0'), '+86139' || lpad(n::text, 8, '0'), 'mobile', TRUE, n %% 3 = 0,
               TRUE, 'contact', FALSE, TRUE, FALSE, '宁波', 'zh_CN', 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM (SELECT n, substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', 1 + n %% 20, 1) || '客户' || n AS name
                  FROM generate_series(%s, %s) AS n) AS numbers
        """,
        [first, last],
    )
    cr.execute(
        """
        INSERT INTO dealer_relation (
            partner_id, partner_name, phone_masked, code, unit_id, company_id, consultant_id, stage, since, active,
            create_uid, create_date, write_uid, write_date)
        SELECT p.id, p.name, left(p.phone, 3) || '****' || right(p.phone, 4), 'B-' || p.id,
               u.id, u.company_id, (%s::int[])[1 + p.n %% %s][1 + (p.n / %s) %% %s], 'prospect', current_date, TRUE,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM (SELECT id, name, phone, right(phone, 8)::int AS n FROM res_partner
                 WHERE phone BETWEEN '139' || lpad(%s::text, 8, '0') AND '139' || lpad(%s::text, 8, '0')) AS p
          JOIN dealer_unit u ON u.id = (%s::int[])[1 + p.n %% %s]
        """,
        [
            "{"
            + ",".join("{" + ",".join(map(str, users.ids)) + "}" for users in consultants)
            + "}",
            len(stores),
            len(stores),
            len(consultants[0]),
            first,
            last,
            stores.ids,
            len(stores),
        ],
    )
    need(cr.rowcount == last - first + 1, f"{cr.rowcount} relations instead of {last - first + 1}")
    env.cr.commit()
    cr.execute("ANALYZE res_partner, dealer_relation")
    env.cr.commit()
    env.invalidate_all()
