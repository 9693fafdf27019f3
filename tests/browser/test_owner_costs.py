"""What a car costs its owner, and its traffic violations: on the owner's phone, and at the desk."""

import json
import re

import pytest
from helpers import latin_words, picture, press, query
from playwright.sync_api import expect

PLATE = "浙B6V801"
#: An owner who agreed, a car with policy, visit, fault and one open violation.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.addons.dealer_service.models.dealer_violation_provider import ViolationFound
env = env(context={"tracking_disable": True, "mail_create_nolog": True})
store = env.ref("dealer_base.unit_nb01")
partner = env["res.partner"].create(
    {"name": "费用车主", "phone": "19900698001", "is_dealer_customer": True}
)
env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
now = fields.Datetime.now()
car = env["dealer.vehicle"].create(
    {
        "plate": "浙B6V801", "series": "探岳", "brand": "大众", "color": "极光银", "unit_id": store.id,
        "first_registration": now.date() - timedelta(days=500), "invoice_date": now.date() - timedelta(days=505),
        "compulsory_insurance_due": now.date() + timedelta(days=200), "compulsory_premium": 950,
        "commercial_insurance_due": now.date() + timedelta(days=200), "commercial_premium": 3680,
    }
)
car._set_owner(partner, now.date() - timedelta(days=505))
fault = env["dealer.vehicle.fault"].create({"vehicle_id": car.id, "name": "低速过坎前悬异响"})
for days, km in ((160, 9800), (40, 15600)):
    order = env["dealer.service.order"].create(
        {
            "vehicle_id": car.id, "unit_id": store.id, "mileage": km, "kind": "claim",
            "customer_words": "过减速带有异响", "opened_at": now - timedelta(days=days),
            "line_ids": [(0, 0, {"kind": "labour", "name": "底盘检查工时", "price_unit": 120})],
        }
    )
    env["dealer.service.repair"].create({"order_id": order.id, "fault_id": fault.id})
    order.completed_at = now - timedelta(days=days) + timedelta(hours=3)
    order.action_close()
for purpose in ("service", "violations"):
    env["dealer.consent"].create(
        {
            "partner_id": partner.id, "unit_id": store.id, "purpose": purpose,
            "text_version": "violations-2026-1", "source": "form",
        }
    )
env["dealer.violation"]._take(
    "simulator",
    {
        car: [
            ViolationFound(
                "SIM-story-1", now - timedelta(days=12), "宁波市鄞州区中山东路福明路口", "1344",
                "机动车违反禁令标志指示", 1, 200,
            ),
            ViolationFound(
                "SIM-story-2", now - timedelta(days=90), "宁波市江北区人民路", "1039",
                "违反规定停放机动车，影响其他车辆通行", 0, 150, True,
            ),
        ]
    },
    now.date(),
)
car.violations_asked_at = now
env["res.users"].with_context(no_reset_password=True).create(
    {
        "name": partner.name, "login": "costs.story", "password": "demo", "partner_id": partner.id,
        "lang": "zh_CN", "tz": "Asia/Shanghai", "company_id": store.company_id.id,
        "company_ids": [(6, 0, store.company_id.ids)],
        "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
    }
)
env.cr.commit()
print(json.dumps(car.id))
"""


@pytest.fixture(scope="module")
def car(served):
    """Id of the car."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def foreign_words(page):
    """Latin words on the screen that are neither names nor numbers."""
    return {
        word for word in latin_words(page) if not re.fullmatch(r"W\d\d|[A-HJ-NPR-Z\d]{8,17}", word)
    }


def test_the_desk_sees_costs_violations_and_faults(page_as, car):
    page = page_as("advisor.nb01")
    page.goto(f"/odoo/dealer-vehicles/{car}")
    page.locator(".o_notebook_headers a[name=costs]").click()
    expect(page.locator("[name=year_cost]")).to_contain_text("4,870.00")
    picture(page, "costs-car")
    assert foreign_words(page) == set()
    page.locator("button[name=action_violations]").click()
    page.locator(".o_data_row", has_text="机动车违反禁令标志指示").wait_for()
    picture(page, "violations-list")
    assert foreign_words(page) == set()
    page.goto(f"/odoo/dealer-vehicles/{car}")
    press(page, "[name=action_maintenance_list]")
    row = page.locator(".o_data_row", has_text="低速过坎前悬异响")
    row.wait_for()
    picture(page, "faults-needs")
    assert foreign_words(page) == set()
    page_as.expect_console("favicon")  # a bare report names none
    page.goto(f"/report/html/dealer_service.report_maintenance/{car}")
    assert "低速过坎前悬异响" in page.locator("body").inner_text()
    picture(page, "faults-print")


def test_headings_of_the_kinds_are_whole(page_as):
    page = page_as("servicemanager.nb01")
    page.set_viewport_size({"width": 1400, "height": 800})
    page.goto("/odoo/dealer-kinds")
    page.locator(".o_data_row").first.wait_for()
    picture(page, "kinds-settings")
    cut = page.locator(".o_list_table thead th span.text-truncate").evaluate_all(
        "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.innerText)"
    )
    assert cut == []
    assert foreign_words(page) == set()


def test_the_owner_notes_a_refuelling(page_as, served, car):
    page = page_as("costs.story", phone=True)
    page.goto("/my/vehicles")
    expect(page.locator(".o_my_vehicles")).to_contain_text("未处理的交通违法")
    page.goto(f"/my/vehicles/{car}")
    refuels = page.locator("#refuels")
    refuels.locator("summary").click()
    refuels.locator("[name=litres]").fill("41.5")
    refuels.locator("[name=amount]").fill("320.37")
    refuels.locator("[name=mileage]").fill("17200")
    refuels.scroll_into_view_if_needed()
    picture(page, "costs-owner-form-phone")
    refuels.locator("form button[type=submit]", has_text="记一笔").click()
    expect(page.locator("#refuels")).to_contain_text("17,200")
    expect(page.locator(".o_vehicle_costs")).to_contain_text("5,190.37")
    violations = page.locator(".o_vehicle_violations")
    for words in ("模拟", "机动车违反禁令标志指示", "未处理", "已处理", "200.00"):
        expect(violations).to_contain_text(words)
    text = page.locator("#wrap, main").first.inner_text()
    assert not set(re.findall(r"[A-Za-z]{3,}", text)) - {"PDF"}
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("h4[name=costs]").evaluate("(node) => node.scrollIntoView()")
    picture(page, "costs-owner-phone")
    violations.evaluate("(node) => node.scrollIntoView()")
    picture(page, "violations-owner-phone")
    (row,) = query(
        served,
        """SELECT refuel.amount, reading.mileage, reading.source, reading.state
             FROM dealer_vehicle_refuel refuel
             JOIN dealer_vehicle_reading reading ON reading.id = refuel.reading_id
            WHERE refuel.vehicle_id = %s""",
        car,
    )
    assert (float(row[0]), *row[1:]) == (320.37, 17200, "refuel", "accepted")
    # The owner ends it, and what was told is gone.
    violations.locator("button", has_text="不再查询").click()
    expect(page.locator(".o_vehicle_violations")).to_contain_text("同意查询我的车")
    picture(page, "violations-owner-stopped-phone")
    assert query(served, "SELECT id FROM dealer_violation WHERE vehicle_id = %s", car) == []
