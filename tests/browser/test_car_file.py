"""The car file: the advisor opens a workshop order, the history and the curve stand in the file."""

import json
import re

import pytest
from helpers import choose, latin_words, picture, press, query
from playwright.sync_api import expect

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

#: An owner and two cars with a few readings.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
env = env(context={"tracking_disable": True, "mail_create_nolog": True})
store = env.ref("dealer_base.unit_nb01")
partner = env["res.partner"].create(
    {"name": "档案车主", "phone": "19900697001", "is_dealer_customer": True}
)
env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
cars = {}
for plate in ("浙B6C701", "浙B6C702"):
    car = env["dealer.vehicle"].create(
        {"plate": plate, "series": "速腾", "brand": "大众", "unit_id": store.id}
    )
    car._set_owner(partner, "2024-01-01")
    for days, km in ((400, 1200), (250, 9100), (90, 17300), (60, 1830)):
        env["dealer.vehicle.reading"].create(
            {
                "vehicle_id": car.id, "mileage": km, "source": "workshop",
                "date": fields.Datetime.now() - timedelta(days=days),
            }
        )
    cars[plate] = car.id
env["res.users"].with_context(no_reset_password=True).create(
    {
        "name": partner.name, "login": "owner.story", "password": "demo", "partner_id": partner.id,
        "lang": "zh_CN", "tz": "Asia/Shanghai", "company_id": store.company_id.id,
        "company_ids": [(6, 0, store.company_id.ids)],
        "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
    }
)
seen = env["dealer.vehicle"].create(
    {
        "plate": "浙B6C703", "series": "探岳", "brand": "大众", "color": "极光银",
        "unit_id": store.id, "first_registration": "2025-03-01", "purchase_date": "2025-02-20",
        "compulsory_insurance_due": fields.Date.add(fields.Date.today(), days=20),
    }
)
seen._set_owner(partner, "2025-02-20")
for days, km, words, lines in (
    (200, 9800, "常规保养", [("labour", "保养工时", 120), ("part", "机油 4L", 368)]),
    (40, 15600, "刹车有异响", [("labour", "更换刹车片工时", 150), ("part", "前刹车片", 520)]),
):
    order = env["dealer.service.order"].create(
        {
            "vehicle_id": seen.id, "unit_id": store.id, "mileage": km, "customer_words": words,
            "opened_at": fields.Datetime.now() - timedelta(days=days),
            "line_ids": [
                (0, 0, {"kind": kind, "name": name, "price_unit": price})
                for kind, name, price in lines
            ],
        }
    )
    order.action_close()
cars["浙B6C703"] = seen.id
env.cr.commit()
print(json.dumps(cars))
"""


@pytest.fixture(scope="module")
def cars(served):
    """``{plate: id}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def suffix(phone):
    return "-phone" if phone else ""


def foreign_words(page):
    """Latin words on the screen that are neither names nor numbers."""
    return {
        word for word in latin_words(page) if not re.fullmatch(r"W\d\d|[A-HJ-NPR-Z\d]{8,17}", word)
    }


@SIZES
def test_a_car_comes_in_and_is_handed_over(page_as, served, cars, phone):
    plate = "浙B6C702" if phone else "浙B6C701"
    page = page_as("advisor.nb01", phone)
    page.goto("/odoo/workshop-orders/new")
    page.wait_for_selector(".o_form_view")
    choose(page, "vehicle_id", plate, phone, within=".o_form_view")
    page.locator(".o_form_view [name=customer_id]:has-text('档案车主')").wait_for()
    mileage = page.locator(".o_form_view [name=mileage] input")
    mileage.fill("20600")
    mileage.press("Tab")
    page.locator(".o_form_view [name=customer_words] textarea").fill("刹车有异响")
    expect(mileage).to_have_value("20,600")
    page.locator(".o_form_button_save").click()
    page.wait_for_url(re.compile(r"/workshop-orders/\d+"))
    page.locator(".o_form_view [name=name]:has-text('NB01-W')").wait_for()
    press(page, "[name=action_close]")
    page.locator(".o_statusbar_status [aria-checked=true][data-value=closed]").wait_for(
        state="attached"
    )
    assert foreign_words(page) == set()
    picture(page, f"vehicles-order{suffix(phone)}")
    (row,) = query(
        served,
        """SELECT o.state, o.customer_words, r.mileage, r.source
             FROM dealer_service_order o JOIN dealer_vehicle_reading r ON r.id = o.reading_id
            WHERE o.vehicle_id = %s""",
        cars[plate],
    )
    assert row == ("closed", "刹车有异响", 20600, "workshop")


