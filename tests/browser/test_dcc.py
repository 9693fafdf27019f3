"""The call centre: pick, seven steps, invitation, arrival at the showroom; no-show; re-call."""

import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from helpers import NAMES, choose, latin_words, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
WORDS = {"F0", "CR"}
SHANGHAI = timezone(timedelta(hours=8))

MAKE = """
import json
from datetime import timedelta
from odoo import fields
unit = env.ref("dealer_base.unit_nb01")
manager = env.ref("dealer_base.user_manager_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "lang": "zh_CN"})
names = {}
def customer(name, number, **binding):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"199008500{number:02}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create({"partner_id": partner.id, "unit_id": unit.id, **binding})
    return env["crm.lead"].create(
        {
            "name": "大众 探岳", "type": "opportunity", "partner_id": partner.id,
            "user_id": binding.get("consultant_id", False), "company_id": unit.company_id.id,
            "dealer_brand": "大众", "dealer_series": "探岳",
            "source_id": env.ref("dealer_leads.utm_source_yiche").id,
        }
    )
for number, name in enumerate(("池客桌", "池客机", "抢客桌", "抢客机")):
    names[name] = customer(name, number).id
for number, (name, state) in enumerate((("真败桌", "t"), ("假败机", "f")), 10):
    lead = customer(name, number, consultant_id=consultant.id)
    lead._dealer_set_grade("B", "车型未定")
    defeat = env["dealer.defeat"].with_user(consultant).create(
        {
            "lead_id": lead.id,
            "reason_id": env.ref("dealer_leads.defeat_reason_none_postponed_the_purchase").id,
            "analysis": "今年不换车了",
        }
    )
    defeat.with_user(manager).action_confirm()
    if not env["dealer.defeat.recall"].search([("defeat_id", "=", defeat.id)]):
        env["dealer.defeat.recall"]._ask_about(defeat.sudo())
    names[name] = lead.id
env.cr.commit()
print(json.dumps(names))
"""


@pytest.fixture(scope="module")
def leads(served):
    """``{name: id of the lead}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def words(page) -> set[str]:
    """Latin words of the screen and of the dialogs on it."""
    dialogs = " ".join(page.locator(".modal").all_inner_texts())
    return (latin_words(page) | set(re.findall(r"[A-Za-z][A-Za-z0-9]+", dialogs)) - NAMES) - WORDS


def cards(page, phone):
    return page.locator(".o_kanban_record:not(.o_kanban_ghost)" if phone else ".o_data_row")


def moment(days, hour):
    """Return a moment of the store's wall clock as people type it."""
    day = datetime.now(SHANGHAI) + timedelta(days=days)
    return f"{day:%Y/%m/%d} {hour:02}:00:00"


def fill(page, name, text):
    field = page.locator(f".o_form_view [name={name}]:visible")
    box = field.locator("input, textarea").first
    if not box.count():
        field.locator("button").first.click()
        box = field.locator("input").first
    box.fill(text)
    box.press("Tab")


def step(page, name):
    """Wait until the call stands at the step of this name."""
    page.locator(f".o_form_view .alert-info:has-text('{name}')").wait_for()


def next_step(page, aim):
    press(page, "[name=action_next]")
    step(page, aim)
    assert not words(page)


