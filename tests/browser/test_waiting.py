"""An owner finds no time and waits; the advisor cancels another one; the owner is written to and takes it."""

import json
import re

import pytest
from helpers import latin_words, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
#: One bench for each size, free for one hour alone, which somebody else has.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.fields import Command
unit = env.ref("dealer_base.unit_nb01")
env["ir.config_parameter"].set_param("dealer_touch.sms_provider", "simulator")
# The story may run at night.
env.ref("dealer_service.touch_rule_waiting_offer").write({"quiet_from": 0, "quiet_to": 0})
made = {}
def owner(name, number, plate):
    partner = env["res.partner"].create({
        "name": name, "phone": number, "is_dealer_customer": True, "lang": "zh_CN",
        "dealer_relation_ids": [Command.create({
            "unit_id": unit.id, "advisor_id": env.ref("dealer_base.user_advisor_nb01").id,
        })],
    })
    return partner, env["dealer.vehicle"].create({
        "plate": plate, "unit_id": unit.id, "brand": "大众", "series": "迈腾",
        "owner_ids": [Command.create({"partner_id": partner.id})],
    })
now = fields.Datetime.now()
for number, size in enumerate(("desk", "phone")):
    partner, car = owner(f"候补客{number}", f"1990089001{number}", f"浙B8W1{number}1")
    other, other_car = owner(f"先到客{number}", f"1990089002{number}", f"浙B8W2{number}1")
    kind = env["dealer.capacity.kind"].create({"name": f"底盘检测台{number}", "code": f"story_bench_{number}"})
    bench = env["dealer.capacity.resource"].create({
        "name": f"检测台{number}", "kind_id": kind.id, "unit_id": unit.id, "unit_minutes": 15,
    })
    job = env["dealer.capacity.job"].create({
        "name": f"底盘检测{number}", "need_ids": [Command.create({"kind_id": kind.id, "minutes": 60})],
    })
    item = env["dealer.service.item"].create({
        "name": f"底盘四轮检测{number}", "description": "举升检查，出报告", "job_id": job.id,
        "unit_id": unit.id, "price_from": 120, "price_to": 160,
    })
    appointments = env["dealer.appointment"]
    times = appointments._times(unit, item, now + timedelta(days=1), now + timedelta(days=6))
    start = next(row["start"] for row in times if row["free"])
    for begin, end in ((now - timedelta(days=1), start), (start + timedelta(hours=1), now + timedelta(days=45))):
        env["dealer.capacity.exception"].create({
            "type": "closed", "unit_id": unit.id, "resource_id": bench.id, "start": begin, "stop": end,
        })
    # Times are taken in a transaction of their own, which has to see the bench.
    env.cr.commit()
    booked = appointments._make(other, other_car, unit, item, start, state="confirmed")
    user = partner._dealer_portal_user()
    user.password = "story-waiting"
    made[size] = {"login": user.login, "booked": booked.id, "item": item.name, "bench": bench.id}
env.cr.commit()
print(json.dumps(made))
"""
#: What the crons of a minute do.
PASS = """
for _turn in range(3):
    env["dealer.capacity.booking"]._drain()
    env["dealer.touch"]._drain()
env.cr.commit()
"""
#: The menus and boards of other stories show the shop as it was.
CLOSE = """
env.ref("dealer_service.touch_rule_waiting_offer").write({"quiet_from": 21, "quiet_to": 8})
rows = env["dealer.capacity.resource"].search([("name", "=like", "检测台_")])
for booking in env["dealer.capacity.booking"].search([("state", "in", ("held", "confirmed"))]):
    if booking.resource_ids & rows:
        booking._release("story")
