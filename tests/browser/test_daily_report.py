"""The day of a consultant: the report is there, a number is corrected, confirmed; the manager answers."""

import json

import pytest
from helpers import latin_words, picture, press, reached

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"DCC", "F0", "A4"}

MAKE = """
import json
from datetime import timedelta
unit = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
reports = env["dealer.daily.report"]
today = unit._clock_local(fields.Datetime.now()).date()
made = {}
for tag, day in (("desk", today - timedelta(days=2)), ("phone", today - timedelta(days=3))):
    for number in range(3):
        visit = env["dealer.visit"].create(
            {
                "unit_id": unit.id, "visitor_name": f"日客{tag}{number}", "series": "迈腾",
                "source_id": env.ref("dealer_leads.utm_source_walkin").id,
                "consultant_id": consultant.id,
            }
        )
        visit.action_receive()
        visit._close("continue")
        env.flush_all()
        moment = unit._daily_bounds(day)[0] + timedelta(hours=10)
        env.cr.execute(
            "UPDATE dealer_visit SET arrived_at = %s, received_at = %s WHERE id = %s",
            [moment, moment + timedelta(minutes=1), visit.id],
        )
    env.invalidate_all()
    env["mail.activity"].create(
        {
            "res_model_id": env["ir.model"]._get_id("res.partner"),
            "res_id": consultant.partner_id.id,
            "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
            "summary": "准备周末试驾",
            "date_deadline": unit._daily_next(day),
            "user_id": consultant.id,
        }
    )
    reports.search([("unit_id", "=", unit.id), ("day", "=", day)]).unlink()
    reports._make(unit, day)
    made[tag] = reports.search(
        [("user_id", "=", consultant.id), ("day", "=", day), ("scope", "=", "own")]
    ).id
env.cr.commit()
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def reports(served):
    return json.loads(served.shell("from odoo import fields\n" + MAKE).splitlines()[-1])


def suffix(phone):
    return "-phone" if phone else ""


@SIZES
def test_a_day_is_reported(reports, page_as, phone):
    report = reports["phone" if phone else "desk"]
    page = page_as("consultant1.nb01", phone=phone)
    page.goto(f"/odoo/dealer-daily-reports/{report}")
    correct(page, phone)
    picture(page, f"reports-daily{suffix(phone)}")
    page.locator("[name=problems] textarea").fill("两位客户嫌优惠少")
    page.locator("[name=plan] textarea").fill("上午邀约三位B级客户")
    assert not latin_words(page) - WORDS
    press(page, "[name=action_confirm]")
    reached(page, "已确认")

    boss = page_as("manager.nb01", phone=phone)
    boss.goto(f"/odoo/dealer-daily-reports/{report}")
    boss.locator("[name=manager_comment] textarea").fill("周末一起谈")
    assert "两位客户嫌优惠少" in boss.locator("[name=problems]").first.inner_text()
    picture(boss, f"reports-daily-manager{suffix(phone)}")
    press(boss, "[name=action_acknowledge]")
    reached(boss, "已批阅")
    assert not latin_words(boss) - WORDS


def correct(page, phone):
    """Say that there were five calls, whatever was counted."""
    if not phone:
        row = page.locator("[name=line_ids] .o_data_row:has-text('电话')").first
        row.locator("td[name=value]").click()
        row.locator("[name=value] input").fill("5")
        page.locator(".oe_title").click()
        page.locator("[name=line_ids] .o_selected_row").wait_for(state="detached")
        page.locator("[name=line_ids] .o_data_row.text-warning:has-text('电话')").wait_for()
        return
    page.locator("[name=line_ids] .o_kanban_record:has-text('电话')").first.click()
    page.locator(".modal [name=value] input").fill("5")
    page.locator(".modal .o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")
    page.locator("[name=line_ids] .o_kanban_record:has-text('电话'):has-text('5')").wait_for()


@SIZES
def test_lists_of_the_manager(reports, page_as, phone):
    page = page_as("manager.nb01", phone=phone)
    for path, place, name in (
        ("dealer-daily-reports", ".o_data_row, .o_kanban_record", "daily-list"),
        ("dealer-daily-figures", ".o_pivot table", "daily-figures"),
    ):
        page.goto(f"/odoo/{path}")
        page.locator(place).first.wait_for()
        assert not latin_words(page) - WORDS
        picture(page, f"reports-{name}{suffix(phone)}")


@pytest.mark.parametrize(
    ("path", "place"),
    [("dealer-traffic", ".o_pivot table"), ("dealer-visitors", ".o_list_view .o_data_row")],
    ids=["pivot", "list"],
)
def test_what_is_shown_is_printed(reports, page_as, path, place):
    page = page_as("gm.nb01")
    page.goto(f"/odoo/{path}")
    page.locator(place).first.wait_for()
    page.locator(".o_cp_action_menus button").first.click()
    with page.expect_download() as paper:
        page.locator(".o_dealer_print").click()
    assert paper.value.path().read_bytes().startswith(b"%PDF")
