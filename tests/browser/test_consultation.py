"""A consultant asks, an expert of after-sales answers, the advice is taken, the figures follow."""

import json
import re

import pytest
from helpers import NAMES, choose, latin_words, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"F0"}

MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
consultant = env.ref("dealer_base.user_consultant1_nb01")
names = {}
for number, name in enumerate(("问客桌", "问客机")):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"199008730{number:02}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id}
    )
    names[name] = env["crm.lead"].create(
        {
            "name": "大众 迈腾", "type": "opportunity", "partner_id": partner.id,
            "user_id": consultant.id, "company_id": unit.company_id.id,
            "dealer_brand": "大众", "dealer_series": "迈腾",
        }
    ).id
env.cr.commit()
print(json.dumps(names))
"""


@pytest.fixture(scope="module")
def leads(served):
    """``{name: id of the lead}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def words(page) -> set[str]:
    dialogs = " ".join(page.locator(".modal").all_inner_texts())
    return (latin_words(page) | set(re.findall(r"[A-Za-z][A-Za-z0-9]+", dialogs)) - NAMES) - WORDS


def cards(page, phone):
    return page.locator(".o_kanban_record:not(.o_kanban_ghost)" if phone else ".o_data_row")


def suffix(phone):
    return "-phone" if phone else ""


@SIZES
def test_ask_answer_take(served, leads, page_as, phone):
    name = "问客机" if phone else "问客桌"
    asked = f"{'手机' if phone else '桌面'}：双离合变速箱质保几年？"
    page = page_as("consultant1.nb01", phone=phone)
    page.goto(f"/odoo/action-dealer_leads.crm_lead_action_dealer/{leads[name]}")
    press(page, "[name=action_dealer_ask]")
    page.locator(".o_form_view [name=question] textarea").wait_for()
    choose(page, "topic_id", "售后与质保", phone, within=".o_form_view")
    page.locator(".o_form_view [name=hint]:has-text('写明客户担心什么')").wait_for()
    page.locator(".o_form_view [name=question] textarea").fill(asked)
    assert not words(page)
    picture(page, f"consultation-ask{suffix(phone)}")
    page.locator(".o_form_button_save").click()
    page.locator(f".o_form_view h1:has-text('{name}')").wait_for()
    assert not words(page)
    picture(page, f"consultation-asked{suffix(phone)}")

    # The expert of after-sales is told, sees a masked name and no number, and answers.
    expert = page_as("advisor.nb01", phone=phone)
    expert.goto("/odoo/dealer-aftersales")
    expert.locator(".o_kanban_record:has-text('请我会诊的')").click()
    row = cards(expert, phone).filter(has_text="问**").filter(has_text="迈腾").first
    row.wait_for()
    assert not words(expert)
    picture(expert, f"consultation-questions{suffix(phone)}")
    row.click()
    expert.locator(".o_form_view h1:has-text('问**')").wait_for()
    body = expert.locator("body").inner_text()
    assert name not in body
    assert "19900873" not in body
    press(expert, "[name=action_answer]")
    expert.locator(".modal [name=proposal] textarea").fill("整车三年十万公里，变速箱另有十年质保。")
    assert not words(expert)
    picture(expert, f"consultation-answer{suffix(phone)}")
    expert.locator(".modal .o_form_button_save, .modal button.o_form_button_save").first.click()
    expert.locator(".o_form_view:has-text('十年质保')").wait_for()

    page.goto("/odoo/dealer-sales")
    page.locator(".o_kanban_record:has-text('我的会诊有答复了')").click()
    row = cards(page, phone).filter(has_text=name)
    row.click()
    page.locator(".o_form_view:has-text('十年质保')").wait_for()
    assert not words(page)
    picture(page, f"consultation-answers{suffix(phone)}")
    page.locator(".o_form_view button[name=action_accept]").first.click()
    wait_until(
        lambda: (
            query(
                served,
                "SELECT state FROM dealer_consultation WHERE lead_id = %s",
                leads[name],
            )
            == [("accepted",)]
        ),
        10,
        "the advice is taken",
    )
    page.locator(".o_form_view button[name=action_accept]").wait_for(state="detached")
    assert not words(page)
    picture(page, f"consultation-accepted{suffix(phone)}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@SIZES
def test_director_reads_the_figures(page_as, phone):
    page = page_as("director.nb01", phone=phone)
    for place, shot in (
        ("action-dealer_leads.dealer_consultation_report_action", "figures"),
        ("action-dealer_leads.dealer_consultation_expert_action", "experts"),
        ("dealer-consultations", "all"),
    ):
        page.goto(f"/odoo/{place}")
        cards(page, phone).first.wait_for()
        assert not words(page), place
        picture(page, f"consultation-{shot}{suffix(phone)}")
        if phone:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, place
