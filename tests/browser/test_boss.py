"""The owner's phone: the stores on one page; a number opens the records that it counts."""

import json
import re

import pytest
from helpers import NAMES, picture

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

MAKE = """
import json
from datetime import timedelta
from odoo import fields
unit = env.ref("dealer_base.unit_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
consultant = env.ref("dealer_base.user_consultant1_nb01")
source = env.ref("dealer_leads.utm_source_walkin")
for number in range(5):
    visit = env["dealer.visit"].create(
        {
            "unit_id": unit.id, "visitor_name": f"看板客{number}", "series": "迈腾",
            "source_id": source.id, "consultant_id": consultant.id, "invited": number == 0,
        }
    )
    visit.action_receive()
    visit._close("continue")
while env["dealer.figure.mark"]._drain()[1]:
    pass
env.cr.commit()
print(json.dumps(unit.id))
"""


@pytest.fixture(scope="module")
def store(served):
    return json.loads(served.shell(MAKE).splitlines()[-1])


def latin_words(page):
    """Return the words of Latin letters on the page that are no names."""
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]+", page.locator("body").inner_text())) - NAMES
    # Codes of stores, and numbers of complaints among the alarms.
    return {word for word in words if not re.fullmatch(r"[A-Z]{1,2}(\d{2}|\d{5})", word)}


def suffix(phone):
    return "-phone" if phone else ""


def number(page, figure):
    """Return the tile of a figure and what it says."""
    tile = page.locator(f".boss_tile[data-figure={figure}]")
    return tile, tile.locator(".boss_value").inner_text()


@SIZES
def test_general_manager(store, page_as, phone):
    """Day, week, month, back and forward; a number opens as many records as it says."""
    page = page_as("gm.nb01", phone=phone)
    page.goto("/boss")
    page.locator(".boss_main").wait_for()
    assert not page.locator(".boss_stores").count()  # one store needs no table
    assert not latin_words(page)
    picture(page, f"boss-day{suffix(phone)}")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "the page is wider than the screen"
    page.locator(".boss_back").click()
    page.locator(".boss_forward").wait_for()
    page.locator(".boss_forward").click()
    page.locator(".boss_forward").wait_for(state="detached")
    page.locator(".boss_spans a").nth(2).click()
    page.locator(".boss_spans a").nth(2).and_(page.locator("[aria-current]")).wait_for()
    picture(page, f"boss-month{suffix(phone)}")
    tile, text = number(page, "sales_visits")
    assert int(text) >= 5
    tile.click()
    rows = page.locator(".o_data_row")
    rows.first.wait_for()
    shown = page.locator(".o_pager_limit").first
    total = int(shown.inner_text()) if shown.count() and shown.is_visible() else rows.count()
    assert total == int(text)
    page.go_back()
    page.locator(".boss_main").wait_for()


@SIZES
def test_group_executive(store, page_as, phone):
    """The stores side by side, sorted by a figure; a store is one tap away, and its records, too."""
    page = page_as("executive.hq", phone=phone)
    page.goto("/boss?span=month")
    table = page.locator(".boss_stores tbody tr")
    table.first.wait_for()
    assert table.count() >= 3
    assert not latin_words(page)
    picture(page, f"boss-stores{suffix(phone)}")
    page.locator(".boss_stores thead a").nth(1).click()
    page.wait_for_url("**sort=sales_visits**")
    page.locator(".boss_stores thead th:nth-child(3)[aria-sort]").wait_for()
    found = [int(text.replace(",", "")) for text in column(page, "sales_visits")]
    assert found == sorted(found, reverse=True)
    page.locator(".boss_units summary").click()
    choices = page.locator(".boss_units li a")
    assert choices.count() >= 4
    picture(page, f"boss-units{suffix(phone)}")
    page.locator(
        f".boss_units a[href*='unit={store}&'], .boss_units a[href$='unit={store}']"
    ).click()
    page.locator(".boss_stores").wait_for(state="detached")
    tile, text = number(page, "sales_visits")
    assert int(text) >= 5
    tile.click()
    page.locator(".o_data_row").first.wait_for()


def column(page, figure):
    return page.locator(f".boss_stores td a[data-figure={figure}]").all_inner_texts()


def test_who_has_no_such_post(page_as):
    page = page_as("consultant1.nb01", phone=True)
    page_as.expect_console("403")
    answer = page.goto("/boss")
    assert answer.status == 403
    page.locator(".boss_refused").wait_for()
    assert not latin_words(page)