env["dealer.service.item"].search([("name", "=like", "底盘四轮检测_")]).active = False
rows.active = False
env.cr.commit()
"""


@pytest.fixture(scope="module")
def shop(served):
    """``{size: {"login", "booked": id of the other's appointment, "item": name of the service}}``."""
    yield json.loads(served.shell(MAKE).splitlines()[-1])
    served.shell(CLOSE)


def page_words(page) -> set[str]:
    text = re.sub(r"浙B\w+|YY\d+-\d+", "", page.locator("#wrap").inner_text())
    return set(re.findall(r"[A-Za-z]{2,}", text)) - {"UTC"}


def fits(page, phone):
    assert page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1400)
    assert not page_words(page)


def waiting_of(served, plate):
    return query(
        served,
        "SELECT w.state FROM dealer_capacity_waiting w JOIN dealer_vehicle v ON v.id = w.vehicle_id"
        " WHERE v.plate = %s ORDER BY w.id DESC LIMIT 1",
        plate,
    )


@SIZES
def test_owner_waits_and_takes_the_freed_time(served, shop, page_as, phone):
    page_as.expect_console("410")  # a link that opens nothing
    size, own = "-phone" if phone else "", shop["phone" if phone else "desk"]
    plate = f"浙B8W1{int(phone)}1"
    page = page_as(own["login"], phone=phone, password="story-waiting")
    page.goto("/my/appointments/new")
    page.locator(f"label:has-text('{own['item']}')").click()
    page.locator("#wrap form[action='/my/appointments/times'] button[type=submit]").click()
    page.locator("a[href*='/my/appointments/wait']").wait_for()
    assert not page.locator(".o_dealer_service_time").count()
    fits(page, phone)
    picture(page, f"waiting-nothing-free{size}")
    page.locator("a[href*='/my/appointments/wait']").click()
    page.locator("#first").wait_for()
    page.locator("label[for=part_any]").click()
    fits(page, phone)
    picture(page, f"waiting-new{size}")
    page.locator("#wrap form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/my/waiting/\d+$"))
    assert waiting_of(served, plate) == [("waiting",)]
    fits(page, phone)
    page.goto("/my/appointments")
    page.locator(f"#wrap a.card:has-text('{plate}')").wait_for()
    fits(page, phone)
    picture(page, f"waiting-mine{size}")

    # The advisor sees who waits, and cancels another customer's appointment.
    desk = page_as("advisor.nb01", phone=phone)
    desk.goto("/odoo/dealer-waiting-list")
    name = f"候补客{int(phone)}"
    desk.locator(
        f".o_data_row:has-text('{name}'), .o_kanban_record:has-text('{name}')"
    ).first.wait_for()
    assert not latin_words(desk)
    picture(desk, f"waiting-desk{size}")
    desk.goto(f"/odoo/dealer-appointments/{own['booked']}")
    press(desk, "[name=action_cancel]")
    reason = desk.locator(".modal [name=reason] input, .modal [name=reason] textarea").first
    reason.fill("客户临时有事")
    desk.locator(".modal footer .btn-danger, .modal footer .btn-primary").first.click()
    wait_until(
        lambda: (
            query(served, "SELECT state FROM dealer_appointment WHERE id = %s", own["booked"])
            == [("cancelled",)]
        ),
        20,
        "cancelled",
    )
    served.shell(PASS)
    wait_until(lambda: waiting_of(served, plate) == [("offered",)], 90, "offered")
    found = wait_until(
        lambda: query(
            served,
            "SELECT content FROM dealer_sms_simulator WHERE phone = %s AND content LIKE '%%/waiting/%%'"
            " ORDER BY id DESC LIMIT 1",
            f"+861990089001{int(phone)}",
        ),
        90,
        "the message",
    )
    path = re.search(r"/waiting/[\w-]+", found[0][0]).group()

    # By the link alone, signed in nowhere: no name, no number, no whole plate.
    guest = page_as(None, phone=phone)
    guest.goto(path)
    guest.locator("form[action$='/accept'] button").wait_for()
    text = guest.locator("#wrap").inner_text()
    assert f"候补客{int(phone)}" not in text
    assert plate not in text
    fits(guest, phone)
    picture(guest, f"waiting-offer{size}")
    guest.locator("form[action$='/accept'] button").click()
    guest.locator("h1:has-text('预约成功')").wait_for()
    fits(guest, phone)
    assert query(
        served,
        "SELECT state, origin FROM dealer_appointment WHERE plate = %s ORDER BY id DESC LIMIT 1",
        plate,
    ) == [("confirmed", "waiting")]
    # The link again leads to what he has; a changed one opens nothing.
    guest.goto(path)
    guest.locator("h1:has-text('预约成功')").wait_for()
    guest.goto(f"{path}x")
    guest.locator("a[href='/my/appointments']").wait_for()
    fits(guest, phone)
    picture(guest, f"waiting-gone{size}")
