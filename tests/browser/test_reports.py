"""The reports: a number of the table opens the records that it counts, a row opens its record."""

import json

import pytest
from helpers import latin_words, picture

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"DCC", "F0"}

MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
consultant = env.ref("dealer_base.user_consultant1_nb01")
source = env.ref("dealer_leads.utm_source_walkin")
for number in range(4):
    visit = env["dealer.visit"].create(
        {
            "unit_id": unit.id, "visitor_name": f"表客{number}", "series": "迈腾",
            "source_id": source.id, "consultant_id": consultant.id, "invited": number == 0,
        }
    )
    visit.action_receive()
    visit._close("continue")
env.cr.commit()
print(json.dumps(env["dealer.visit"].search_count([("visitor_name", "=like", "表客%")])))
"""


@pytest.fixture(scope="module")
def visits(served):
    return json.loads(served.shell(MAKE).splitlines()[-1])


def suffix(phone):
    return "-phone" if phone else ""


def cell(page, measure):
    """Return the cell of the total in the column ``measure``."""
    page.locator(".o_pivot td.o_pivot_cell_value").first.wait_for()
    heads = page.locator(".o_pivot .o_pivot_measure_row").all_inner_texts()
    place = [head.strip() for head in heads].index(measure)
    return page.locator(".o_pivot tbody tr").first.locator("td").nth(place)


@SIZES
@pytest.mark.parametrize("measure", ["首次客流", "邀约客流", "混合客流"])
def test_a_number_opens_its_records(visits, page_as, phone, measure):
    page = page_as("gm.nb01", phone=phone)
    page.goto("/odoo/dealer-traffic")
    number = cell(page, measure)
    count = int(number.inner_text())
    assert count
    assert not latin_words(page) - WORDS
    picture(page, f"reports-traffic{suffix(phone)}")
    number.click()
    rows = page.locator(".o_data_row")
    rows.first.wait_for()
    assert rows.count() == count
    rows.first.locator("td.o_data_cell").first.click()
    page.locator(".o_form_view [name=visitor_name]").first.wait_for()


@SIZES
@pytest.mark.parametrize(
    ("path", "place", "name"),
    [
        ("dealer-traffic-hours", ".o_pivot td[style*='box-shadow']", "hours"),
        ("dealer-showroom-sources", ".o_pivot table", "sources"),
        ("dealer-visitors", ".o_list_view .o_data_row", "visitors"),
        ("dealer-defeat-statistics", ".o_pivot table", "defeats"),
        ("dealer-defeat-analysis", ".o_pivot, .o_view_nocontent", "defeat-analysis"),
        ("dealer-prospect-progress", ".o_list_view .o_data_row", "progress"),
        ("dealer-customer-analysis", ".o_pivot table", "customers"),
        ("dealer-activities", ".o_list_view, .o_view_nocontent", "activities"),
    ],
)
def test_reports_in_chinese(visits, page_as, phone, path, place, name):
    page = page_as("gm.nb01", phone=phone)
    page.goto(f"/odoo/{path}")
    page.locator(place).first.wait_for()
    assert not latin_words(page) - WORDS
    picture(page, f"reports-{name}{suffix(phone)}")
