"""Bad input of owners over HTTP: far too much, another time zone, a forwarded link, guessed codes, two doors at once."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from helpers import Session, at_once, query

MEGABYTE = 2**20
MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.fields import Command
env["ir.config_parameter"].set_param("dealer_touch.sms_provider", "simulator")
unit = env.ref("dealer_base.unit_nb01")
kind = env["dealer.capacity.kind"].create({"name": "错入工位", "code": "bad_input"})
env["dealer.capacity.resource"].create(
    {"name": "错入位", "kind_id": kind.id, "unit_id": unit.id, "unit_minutes": 60, "units": 2}
)
job = env["dealer.capacity.job"].create({
    "name": "错入", "unit_id": unit.id, "need_ids": [Command.create({"kind_id": kind.id, "minutes": 60})],
})
item = env["dealer.service.item"].create({"name": "错入", "job_id": job.id, "unit_id": unit.id})
people = []
for number in range(3):
    partner = env["res.partner"].create({
        "name": f"错入客{number}", "phone": f"199110560{number:02}", "is_dealer_customer": True,
        "dealer_relation_ids": [Command.create({"unit_id": unit.id, "stage": "owner"})],
    })
    car = env["dealer.vehicle"].create({
        "plate": f"浙Y5600{number}", "unit_id": unit.id,
        "owner_ids": [Command.create({"partner_id": partner.id})],
    })
    user = partner._dealer_portal_user()
    # The phone of a traveller: half the world away from the store.
    user.write({"password": "demo", "tz": "America/Los_Angeles"})
    people.append({"login": user.login, "partner": partner.id, "car": car.id})
now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
starts = [fields.Datetime.to_string(now + timedelta(days=day)) for day in range(1, 20)]
env.cr.commit()
print(json.dumps({"unit": unit.id, "item": item.id, "people": people, "starts": starts}))
"""


class Phone:
    """A browser that nobody is signed in with, or an owner is."""

    def __init__(self, served, login=None, zone="America/Los_Angeles"):
        self.url = served.url
        if login:
            self.opener = Session(served, login).opener
        else:
            self.opener = urllib.request.build_opener(
                urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
            )
        self.opener.addheaders = [("Accept-Language", "zh-CN")]
        (jar,) = (each.cookiejar for each in self.opener.handlers if hasattr(each, "cookiejar"))
        # What the web client writes of the phone's own clock.
        jar.set_cookie(
            http.cookiejar.Cookie(
                version=0,
                name="tz",
                value=zone,
                port=None,
                port_specified=False,
                domain="127.0.0.1",
                domain_specified=False,
                domain_initial_dot=False,
                path="/",
                path_specified=True,
                secure=False,
                expires=None,
                discard=True,
                comment=None,
                comment_url=None,
                rest={},
            )
        )

    def open(self, path, form=None, body=None, kind=None):
        """Return ``(status, address, text)``; redirects are followed."""
        data = urllib.parse.urlencode(form, doseq=True).encode() if form is not None else body
        request = urllib.request.Request(f"{self.url}{path}", data)
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode(errors="replace")

    def field(self, path, name):
        return field(self.open(path)[2], name)


def field(text, name):
    return re.search(rf'name="{name}" value="([^"]*)"', text).group(1)


@pytest.fixture(scope="module")
def shop(served):
    served.expect_log(
        "could not serialize access|bad query|被占用|已被|Request Entity Too Large|413"
    )
    return json.loads(served.shell(MAKE).splitlines()[-1])


def owner(served, shop, number):
    return Phone(served, shop["people"][number]["login"])


def times_path(shop, number, day=None):
    path = (
        f"/my/appointments/times?car={shop['people'][number]['car']}"
        f"&store={shop['unit']}&item={shop['item']}"
    )
    return f"{path}&day={day}" if day else path


def hold(phone, shop, number, start):
    _status, _url, text = phone.open(times_path(shop, number))
    return phone.open(
        "/my/appointments/hold",
        {
            "csrf_token": field(text, "csrf_token"),
            "sheet": field(text, "sheet"),
            "start": start,
            "car": shop["people"][number]["car"],
            "store": shop["unit"],
            "item": shop["item"],
        },
    )


