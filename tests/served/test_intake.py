"""Deliveries as they come in real life: at once, again, in halves, with a crash in between."""

import json
import urllib.request

import pytest
from helpers import ask, at_once, make_key, query, wait_until

from ground.say import GroundError


@pytest.fixture(scope="module")
def key(served):
    return make_key(served)


def leads(prefix: str, numbers, brand="丰田") -> list[dict]:
    return [
        {
            "external_id": f"{prefix}-{number}",
            "name": f"并发{number}",
            "phone": f"1990079{number:04d}",
            "brand": brand,
            "series": "凯美瑞",
            "city": "宁波",
            "message": "",
            "occurred_at": "2026-01-07T22:35:00+08:00",
            "campaign": "",
        }
        for number in numbers
    ]


def worked_off(served, source):
    wait_until(
        lambda: (
            not query(
                served,
                "SELECT 1 FROM dealer_lead_inbox WHERE source = %s AND state = 'new'",
                source,
            )
        ),
        60,
        f"all of {source} is worked off",
    )


def test_overlapping_halves_at_once(served, key):
    url = f"{served.url}/dealer/v1/leads"
    halves = [leads("A", range(200)), leads("A", range(100, 300)), leads("A", range(300))]
    answers = at_once(
        *(
            lambda half=half: ask(url, key, {"source": "at-once", "leads": half})
            for half in halves
            for _again in range(2)
        )
    )
    assert [status for status, _answer in answers] == [202] * 6
    inbox_ids = {}
    for _status, answer in answers:
        for result in answer["results"]:
            assert (
                inbox_ids.setdefault(result["external_id"], result["inbox_id"])
                == result["inbox_id"]
            )
    accepted = [
        result["external_id"]
        for _status, answer in answers
        for result in answer["results"]
        if result["status"] == "accepted"
    ]
    assert len(accepted) == len(set(accepted)) == 300
    worked_off(served, "at-once")
    assert query(
        served,
        "SELECT count(*), count(DISTINCT lead_id) FROM dealer_lead_inbox WHERE source = 'at-once'",
    ) == [(300, 300)]
    assert query(
        served,
        "SELECT count(*) FROM res_partner WHERE phone_normalized BETWEEN '+8619900790000' AND '+8619900790299'",
    ) == [(300,)]


def test_same_customer_from_two_platforms_at_once(served, key):
    url = f"{served.url}/dealer/v1/leads"
    batches = [
        {"source": f"platform-{letter}", "leads": leads(letter, range(1000, 1080))}
        for letter in "XYZ"
    ]
    at_once(*(lambda body=body: ask(url, key, body) for body in batches))
    for body in batches:
        worked_off(served, body["source"])
    assert query(
        served,
        "SELECT count(*), count(DISTINCT lead.partner_id), count(DISTINCT row.lead_id)"
        " FROM dealer_lead_inbox row JOIN crm_lead lead ON lead.id = row.lead_id"
        " WHERE row.source LIKE 'platform-_'",
    ) == [(240, 80, 80)]


DRAIN = """
env["dealer.lead.inbox"]._drain(1000)
env.cr.commit()
"""
CRASH = """
import os
from odoo.addons.dealer_leads.models.dealer_lead_inbox import DealerLeadInbox
DealerLeadInbox._note_touches = lambda self: os._exit(3)
env["dealer.lead.inbox"]._drain(1000)
env.cr.commit()
"""


def test_crash_in_the_middle_repeats_nothing(served_alone):
    served = served_alone
    key = make_key(served)
    served.stop()  # nobody else drains meanwhile
    body = leads("C", range(2000, 2050))
    store = f"""
import json
inbox = env["dealer.lead.inbox"].sudo()
inbox._receive("crash", json.loads('''{json.dumps(body)}'''))
env.cr.commit()
"""
    served.shell(store)
    with pytest.raises(GroundError):
        served.shell(CRASH)
    count = "SELECT state, count(*) FROM dealer_lead_inbox WHERE source = 'crash' GROUP BY state"
    customers = (
        "SELECT count(*) FROM res_partner"
        " WHERE phone_normalized BETWEEN '+8619900792000' AND '+8619900792049'"
    )
    assert query(served, count) == [("new", 50)]
    assert query(served, customers) == [(0,)]
    served.shell(DRAIN)
    assert query(served, count) == [("done", 50)]
    served.shell(DRAIN)
    assert query(served, customers) == [(50,)]
    assert query(
        served, "SELECT count(*) FROM dealer_interaction WHERE external_id LIKE 'crash:%'"
    ) == [(50,)]
    assert key


def test_cron_alone_works_the_inbox_off(served_alone):
    """Without the job runner the one-minute cron is the net."""
    served = served_alone
    key = make_key(served)
    served.stop()
    served.start("--load=base,web,rpc")
    body = {"source": "cron-only", "leads": leads("N", range(3000, 3020))}
    status, _answer = ask(f"{served.url}/dealer/v1/leads", key, body)
    assert status == 202
    wait_until(
        lambda: (
            not query(
                served,
                "SELECT 1 FROM dealer_lead_inbox WHERE source = 'cron-only' AND state = 'new'",
            )
        ),
        130,
        "the cron works the inbox off",
    )


def rpc(url, session, model, method, args, kwargs=None):
    request = urllib.request.Request(
        f"{url}/web/dataset/call_kw/{model}/{method}",
        json.dumps(
            {
                "jsonrpc": "2.0",
                "params": {"model": model, "method": method, "args": args, "kwargs": kwargs or {}},
            }
        ).encode(),
        {"Content-Type": "application/json", "Cookie": f"session_id={session}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def login(url, db, name):
    request = urllib.request.Request(
        f"{url}/web/session/authenticate",
        json.dumps(
            {"jsonrpc": "2.0", "params": {"db": db, "login": name, "password": "demo"}}
        ).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["result"]["uid"]
        return answer.headers["Set-Cookie"].split("session_id=")[1].split(";")[0]


def test_two_consultants_register_the_same_number_at_once(served):
    served.expect_log(r"duplicate key value|could not serialize|bad query|手机号已属于")
    sessions = [login(served.url, served.db, f"consultant{number}.nb01") for number in (1, 2)]
    values = {"name": "同一个人", "phone": "19900794000", "is_dealer_customer": True}
    answers = at_once(
        *(
            lambda session=session: rpc(served.url, session, "res.partner", "create", [[values]])
            for session in sessions
        )
    )
    done = [answer for answer in answers if "result" in answer]
    refused = [answer for answer in answers if "error" in answer]
    assert len(done) == len(refused) == 1, answers
    assert "手机号" in refused[0]["error"]["data"]["message"]
    assert query(
        served, "SELECT count(*) FROM res_partner WHERE phone_normalized = '+8619900794000'"
    ) == [(1,)]
