"""The maker's DMS: rows come in over HTTP, the service manager decides what nobody may decide alone, and loads a file."""

import re

import pytest
from helpers import ask, latin_words, picture, press, reached
from playwright.sync_api import expect

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
ROWS = "/odoo/dealer-dms"
DIFFERENCES = "/odoo/dealer-dms-differences"
MAKE_KEY = """
from datetime import timedelta
from odoo import fields
user = env["res.users"].search([("login", "=", "api.dms")])
key = env["res.users.apikeys"].with_user(user).sudo()._generate(
    "rpc", "story", fields.Datetime.now() + timedelta(days=1)
)
partner = env["res.partner"].create({
    "name": "钱多多", "phone": "19911030001", "street": "旧地址1号", "is_dealer_customer": True,
})
unit = env.ref("dealer_base.unit_nb01")
env["dealer.relation"].create({"partner_id": partner.id, "unit_id": unit.id, "stage": "owner"})
car = env["dealer.vehicle"].create({"plate": "浙Y30001", "unit_id": unit.id})
car._set_owner(partner, "2025-01-01")
env.cr.commit()
print(key)
"""
DRAIN = "env['dealer.dms.row']._drain(); env.cr.commit()"


@pytest.fixture(scope="module")
def delivered(served):
    """The maker's system has sent four rows, and they were worked off."""
    key = served.shell(MAKE_KEY).split()[-1]
    rows = [
        {
            "kind": "customer",
            "external_id": "KH7001",
            "name": "钱多多",
            "phone": "19911030001",
            "street": "新城大道8号",
        },
        {"kind": "customer", "external_id": "KH7002", "name": "孙小妹", "phone": "19911030001"},
        {"kind": "customer", "external_id": "KH7003", "name": "李如意", "phone": "1991103"},
        {
            "kind": "vehicle",
            "external_id": "CL7001",
            "plate": "浙Y30001",
            "customer": "KH7001",
            "series": "速腾",
        },
        {
            "kind": "repair_order",
            "external_id": "GD7001",
            "vehicle": "CL7001",
            "type": "保养",
            "mileage": 15200,
            "opened_at": "2026-01-05T09:00:00",
            "delivered_at": "2026-01-05T16:30:00",
            "lines": [{"kind": "配件", "name": "机油", "amount": 320}],
        },
    ]
    for row in rows:
        row["version"] = 1
    status, answer = ask(f"{served.url}/dealer/v1/dms", key, {"store": "NB01", "rows": rows})
    assert (status, answer["accepted"], answer["rejected"]) == (202, 5, 0), answer
    served.shell(DRAIN)
    yield
    # Nothing of it stays on the first screens of other stories.
    served.shell(
        "env['dealer.dms.row'].search([('external_id', '=like', '%700_')]).unlink(); env.cr.commit()"
    )


def words(page):
    """Words that are no numbers of the maker's system and no part of an address."""
    known = r"DMS|API|dealer|v1|dms|(KH|CL|GD)\d+"
    return {word for word in latin_words(page) if not re.fullmatch(known, word)}


def shown(page, text):
    return page.locator(
        f".o_data_row:has-text('{text}'), .o_kanban_record:has-text('{text}')"
    ).first


@SIZES
def test_manager_decides(page_as, delivered, phone):
    page = page_as("servicemanager.nb01", phone=phone)
    page.goto(ROWS)
    shown(page, "金晓岚").wait_for()  # of the demo
    assert not words(page)
    picture(page, f"dms-rows{'-phone' if phone else ''}")
    if phone:
        return
    shown(page, "孙小妹").click()
    page.wait_for_selector(".o_form_view .alert-warning:has-text('钱多多')")
    picture(page, "dms-who")
    press(page, "[name=action_other_person]")
    page.locator(".modal-footer .btn-primary").click()
    # A customer without a car is none of after-sales: the list comes back without the row.
    shown(page, "李如意").wait_for()
    shown(page, "孙小妹").wait_for(state="detached")
    shown(page, "李如意").click()
    page.locator("[name=phone] input").fill("19911030003")
    press(page, "[name=action_retry]")
    shown(page, "金晓岚").wait_for()
    shown(page, "李如意").wait_for(state="detached")


@SIZES
def test_differences(page_as, delivered, phone):
    page = page_as("servicemanager.nb01", phone=phone)
    page.goto(DIFFERENCES)
    shown(page, "新城大道8号").wait_for()
    assert not words(page)
    picture(page, f"dms-differences{'-phone' if phone else ''}")
    row = shown(page, "新城大道8号")
    (row if phone else row.locator(".o_data_cell").first).click()
    page.wait_for_selector(".o_form_view")
    if phone:
        press(page, "[name=action_file]")
        reached(page, "已阅")
    else:
        expect(page.locator(".o_form_view")).to_contain_text(re.compile("旧地址1号"))


@SIZES
def test_state_and_file(page_as, delivered, phone):
    page = page_as("servicemanager.nb01", phone=phone)
    page.goto("/odoo/dealer-dms-stores")
    page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.wait_for_selector(".o_form_view [name=dms_last_call]")
    assert not words(page)
    picture(page, f"dms-state{'-phone' if phone else ''}")
