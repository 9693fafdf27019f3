"""Clocks as they tick in real life: in two processes at once, killed in between, with and without runner."""

import threading

import pytest
from helpers import at_once, query, wait_until

from ground.say import GroundError

HEAD = """
from datetime import timedelta
from odoo import SUPERUSER_ID, fields
from odoo.service.model import retrying
env = env(user=SUPERUSER_ID)
clocks = env["dealer.clock"]
now = fields.Datetime.now()
"""
#: Customers of one consultant with a clock of kind ``kind``, due after ``seconds``.
START = (
    HEAD
    + """
unit = env.ref("dealer_base.unit_nb01")
user = env.ref("dealer_base.user_consultant1_nb01")
env["dealer.clock.policy"].create({{
    "name": "{kind}", "kind": "{kind}", "basis": "wall", "minutes": 1, "can_pause": True,
    "model_id": env.ref("dealer_base.model_dealer_relation").id,
    "quiet_from": 0, "quiet_to": 0,
    "step_ids": [
        (0, 0, {{"name": "{kind} first", "minutes": 0}}),
        (0, 0, {{"name": "{kind} second", "minutes": 0, "action": "raise", "who": "user"}}),
    ],
}})
partners = env["res.partner"].create([
    {{"name": f"{kind}{{n}}", "phone": f"19900{block:02d}{{n:04d}}", "is_dealer_customer": True}}
    for n in range({number})
])
relations = env["dealer.relation"].create([
    {{"partner_id": partner.id, "unit_id": unit.id, "consultant_id": user.id}}
    for partner in partners
])
env.cr.commit()
now = fields.Datetime.now()
relations._clock_start("{kind}", at=now + timedelta(seconds={seconds} - 60))
env.cr.commit()
"""
)
BLOCKS = iter(range(60, 100))
TICK = (
    HEAD
    + """
total = 0
for _look in range(500):
    total += clocks._drain(7)[0]
    env.cr.commit()
    if not clocks.search_count([("next_step_at", "<=", now)], limit=1):
        break
    env.cr.rollback()
print(total)
"""
)


def start(served, kind, number=1, seconds=-60):
    """Start clocks that are due after so many seconds; negative: they are overdue already."""
    served.shell(START.format(kind=kind, number=number, seconds=seconds, block=next(BLOCKS)))


@pytest.fixture
def quiet(unserved):
    """A database that nobody serves, where no clock of the demo is due."""
    query(unserved, "UPDATE dealer_clock SET next_step_at = NULL")
    return unserved


def told(served, kind):
    """Return of how many records each step told, once for each time that a person read of one."""
    rows = query(served, "SELECT subject FROM mail_message WHERE subject LIKE %s", f"{kind} %")
    counts = {}
    for (subject,) in rows:
        words, _, number = subject.partition(" (")
        counts[words] = counts.get(words, 0) + int(number.rstrip(")") or 1)
    return counts


def events(served, kind):
    """Return ``[(step, events, clocks)]``."""
    return query(
        served,
        "SELECT step.sequence, count(*), count(DISTINCT event.clock_id) FROM dealer_clock_event event"
        " JOIN dealer_clock clock ON clock.id = event.clock_id"
        " JOIN dealer_clock_step step ON step.id = event.step_id"
        " WHERE clock.kind = %s GROUP BY step.id ORDER BY step.id",
        kind,
    )


def assert_each_once(served, kind, number):
    assert [row[1:] for row in events(served, kind)] == [(number, number)] * 2
    assert told(served, kind) == {f"{kind} first": number, f"{kind} second": number}
    assert query(
        served, "SELECT state, count(*) FROM dealer_clock WHERE kind = %s GROUP BY state", kind
    ) == [("missed", number)]


def test_two_processes_on_the_same_clocks(quiet):
    """Each step is taken once and nobody is told twice, although nothing but the rows is locked."""
    served = quiet
    start(served, "both", 120)
    answers = at_once(*(lambda: served.shell(TICK) for _process in range(2)))
    counts = [int(answer.split()[-1]) for answer in answers]
    assert sum(counts) == 120
    assert_each_once(served, "both", 120)


