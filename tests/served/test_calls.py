"""Call records as a telephone system sends them, worked off by the job runner or by the cron alone."""

import pytest
from helpers import ask, at_once, query, wait_until

KEY = """
from datetime import timedelta
from odoo import fields
user = env["res.users"].search([("login", "=", "api.calls")])
key = env["res.users.apikeys"].with_user(user).sudo()._generate(
    "rpc", "story", fields.Datetime.now() + timedelta(days=1)
)
store = env.ref("dealer_base.unit_nb01")
partner = env["res.partner"].create(
    {"name": "被叫客户", "phone": "19900791234", "is_dealer_customer": True}
)
env["dealer.relation"]._register_customers(partner, store)
env.cr.commit()
print(key)
"""


@pytest.fixture(scope="module")
def key(served):
    return served.shell(KEY).split()[-1]


def call(name: str, **values) -> dict:
    record = {
        "call_id": name,
        "from": "8001",
        "to": "19900791234",
        "start": "2026-01-07T10:00:00+08:00",
        "seconds": 64,
        "answered": True,
        "recording": f"https://recordings.example/{name}.mp3",
    }
    return record | values


def worked_off(served, prefix, seconds):
    wait_until(
        lambda: (
            not query(
                served,
                "SELECT 1 FROM dealer_call WHERE call_id LIKE %s AND state = 'new'",
                f"{prefix}-%",
            )
        ),
        seconds,
        f"all of {prefix} is worked off",
    )


def interactions(served, prefix):
    return query(
        served,
        "SELECT contact.evidence, contact.direction, login, contact.duration, contact.two_way,"
        " contact.relation_id IS NOT NULL"
        " FROM dealer_interaction contact JOIN res_users ON res_users.id = contact.user_id"
        " WHERE contact.kind = 'call' AND contact.external_id LIKE %s ORDER BY contact.external_id",
        f"{prefix}-%",
    )


def test_call_record_becomes_an_interaction(served, key):
    url = f"{served.url}/dealer/v1/calls"
    body = {
        "calls": [
            call("run-1"),
            call("run-2", **{"from": "19900791234", "to": "8001", "seconds": 5}),
            call("run-3", to="19900795678"),
        ]
    }
    status, answer = ask(url, key, body)
    assert status == 202
    assert [result["status"] for result in answer["results"]] == ["accepted"] * 3
    worked_off(served, "run", 60)
    assert interactions(served, "run") == [
        ("system", "out", "consultant1.nb01", 64, True, True),
        ("system", "in", "consultant1.nb01", 5, False, True),
    ]
    told = [ask(f"{url}/{result['id']}", key)[1] for result in answer["results"]]
    assert [row["state"] for row in told] == ["done", "done", "unmatched"]
    assert told[2]["reason"] == "customer_unknown"
    # The reason stands there for people, in the language of their store.
    [(words,)] = query(served, "SELECT error FROM dealer_call WHERE call_id = 'run-3'")
    assert "199****5678" in words
    assert "客户" in words


def test_delivered_at_once_and_again(served, key):
    url = f"{served.url}/dealer/v1/calls"
    halves = [
        {"calls": [call(f"once-{number}") for number in numbers]}
        for numbers in (range(200), range(100, 300), range(300))
    ]
    answers = at_once(
        *(lambda body=body: ask(url, key, body) for body in halves for _again in range(2))
    )
    assert [status for status, _answer in answers] == [202] * 6
    results = [result for _status, answer in answers for result in answer["results"]]
    accepted = [result["call_id"] for result in results if result["status"] == "accepted"]
    assert len(accepted) == len(set(accepted)) == 300
    worked_off(served, "once", 60)
    assert len(interactions(served, "once")) == 300


def test_cron_alone_works_call_records_off(served_alone):
    served = served_alone
    key = served.shell(KEY).split()[-1]
    served.stop()
    served.start("--load=base,web,rpc")
    status, _answer = ask(f"{served.url}/dealer/v1/calls", key, {"calls": [call("cron-1")]})
    assert status == 202
    worked_off(served, "cron", 130)
    assert len(interactions(served, "cron")) == 1
