"""The last time that two want, one car twice, a button pressed twice: over HTTP, in processes of their own."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
from helpers import Session, at_once, query

#: A store of one bay and one technician, so that each time is the last one; owners with a password.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.fields import Command
unit = env.ref("dealer_base.unit_nb02")
kind = env["dealer.capacity.kind"].create({"name": "独苗工位", "code": "race_appointment"})
env["dealer.capacity.resource"].create(
    {"name": "独苗", "kind_id": kind.id, "unit_id": unit.id, "unit_minutes": 60}
)
job = env["dealer.capacity.job"].create({
    "name": "抢位", "unit_id": unit.id, "need_ids": [Command.create({"kind_id": kind.id, "minutes": 60})],
})
item = env["dealer.service.item"].create({"name": "抢位", "job_id": job.id, "unit_id": unit.id})
logins, cars = [], []
for number in range(6):
    partner = env["res.partner"].create({
        "name": f"抢位客{number}", "phone": f"199008800{number:02}", "is_dealer_customer": True,
        "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
    })
    car = env["dealer.vehicle"].create({
        "plate": f"浙B9Q{number}11", "unit_id": unit.id,
        "owner_ids": [Command.create({"partner_id": partner.id})],
    })
    user = partner._dealer_portal_user()
    user.password = "demo"
    logins.append(user.login)
    cars.append(car.id)
now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
starts = [fields.Datetime.to_string(now + timedelta(days=day)) for day in range(1, 20)]
env.cr.commit()
print(json.dumps({"unit": unit.id, "item": item.id, "logins": logins, "cars": cars, "starts": starts}))
"""


