"""The annual inspection done for the customer: asked on the phone, fetched with all papers, shown twice, brought back."""

import re
from datetime import timedelta

import pytest
from helpers import latin_words, picture, press, query, reached, store_today, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
MAKE = """
from odoo.fields import Command
unit = env.ref("dealer_base.unit_nb01")
for number in range(2):
    partner = env["res.partner"].create({
        "name": f"年审客{number}", "phone": f"1991104100{number}", "is_dealer_customer": True,
        "lang": "zh_CN", "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
    })
    env["dealer.vehicle"].create({
        "plate": f"浙Y4100{number}", "unit_id": unit.id, "brand": "大众", "series": "帕萨特",
        "invoice_date": "2019-03-01", "owner_ids": [Command.create({"partner_id": partner.id})],
    })
    user = partner._dealer_portal_user()
    user.password = "story-inspection"
    print("LOGIN", user.login)
env.cr.commit()
"""


@pytest.fixture(scope="module")
def owners(served):
    """An owner with a car of their own for each size."""
    words = served.shell(MAKE).split()
    return [words[place + 1] for place, word in enumerate(words) if word == "LOGIN"]


def page_words(page) -> set[str]:
    text = re.sub(r"浙Y\w+", "", page.locator("#wrap").inner_text())
    return set(re.findall(r"[A-Za-z]{2,}", text)) - {"VIN", "PDF"}


def state_of(served, plate):
    return query(
        served,
        "SELECT state FROM dealer_inspection_service WHERE plate = %s ORDER BY id DESC LIMIT 1",
        plate,
    )


@SIZES
def test_inspection_for_the_customer(served, page_as, owners, phone):
    page_as.expect_console("422")  # asked without a day
    served.expect_log("还缺这些资料")  # fetched without papers
    size = "-phone" if phone else ""
    plate = f"浙Y4100{int(phone)}"
    owner = page_as(owners[phone], phone=phone, password="story-inspection")
    owner.goto("/my/vehicles")
    owner.locator(f".card:has-text('{plate}') a.btn").first.click()
    owner.locator("summary:has-text('年审')").click()
    # Nothing was said yet: the page tells what is missing, and keeps what was entered.
    owner.fill("#place", "中山东路 88 号地下车库")
    owner.locator("form[action$='/inspection'] button[type=submit]").click()
    owner.locator("#wrap .alert-danger").wait_for()
    assert owner.input_value("#place") == "中山东路 88 号地下车库"
    day = store_today() + timedelta(days=2)
    owner.fill("#when", f"{day}T09:30")
    picture(owner, f"inspection-ask{size}")
    owner.locator("form[action$='/inspection'] button[type=submit]").click()
    owner.locator("#wrap .alert-info").wait_for()
    assert state_of(served, plate) == [("requested",)]
    assert not page_words(owner)

    desk = page_as("advisor.nb01", phone=phone)
    desk.goto("/odoo/dealer-inspection-services")
    row = f".o_data_row:has-text('{plate}'), .o_kanban_record:has-text('{plate}')"
    desk.locator(row).first.wait_for()
    assert not latin_words(desk)
    picture(desk, f"inspection-list{size}")
    desk.locator(row).first.click()
    press(desk, "[name=action_accept]")
    reached(desk, "已受理")
    # Without the papers the car is not fetched.
    press(desk, "[name=action_pick_up]")
    desk.locator(".modal .btn-primary").last.wait_for()
    assert "行驶证" in desk.locator(".modal").last.inner_text()
    desk.locator(".modal .btn-primary").last.click()
    desk.locator(".modal").wait_for(state="detached")
    for box in desk.locator("[name=paper_ids] input[type=checkbox]").all():
        box.check()
    desk.locator("[name=station] input").fill("北仑检测站")
    assert not latin_words(desk)
    picture(desk, f"inspection-form{size}")
    press(desk, "[name=action_pick_up]")
    wait_until(lambda: state_of(served, plate) == [("picked_up",)], 20, "fetched")
    reached(desk, "已取车")
    for button, state in (
        ("action_to_station", "at_station"),
        ("action_fail", "failed"),
        ("action_to_station", "at_station"),
        ("action_pass", "passed"),
    ):
        press(desk, f"[name={button}]")
        wait_until(lambda state=state: state_of(served, plate) == [(state,)], 20, state)
        desk.locator(f".o_statusbar_status [aria-checked=true][data-value={state}]").first.wait_for(
            state="attached"
        )
    owner.goto("/my/vehicles")
    card = owner.locator(f".card:has-text('{plate}')").first
    assert "通过" in card.inner_text()
    assert not page_words(owner)
    picture(owner, f"inspection-owner{size}")
    press(desk, "[name=action_return]")
    wait_until(lambda: state_of(served, plate) == [("returned",)], 20, "brought back")
    assert not latin_words(desk)
    # The next date follows from today, and the owner may ask again next time.
    assert query(
        served,
        "SELECT last_inspection IS NOT NULL FROM dealer_vehicle WHERE plate = %s",
        plate,
    ) == [(True,)]
