"""An owner signs in by a code, books, changes and comes; the advisor books by plate; the clerk checks in."""

import json
import re
from datetime import UTC, timedelta, timezone

import pytest
from helpers import NAMES, choose, latin_words, next_day, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"UTC", "SMS", "YY"}
SHANGHAI = timezone(timedelta(hours=8))

#: Owners of their own for each size, and one who comes today.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.fields import Command
unit = env.ref("dealer_base.unit_nb01")
env["ir.config_parameter"].set_param("dealer_touch.sms_provider", "simulator")
for name in ("sign_in_number", "sign_in_address", "sign_in_guess_number", "sign_in_guess_address"):
    env["ir.config_parameter"].set_param(f"dealer_service.{name}", "0")
kinds = {code: env.ref(f"dealer_capacity.kind_{code}").id for code in ("service_bay", "technician", "advisor")}
# So many that no other story takes the last one.
for code, kind in kinds.items():
    for number in range(6):
        env["dealer.capacity.resource"].create({
            "name": f"预约{code[:1].upper()}{number}", "kind_id": kind, "unit_id": unit.id, "unit_minutes": 15,
        })
made = {}
def owner(name, number, plate):
    partner = env["res.partner"].create({
        "name": name, "phone": f"199008700{number:02}", "is_dealer_customer": True, "lang": "zh_CN",
        "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
    })
    car = env["dealer.vehicle"].create({
        "plate": plate, "unit_id": unit.id, "brand": "大众", "series": "途观",
        "owner_ids": [Command.create({"partner_id": partner.id})],
    })
    return partner, car
for number, size in enumerate(("desk", "phone")):
    owner(f"预约客{number}", 11 + number, f"浙B8P1{number}1")
    owner(f"代约客{number}", 21 + number, f"浙B8P2{number}1")
    partner, car = owner(f"今日客{number}", 31 + number, f"浙B8P3{number}7")
    now = fields.Datetime.now()
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    made[size] = env["dealer.appointment"].create({
        "name": f"T{number}", "unit_id": unit.id, "partner_id": partner.id, "vehicle_id": car.id,
        "plate": car.plate, "car": "大众 途观", "start": start, "stop": start + timedelta(hours=1),
        "item_ids": [Command.set([env.ref("dealer_service.item_minor").id])],
        "advisor_id": env.ref("dealer_base.user_advisor_nb01").id,
    }).id
env.cr.commit()
print(json.dumps(made))
"""


#: The boards of other stories show the shop as it was.
CLOSE = """
rows = env["dealer.capacity.resource"].search([("name", "=like", "预约__")])
bookings = env["dealer.capacity.booking"].search([("state", "in", ("held", "confirmed"))])
for booking in bookings.filtered(lambda booking: booking.resource_ids & rows):
    booking._release("story")