class Owner(Session):
    """An owner's browser."""

    def __init__(self, served, login, car, shop):
        super().__init__(served, login)
        self.car, self.shop = car, shop

    def open(self, path, form=None):
        """Return ``(status, address, text)``; redirects are followed."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(f"{self.url}{path}", data, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode()

    def sheet(self):
        """Open the page of times and return what its forms send."""
        _status, _url, text = self.open(
            f"/my/appointments/times?car={self.car}&store={self.shop['unit']}&item={self.shop['item']}"
        )
        return {
            name: re.search(rf'name="{name}" value="([^"]*)"', text).group(1)
            for name in ("csrf_token", "sheet")
        }

    def hold(self, start, sheet):
        return self.open(
            "/my/appointments/hold",
            {
                **sheet,
                "start": start,
                "car": self.car,
                "store": self.shop["unit"],
                "item": self.shop["item"],
            },
        )

    def confirm(self, url, sheet):
        path = urllib.parse.urlsplit(url).path
        return self.open(f"{path}/confirm", {"csrf_token": sheet["csrf_token"]})


@pytest.fixture(scope="module")
def owners(served):
    shop = json.loads(served.shell(MAKE).splitlines()[-1])
    # What the losing side's request says before Odoo repeats it is no fault.
    served.expect_log("could not serialize access|bad query")
    served.expect_log("CapacityTaken|被占用|已被")
    made = [
        Owner(served, login, car, shop)
        for login, car in zip(shop["logins"], shop["cars"], strict=True)
    ]
    return shop["starts"], made


def rows(served, car, *states):
    return query(
        served,
        "SELECT id, state FROM dealer_appointment WHERE vehicle_id = %s AND state = ANY(%s)",
        car,
        list(states),
    )


def test_last_time(served, owners):
    """Four want the only bay at one time: one has it, the others are told when it is free next."""
    starts, all_owners = owners
    four = all_owners[:4]
    sheets = [owner.sheet() for owner in four]
    answers = at_once(
        *(
            lambda owner=owner, sheet=sheet: owner.hold(starts[0], sheet)
            for owner, sheet in zip(four, sheets, strict=True)
        )
    )
    statuses = sorted(status for status, _url, _text in answers)
    assert statuses == [200, 422, 422, 422], answers
    held = [owner for owner in four if rows(served, owner.car, "hold")]
    assert len(held) == 1


def test_one_car_at_two_times(served, owners):
    """One car, two tabs, two times at once: one time is held, never two."""
    starts, all_owners = owners
    owner = all_owners[4]
    sheets = owner.sheet(), owner.sheet()
    at_once(
        lambda: owner.hold(starts[3], sheets[0]),
        lambda: owner.hold(starts[4], sheets[1]),
    )
    assert len(rows(served, owner.car, "hold")) == 1
    booked = query(
        served,
        "SELECT count(*) FROM dealer_capacity_booking b JOIN dealer_appointment a ON a.booking_id = b.id"
        " WHERE a.vehicle_id = %s AND b.state = 'held'",
        owner.car,
    )
    assert booked == [(1,)]


def test_button_pressed_twice(served, owners):
    """The same form sent twice at once, then confirmed twice and cancelled twice: one of each."""
    starts, all_owners = owners
    owner = all_owners[5]
    sheet = owner.sheet()
    answers = at_once(*(lambda: owner.hold(starts[6], sheet) for _time in range(2)))
    assert {status for status, _url, _text in answers} == {200}, answers
    assert len({url for _status, url, _text in answers}) == 1
    url = answers[0][1]
    confirmed = at_once(*(lambda: owner.confirm(url, sheet) for _time in range(2)))
    assert {status for status, _url, _text in confirmed} == {200}
    assert [state for _id, state in rows(served, owner.car, "confirmed")] == ["confirmed"]
    path = urllib.parse.urlsplit(url).path
    form = {"csrf_token": sheet["csrf_token"], "reason": "x"}
    cancelled = at_once(*(lambda: owner.open(f"{path}/cancel", form) for _time in range(2)))
    assert {status for status, _url, _text in cancelled} == {200}
    assert len(rows(served, owner.car, "cancelled")) == 1
    # What was given back can be had at once.
    rival = all_owners[4]
    status, _url, text = rival.hold(starts[6], rival.sheet())
    assert status == 200, text


def test_cancelled_and_moved_at_once(served, owners):
    """Cancelled on one phone while it is moved on another: one of them wins, and the ledger knows which."""
    starts, all_owners = owners
    owner = all_owners[4]
    sheet = owner.sheet()
    _status, url, _text = owner.hold(starts[8], sheet)
    owner.confirm(url, sheet)
    path = urllib.parse.urlsplit(url).path
    at_once(
        lambda: owner.open(f"{path}/cancel", {"csrf_token": sheet["csrf_token"]}),
        lambda: owner.open(f"{path}/move", {"csrf_token": sheet["csrf_token"], "start": starts[9]}),
    )
    ((state, booking, start, booked),) = query(
        served,
        "SELECT a.state, b.state, a.start, b.start FROM dealer_appointment a"
        " JOIN dealer_capacity_booking b ON b.id = a.booking_id WHERE a.id = %s",
        int(path.rsplit("/", 1)[1]),
    )
    assert (state, booking) in (("cancelled", "released"), ("confirmed", "confirmed"))
    assert start == booked


def test_code_guessed_by_many_at_once(served):
    """Guesses that come at once are counted one by one: no more than five are looked at."""
    served.shell(
        "env['ir.config_parameter'].set_param('dealer_touch.sms_provider', 'simulator')\n"
        "env.cr.commit()"
    )
    number = "19900889901"

    def browser():
        return urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def send(opener, path, form=None):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with opener.open(f"{served.url}{path}", data, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def field(text, name):
        return re.search(rf'name="{name}" value="([^"]*)"', text).group(1)

    first = browser()
    _status, text = send(first, "/my/sign-in")
    _status, text = send(
        first,
        "/my/sign-in",
        {"csrf_token": field(text, "csrf_token"), "phone": number, "redirect": "/my/appointments"},
    )
    sheet = field(text, "sheet")
    ((content,),) = query(
        served, "SELECT content FROM dealer_sms_simulator WHERE phone = %s", f"+86{number}"
    )
    code = re.search(r"\d{6}", content).group()
    openers = [browser() for _number in range(8)]
    tokens = [field(send(opener, "/my/sign-in")[1], "csrf_token") for opener in openers]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    at_once(
        *(
            lambda opener=opener, token=token: send(
                opener, "/my/sign-in/code", {"csrf_token": token, "sheet": sheet, "code": wrong}
            )
            for opener, token in zip(openers, tokens, strict=True)
        )
    )
    # The right code comes after five wrong ones: it is void.
    status, _text = send(
        openers[0], "/my/sign-in/code", {"csrf_token": tokens[0], "sheet": sheet, "code": code}
    )
    assert status == 422
    assert query(served, "SELECT max(tries) FROM dealer_sign_in_code") == [(5,)]
