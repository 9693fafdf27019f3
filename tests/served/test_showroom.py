"""The pages of the online showroom against rubbish, machines and bursts, over real HTTP."""

import http.cookiejar
import json
import urllib.error
import urllib.request

import pytest
from helpers import at_once, query

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0"
MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
partner = env["res.partner"].create(
    {"name": "连点客", "phone": "19900692001", "is_dealer_customer": True}
)
relation = env["dealer.relation"].create({"partner_id": partner.id, "unit_id": unit.id})
env["dealer.consent"].create({
    "partner_id": partner.id, "unit_id": unit.id, "purpose": "profiling",
    "text_version": "x", "source": "form",
})
cars = env["dealer.showroom.model"]
hidden = cars.create({"brand": "大众", "series": "未发布", "name": "x", "unit_id": unit.id})
env.cr.commit()
url = relation._showroom_url()
print(json.dumps({
    "path": url[url.index("/showroom"):], "relation": relation.id, "hidden": hidden.id,
    "car": env.ref("dealer_leads.showroom_sagitar").id,
}))
"""


@pytest.fixture(scope="module")
def known(served):
    return json.loads(served.shell(MAKE).splitlines()[-1])


class Visitor:
    """A phone's browser: keeps cookies, follows redirects."""

    def __init__(self, served, agent=AGENT):
        self.url = served.url
        self.agent = agent
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def ask(self, path, data=None, kind="application/json"):
        """Return ``(status, text)``."""
        request = urllib.request.Request(f"{self.url}{path}", data)
        request.add_header("User-Agent", self.agent)
        if data is not None:
            request.add_header("Content-Type", kind)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def seen(self, car):
        body = json.dumps({"params": {"car_id": car}}).encode()
        status, text = self.ask("/showroom/seen", body)
        return json.loads(text).get("result") if status == 200 else status


def counted(served, known):
    rows = query(
        served, "SELECT count FROM dealer_page_view WHERE relation_id = %s", known["relation"]
    )
    return [count for (count,) in rows]


def test_rubbish_is_answered_politely(served, known):
    visitor = Visitor(served)
    for path, status in (
        ("/showroom?store=%00%ff&me=%00", 200),
        ("/showroom?me=" + "a" * 6000, 200),
        ("/showroom?store=" + "x" * 6000, 200),
        ("/showroom?store=%27%20OR%201=1", 200),
        ("/showroom/car/0", 404),
        ("/showroom/car/-1", 404),
        ("/showroom/car/99999999999999999999999", 404),
        ("/showroom/car/abc", 404),
        (f"/showroom/car/{known['hidden']}", 404),
        (f"/showroom/picture/car/{known['hidden']}", 404),
        ("/showroom/picture/../../etc/1", 404),
        ("/showroom/picture/article/99999999999999999999999", 404),
        ("/showroom/article/99999999999999999999999", 404),
        ("/showroom/consultant", 404),
        ("/lead?about=<script>&car=" + "%3Cscript%3E" * 100, 200),
    ):
        answer, text = visitor.ask(path)
        assert answer == status, path
        assert "未发布" not in text
        assert "<script>&" not in text
    huge = json.dumps({"params": {"car_id": "x" * 100_000}}).encode()
    status, text = visitor.ask("/showroom/seen", huge)
    assert status == 413 or "error" in json.loads(text), text[:200]
    form = ("agree=1&" + "x" * 100_000).encode()
    assert visitor.ask("/showroom/consent", form, "application/x-www-form-urlencoded")[0] in (
        400,
        413,
    )
    assert visitor.ask("/showroom/consent")[0] == 405


def test_burst_is_one_row(served, known):
    visitor = Visitor(served)
    assert visitor.ask(known["path"])[0] == 200
    answers = at_once(*[lambda: visitor.seen(known["car"]) for _click in range(30)])
    assert all(answer is True for answer in answers), answers
    [count] = counted(served, known)
    assert 1 <= count <= 30, "one row, whatever the number of clicks"
    # a machine with the same link, a visitor without cookies, an unpublished car
    machine = Visitor(served, "Mozilla/5.0 (compatible; Baiduspider/2.0)")
    machine.ask(known["path"])
    assert machine.seen(known["car"]) is False
    assert Visitor(served).seen(known["car"]) is False
    for car in (known["hidden"], 0, -1, 2**31, "1", None, [], {}):
        assert visitor.seen(car) is False, car
    assert counted(served, known) == [count]
    assert visitor.seen(known["car"]) is True
    assert counted(served, known) == [count + 1]
