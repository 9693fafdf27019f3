"""Touches in real life: planned and sent in two processes at once, killed in between, nothing twice."""

import pytest
from helpers import at_once, query

from ground.say import GroundError

HEAD = """
from datetime import datetime, timedelta
from odoo import SUPERUSER_ID, fields
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
env = env(user=SUPERUSER_ID)
touches, rules = env["dealer.touch"], env["dealer.touch.rule"]
now = fields.Datetime.now()
"""
#: Customers who agreed, and a rule that is due for each of them today.
MAKE = (
    HEAD
    + """
unit = env.ref("dealer_base.unit_nb01")
partners = env["res.partner"].create([
    {{"name": f"{kind}{{n}}", "phone": f"19912{block:02d}{{n:04d}}", "is_dealer_customer": True}}
    for n in range(1, {number} + 1)
])
relations = env["dealer.relation"].create([
    {{"partner_id": partner.id, "unit_id": unit.id, "since": now.date()}} for partner in partners
])
env["dealer.consent"].create([
    {{"partner_id": partner.id, "unit_id": unit.id, "purpose": "care", "text_version": "1"}}
    for partner in partners
])
rules.create({{
    "name": "{kind}", "model_id": env.ref("dealer_base.model_dealer_relation").id,
    "unit_id": unit.id, "anchor": "since", "hour": 0, "purpose": "care", "since": "2000-01-01",
    "domain": f"[('partner_id', 'in', {{partners.ids}})]", "quiet_from": 0, "quiet_to": 0,
    "way_ids": [(0, 0, {{"channel": "sms", "body": "您好{{客户}}"}})],
}})
env.cr.commit()
"""
)
PLAN = (
    HEAD
    + """
total = 0
for _turn in range(40):
    try:
        for rule in rules.search([("name", "=", "{kind}")]):
            total += rule._plan_now()
        env.cr.commit()
        break
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        env.cr.rollback()
print(total)
"""
)
SEND = (
    HEAD
    + """
for _turn in range(500):
    touches._drain(7)
    env.cr.commit()
    if not touches.search_count([("send_at", "<=", fields.Datetime.now())], limit=1):
        break
    env.cr.rollback()
"""
)
BLOCKS = iter(range(10, 60))


@pytest.fixture
def quiet(unserved):
    """A database that nobody serves, where no rule or touch of the demo is at work."""
    query(unserved, "UPDATE dealer_touch_rule SET active = FALSE")
    query(unserved, "UPDATE dealer_touch SET send_at = NULL")
    return unserved


def make(served, kind, number):
    served.shell(MAKE.format(kind=kind, number=number, block=next(BLOCKS)))


def states(served, kind):
    return query(
        served,
        "SELECT touch.state, count(*) FROM dealer_touch touch"
        "  JOIN dealer_touch_rule rule ON rule.id = touch.rule_id"
        " WHERE rule.name->>'en_US' = %s GROUP BY touch.state",
        kind,
    )


def messages(served, kind):
    """Return ``(messages, different numbers)`` of the simulated gateway."""
    return query(
        served,
        "SELECT count(*), count(DISTINCT phone) FROM dealer_sms_simulator WHERE content LIKE %s",
        f"%您好{kind}%",
    )[0]


def test_two_processes_plan_and_send(quiet):
    """Both plan all of it and both send: each customer has one touch and got one message."""
    served = quiet
    make(served, "both", 60)
    plan = PLAN.format(kind="both")
    answers = at_once(*(lambda: served.shell(plan) for _process in range(2)))
    assert sum(int(answer.split()[-1]) for answer in answers) == 60
    assert states(served, "both") == [("planned", 60)]
    errors = [
        each
        for each in at_once(*(lambda: served.shell(SEND) for _process in range(2)))
        if isinstance(each, Exception)
    ]
    assert not errors
    assert states(served, "both") == [("sent", 60)]
    assert messages(served, "both") == (60, 60)


#: Dies where the marked line would be run.
DIE = """
import os, signal
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""
PLACES = {
    "before it is claimed": "type(touches)._choose = die\n",
    "before it is given away": "type(env['dealer.touch.channel.sms'])._touch_deliver = die\n",
    "after it is given away": "type(touches)._settle = die\n",
}
#: The gateway is another machine: what it took stays taken, whatever becomes of our transaction.
OUTSIDE = """
from odoo.modules.registry import Registry
from odoo import api
simulator = type(env["dealer.sms.simulator"])
send, find = simulator._sms_send, simulator._sms_find
def send_outside(self, messages):
    with Registry(env.cr.dbname).cursor() as cr:
        send(self.with_env(api.Environment(cr, SUPERUSER_ID, {})), messages)
    return {message.out_id: send.__globals__["SmsResult"](True) for message in messages}
