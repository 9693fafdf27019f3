"""What the customer thinks: chips on the phone, the heat map, the figures of managers."""

import json

import pytest
from helpers import latin_words, picture, press, query, wait_until
from playwright.sync_api import expect

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

MAKE = """
import json
from datetime import timedelta
from odoo import fields
unit = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
topic = lambda name: env.ref("dealer_leads.insight_topic_" + name)
names = {}
for number, name in enumerate(("心思桌", "心思机", "空白桌", "空白机")):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"199008600{number:02}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id}
    )
    lead = env["crm.lead"].create(
        {
            "name": "大众 探岳", "type": "opportunity", "partner_id": partner.id,
            "user_id": consultant.id, "company_id": unit.company_id.id,
            "dealer_brand": "大众", "dealer_series": "探岳",
        }
    )
    names[name] = lead.id
    if name.startswith("空白"):
        continue
    for days, source, seen in (
        (9, "call", {"need_space": 3, "price_discount": 2, "crv": 3}),
        (6, "visit", {"need_space": 5, "objection_family": 4, "crv": 4}),
        (3, "drive", {"need_driving": 4, "objection_family": 3, "crv": 2}),
        (1, "dcc", {"price_elsewhere": 5, "price_discount": 4}),
    ):
        for word, strength in seen.items():
            env["dealer.insight"].create(
                {
                    "lead_id": lead.id, "unit_id": unit.id, "topic_id": topic(word).id,
                    "strength": strength, "source": source, "user_id": consultant.id,
                    "date": fields.Datetime.now() - timedelta(days=days),
                    "res_model": "crm.lead", "res_id": lead.id,
                }
            )
env.cr.commit()
print(json.dumps(names))
"""


@pytest.fixture(scope="module")
def leads(served):
    """``{name: id of the lead}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def words(page):
    # A chip writes its strength behind its name: 本田CR-V3.
    return {word for word in latin_words(page) if not word.startswith("V")} - {"Model"}


def open_lead(page, lead):
    page.goto(f"/odoo/action-dealer_leads.crm_lead_action_dealer/{lead}")
    tab = page.locator(".o_form_view .nav-link[name=insight]")
    tab.wait_for()
    tab.click()
    page.locator(".o_dealer_heat_map:visible").wait_for()


def chip(page, name):
    return page.locator(f".o_dealer_chip[data-topic='{name}']:visible")


def noted(served, lead):
    return dict(
        query(
            served,
            "SELECT COALESCE(topic.name->>'zh_CN', topic.name->>'en_US'), insight.strength FROM dealer_insight insight"
            " JOIN dealer_insight_topic topic ON topic.id = insight.topic_id"
            " WHERE insight.lead_id = %s AND insight.date > now() AT TIME ZONE 'UTC'"
            " - INTERVAL '20 minutes'",
            lead,
        )
    )


@SIZES
def test_taps_become_the_heat_map(served, leads, page_as, phone):
    lead = leads["心思机" if phone else "心思桌"]
    page = page_as("consultant1.nb01", phone=phone)
    open_lead(page, lead)
    heat = page.locator(".o_dealer_heat_map")
    heat.locator("tr:has(th:text-is('家里人要坐得下（空间）'))").wait_for()
    assert not words(page)
    assert "现在" in heat.inner_text()
    # in sentences, for who does not see colours
    assert "（共5）" in heat.locator("ul.visually-hidden").text_content()
    heat.evaluate("node => node.scrollIntoView({block: 'center'})")
    picture(page, f"insight-heat{'-phone' if phone else ''}")

    # tap, tap again, by keyboard, settle, take back
    loan = chip(page, "看首付和月供")
    loan.click()
    expect(loan).to_have_attribute("data-strength", "3")
    expect(loan).to_have_attribute("aria-pressed", "true")
    loan.click()
    expect(loan).to_have_attribute("data-strength", "4")
    safety = chip(page, "安全")
    safety.focus()
    page.keyboard.press("Enter")
    expect(safety).to_have_attribute("data-strength", "3")
    page.keyboard.press("ArrowDown")
    expect(safety).to_have_attribute("data-strength", "2")
    power = chip(page, "动力")
    power.click()
    power.focus()
    page.keyboard.press("Delete")
    expect(power).to_have_attribute("aria-pressed", "false")
    settle = page.locator("span:has(> .o_dealer_chip[data-topic='家人还没点头'])")
    settle.locator(".o_dealer_chip_settle").click()
    picture(page, f"insight-picks{'-phone' if phone else ''}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".o_form_button_save:visible").click()
    wait_until(
        lambda: noted(served, lead) == {"看首付和月供": 4, "安全": 2, "家人还没点头": 0},
        10,
        "what was tapped is noted",
    )
    heat.locator("tr:has(th:text-is('看首付和月供'))").wait_for()
    assert not words(page)
    assert "看首付和月供 4" in page.locator("[name=dealer_insight_summary]").inner_text()


@SIZES
def test_hold_takes_back_while_logging_a_contact(served, leads, page_as, phone):
    lead = leads["空白机" if phone else "空白桌"]
    page = page_as("consultant1.nb01", phone=phone)
    open_lead(page, lead)
    assert "还没有记录" in page.locator(".o_dealer_heat_map").inner_text()
    press(page, "[name=action_dealer_log]")
    dialog = page.locator(".modal")
    rival = dialog.locator(".o_dealer_chip[data-topic='本田CR-V']")
    rival.wait_for()
    rival.click()
    looks = dialog.locator(".o_dealer_chip[data-topic='外观']")
    looks.click()
    expect(looks).to_have_attribute("aria-pressed", "true")
    looks.dispatch_event("pointerdown")
    wait_until(
        lambda: looks.get_attribute("aria-pressed") == "false", 5, "a long tap takes it back"
    )
    picture(page, f"insight-log{'-phone' if phone else ''}")
    dialog.locator("button[name=action_save]").click()
    wait_until(lambda: noted(served, lead) == {"本田CR-V": 3}, 10, "noted with the contact")


@SIZES
def test_managers_see_what_is_in_the_way(leads, page_as, phone):
    page = page_as("manager.nb01", phone=phone)
    for place in ("dealer-objections", "dealer-competitors"):
        page.goto(f"/odoo/{place}")
        page.wait_for_selector(".o_graph_view canvas" if phone else ".o_pivot_view table")
        assert not words(page), place
        picture(page, f"insight-{place[7:]}{'-phone' if phone else ''}")
    page.goto("/odoo/action-dealer_leads.crm_lead_action_dealer")
    page.wait_for_selector(".o_kanban_record, .o_data_row")
    assert not words(page)
