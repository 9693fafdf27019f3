"""The timeline of a customer (全部往来), and a customer promoted to fleet customer, in the browser."""

import re

import pytest
from helpers import latin_words, query

#: The demo's customer of two stores: a car owner of one who buys again in the other.
LEAD = "dealer_leads.lead_043"


@pytest.fixture(scope="module")
def lead_id(served):
    module, name = LEAD.split(".")
    return query(
        served,
        "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
        module,
        name,
    )[0][0]


@pytest.mark.parametrize("phone", [False, True])
def test_consultant_reads_what_happened(served, page_as, lead_id, phone):
    page = page_as("consultant2.nb01", phone=phone)
    outside = []
    page.on("request", lambda request: outside.append(request.url))
    page.goto(f"/odoo/dealer-leads/{lead_id}")
    page.wait_for_selector(".o_dealer_timeline_row")
    assert page.locator(".o_form_view .badge:has-text('续购')").is_visible()
    kinds = {row.get_attribute("data-kind") for row in page.locator("article").all()}
    assert {"call", "wechat", "email", "note", "grade", "relation"} <= kinds
    assert not latin_words(page)

    # A recording is there to be played; nothing of it is loaded before.
    player = page.locator(".o_dealer_timeline audio").first
    assert player.get_attribute("preload") == "none"
    assert player.get_attribute("src").startswith("https://")
    assert not [url for url in outside if "recordings." in url]

    page.click(".o_dealer_timeline_kinds [data-kind=call]")
    page.wait_for_selector(".o_dealer_timeline_row[data-kind=wechat]", state="detached")
    rows = page.locator(".o_dealer_timeline_row")
    label = page.locator(".o_dealer_timeline_kinds [data-kind=call]").inner_text()
    assert rows.count() == int(re.search(r"\d+", label)[0]) >= 2
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (390 if phone else 1400), "the page is wider than the screen"

    page.locator(".o_dealer_timeline_row:has-text('未联系上') button").first.click()
    page.wait_for_selector(".o_form_view [name=evidence]:has-text('系统记录')")
    page.go_back()
    page.wait_for_selector(".o_dealer_timeline_row")
    page.click("text=搜索和分组")
    page.wait_for_selector(".o_list_view .o_data_row, .o_kanban_record:not(.o_kanban_ghost)")
    assert "全部往来" in page.locator("body").inner_text()


def test_older_pages_come_as_one_asks(served, page_as, lead_id):
    relation = "SELECT dealer_relation_id FROM crm_lead WHERE id = %s"
    [[relation_id]] = query(served, relation, lead_id)
    served.shell(
        f"""
relation = env["dealer.relation"].browse({relation_id})
env["dealer.interaction"].create([
    {{
        "partner_id": relation.partner_id.id, "unit_id": relation.unit_id.id, "kind": "chat",
        "user_id": relation.consultant_id.id, "start": f"2025-01-{{1 + n % 28:02d}} 02:00:00",
        "summary": f"较早的沟通{{n}}",
    }} for n in range(45)
])
env.cr.commit()
"""
    )
    page = page_as("consultant2.nb01")
    page.goto(f"/odoo/dealer-leads/{lead_id}")
    page.wait_for_selector(".o_dealer_timeline_row")
    page.click(".o_dealer_timeline_kinds [data-kind=chat]")
    page.wait_for_selector(".o_dealer_timeline_row[data-kind=call]", state="detached")
    rows = page.locator(".o_dealer_timeline_row")
    for expected in (20, 40, 45):
        page.wait_for_function(
            "number => document.querySelectorAll('.o_dealer_timeline_row').length === number",
            arg=expected,
        )
        if expected < 45:
            page.click(".o_dealer_timeline_more")
    assert not page.locator(".o_dealer_timeline_more").count()
    texts = {row.inner_text() for row in rows.all()}
    assert len({re.search(r"较早的沟通\d+", text)[0] for text in texts}) == 45


@pytest.mark.parametrize("phone", [False, True])
def test_manager_promotes_and_takes_back(served, page_as, phone):
    """Both ways by button with a reason; the reason stands in the timeline at once."""
    [[partner_id]] = query(
        served,
        "SELECT p.id FROM res_partner p JOIN dealer_relation r ON r.partner_id = p.id"
        " JOIN res_users u ON u.id = r.consultant_id WHERE u.login = 'consultant1.nb01'"
        " AND p.is_fleet_customer IS NOT TRUE ORDER BY p.id LIMIT 1",
    )
    page = page_as("manager.nb01", phone=phone)
    page.goto(f"/odoo/dealer-customers/{partner_id}")
    for button, apply, reason in (
        ("升级为批售客户", "升级", f"签订框架协议{phone}"),
        ("取消批售客户", "取消升级", f"协议到期{phone}"),
    ):
        page.click(f".o_statusbar_buttons button:has-text('{button}')")
        page.wait_for_selector(".modal .o_form_view")
        page.fill(".modal [name=reason] input", reason)
        page.click(f".modal footer button:has-text('{apply}')")
        page.wait_for_selector(".modal", state="detached")
        page.reload()
        page.wait_for_selector(f".o_dealer_timeline_row:has-text('{reason}')")
        badge = page.locator(".oe_title .badge:has-text('批售客户')")
        # The form first shows what the browser remembers, then what the server says.
        badge.wait_for(state="visible" if apply == "升级" else "hidden")
