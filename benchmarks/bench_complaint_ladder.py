"""Budget: the ladder of complaints while 100,000 are open ÷ while 200 are, ≤ 1.3.

200 complaints of one store reach a rung, 50 each: the handler at 50 %, the head of the department at 75 %, the care manager
at 90 %, the general manager at 100 %, where each is also moved to that desk and sealed. First few are open, then 100,000,
then few clocks again, so that it shows when something else on the machine made the difference.
"""

import statistics
import sys
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, need, plan, refuse_real_databases, tell  # noqa: E402

DUE, MANY = 200, 100_000
#: How old a complaint is whose rung is reached, in minutes; each has taken the rungs below, too.
RUNGS = (12 * 60, 18 * 60, 24 * 60 - 144, 24 * 60)
KIND = "case_return"
ROUNDS = 7


def make_people(unit):
    """Return the handlers; the posts of the ladder are filled, too."""
    posts = ["care_agent", "care_manager", "general_manager", "service_manager"]
    people = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"{post} {number}",
                    "login": f"{post}.{number}",
                    "email": f"{post}.{number}@example.com",
                    "company_id": unit.company_id.id,
                    "company_ids": [Command.set(unit.company_id.ids)],
                    "group_ids": [Command.set(env.ref(f"dealer_base.group_{post}").ids)],
                }
                for number, post in enumerate(posts + ["service_advisor"] * 5)
            ]
        )
    )
    return people[len(posts) :]


def open_cases(first, last):
    """Insert complaints in work, each with the first event of its sealed file, and return them."""
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            WITH cases AS (
                INSERT INTO helpdesk_ticket (
                    number, name, description, facts, active, company_id, dealer_unit_id, is_case, case_state, stage_id,
                    handler_id, source, severity, priority, sequence, received_at, registered_at, level, reopen_count,
                    create_uid, create_date, write_uid, write_date)
                SELECT 'B' || n, '异响', '<p>异响</p>', '异响', TRUE, %(company)s, %(unit)s, TRUE, 'handling', %(stage)s,
                       (%(handlers)s::int[])[1 + n %% %(people)s], 'phone', 'normal', '1', 10, now() AT TIME ZONE 'UTC',
                       now() AT TIME ZONE 'UTC', 0, 0, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
                  FROM generate_series(%(first)s, %(last)s) AS n
             RETURNING id, company_id
            ), events AS (
                INSERT INTO dealer_case_event (ticket_id, company_id, number, kind, user_id, at, digest, hash)
                SELECT id, company_id, 1, 'created', 1, now() AT TIME ZONE 'UTC', md5(id::text), md5(id::text) FROM cases
             RETURNING id
            )
            INSERT INTO dealer_case_payload (event_id, salt, content) SELECT id, md5(id::text), '{"facts": "异响"}' FROM events
            """,
            company=unit.company_id.id,
            unit=unit.id,
            stage=env["helpdesk.ticket"]._stage_of("handling").id,
            handlers=handlers.ids,
            people=len(handlers),
            first=first,
            last=last,
        )
    )
    env.cr.commit()
    env.cr.execute("ANALYZE helpdesk_ticket, dealer_case_event, dealer_case_payload")
    env.cr.commit()
    env.invalidate_all()
    return env["helpdesk.ticket"].search([("is_case", "=", True)], order="id")


def let_run():
    """Insert a clock of 24 hours for every complaint that has none, due from tomorrow on."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO dealer_clock (
                policy_id, kind, basis, res_model, res_id, unit_id, company_id, user_id, turn, state,
                started_at, due_at, next_step_at, create_uid, create_date, write_uid, write_date)
            SELECT %(policy)s, %(kind)s, 'wall', 'helpdesk.ticket', t.id, t.dealer_unit_id, t.company_id, t.handler_id, 1,
                   'running', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' + INTERVAL '2 days' + t.id * INTERVAL '1 second',
                   now() AT TIME ZONE 'UTC' + INTERVAL '1 day' + t.id * INTERVAL '1 second',
                   1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
              FROM helpdesk_ticket t WHERE t.is_case AND t.id > %(last)s
            """,
            policy=policy.id,
            kind=KIND,
            last=due.ids[-1],
        )
    )
    env.cr.commit()
    env.cr.execute("ANALYZE dealer_clock")
    env.cr.commit()


def reach():
    """Let a quarter of the complaints reach each rung a minute ago."""
    started = env["dealer.clock"]
    for place, minutes in enumerate(RUNGS):
        at = fields.Datetime.now() - timedelta(minutes=minutes + 1)
        started |= due[place :: len(RUNGS)]._clock_start(KIND, at=at)
    env.cr.commit()
    need(len(started) == DUE, f"{len(started)} clocks are due instead of {DUE}")
    return started


def work_off():
    """What the cron does: batch by batch, a commit each."""
    left = True
    while left:
        _done, left = env["dealer.clock"].sudo()._drain()
        env.cr.commit()


def check(started):
    """Look whether everybody was told and the general manager's desk is full, before its time is believed."""
    share = DUE // len(RUNGS)
    events = started.event_ids
    need(len(events) == share * (1 + 2 + 3 + 4), f"{len(events)} rungs were recorded")
    names = {
        step.who: set(
            events.filtered(lambda event, step=step: event.step_id == step).user_ids.mapped("name")
        )
        for step in policy.step_ids
    }
    need(len(names["user"]) == len(handlers), "handlers were not told")
    for who, post in (
        ("manager", "service_manager"),
        ("duty", "care_manager"),
        ("post", "general_manager"),
    ):
        need({name.split()[0] for name in names[who]} == {post}, f"{who}: {names[who]} was told")
    env.invalidate_all()
    desk = due.filtered("is_supervised")
    need(
        desk == due[len(RUNGS) - 1 :: len(RUNGS)], f"{len(desk)} lie on the general manager's desk"
    )
    last = [case.event_ids.sorted("number")[-1] for case in desk]
    need({event.kind for event in last} == {"supervised"}, "the supervision is not sealed")
    need(
        all(case.chain_head == event.hash for case, event in zip(desk, last, strict=True)),
        "the chain has no head",
    )