#: Dies where the marked line would be run.
DIE = """
import os, signal
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""
PLACES = {
    "before the steps are recorded": "type(clocks)._due_steps = die\n",
    "between two steps": "type(clocks)._step_raise = die\n",
    "before people are told": "type(env['dealer.clock.event'])._tell = die\n",
    "after people are told": "type(clocks)._wake_in_time = die\n",
}


def test_killed_in_between(quiet):
    """What a process was doing when it was killed is done by the next one, once."""
    served = quiet
    start(served, "killed", 25)
    first = HEAD + "clocks._drain(5)\nenv.cr.commit()\n"
    rest = "clocks._drain(100)\nenv.cr.commit()\n"
    for done, place in enumerate(PLACES.values(), start=1):
        with pytest.raises(GroundError):
            served.shell(first + DIE + place + rest)
        found = [row[1] for row in events(served, "killed")]
        assert found == [5 * done] * 2, "only what was committed before"
    served.shell(TICK)
    assert_each_once(served, "killed", 25)


def waits_for_lock(served):
    return query(
        served,
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = %s AND wait_event_type = 'Lock' AND wait_event <> 'advisory'",
        served.db,
    ) != [(0,)]


def has_lock(served, number):
    """Whether a process waits at the gate, having done what comes before it."""
    return query(
        served,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
        number,
    ) != [(0,)]


GATE = "env.cr.execute('SELECT pg_advisory_xact_lock({})')\n"
STOP = """
def stop():
    env["dealer.relation"].search([("partner_name", "like", "{kind}")])._clock_stop("{kind}")
    env.flush_all()
    {gate}
retrying(stop, env)
env.cr.commit()
"""


def test_stop_waits_for_the_tick(quiet):
    """The tick has the clock, the stop comes: both happen, one after the other."""
    served = quiet
    start(served, "tickfirst")
    gate = served.connect()
    try:
        with gate.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4711)")
            tick = HEAD + "clocks._drain()\n" + GATE.format(4711) + "env.cr.commit()\n"
            outcome = []

            def run(script):
                outcome.append(served.shell(script))

            ticking = threading.Thread(target=run, args=(tick,))
            ticking.start()
            wait_until(lambda: has_lock(served, 4711), 60, "the tick stands before its commit")
            stopping = threading.Thread(
                target=run, args=(HEAD + STOP.format(kind="tickfirst", gate="pass"),)
            )
            stopping.start()
            wait_until(lambda: waits_for_lock(served), 60, "the stop waits for the tick")
            cursor.execute("SELECT pg_advisory_unlock(4711)")
            ticking.join()
            stopping.join()
    finally:
        gate.close()
    assert len(outcome) == 2
    assert [row[1] for row in events(served, "tickfirst")] == [1, 1]
    assert query(
        served,
        "SELECT state, stopped_at IS NOT NULL, next_step_at FROM dealer_clock WHERE kind = 'tickfirst'",
    ) == [("missed", True, None)]


def test_tick_leaves_out_what_is_being_stopped(quiet):
    """The stop has the clock, the tick comes: it goes on with the others, and nobody is told."""
    served = quiet
    start(served, "stopfirst")
    start(served, "others", 3)
    gate = served.connect()
    try:
        with gate.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(4712)")
            script = HEAD + STOP.format(kind="stopfirst", gate=GATE.format(4712).strip())
            stopping = threading.Thread(target=served.shell, args=(script,))
            stopping.start()
            wait_until(lambda: has_lock(served, 4712), 60, "the stop stands before its commit")
            served.shell(HEAD + "clocks._drain()\nenv.cr.commit()\n")
            assert [row[1] for row in events(served, "others")] == [3, 3]
            cursor.execute("SELECT pg_advisory_unlock(4712)")
            stopping.join()
    finally:
        gate.close()
    served.shell(TICK)
    assert events(served, "stopfirst") == []
    assert told(served, "stopfirst") == {}


def lateness(served, kind):
    """Return how many seconds after due the last event of this kind was written."""
    return query(
        served,
        "SELECT extract(epoch FROM max(event.create_date - clock.due_at))::float"
        "  FROM dealer_clock_event event JOIN dealer_clock clock ON clock.id = event.clock_id"
        " WHERE clock.kind = %s",
        kind,
    )[0][0]


def test_noticed_with_the_job_runner(served):
    """The job that waits for the moment notices a breach within ten seconds."""
    start(served, "runner", 20, seconds=5)
    wait_until(lambda: lateness(served, "runner") is not None, 60, "the breach is noticed")
    assert lateness(served, "runner") <= 10
    assert_each_once(served, "runner", 20)
    waiting = query(
        served,
        "SELECT count(*) FROM queue_job WHERE state = 'pending'"
        " AND identity_key LIKE 'dealer_queue:dealer.clock%%'",
    )
    assert waiting[0][0] <= 2


def test_noticed_by_the_cron_alone(quiet):
    """Without the job runner the cron notices it within two minutes."""
    served = quiet
    served.start("--load=base,web,rpc")
    start(served, "cron", 20, seconds=5)
    wait_until(lambda: lateness(served, "cron") is not None, 300, "the breach is noticed")
    assert lateness(served, "cron") <= 120
    assert_each_once(served, "cron", 20)