@SIZES
def test_pick_call_invite(served, leads, page_as, phone):
    name = "池客机" if phone else "池客桌"
    page = page_as("dcc1.nb01", phone=phone)
    page.goto("/odoo/dealer-dcc-pool")
    row = cards(page, phone).filter(has_text=name)
    row.wait_for()
    assert not words(page)
    assert "199****" in row.inner_text()
    assert not re.search(r"1990085\d{4}", page.locator("body").inner_text())
    picture(page, f"dcc-pool{'-phone' if phone else ''}")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row.locator("button[name=action_take]").click()

    # The number is there, and the first step with its talk track.
    step(page, "了解客户情况")
    body = page.locator(".o_form_view").inner_text()
    assert "1990085" in body.replace(" ", "")
    assert not words(page)
    fill(page, "aim", "周六上午到店试驾")
    picture(page, f"dcc-call-1{'-phone' if phone else ''}")
    next_step(page, "两分钟时间")
    assert name in page.locator(".alert-info").inner_text(), "the talk track names the customer"
    next_step(page, "谁开、用途、预算")
    for field, text in (
        ("driver", "太太开，接送孩子"),
        ("budget", "20万以内"),
        ("compared", "本田CR-V"),
        ("trade_in", "2016款朗逸"),
    ):
        fill(page, field, text)
    picture(page, f"dcc-call-3{'-phone' if phone else ''}")
    next_step(page, "对得上需求的卖点")
    fill(page, "value", "后排空间大，装得下儿童座椅")
    next_step(page, "两个时间二选一")
    page.locator(
        "[name=reason]:visible :text('试乘试驾'), [name=reason]:visible :text('试驾')"
    ).first.click()
    next_step(page, "路线、车牌")
    fill(page, "invite_at", moment(2, 10))
    next_step(page, "记录结果")
    choose(page, "result_id", "邀约成功", phone, within=".o_form_view")
    fill(page, "summary", "和太太一起来，看现车颜色")
    picture(page, f"dcc-call-7{'-phone' if phone else ''}")
    press(page, "[name=action_finish]")
    page.locator(".o_form_view [name=state]:has-text('邀约')").first.wait_for()
    page.locator(".o_form_view h1:has-text('" + name + "')").wait_for()
    assert not words(page)
    picture(page, f"dcc-invitation{'-phone' if phone else ''}")
    [(state, agent)] = query(
        served,
        "SELECT inv.state, person.login FROM dealer_dcc_invitation inv"
        " JOIN res_users person ON person.id = inv.user_id WHERE inv.lead_id = %s",
        leads[name],
    )
    assert (state, agent) == ("invited", "dcc1.nb01")
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@SIZES
def test_guests_arrive_and_the_consultant_reads_the_story(served, leads, page_as, phone):
    name = "池客机" if phone else "池客桌"
    desk = page_as("reception.nb01")
    desk.goto("/odoo/dealer-reception")
    desk.wait_for_selector(".o_kanban_group")
    desk.fill(".o_dealer_reception input[role=combobox]", name)
    desk.locator(f".o_dealer_reception_found [role=option]:has-text('{name}')").first.click()
    desk.wait_for_selector(".o_dealer_reception_form")
    desk.keyboard.press("Enter")
    wait_until(
        lambda: (
            query(
                served,
                "SELECT state FROM dealer_dcc_invitation WHERE lead_id = %s",
                leads[name],
            )
            == [("arrived",)]
        ),
        10,
        "the visit says that the customer came",
    )
    [(visit, receiver)] = query(
        served,
        "SELECT visit.id, person.login FROM dealer_visit visit"
        " JOIN res_users person ON person.id = visit.consultant_id"
        " JOIN dealer_dcc_invitation inv ON inv.visit_id = visit.id WHERE inv.lead_id = %s",
        leads[name],
    )
    page = page_as(receiver, phone=phone)
    page.goto(f"/odoo/action-dealer_leads.dealer_visit_action/{visit}")
    press(page, "[name=action_dealer_story]")
    page.locator(".o_form_view [name=story]:has-text('20万以内')").wait_for()
    assert not words(page)
    picture(page, f"dcc-story{'-phone' if phone else ''}")
    page.go_back()
    page.locator("button[name=action_receive]:visible").first.click()
    wait_until(
        lambda: (
            query(served, "SELECT state FROM dealer_visit WHERE id = %s", visit) == [("receiving",)]
        ),
        10,
        "received",
    )