def measure(clock):
    for turn in range(ROUNDS + 1):
        started = reach()
        if turn:
            clock.run(env, work_off)
        else:
            work_off()
        check(started)
        started._void("the next round")
        env.flush_all()
        env.cr.execute(
            SQL("UPDATE helpdesk_ticket SET is_supervised = NULL WHERE id IN %s", due._ids)
        )
        env.cr.commit()
        env.invalidate_all()


refuse_real_databases(env)
unit = env["dealer.unit"].create({"name": "基准店", "code": "BENCH"})
handlers = make_people(unit)
policy = env.ref("dealer_complaint.clock_policy_return")
# Measured at any hour: nobody sleeps.
policy.write({"quiet_from": 0, "quiet_to": 0})
env.cr.commit()
due = open_cases(1, DUE)
few, many, again = Clock(), Clock(), Clock()
measure(few)
need(len(open_cases(DUE + 1, MANY)) == MANY, "not all are open")
let_run()
look = plan(
    env,
    "dealer.clock",
    [("next_step_at", "<=", fields.Datetime.now())],
    limit=500,
    order="next_step_at, id",
)
need("dealer_clock_due_idx" in look, f"the look does not go by its index:\n{look}")
measure(many)
env.cr.execute(SQL("DELETE FROM dealer_clock WHERE kind = %s AND res_id NOT IN %s", KIND, due._ids))
env.cr.commit()
env.cr._cnx.autocommit = True
env.cr.execute("VACUUM FULL ANALYZE dealer_clock")
env.cr._cnx.autocommit = False
measure(again)

small = statistics.median(few.seconds + again.seconds)
small_cpu = statistics.median(few.cpu + again.cpu)
tell("ladder, 100,000 open ÷ 200 open, 200 reach a rung", many.median / small, 1.3)
tell("the same in processor time", many.cpu_median / small_cpu)
tell("few, after ÷ before", again.median / few.median)
tell("200 reach a rung, few open", small, unit="s")
tell("200 reach a rung, 100,000 open", many.median, unit="s")
tell("queries, few open", few.query_count)
tell("queries, 100,000 open", many.query_count)