assert len(rows) == 18, len(rows)
rows.active = False
env.cr.commit()
"""


@pytest.fixture(scope="module")
def shop(served):
    """``{size: id of an appointment of today}``."""
    yield json.loads(served.shell(MAKE).splitlines()[-1])
    served.shell(CLOSE)


def words(page) -> set[str]:
    dialogs = " ".join(page.locator(".modal").all_inner_texts())
    found = latin_words(page) | set(re.findall(r"[A-Za-z][A-Za-z0-9]+", dialogs)) - NAMES
    return {word for word in found if not re.fullmatch(r"B8P\d+|YY\d+|T\d|HT\d+", word)} - WORDS


def link_words(page) -> set[str]:
    """The link for the customer is no word of the screen."""
    return set(
        re.findall(r"[A-Za-z][A-Za-z0-9]+", page.locator("[name=customer_url]").inner_text())
    )


def page_words(page) -> set[str]:
    text = re.sub(r"浙B\w+|YY\d+-\d+", "", page.locator("#wrap").inner_text())
    return set(re.findall(r"[A-Za-z]{2,}", text)) - WORDS


def fits_phone(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def code_of(served, number):
    ((content,),) = query(
        served,
        "SELECT content FROM dealer_sms_simulator WHERE phone = %s ORDER BY id DESC LIMIT 1",
        f"+86{number}",
    )
    return re.search(r"\d{6}", content).group()


def state_of(served, plate):
    return query(
        served,
        "SELECT state, origin FROM dealer_appointment WHERE plate = %s ORDER BY id DESC LIMIT 1",
        plate,
    )


def sign_in(served, page, number, small):
    page.goto("/my/appointments")
    page.wait_for_url("**/my/sign-in**")
    assert not page_words(page)
    if small:
        picture(page, "appointment-sign-in-phone")
    page.fill("#phone", number)
    page.locator("#wrap button[type=submit]").click()
    page.locator("#code").wait_for()
    assert not page_words(page)
    if small:
        picture(page, "appointment-code-phone")
    page.fill("#code", code_of(served, number))
    page.locator("#wrap button[type=submit]").click()


@SIZES
def test_owner_books_changes_cancels(served, shop, page_as, phone):
    plate = f"浙B8P1{int(phone)}1"
    page = page_as(None, phone=phone)
    sign_in(served, page, f"199008700{11 + int(phone)}", phone)
    page.wait_for_url("**/my/appointments")
    assert not page_words(page)

    # Five taps: new, service, times, a time, confirm.
    page.locator("#wrap a[href='/my/appointments/new']").click()
    page.locator("label:has-text('小保养')").click()
    assert not page_words(page)
    if phone:
        fits_phone(page)
        picture(page, "appointment-new-phone")
    page.locator("#wrap form[action='/my/appointments/times'] button[type=submit]").click()
    page.locator(".o_dealer_service_time").first.wait_for()
    assert not page_words(page)
    if phone:
        fits_phone(page)
        picture(page, "appointment-times-phone")
    page.locator(".o_dealer_service_days button:not(.btn-light)").nth(3).click()
    page.locator(".o_dealer_service_time").nth(4).click()
    page.wait_for_url(re.compile(r"/my/appointments/\d+$"))
    assert not page_words(page)
    assert state_of(served, plate) == [("hold", "page")]
    if phone:
        fits_phone(page)
        picture(page, "appointment-hold-phone")
    page.fill("#note", "左前轮有异响")
    page.locator("#wrap form[action$='/confirm'] button").click()
    page.locator("h1:has-text('预约成功')").wait_for()
    assert state_of(served, plate) == [("confirmed", "page")]
    assert not page_words(page)
    if phone:
        fits_phone(page)
        picture(page, "appointment-done-phone")

    before = page.locator(".card .fs-4").inner_text()
    page.locator("#wrap a[href$='/times']").click()
    page.locator(".o_dealer_service_days button:not(.btn-light)").nth(5).click()
    page.locator(".o_dealer_service_time").nth(2).click()
    page.locator("h1:has-text('预约成功')").wait_for()
    assert page.locator(".card .fs-4").inner_text() != before
    page.goto("/my/appointments")
    assert plate in page.locator("#wrap").inner_text()
    if phone:
        picture(page, "appointment-list-phone")
    page.locator(f"#wrap a.card:has-text('{plate}')").click()
    page.locator("details summary").click()
    page.fill("#reason", "临时出差")
    page.locator("#wrap form[action$='/cancel'] button").click()
    page.locator("h1:has-text('已取消')").wait_for()
    assert state_of(served, plate) == [("cancelled", "page")]


def test_phone_in_another_zone(served, shop, browser, page_as):
    ((token, start),) = query(
        served,
        "SELECT access_token, start FROM dealer_appointment WHERE id = %s",
        shop["desk"],
    )
    context = browser.new_context(
        locale="zh-CN", timezone_id="America/New_York", base_url=served.url
    )
    page = context.new_page()
    page.goto(f"/appointment/{token}")
    text = page.locator("#wrap").inner_text()
    local = start.replace(tzinfo=UTC).astimezone(SHANGHAI)
    assert f"{local:%m-%d %H:%M}" in text
    assert "UTC+8" in text
    # A stranger with the link learns neither who comes nor with which car.
    assert "今日客" not in text
    assert "19900870" not in text
    assert "浙B8P307" not in text
    context.close()


@SIZES
def test_advisor_books_for_the_customer(served, shop, page_as, phone):
    size = "-phone" if phone else ""
    plate = f"浙B8P2{int(phone)}1"
    page = page_as("advisor.nb01", phone=phone)
    page.goto("/odoo/dealer-appointments")
    page.locator(".o_control_panel button:visible").filter(has_text="预约").first.wait_for()
    assert not words(page)
    picture(page, f"appointment-board{size}")
    page.goto("/odoo/action-dealer_service.dealer_appointment_book_action")
    page.locator("[name=lookup] input").wait_for()
    page.fill("[name=lookup] input", plate[-5:])
    page.locator("[name=lookup] input").press("Tab")
    wait_until(
        lambda: plate in page.locator("[name=vehicle_id] input").first.input_value(),
        20,
        "the car is found by some signs of the plate",
    )
    choose(page, "item_ids", "小保养", phone, within=".o_form_view")
    next_day(page)
    take = page.locator("button[name=action_take]:visible").first
    take.wait_for()
    assert not words(page)
    picture(page, f"appointment-book{size}")
    take.click()
    wait_until(lambda: state_of(served, plate) == [("booked", "advisor")], 20, "booked")
    page.locator(f".o_form_view [name=plate]:has-text('{plate}')").wait_for()
    assert not words(page) - link_words(page)
    picture(page, f"appointment-form{size}")
    press(page, "[name=action_confirm]")
    wait_until(lambda: state_of(served, plate) == [("confirmed", "advisor")], 20, "confirmed")


@SIZES
def test_clerk_checks_in(served, shop, page_as, phone):
    size = "-phone" if phone else ""
    page = page_as("reception.nb01", phone=phone)
    page.goto("/odoo/dealer-arrivals")
    page.locator(".o_kanban_record:not(.o_kanban_ghost)").first.wait_for()
    assert not words(page)
    picture(page, f"appointment-today{size}")
    if phone:
        fits_phone(page)
    card = page.locator(f".o_kanban_record:has-text('浙B8P3{int(phone)}7')")
    card.locator("button[name=action_arrive]").click()
    number = shop["phone" if phone else "desk"]
    wait_until(
        lambda: (
            query(served, "SELECT state FROM dealer_appointment WHERE id = %s", number)
            == [("arrived",)]
        ),
        20,
        "arrived",
    )


def test_figures(served, shop, page_as):
    page = page_as("servicemanager.nb01")
    page.goto("/odoo/action-dealer_service.dealer_appointment_report_action")
    page.locator(".o_pivot table").wait_for()
    assert not words(page)
    picture(page, "appointment-figures")
