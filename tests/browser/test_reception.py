"""The showroom's desk: guests are registered with the keyboard, received, and closed with a result."""

import re
import time

import pytest
from helpers import latin_words, query
from playwright.sync_api import expect

NEW_GUESTS = ".o_dealer_reception input[role=combobox]"
OFFER = ".o_dealer_reception_found [role=option]"
MAKE_CUSTOMERS = """
store = env.ref("dealer_base.unit_nb01")
for number, name in enumerate(("故事甲", "故事乙", "故事丙", "故事丁"), 1):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"1990068730{number}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
    env["dealer.vehicle"].create(
        {
            "plate": f"浙B8H73{number}",
            "unit_id": store.id,
            "owner_ids": [(0, 0, {"partner_id": partner.id})],
        }
    )
env.cr.commit()
"""


@pytest.fixture(scope="module")
def guests(served):
    """Four customers of the store whom nobody serves."""
    served.shell(MAKE_CUSTOMERS)


def card(page, name, column=None):
    """Return the card of these guests on the board, in a column of that title."""
    place = page.locator(".o_kanban_group", has_text=column) if column else page
    return place.locator(".o_kanban_record", has_text=name)


def board(page):
    page.goto("/odoo/dealer-reception")
    page.wait_for_selector(".o_kanban_group")


def visit_of(served, name):
    """Return (state, consultant's login, result, contact kept, clerk's login) of the newest visit."""
    return query(
        served,
        "SELECT visit.state, consultant.login, visit.result, visit.contact_kept, clerk.login"
        "  FROM dealer_visit visit JOIN res_users clerk ON clerk.id = visit.clerk_id"
        "  LEFT JOIN res_users consultant ON consultant.id = visit.consultant_id"
        "  LEFT JOIN dealer_relation relation ON relation.id = visit.relation_id"
        " WHERE visit.visitor_name = %s OR relation.partner_name = %s ORDER BY visit.id DESC LIMIT 1",
        name,
        name,
    )[0]


def close_with(page, result, **values):
    """Fill the dialog of the closing and save it."""
    dialog = page.locator(".modal .o_form_view")
    dialog.wait_for()
    for field, value in values.items():
        dialog.locator(f"[name={field}] input").fill(value)
    dialog.get_by_label(result, exact=True).check()
    page.locator(".modal button[name=action_do]").click()
    dialog.wait_for(state="detached")


def test_clerk_registers_with_the_keyboard(served, guests, page_as):
    page = page_as("reception.nb01")
    board(page)
    started = time.monotonic()
    page.keyboard.type("7301")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_dealer_reception_form")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(card(page, "故事甲", "等候中")).to_be_visible()
    assert time.monotonic() - started < 10, "ten seconds are the desk's budget"
    text = card(page, "故事甲").inner_text()
    assert "199****7301" in text
    assert re.search(r"\b2\s*人", text)
    assert not latin_words(page)
    state, consultant, _result, kept, clerk = visit_of(served, "故事甲")
    assert (state, kept, clerk) == ("waiting", True, "reception.nb01")
    assert consultant.startswith("consultant")
    assert page.locator(NEW_GUESTS).input_value() == "", "the box is ready for the next guests"
    # The same guests again: the desk says that they are here, and opens their visit.
    page.keyboard.type("8H731")
    expect(page.locator(OFFER).first).to_contain_text("已在店")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    assert "199****7301" in page.locator(".o_form_view").inner_text()
    assert not re.search(r"1[3-9]\d{9}", page.locator("body").inner_text())
    assert not latin_words(page)


def test_the_same_car_twice(served, guests, page_as):
    page = page_as("reception.nb01")
    board(page)
    for name in ("钱先生", "孙先生"):
        page.fill(NEW_GUESTS, name)
        page.keyboard.press("Enter")
        page.wait_for_selector(".o_dealer_reception_form")
        page.get_by_label("车牌号").fill("浙B9K881")
        page.keyboard.press("Enter")
        if name == "钱先生":
            expect(card(page, name, "等候中")).to_be_visible()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("钱先生已登记")
    expect(dialog).to_contain_text("徐静怡")
    dialog.get_by_role("button", name="打开到店记录").click()
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    assert page.locator("[name=visitor_name] input").input_value() == "钱先生"


