"""The first step of the main job: a platform delivers a file, everybody sees what is theirs."""

import json
import re

import pytest
from helpers import LEAD_FILE, ask, latin_words, make_key, query, wait_until


@pytest.fixture(scope="module")
def delivered(served):
    """The file, posted to a served database and worked off by the job runner."""
    body = json.loads(LEAD_FILE.read_text())
    key = make_key(served)
    status, answer = ask(f"{served.url}/dealer/v1/leads", key, body)
    assert status == 202
    assert {result["status"] for result in answer["results"]} == {"accepted"}
    wait_until(
        lambda: (
            not query(
                served,
                "SELECT 1 FROM dealer_lead_inbox WHERE source = 'dongchedi' AND state = 'new'",
            )
        ),
        30,
        "the job runner works the inbox off",
    )
    return {"key": key, "body": body, "answer": answer}


def test_one_customer_per_valid_number(served, delivered):
    states = dict(
        query(
            served,
            "SELECT state, count(*) FROM dealer_lead_inbox WHERE source = 'dongchedi' GROUP BY state",
        )
    )
    assert states["attention"] == 12
    assert sum(states.values()) == 400
    assert set(states) == {"attention", "done", "duplicate"}
    customers = query(
        served,
        "SELECT count(DISTINCT lead.partner_id), count(DISTINCT partner.phone_normalized)"
        " FROM dealer_lead_inbox row JOIN crm_lead lead ON lead.id = row.lead_id"
        " JOIN res_partner partner ON partner.id = lead.partner_id WHERE row.source = 'dongchedi'",
    )
    assert customers == [(338, 338)]


def test_posted_again_nothing_changes(served, delivered):
    count = "SELECT (SELECT count(*) FROM crm_lead), (SELECT count(*) FROM res_partner)"
    before = query(served, count)
    status, answer = ask(f"{served.url}/dealer/v1/leads", delivered["key"], delivered["body"])
    assert status == 202
    assert [result["inbox_id"] for result in answer["results"]] == [
        result["inbox_id"] for result in delivered["answer"]["results"]
    ]
    assert query(served, count) == before


def lead_count(page) -> int:
    """How many leads the list says it has."""
    text = page.locator(".o_pager").inner_text()
    return int(text.replace("\n", "").split("/")[-1])


def leads_of(served, login: str) -> int:
    """How many open leads somebody has."""
    return query(
        served,
        "SELECT count(*) FROM crm_lead lead JOIN res_users u ON u.id = lead.user_id"
        " WHERE u.login = %s AND lead.active AND lead.won_status = 'pending'",
        login,
    )[0][0]


def test_consultant_sees_own_leads_in_chinese(served, delivered, page_as):
    page = page_as("consultant1.nb01", start=True)
    page.wait_for_selector(".o_kanban_record:has-text('我的线索')")
    assert not latin_words(page)
    page.click(".o_kanban_record:has-text('我的线索')")
    page.wait_for_selector(".o_list_view .o_data_row")
    assert lead_count(page) == leads_of(served, "consultant1.nb01") > 0
    assert not latin_words(page)
    page.click(".o_data_row >> nth=0 >> td[name=name]")
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    assert not latin_words(page)
    page.click("button[name=action_dealer_customer]")
    page.wait_for_selector(".o_form_view .o_dealer_timeline_row")
    assert not latin_words(page)


def test_consultant_works_on_the_phone(served, delivered, page_as):
    page = page_as("consultant2.nb01", phone=True, start=True)
    page.click(".o_kanban_record:has-text('我的线索')")
    page.wait_for_selector(".o_kanban_record:has-text('大众')")
    assert not latin_words(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page is wider than the phone"


def test_manager_sees_the_team_and_corrects(served, delivered, page_as):
    page = page_as("manager.nb01")
    page.goto("/odoo/dealer-leads")
    page.wait_for_selector(".o_list_view .o_data_row")
    team = sum(leads_of(served, f"consultant{number}.nb01") for number in (1, 2))
    other_team = leads_of(served, "consultant3.nb01")
    assert team <= lead_count(page)
    assert other_team > 0
    whole = query(
        served,
        "SELECT count(*) FROM crm_lead lead JOIN dealer_unit unit ON unit.id = lead.dealer_unit_id"
        " WHERE unit.code = 'NB01'",
    )[0][0]
    assert lead_count(page) <= whole - other_team
    page.goto("/odoo/dealer-inbox")
    page.wait_for_selector(".o_list_view")
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_filter_menu .o_menu_item:has-text('待处理')")
    page.wait_for_selector(".o_data_row:has-text('12345'), .o_data_row:has-text('1390000')")
    assert not latin_words(page) - {"dongchedi", "no", "phone"}


def test_another_store_sees_none(served, delivered, page_as):
    page = page_as("consultant1.nb02")
    page.goto("/odoo/dealer-leads")
    page.wait_for_selector(".o_list_view .o_data_row")
    assert lead_count(page) == leads_of(served, "consultant1.nb02")
    assert "大众" not in page.locator(".o_list_view").inner_text()


def test_clerk_sees_cards_with_masked_numbers(served, delivered, page_as):
    page = page_as("reception.nb01")
    page.goto("/odoo/dealer-cards")
    page.wait_for_selector(".o_list_view .o_data_row")
    text = page.locator(".o_list_view").inner_text()
    assert re.search(r"1\d{2}\*{4}\d{4}", text)
    assert not re.search(r"1[3-9]\d{9}", text)
    assert not latin_words(page)


def test_general_manager_sees_the_store_on_the_phone(served, delivered, page_as):
    page = page_as("gm.nb01", phone=True)
    page.goto("/odoo/dealer-management")
    page.wait_for_selector(".o_kanban_record:has-text('今日线索')")
    assert not latin_words(page)
