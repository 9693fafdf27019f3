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


def sql_defaults(env, model):
    """Let rows that are inserted by SQL get what the ORM gives required fields that nobody fills."""
    records = env[model]
    required = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.required
    ]
    values = records.default_get(required)
    for name in required:
        if values.get(name) not in (None, False):
            env.cr.execute(
                SQL(
                    "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s",
                    SQL.identifier(records._table),
                    SQL.identifier(name),
                    values[name],
                )
            )
    env.cr.commit()


def bookings(env, unit, kinds, first, last, day, starts):
    """Insert bookings ``first`` … ``last`` of an hour by SQL, with lines and ledger; the week of ``day`` among the first.

    Each takes one resource of every kind, number k of each together. The last pair is free in the
    afternoons of that week, the others are full.

    :param kinds: list of dealer.capacity.resource, the same number of each kind
    :param starts: minutes of a UTC day at which bookings begin
    """
    env.cr.execute(
        SQL(
            """
            WITH numbers AS (
                SELECT n, n %% %(pairs)s AS pair, n / %(pairs)s AS turn FROM generate_series(%(first)s, %(last)s) n),
            placed AS (
                SELECT n, pair, %(day)s::timestamp + (turn / %(starts)s) * interval '1 day'
                       + (%(minutes)s::int[])[1 + turn %% %(starts)s] * interval '1 minute' AS start FROM numbers),
            kept AS (
                SELECT * FROM placed
                 WHERE NOT (pair = %(free)s AND extract(hour FROM start) >= 5
                            AND start < %(day)s::timestamp + interval '7 days')),
            booked AS (
                INSERT INTO dealer_capacity_booking (unit_id, company_id, name, start, stop, state, user_id)
                SELECT %(unit)s, %(company)s, n::text, start, start + interval '1 hour', 'confirmed', 1 FROM kept
                RETURNING id, name, start, stop)
            INSERT INTO dealer_capacity_booking_line (booking_id, company_id, resource_id, kind_id, units, minutes, start, stop)
            SELECT b.id, %(company)s, r.id, r.kind_id, 1, 60, b.start, b.stop
              FROM booked b
              JOIN unnest(%(resources)s::int[]) WITH ORDINALITY AS each (id, place)
                ON (each.place - 1) %% %(pairs)s = b.name::int %% %(pairs)s
              JOIN dealer_capacity_resource r ON r.id = each.id
            """,
            pairs=len(kinds[0]),
            starts=len(starts),
            minutes=list(starts),
            first=first,
            last=last,
            day=day,
            free=len(kinds[0]) - 1,
            unit=unit.id,
            company=unit.company_id.id,
            resources=[resource.id for kind in kinds for resource in kind],
        )
    )
    env.cr.execute(
        """
        INSERT INTO dealer_capacity_slot (resource_id, start, capacity, used)
        SELECT l.resource_id, cell, 1, 1 FROM dealer_capacity_booking_line l,
               generate_series(l.start, l.stop - interval '1 second', interval '15 minutes') cell
        ON CONFLICT DO NOTHING
        """
    )
    env.cr.commit()
    env.cr.execute(
        "ANALYZE dealer_capacity_slot, dealer_capacity_booking, dealer_capacity_booking_line"
    )
    env.cr.commit()


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


def clock_policy(env, kind):
    """Make a policy of one hour round the clock: warned, raised and to be acknowledged when it is due."""
    return env["dealer.clock.policy"].create(
        {
            "name": kind,
            "kind": kind,
            "model_id": env.ref("dealer_base.model_dealer_relation").id,
            "minutes": 60,
            "basis": "wall",
            "quiet_from": 0,
            "quiet_to": 0,
            "step_ids": [
                Command.create({"name": "due", "minutes": 0}),
                Command.create(
                    {
                        "name": "raised",
                        "minutes": 0,
                        "action": "raise",
                        "who": "manager",
                        "need_ack": True,
                    }
                ),
            ],
        }
    )


def running_clocks(env, policy, number):
    """Insert ``number`` running clocks of ``policy`` by SQL, due from tomorrow on, each for a relation of its own."""
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            INSERT INTO dealer_clock (
                policy_id, kind, basis, res_model, res_id, unit_id, company_id, user_id, partner_id, turn, state,
                started_at, due_at, next_step_at, create_uid, create_date, write_uid, write_date)
            SELECT %(policy)s, %(kind)s, 'wall', 'dealer.relation', r.id, r.unit_id, r.company_id, r.consultant_id,
                   r.partner_id, 1, 'running', now() AT TIME ZONE 'UTC',
                   now() AT TIME ZONE 'UTC' + INTERVAL '1 day' + r.id * INTERVAL '1 second',
                   now() AT TIME ZONE 'UTC' + INTERVAL '1 day' + r.id * INTERVAL '1 second',
                   1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
              FROM dealer_relation r
             WHERE NOT EXISTS (SELECT FROM dealer_clock c WHERE c.res_model = 'dealer.relation' AND c.res_id = r.id
                                  AND c.kind = %(kind)s AND c.stopped_at IS NULL)
             ORDER BY r.id LIMIT %(number)s
            """,
            policy=policy.id,
            kind=policy.kind,
            number=number,
        )
    )
    need(env.cr.rowcount == number, f"{env.cr.rowcount} clocks instead of {number}")
    env.cr.commit()
    env.cr.execute("ANALYZE dealer_clock")
    env.cr.commit()
    env.invalidate_all()