@SIZES
def test_taken_by_a_colleague(served, leads, page_as, phone):
    name = "抢客机" if phone else "抢客桌"
    page = page_as("dcc1.nb01", phone=phone)
    page.goto("/odoo/dealer-dcc-pool")
    row = cards(page, phone).filter(has_text=name)
    row.wait_for()
    served.shell(
        "agent = env.ref('dealer_base.user_dcc2_nb01')\n"
        f"entry = env['dealer.dcc.entry'].search([('lead_id', '=', {leads[name]})])\n"
        "company = entry.company_id\n"
        "entry.with_user(agent).with_context(allowed_company_ids=company.ids).action_take()\n"
        "env.cr.commit()"
    )
    served.expect_log("这位客户刚被")
    row.locator("button[name=action_take]").click()
    error = page.locator(".modal:has-text('这位客户刚被')")
    error.wait_for()
    assert not words(page)
    picture(page, f"dcc-taken{'-phone' if phone else ''}")


@SIZES
def test_recall_is_blind_and_revives(served, leads, page_as, phone):
    name, button = ("假败机", "action_false") if phone else ("真败桌", "action_true")
    page = page_as("dcc1.nb01", phone=phone)
    page.goto("/odoo/dealer-defeat-recalls")
    row = cards(page, phone).filter(has_text=name)
    row.wait_for()
    assert not words(page)
    row.click()
    press(page, "[name=action_take]")
    page.locator(".o_form_view [name=phone]:visible").wait_for()
    body = page.locator(".o_form_view").inner_text()
    assert "今年不换车了" not in body
    assert "暂缓" not in body
    picture(page, f"dcc-recall{'-phone' if phone else ''}")
    if not phone:
        choose(page, "answer_reason_id", "暂缓购车", phone, within=".o_form_view")
    fill(page, "answer_text", "还在看，周末想试驾" if phone else "明年再说")
    press(page, f"[name={button}]")
    page.locator(".o_form_view:has-text('今年不换车了')").wait_for()
    assert not words(page)
    picture(page, f"dcc-recall-done{'-phone' if phone else ''}")
    [(state, finder)] = query(
        served,
        "SELECT lead.won_status, person.login FROM crm_lead lead"
        " LEFT JOIN res_users person ON person.id = lead.dealer_revived_by_id WHERE lead.id = %s",
        leads[name],
    )
    assert (state, finder) == (("pending", "dcc1.nb01") if phone else ("lost", None))


@SIZES
def test_lead_of_the_call_centre(leads, page_as, phone):
    page = page_as("dcclead.nb01", phone=phone)
    for place, selector in (
        ("dealer-dcc-figures", ".o_pivot_view table"),
        ("dealer-defeat-accuracy", ".o_pivot_view table"),
        ("dealer-invitations", ".o_kanban_record" if phone else ".o_data_row"),
        ("dealer-dcc-outbound", ".o_kanban_record" if phone else ".o_data_row"),
        ("dealer-dcc-inbound", ".o_view_nocontent"),
        ("dealer-sales", ".o_kanban_record"),
    ):
        page.goto(f"/odoo/{place}")
        page.wait_for_selector(selector)
        assert not words(page), place
        assert not page.locator(".o_error_dialog").count()
        picture(page, f"{place.replace('dealer-', 'dcc-lead-')}{'-phone' if phone else ''}")
        if phone and "pivot" not in selector:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, place


@SIZES
def test_caller_of_the_hotline(served, page_as, phone):
    number = "19900859002" if phone else "19900859001"
    page = page_as("dcc2.nb01", phone=phone)
    page.goto("/odoo/action-dealer_leads.dealer_dcc_inbound_action")
    page.wait_for_selector("[name=phone] input")
    for field, text in (("phone", number), ("name", "热线王先生"), ("series", "迈腾")):
        page.locator(f"[name={field}] input").fill(text)
    assert not words(page)
    picture(page, f"dcc-incoming{'-phone' if phone else ''}")
    page.click("button[name=action_begin]")
    step(page, "了解客户情况")
    assert not words(page)
    [(direction, source)] = query(
        served,
        "SELECT call.direction, source.dealer_code FROM dealer_dcc_call call"
        " JOIN crm_lead lead ON lead.id = call.lead_id"
        " JOIN utm_source source ON source.id = lead.source_id"
        " JOIN res_partner partner ON partner.id = lead.partner_id WHERE partner.phone_normalized = %s",
        f"+86{number}",
    )
    assert (direction, source) == ("in", "hotline")