def test_far_too_much(served, shop):
    """40 MB to each form of the pages: refused before it is read, and nothing is written."""
    phone, nobody = owner(served, shop, 0), Phone(served)
    count = "SELECT (SELECT count(*) FROM dealer_appointment), (SELECT count(*) FROM ir_attachment)"
    before = query(served, count)
    boundary = "b0undary"
    # The first bytes are those of a JPEG, the rest is none.
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    fake = b"\xff\xd8\xff\xe0" + b"<script>alert(1)</script>" + b"\x00" * (40 * MEGABYTE)
    upload = head.encode() + fake + f"\r\n--{boundary}--\r\n".encode()
    words = b"csrf_token=x&note=" + b"x" * (40 * MEGABYTE)
    for person, path in (
        (phone, "/my/appointments/hold"),
        (phone, "/my/appointments/car"),
        (phone, "/my/appointments/1/confirm"),
        (phone, "/my/appointments/1/cancel"),
        (phone, "/my/appointments/1/move"),
        (nobody, f"/appointment/{'x' * 32}/confirm"),
        (nobody, "/my/sign-in"),
        (nobody, "/my/sign-in/code"),
        (nobody, "/my/sign-in/register"),
    ):
        for body, kind in (
            (upload, f"multipart/form-data; boundary={boundary}"),
            (words, "application/x-www-form-urlencoded"),
        ):
            try:
                status, _url, _text = person.open(path, body=body, kind=kind)
            except (ConnectionError, urllib.error.URLError):
                status = 413  # the server hung up while it was still being sent
            assert status == 413, f"{path} {kind}: {status}"
    assert query(served, count) == before


def test_the_store_s_time_on_a_phone_elsewhere(served, shop):
    """What is shown, held and written is by the clock of the store, wherever the phone is."""
    phone = owner(served, shop, 0)
    path = times_path(shop, 0, shop["starts"][2][:10])
    _status, _url, text = phone.open(path)
    assert "UTC+8" in text
    shown = re.findall(
        r'name="start" value="([^"]+)".*?<span class="fw-bold fs-5">([^<]+)</span>', text, re.DOTALL
    )
    assert shown
    for start, label in shown:
        local = datetime.fromisoformat(f"{start}+00:00").astimezone(ZoneInfo("Asia/Shanghai"))
        assert f"{local:%H:%M}" == label
    status, url, text = hold(phone, shop, 0, shown[0][0])
    assert status == 200, text
    number = int(urllib.parse.urlsplit(url).path.rsplit("/", 1)[1])
    ((start,),) = query(served, "SELECT start FROM dealer_appointment WHERE id = %s", number)
    assert f"{start}" == shown[0][0]
    assert shown[0][1] in text
    # A phone that is at home shows the same page.
    other = Phone(served, shop["people"][0]["login"], zone="Asia/Shanghai")
    strip = re.compile(r'csrf_token[^\n]*|name="csrf_token"[^>]*')
    assert strip.sub("", other.open(urllib.parse.urlsplit(url).path)[2]) == strip.sub("", text)


def test_forwarded_link(served, shop):
    """Who got the link sees the time and a masked plate; the other doors stay shut, and it runs out."""
    phone, stranger = owner(served, shop, 1), Phone(served)
    status, url, text = hold(phone, shop, 1, shop["starts"][4])
    assert status == 200, text
    own = urllib.parse.urlsplit(url).path
    phone.open(f"{own}/confirm", {"csrf_token": phone.field(own, "csrf_token")})
    number = int(own.rsplit("/", 1)[1])
    ((token, plate, state),) = query(
        served, "SELECT access_token, plate, state FROM dealer_appointment WHERE id = %s", number
    )
    assert state == "confirmed"
    link = f"/appointment/{token}"
    pages = [stranger.open(link)[2], stranger.open(f"{link}/times")[2]]
    for page in pages:
        for secret in (plate, "错入客1", "19911056001"):
            assert secret not in page
    # The link is no log-in, and the key of this one alone.
    assert "/my/sign-in" in stranger.open(own)[1]
    assert "/my/sign-in" in stranger.open("/my/appointments")[1]
    assert stranger.open("/my/vehicles")[1].startswith(f"{served.url}/web/login")
    for forged in (token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), token.swapcase()):
        assert stranger.open(f"/appointment/{forged}")[0] == 404
    # Consent is not given by who has a link.
    csrf = stranger.field(f"{link}/times", "csrf_token")
    stranger.open(f"{link}/confirm", {"csrf_token": csrf, "remind": "1", "note": "x"})
    assert not query(
        served,
        "SELECT 1 FROM dealer_consent WHERE partner_id = %s",
        shop["people"][1]["partner"],
    )
    # Nothing of the address goes on to another site, and no proxy keeps the page.
    answer = stranger.opener.open(f"{served.url}{link}", timeout=60)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]
    query(
        served,
        "UPDATE dealer_appointment SET start = start - interval '40 days',"
        " stop = stop - interval '40 days' WHERE id = %s",
        number,
    )
    for end in ("", "/times"):
        assert stranger.open(f"{link}{end}")[0] == 404
    for end in ("/confirm", "/cancel", "/move"):
        status, _url, _text = stranger.open(f"{link}{end}", {"csrf_token": csrf})
        assert status == 404
    ((state,),) = query(served, "SELECT state FROM dealer_appointment WHERE id = %s", number)
    assert state == "confirmed"