@SIZES
def test_the_file_of_the_car(page_as, served, cars, phone):
    page = page_as("advisor.nb01", phone)
    page.goto(f"/odoo/dealer-vehicles/{cars['浙B6C702' if phone else '浙B6C701']}")
    page.wait_for_selector(".o_form_view")
    page.locator(".o_notebook_headers a[name=readings]").click()
    canvas = page.locator(".o_dealer_mileage_curve canvas")
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box["width"] > 250
    assert box["height"] >= 200
    # The line is drawn: the canvas is not empty.
    assert canvas.evaluate(
        """(node) => node.getContext('2d').getImageData(0, 0, node.width, node.height)
            .data.some((value) => value)"""
    )
    picture(page, f"vehicles-curve{suffix(phone)}")
    assert foreign_words(page) == set()


@SIZES
def test_the_three_guarantees(page_as, served, phone):
    page = page_as("servicemanager.nb01", phone)
    page.goto("/odoo/three-guarantees")
    row = page.locator(".o_kanban_record, .o_data_row").filter(has_text="浙B6G360").first
    row.wait_for()
    assert "累计修理27天" in page.locator(".o_content").inner_text()
    picture(page, f"vehicles-guarantee{suffix(phone)}")
    assert foreign_words(page) == set()
    row.click()
    page.locator(".o_form_view .alert:visible").wait_for()
    if phone:
        # the buttons beside the title lie in a menu there
        ((car,),) = query(served, "SELECT id FROM dealer_vehicle WHERE plate = '浙B6G360'")
        page.goto(f"/odoo/dealer-vehicles/{car}")
    else:
        page.locator(".o_form_view button[name=action_open_vehicle]").click()
    page.locator(".o_form_view [name=plate]").wait_for()
    page.locator(".o_notebook_headers a[name=guarantee]").click()
    page.locator(".o_field_widget[name=fault_ids]").wait_for()
    picture(page, f"vehicles-guarantee-file{suffix(phone)}")
    assert foreign_words(page) == set()


@SIZES
def test_what_the_car_needs(page_as, served, cars, phone):
    car = cars["浙B6C702" if phone else "浙B6C701"]
    page = page_as("advisor.nb01", phone)
    page.goto(f"/odoo/dealer-vehicles/{car}")
    press(page, "[name=action_maintenance_list]")
    row = page.locator(".o_kanban_record, .o_data_row").filter(has_text="机油").first
    row.wait_for()
    picture(page, f"vehicles-needs{suffix(phone)}")
    assert foreign_words(page) == set()
    row.locator("button[name=action_done]").click()
    row.wait_for(state="detached")
    (need,) = query(
        served,
        """SELECT need.decision, partner.name FROM dealer_maintenance_need need
             JOIN dealer_maintenance_plan_line line ON line.id = need.line_id
             JOIN res_users person ON person.id = need.decided_by_id
             JOIN res_partner partner ON partner.id = person.partner_id
            WHERE need.vehicle_id = %s AND line.keywords = '机油'""",
        car,
    )
    assert need == ("done", "陈立峰")


def test_the_list_is_printed(page_as, cars):
    page = page_as("advisor.nb01")
    answer = page.request.get(f"/report/pdf/dealer_service.report_maintenance/{cars['浙B6C701']}")
    assert answer.ok
    assert answer.body().startswith(b"%PDF")
    page_as.expect_console("favicon")  # a bare report names none
    page.goto(f"/report/html/dealer_service.report_maintenance/{cars['浙B6C701']}")
    text = page.locator("body").inner_text()
    assert "保养需求清单" in text
    assert "□ 做" in text
    picture(page, "vehicles-needs-print")


@SIZES
def test_the_owner_sees_the_own_cars(page_as, cars, phone):
    page = page_as("owner.story", phone)
    page.goto("/my/vehicles")
    page.locator(".o_my_vehicles .card").first.wait_for()
    assert page.locator(".o_my_vehicles .card").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, f"vehicles-owner{suffix(phone)}")
    page.locator(f"a[href='/my/vehicles/{cars['浙B6C703']}']").click()
    page.locator(".o_vehicle_costs").wait_for()
    text = page.locator("#wrap, main").first.inner_text()
    for words in ("浙B6C703", "刹车有异响", "机油 4L", "1,158.00"):
        assert words in text
    assert not set(re.findall(r"[A-Za-z]{3,}", text)) - {"PDF"}
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, f"vehicles-owner-car{suffix(phone)}")
    answer = page.request.get(f"/my/vehicles/{cars['浙B6C703']}/pdf")
    assert answer.ok
    assert answer.body().startswith(b"%PDF")
