"""A visitor reads what a service costs; who is signed in asks for another price, and an advisor answers."""

import pytest
from helpers import latin_words, picture, press, reached

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
PAGE = "/service/prices"
MAKE = """
from odoo.fields import Command
unit = env.ref("dealer_base.unit_nb01")
for number in range(2):
    partner = env["res.partner"].create({
        "name": f"询价客{number}", "phone": f"1991103100{number}", "is_dealer_customer": True,
        "lang": "zh_CN", "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
    })
    car = env["dealer.vehicle"].create({
        "plate": f"浙Y3100{number}", "unit_id": unit.id, "brand": "大众", "series": "速腾",
        "owner_ids": [Command.create({"partner_id": partner.id})],
    })
    user = partner._dealer_portal_user()
    user.password = "story-price"
    print("LOGIN", user.login)
env.cr.commit()
"""


@pytest.fixture(scope="module")
def owners(served):
    """An owner with a car of their own for each size."""
    words = served.shell(MAKE).split()
    return [words[place + 1] for place, word in enumerate(words) if word == "LOGIN"]


@SIZES
def test_visitor(page_as, phone):
    page = page_as(None, phone=phone)
    page.goto(PAGE)
    page.select_option("#series", label="大众 速腾")
    page.get_by_role("button", name="查看价格").click()
    page.locator(".card:has-text('¥488')").wait_for()
    picture(page, f"service-prices{'-phone' if phone else ''}")
    page.locator(".card:has-text('¥488') a:has-text('预约')").click()
    page.wait_for_url("**/my/sign-in?**")


@SIZES
def test_owner_asks_and_advisor_answers(page_as, owners, phone):
    page = page_as(owners[phone], phone=phone, password="story-price")
    page.goto(PAGE)
    page.locator(".card:has-text('¥488')").wait_for()  # the own car is chosen
    page.locator("a:has-text('向我们询价')").click()
    page.fill("#service", "换四条轮胎")
    picture(page, f"service-price-ask{'-phone' if phone else ''}")
    page.get_by_role("button", name="发送").click()
    page.locator(".alert-success").wait_for()

    desk = page_as("advisor.nb01", phone=phone)
    desk.goto("/odoo/dealer-price-enquiries")
    name = f"询价客{int(phone)}"
    desk.locator(
        f".o_data_row:has-text('{name}'), .o_kanban_record:has-text('{name}')"
    ).first.click()
    desk.wait_for_selector(".o_form_view [name=labour] input")
    for field, value in (("parts", "2400"), ("labour", "200"), ("answer", "米其林四条")):
        desk.locator(f"[name={field}] input, [name={field}] textarea").first.fill(value)
    desk.locator("[name=valid_until] input").fill("2030-12-31")
    desk.keyboard.press("Escape")
    assert not latin_words(desk)
    picture(desk, f"price-enquiry{'-phone' if phone else ''}")
    press(desk, "[name=action_send]")
    reached(desk, "已回复")