def find_outside(self, out_ids):
    with Registry(env.cr.dbname).cursor() as cr:
        found = find(self.with_env(api.Environment(cr, SUPERUSER_ID, {})), out_ids)
    return {out_id: result._replace(made=None) for out_id, result in found.items()}
simulator._sms_send, simulator._sms_find = send_outside, find_outside
"""


def test_killed_in_between(quiet):
    """What a process was doing when it was killed is done by the next one, once."""
    served = quiet
    make(served, "killed", 12)
    served.shell(PLAN.format(kind="killed"))
    head, rest = SEND.split("for _turn", 1)
    for place in PLACES.values():
        with pytest.raises(GroundError):
            served.shell(head + OUTSIDE + DIE + place + "for _turn" + rest)
    sent_by_the_dead = messages(served, "killed")[0]
    assert sent_by_the_dead > 0, "the last one died after the gateway took messages"
    assert dict(states(served, "killed")).get("sent", 0) == 0
    served.shell(head + OUTSIDE + "for _turn" + rest)
    assert states(served, "killed") == [("sent", 12)]
    assert messages(served, "killed") == (12, 12)


def test_killed_while_planning(quiet):
    """A planner that dies leaves nothing half; the next one plans all of it."""
    served = quiet
    make(served, "planned", 20)
    script = PLAN.format(kind="planned")
    with pytest.raises(GroundError):
        served.shell(script.replace("        env.cr.commit()\n", DIE_HERE, 1))
    assert states(served, "planned") == []
    assert served.shell(script).split()[-1] == "20"
    assert served.shell(script).split()[-1] == "0"


DIE_HERE = "        import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"

#: Any split of time plans the same: hypothesis looks for one that does not.
ANY_SPLIT = (
    HEAD
    + """
from hypothesis import HealthCheck, given, settings, strategies as st
[rule] = rules.search([("name", "=", "split")])
relations = env["dealer.relation"].search([("partner_id.name", "=like", "split%")])
LOW, DAYS = datetime(2026, 1, 1), 120
minutes = st.integers(0, DAYS * 1440)

def planned():
    rows = touches.search([("rule_id", "=", rule.id)])
    return {(row.res_id, row.occurrence, row.planned_at) for row in rows}

@settings(max_examples=60, deadline=None, database=None,
          suppress_health_check=list(HealthCheck))
@given(
    ages=st.lists(st.integers(0, 2000), min_size=len(relations), max_size=len(relations)),
    offset=st.integers(-40, 40),
    unit=st.sampled_from(["minutes", "days", "months"]),
    repeat=st.sampled_from([("once", 1), ("yearly", 1), ("every", 1), ("every", 9)]),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "America/New_York"]),
    cuts=st.lists(minutes, max_size=8),
    again=st.lists(st.tuples(minutes, minutes), max_size=3),
    randomly=st.randoms(use_true_random=False),
)
def check(ages, offset, unit, repeat, hour, zone, cuts, again, randomly):
    with env.cr.savepoint() as savepoint:
        for relation, age in zip(relations, ages):
            relation.since = datetime(2026, 5, 1) - timedelta(days=age)
        rule.unit_id.calendar_id.tz = zone
        rule.write({
            "offset_number": offset, "offset_unit": unit, "hour": hour, "repeat": repeat[0],
            "repeat_days": repeat[1],
        })
        with env.cr.savepoint() as whole:
            rule._plan(LOW, LOW + timedelta(days=DAYS))
            expected = planned()
            whole.rollback()
        env.invalidate_all()
        places = [0, *sorted(cuts), DAYS * 1440]
        pieces = [*zip(places, places[1:]), *(sorted(pair) for pair in again)]
        randomly.shuffle(pieces)
        for start, end in pieces:
            rule._plan(LOW + timedelta(minutes=start), LOW + timedelta(minutes=end))
        found = planned()
        savepoint.rollback()
    env.invalidate_all()
    assert found == expected, (found ^ expected)
    counts.append(len(expected))

counts = []
check()
print("examples", len(counts), sum(counts))
"""
)


def test_any_split_of_time(quiet):
    """The planner plans the same touches in whatever pieces and order it looks at the time."""
    served = quiet
    make(served, "split", 6)
    answer = served.shell(ANY_SPLIT).split()
    place = answer.index("examples")
    assert int(answer[place + 1]) >= 60
    assert int(answer[place + 2]) > 500, "what was planned proves something"
