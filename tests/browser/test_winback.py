"""Who has not come for long: the advisor sees why, gives the call out with an offer, and the car comes again."""

import json
import re

import pytest
from helpers import choose, latin_words, picture, press, query

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

#: A customer for each size, whose rhythm is 182 days and who was here 301 days ago.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
env = env(context={"tracking_disable": True, "mail_create_nolog": True})
store = env.ref("dealer_base.unit_nb01")
advisor = env.ref("dealer_base.user_advisor_nb01")
made = {}
for number, size in enumerate(("desk", "phone")):
    partner = env["res.partner"].create(
        {"name": f"流失客{number}", "phone": f"1991104400{number}", "is_dealer_customer": True}
    )
    relation = env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
    car = env["dealer.vehicle"].create(
        {"plate": f"浙Y4400{number}", "brand": "大众", "series": "速腾", "unit_id": store.id}
    )
    car._set_owner(partner, "2020-01-01")
    for days in (301, 483, 665):
        order = env["dealer.service.order"].create({
            "vehicle_id": car.id, "unit_id": store.id, "advisor_id": advisor.id,
            "opened_at": fields.Datetime.now() - timedelta(days=days),
            "line_ids": [(0, 0, {"kind": "labour", "name": "保养工时", "price_unit": 300})],
        })
        order.action_close()
    relation._kinds_count()
    made[size] = [relation.id, car.id]
env.cr.commit()
print(json.dumps(made))
"""
COME = """
car = env["dealer.vehicle"].browse(%d)
env["dealer.service.order"].create({"vehicle_id": car.id, "unit_id": car.unit_id.id})
env.cr.commit()
"""


@pytest.fixture(scope="module")
def made(served):
    """``{size: [id of the relation, id of the car]}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def words(page):
    return {word for word in latin_words(page) if not re.fullmatch(r"Y4\d+|NB\d+|W\d+", word)}


@SIZES
def test_a_customer_is_won_back(served, made, page_as, phone):
    size = "phone" if phone else "desk"
    relation, car = made[size]
    name = f"流失客{int(phone)}"
    page = page_as("advisor.nb01", phone)
    page.goto("/odoo/dealer-winback")
    row = page.locator(
        f".o_kanban_record:has-text('{name}')" if phone else f".o_data_row:has-text('{name}')"
    )
    row.wait_for()
    assert "通常每182天来一次，现已301天" in row.inner_text()
    assert not words(page)
    picture(page, f"winback-list-{size}")
    if phone:
        row.locator("button:visible").first.click()
    else:
        row.locator("input[type=checkbox]").click()
        page.locator(".o_control_panel button:has-text('客户挽回'):visible").first.click()
    page.locator(".modal [name=offer_id]").wait_for()
    choose(page, "offer_id", "免费全车检测", phone)
    page.locator(".modal [name=terms]:has-text('38项')").wait_for()
    assert not words(page)
    picture(page, f"winback-assign-{size}")
    page.locator(".modal footer [name=action_assign], .modal [name=action_assign]").first.click()
    page.locator(".modal").wait_for(state="detached")
    call = page.locator(
        f".o_kanban_record:has-text('{name}')" if phone else f".o_data_row:has-text('{name}')"
    )
    call.first.click()
    page.locator(".o_form_view [name=result]").wait_for()
    page.locator(".o_form_view [name=result] label:has-text('会来')").first.click()
    assert not words(page)
    picture(page, f"winback-call-{size}")
    press(page, "[name=action_close]")
    page.locator(".o_statusbar_status [aria-checked=true][data-value=closed]").wait_for(
        state="attached"
    )
    served.shell(COME % car)
    page.reload()
    page.locator(".o_form_view [name=order_id]:has-text('NB01-W')").wait_for()
    ((state, result),) = query(
        served, "SELECT state, result FROM dealer_winback WHERE relation_id = %s", relation
    )
    assert (state, result) == ("closed", "returned")
    # The card explains itself, with the numbers in force.
    page.goto(f"/odoo/dealer-winback/{relation}")
    page.locator(".o_form_view a[name=service], .o_notebook a:has-text('售后')").first.click()
    page.locator("[name=kind_explanation]:has-text('至少3次')").wait_for()
    assert not words(page)
    picture(page, f"winback-card-{size}")


def test_what_the_kinds_mean(page_as):
    page = page_as("servicemanager.nb01")
    page.goto("/odoo/dealer-kinds")
    page.locator(".o_data_row:has-text('所有经销店')").first.click()
    page.locator("[name=explanation]:has-text('忠诚')").wait_for()
    assert not words(page)
    picture(page, "winback-kinds-desk")
