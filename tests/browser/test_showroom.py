"""The online showroom: the customer's phone, and the marketing manager who writes the pages."""

import json
import re

import pytest
from helpers import close_alarms, latin_words, picture, press, query, wait_until

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0"
SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"SUV"}
MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
partner = env["res.partner"].create(
    {"name": "看车客", "phone": "19900870001", "is_dealer_customer": True}
)
relation = env["dealer.relation"].create(
    {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id}
)
lead = env["crm.lead"].create(
    {
        "name": "大众 探岳", "type": "opportunity", "partner_id": partner.id,
        "user_id": consultant.id, "company_id": unit.company_id.id,
        "dealer_brand": "大众", "dealer_series": "探岳",
    }
)
env.cr.commit()
url = relation._showroom_url()
print(json.dumps({
    "path": url[url.index("/showroom"):], "relation": relation.id, "lead": lead.id,
    "car": env.ref("dealer_leads.showroom_tayron").id,
}))
"""


@pytest.fixture(scope="module")
def known(served):
    """The personal link of a customer, and numbers of records."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def narrow(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_customer_looks_agrees_and_is_counted(served, known, page_as):
    page = page_as(None, phone=True)
    # A headless browser says so and is not counted; customers come by WeChat.
    page.set_extra_http_headers({"User-Agent": AGENT})
    page.goto("/showroom?store=NB01")
    page.locator(".card:has-text('大众 探岳')").wait_for()
    body = page.locator("body").inner_text()
    assert "18.99万" in body
    assert "请顾问回电" in body
    narrow(page)
    picture(page, "showroom-phone")

    # by the personal link the own consultant stands there, and the token in no address
    page.goto(known["path"])
    assert "me=" not in page.url
    page.locator("#consultant:has-text('沈佳怡')").wait_for()
    assert page.locator("#consultant a[href='tel:13957420001']").count() == 1
    page.locator("button[name=agree][value='1']").click()
    page.locator("button[name=agree][value='0']").wait_for()
    with page.expect_response("**/showroom/seen"):
        page.locator(".card:has-text('大众 探岳')").click()
    page.locator("h1:has-text('大众 探岳')").wait_for()
    assert "置换补贴8000元" in page.locator("body").inner_text()
    narrow(page)
    picture(page, "showroom-car-phone")
    page.locator("#consultant").scroll_into_view_if_needed()
    picture(page, "showroom-consultant-phone")
    wait_until(
        lambda: (
            query(
                served,
                "SELECT count FROM dealer_page_view WHERE relation_id = %s",
                known["relation"],
            )
            == [(1,)]
        ),
        10,
        "counted",
    )
    page.locator("a:has-text('问底价')").click()
    page.wait_for_url("**/lead?**")
    assert page.locator("#car").input_value() == "大众 探岳"
    assert "底价" in page.locator("#message").input_value()
    page.goto("/showroom?store=NB01")
    page.locator(".list-group-item:has-text('落地价怎么算')").click()
    page.locator("h1:has-text('落地价怎么算')").wait_for()
    narrow(page)
    picture(page, "showroom-article-phone")
    page_as.expect_console("404")
    page.goto("/showroom/car/999999")
    page.locator("h1:has-text('已下架')").wait_for()


@SIZES
def test_three_days_become_a_task(served, known, page_as, phone):
    served.shell(
        "from datetime import timedelta\n"
        f"relation = env['dealer.relation'].browse({known['relation']})\n"
        f"car = env['dealer.showroom.model'].browse({known['car']})\n"
        "from odoo import fields\n"
        "today = relation.unit_id._clock_local(fields.Datetime.now()).date()\n"
        "views = env['dealer.page.view']\n"
        "for days in (2, 1, 0):\n"
        "    day = today - timedelta(days=days)\n"
        "    if not views.search([('relation_id', '=', relation.id), ('day', '=', day)]):\n"
        "        views.create({'relation_id': relation.id, 'model_id': car.id, 'day': day,\n"
        "            'count': 3, 'last_at': fields.Datetime.now() - timedelta(days=days)})\n"
        "views.search([('relation_id', '=', relation.id)]).checked = False\n"
        "views._drain()\n"
        "env.cr.commit()"
    )
    page = page_as("consultant1.nb01", phone=phone)
    close_alarms(page)
    page.goto("/odoo/dealer-sales")
    page.locator(".o_kanban_record:has-text('待邀约到店议价')").wait_for()
    assert not latin_words(page) - WORDS
    page.goto("/odoo/dealer-looked-online")
    row = page.locator(
        ".o_kanban_record:has-text('看车客')" if phone else ".o_data_row:has-text('看车客')"
    )
    row.first.wait_for()
    assert not latin_words(page) - WORDS
    picture(page, f"showroom-looked{'-phone' if phone else ''}")
    if phone:
        narrow(page)
    page.goto(f"/odoo/action-dealer_leads.crm_lead_action_dealer/{known['lead']}")
    page.locator(".o_form_view .nav-link[name=insight]").click()
    page.locator(".o_dealer_heat_map:has-text('线上看这款车')").wait_for()
    page.locator(".o_form_view .nav-link[name=timeline]").click()
    page.locator(".o_dealer_timeline_row[data-kind=page]").first.wait_for()
    if not phone:
        page.locator(".o-mail-Activity:has-text('邀约到店议价：大众 探岳')").wait_for()
        picture(page, "showroom-task")


@SIZES
def test_marketing_manager_writes_and_publishes(served, page_as, phone):
    series = "途岳机" if phone else "途岳桌"
    page = page_as("marketingmanager.nb01", phone=phone)
    page.goto("/odoo/dealer-showroom")
    page.locator(".o_kanban_record:has-text('探岳')").first.wait_for()
    assert not latin_words(page) - WORDS
    picture(page, f"showroom-cars{'-phone' if phone else ''}")
    page.locator(
        ".o-kanban-button-new:visible, .o_control_panel_main_buttons .btn-primary:visible"
    ).first.click()
    page.locator("[name=series] input").fill(series)
    page.locator("[name=brand] input").fill("大众")
    page.locator("div[name=name] input").fill("城市小SUV")
    page.locator("[name=price_from] input").fill("158600")
    page.locator("[name=price_to] input").fill("228600")
    page.locator(".o_form_button_save:visible").click()
    page.wait_for_url(re.compile(r"/dealer-showroom/\d+"))
    press(page, "[name=action_publish]")
    wait_until(
        lambda: (
            query(
                served,
                "SELECT published FROM dealer_showroom_model WHERE series = %s",
                series,
            )
            == [(True,)]
        ),
        10,
        "published",
    )
    assert not latin_words(page) - WORDS
    picture(page, f"showroom-edit{'-phone' if phone else ''}")
    visitor = page_as(None, phone=True)
    visitor.goto("/showroom?store=NB01")
    visitor.locator(f".card:has-text('{series}')").wait_for()
    press(page, "[name=action_unpublish]")
    wait_until(
        lambda: (
            query(
                served,
                "SELECT published FROM dealer_showroom_model WHERE series = %s",
                series,
            )
            == [(False,)]
        ),
        10,
        "taken off",
    )
    visitor.reload()
    assert not visitor.locator(f".card:has-text('{series}')").count()
    page.goto("/odoo/dealer-showroom-articles")
    page.wait_for_selector(".o_data_row, .o_kanban_record")
    assert not latin_words(page) - WORDS
