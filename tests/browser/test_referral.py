"""Recommendations: noted on the lead, proposed by the order, decided and paid by the director."""

import json
import re

import pytest
from helpers import NAMES, latin_words, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"F0"}

MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
consultant = env.ref("dealer_base.user_consultant1_nb01")
def customer(name, number):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"199008720{number:02}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id}
    )
    return partner
names = {}
for number, (friend, guest) in enumerate((("荐友桌", "新客桌"), ("荐友机", "新客机"))):
    customer(friend, number)
    partner = customer(guest, number + 10)
    lead = env["crm.lead"].create(
        {
            "name": "大众 探岳", "type": "opportunity", "partner_id": partner.id,
            "user_id": consultant.id, "company_id": unit.company_id.id,
            "dealer_brand": "大众", "dealer_series": "探岳",
        }
    )
    order = env["dealer.order"].with_user(consultant).create(
        {
            "partner_id": partner.id, "unit_id": unit.id, "lead_id": lead.id, "price": 198000,
            "brand": "大众", "series": "探岳",
        }
    )
    names[guest] = [lead.id, order.id]
env.cr.commit()
print(json.dumps(names))
"""


@pytest.fixture(scope="module")
def leads(served):
    """``{name of the customer: [lead, order]}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def words(page) -> set[str]:
    dialogs = " ".join(page.locator(".modal").all_inner_texts())
    return (latin_words(page) | set(re.findall(r"[A-Za-z][A-Za-z0-9]+", dialogs)) - NAMES) - WORDS


def cards(page, phone):
    return page.locator(".o_kanban_record:not(.o_kanban_ghost)" if phone else ".o_data_row")


def suffix(phone):
    return "-phone" if phone else ""


@SIZES
def test_noted_ordered_decided_paid(served, leads, page_as, phone):
    guest, friend, number = (
        ("新客机", "荐友机", "19900872001") if phone else ("新客桌", "荐友桌", "19900872000")
    )
    lead, order = leads[guest]
    page = page_as("consultant1.nb01", phone=phone)
    page.goto(f"/odoo/action-dealer_leads.crm_lead_action_dealer/{lead}")
    press(page, "[name=action_dealer_referrer]")
    page.locator(".modal [name=phone] input").fill(number)
    page.locator(".modal [name=phone] input").press("Tab")
    page.locator(f".modal [name=found]:has-text('{friend}')").wait_for()
    assert not words(page)
    picture(page, f"referral-entry{suffix(phone)}")
    page.locator(".modal button[name=action_do]").click()
    page.locator(f".o_form_view [name=dealer_referrer_name]:has-text('{friend}')").wait_for()
    page.goto(f"/odoo/action-dealer_leads.dealer_order_action/{order}")
    press(page, "[name=action_order]")
    wait_until(
        lambda: (
            query(served, "SELECT state FROM dealer_referral_reward WHERE lead_id = %s", lead)
            == [("proposed",)]
        ),
        10,
        "the order proposes the reward",
    )

    page = page_as("director.nb01", phone=phone)
    page.goto("/odoo/dealer-sales")
    page.locator(".o_kanban_record:has-text('待审批奖励')").wait_for()
    page.goto("/odoo/dealer-referral-rewards")
    if phone:
        page.locator(".o_kanban_group.o_column_folded, .o_kanban_record").first.wait_for()
    else:
        page.locator(".o_group_header").first.wait_for()
        picture(page, "referral-months")
        # on the first days of a month the demo's rows stand in the month before
        page.locator(".o_group_header").last.click()
    row = cards(page, phone).filter(has_text=friend)
    row.wait_for()
    assert not words(page)
    picture(page, f"referral-rewards{suffix(phone)}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row.click()
    press(page, "[name=action_approve]")
    page.locator(".o_form_view [name=decided_by_id]:visible").wait_for()
    press(page, "[name=action_pay]")
    page.locator(".modal [name=evidence] input").fill("转账20260117")
    assert not words(page)
    picture(page, f"referral-pay{suffix(phone)}")
    page.locator(".modal button[name=action_do]").click()
    page.locator(".o_form_view [name=evidence]:has-text('转账20260117')").wait_for()
    assert not words(page)
    picture(page, f"referral-reward{suffix(phone)}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    [(state, payer)] = query(
        served,
        "SELECT reward.state, person.login FROM dealer_referral_reward reward"
        " JOIN res_users person ON person.id = reward.paid_by_id WHERE reward.lead_id = %s",
        lead,
    )
    assert (state, payer) == ("paid", "director.nb01")


@SIZES
def test_rules(page_as, phone):
    page = page_as("gm.nb01", phone=phone)
    page.goto("/odoo/action-dealer_leads.dealer_referral_rule_action")
    row = cards(page, phone).filter(has_text="员工内荐").first
    row.wait_for()
    assert not words(page)
    picture(page, f"referral-rules{suffix(phone)}")
    row.click()
    page.locator(".o_form_view [name=event]:visible").first.wait_for()
    assert not words(page)
    picture(page, f"referral-rule{suffix(phone)}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@SIZES
def test_page_of_the_link_tells_nothing(page_as, phone):
    """Whoever opens the link of somebody who recommends sees nobody's name, reward or number."""
    page = page_as(None, phone=phone)
    page.goto("/lead/demo-owner-nb01")
    page.locator("form").first.wait_for()
    text = page.locator("body").inner_text()
    for secret in ("奖", "300", "ID.4", "推荐人"):
        assert secret not in text
    assert not re.search(r"1\d{10}|1\d{2}\*{4}\d{4}", text)
