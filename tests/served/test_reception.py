"""Two desks at once: the same guests are registered once, and the second desk is told by whom."""

import http.cookiejar
import json
import urllib.request

import pytest
from helpers import at_once, query

MAKE = """
store = env.ref("dealer_base.unit_nb01")
partner = env["res.partner"].create(
    {"name": "抢单客", "phone": "19900687500", "is_dealer_customer": True}
)
relation = env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
second = env.ref("dealer_base.user_reception_nb01").copy(
    {"login": "reception2.nb01", "name": "二号台", "password": "demo"}
)
env.cr.commit()
print(relation.id)
"""


class Session:
    """A person's session as the web client has it."""

    def __init__(self, served, login):
        self.url = served.url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        answer = self.ask(
            "/web/session/authenticate", {"db": served.db, "login": login, "password": "demo"}
        )
        assert answer["result"]["uid"], f"{login} cannot log in"

    def ask(self, path, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(
            f"{self.url}{path}", body, {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def call(self, method, *args):
        words = {"context": {"lang": "zh_CN"}}
        return self.ask(
            f"/web/dataset/call_kw/dealer.visit/{method}",
            {"model": "dealer.visit", "method": method, "args": list(args), "kwargs": words},
        )


@pytest.fixture(scope="module")
def desks(served):
    relation_id = int(served.shell(MAKE).split()[-1])
    # What the losing side's request says before Odoo repeats it is no fault.
    served.expect_log(r"""bad query: b'(INSERT INTO|\s*UPDATE) "(dealer_visit|res_partner)""")
    served.expect_log("这批客户已有同事接待")
    return relation_id, [Session(served, f"reception{number}.nb01") for number in ("", 2)]


def outcomes(answers):
    """Return (visits registered, messages of refusals)."""
    done = [answer["result"] for answer in answers if "result" in answer]
    refused = [answer["error"]["data"] for answer in answers if "error" in answer]
    return done, refused


def check_once(answers, guest):
    done, refused = outcomes(answers)
    assert len(done) == 1, refused
    assert {data["name"] for data in refused} == {"odoo.exceptions.RedirectWarning"}
    for data in refused:
        message, action, _button, _context = data["arguments"]
        assert guest in message
        assert action["res_id"] == done[0]["id"]


def test_same_card_at_two_desks(served, desks):
    relation_id, sessions = desks
    values = {"relation_id": relation_id}
    answers = at_once(
        *(
            lambda session=session: session.call("reception_register", values)
            for session in sessions
            for _again in range(3)
        )
    )
    check_once(answers, "抢单客")
    rows = query(
        served,
        "SELECT count(*) FROM dealer_interaction i JOIN dealer_relation r ON r.id = i.relation_id"
        " WHERE r.id = %s AND i.kind = 'visit'",
        relation_id,
    )
    assert rows == [(1,)], "one visit, one line in the story"


def test_same_car_at_two_desks(served, desks):
    _relation_id, sessions = desks
    answers = at_once(
        *(
            lambda session=session: session.call(
                "reception_register", {"visitor_name": "同车客", "plate": "浙B7T001"}
            )
            for session in sessions
            for _again in range(3)
        )
    )
    check_once(answers, "同车客")


def test_same_new_number_at_two_desks(served, desks):
    """Both desks make the customer's file at once: one file, one card, one visit."""
    _relation_id, sessions = desks
    values = {"visitor_name": "新号客", "phone": "19900687501"}
    answers = at_once(
        *(
            lambda session=session: session.call("reception_register", values)
            for session in sessions
            for _again in range(2)
        )
    )
    check_once(answers, "新号客")
    files = "SELECT count(*) FROM res_partner WHERE phone_normalized = '+8619900687501'"
    assert query(served, files) == [(1,)]


def test_two_consultants_receive_the_same_guests(served, desks):
    _relation_id, sessions = desks
    visit_id = sessions[0].call("reception_register", {"visitor_name": "两人抢"})["result"]["id"]
    people = [Session(served, f"consultant{number}.nb01") for number in (1, 2)]
    answers = at_once(
        *(lambda person=person: person.call("action_receive", [visit_id]) for person in people)
    )
    done, refused = outcomes(answers)
    assert len(done) == 1, refused
    state = query(
        served,
        "SELECT state, (SELECT count(*) FROM dealer_duty WHERE res_model = 'dealer.visit'"
        " AND res_id = dealer_visit.id) FROM dealer_visit WHERE id = %s",
        visit_id,
    )
    assert state == [("receiving", 1)], "one consultant, one row in the roster"
    assert refused[0]["arguments"] == ["这批客户已有同事接待，请刷新看板。"]