def test_codes_guessed_one_after_another(served, shop):
    """However many codes are asked for, a number gets four in an hour and thirty guesses in a day."""
    number, sent, looked_at = "19911056900", 0, 0
    phone = Phone(served)
    for _round in range(6):
        status, _url, text = phone.open(
            "/my/sign-in",
            {"csrf_token": phone.field("/my/sign-in", "csrf_token"), "phone": number},
        )
        if status == 422:
            break
        sent += 1
        sheet = field(text, "sheet")
        ((content,),) = query(
            served,
            "SELECT content FROM dealer_sms_simulator WHERE phone = %s ORDER BY id DESC LIMIT 1",
            f"+86{number}",
        )
        code = int(re.search(r"\d{6}", content).group())
        for guess in range(1, 8):
            status, _url, _text = phone.open(
                "/my/sign-in/code",
                {
                    "csrf_token": field(text, "csrf_token"),
                    "sheet": sheet,
                    "code": f"{(code + guess) % 10**6:06d}",
                },
            )
            assert status == 422
        ((tries,),) = query(served, "SELECT max(tries) FROM dealer_sign_in_code")
        looked_at += tries
        # The right one comes too late.
        status, url, _text = phone.open(
            "/my/sign-in/code",
            {"csrf_token": field(text, "csrf_token"), "sheet": sheet, "code": f"{code:06d}"},
        )
        assert status == 422
        assert "/my/appointments" not in url
    assert (sent, looked_at) == (4, 20)
    assert not query(
        served, "SELECT 1 FROM res_partner WHERE phone_normalized = %s", f"+86{number}"
    )


def test_one_car_by_desk_and_page_at_once(served, shop):
    """The advisor books for the owner on the phone while the owner books on the page: one appointment."""
    desk, phone, car = Session(served, "advisor.nb01"), owner(served, shop, 2), shop["people"][2]
    start = shop["starts"][8]
    local = datetime.fromisoformat(f"{start}+00:00").astimezone(ZoneInfo("Asia/Shanghai"))
    answer = desk.call(
        "dealer.appointment.book",
        "create",
        [
            {
                "unit_id": shop["unit"],
                "vehicle_id": car["car"],
                "partner_id": car["partner"],
                "item_ids": [[6, 0, [shop["item"]]]],
                "day": f"{local:%Y-%m-%d}",
            }
        ],
    )
    (book,) = answer["result"]
    slots = desk.call(
        "dealer.appointment.book.slot",
        "search_read",
        [["book_id", "=", book], ["free", "=", True]],
        ["start"],
    )["result"]
    first = slots[0]
    later = f"{datetime.fromisoformat(slots[-1]['start']) + timedelta(days=1)}"
    _status, _url, text = phone.open(times_path(shop, 2))
    form = {
        "csrf_token": field(text, "csrf_token"),
        "sheet": field(text, "sheet"),
        "start": later,
        "car": car["car"],
        "store": shop["unit"],
        "item": shop["item"],
    }
    at_once(
        lambda: desk.call("dealer.appointment.book.slot", "action_take", [first["id"]]),
        lambda: phone.open("/my/appointments/hold", form),
    )
    found = query(
        served,
        "SELECT a.state, b.state FROM dealer_appointment a JOIN dealer_capacity_booking b"
        " ON b.id = a.booking_id WHERE a.vehicle_id = %s",
        car["car"],
    )
    assert len(found) == 1, found
    assert found[0] in (("booked", "confirmed"), ("hold", "held"))