def test_consultant_receives_and_closes(served, guests, page_as):
    desk = page_as("reception.nb01")
    board(desk)
    desk.fill(NEW_GUESTS, "李小姐")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".o_dealer_reception_form")
    desk.select_option("select[name=consultant]", label="暂不分派")
    desk.keyboard.press("Enter")
    expect(card(desk, "李小姐", "等候中")).to_be_visible()

    page = page_as("consultant2.nb01")
    board(page)
    assert not page.locator(NEW_GUESTS).count(), "consultants do not register visits"
    card(page, "李小姐").locator("button[name=action_receive]").click()
    expect(card(page, "李小姐", "接待中")).to_be_visible()
    assert visit_of(served, "李小姐")[:2] == ("receiving", "consultant2.nb01")

    card(page, "李小姐").locator("button[name=action_close]").click()
    page.locator(".modal button[name=action_do]").click()
    expect(page.locator(".modal [name=result]")).to_have_class(re.compile("o_field_invalid"))
    assert visit_of(served, "李小姐")[0] == "receiving", "no closing without a result"
    assert not latin_words(page)
    close_with(page, "继续跟进", phone="19900687390", series="速腾")
    expect(card(page, "李小姐", "已离店")).to_be_visible()
    assert visit_of(served, "李小姐")[:4] == ("left", "consultant2.nb01", "continue", True)
    served_by = query(
        served,
        "SELECT u.login FROM dealer_relation r JOIN res_users u ON u.id = r.consultant_id"
        " WHERE r.partner_name = '李小姐'",
    )
    assert served_by == [("consultant2.nb01",)], "who received the customer serves the customer"
    story = query(
        served,
        "SELECT i.evidence, i.two_way FROM dealer_interaction i JOIN res_partner p"
        " ON p.id = i.partner_id WHERE p.name = '李小姐'",
    )
    assert story == [("witnessed", True)]


def test_both_on_their_phones(served, guests, page_as):
    desk = page_as("reception.nb01", phone=True)
    board(desk)
    desk.tap(NEW_GUESTS)
    desk.fill(NEW_GUESTS, "故事丙")
    desk.tap(f"{OFFER} >> nth=0")
    desk.wait_for_selector(".o_dealer_reception_form")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    consultant = desk.locator("select[name=consultant] option", has_text="沈佳怡")
    desk.select_option("select[name=consultant]", value=consultant.get_attribute("value"))
    desk.tap(".o_dealer_reception_form button[type=submit]")
    expect(card(desk, "故事丙", "等候中")).to_be_visible()
    assert not latin_words(desk)

    page = page_as("consultant1.nb01", phone=True)
    board(page)
    card(page, "故事丙").locator("button[name=action_receive]").tap()
    expect(card(page, "故事丙", "接待中")).to_have_count(1)
    card(page, "故事丙").locator("button[name=action_close]").tap()
    close_with(page, "约定再次到店")
    expect(card(page, "故事丙", "已离店")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit_of(served, "故事丙")[:3] == ("left", "consultant1.nb01", "revisit")


def test_manager_reads_three_denominators(served, guests, page_as):
    page = page_as("manager.nb01")
    page.goto("/odoo/dealer-contacts-kept")
    page.wait_for_selector(".o_pivot table")
    heads = page.locator(".o_pivot thead").inner_text()
    for words in ("留档率(首次新客)", "留档率(首次自然到店)", "留档率(全部首次到店)"):
        assert words in heads
    assert "%" in page.locator(".o_pivot tbody").inner_text()
    page.goto("/odoo/dealer-visit-records")
    page.wait_for_selector(".o_pivot table")
    assert "徐静怡" in page.locator(".o_pivot tbody").inner_text()
