"""Customer care works off today's calls: answers, dissatisfaction, nobody reached; the manager's figures."""

import json

import pytest
from helpers import latin_words, picture, press, query, wait_until
from playwright.sync_api import expect

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

#: For each size one who answers and one who does not, planned as the rules do, for today.
MAKE = """
import json
from datetime import timedelta
from odoo import fields
env = env(context={"tracking_disable": True, "mail_create_nolog": True})
store, care = env.ref("dealer_base.unit_nb01"), env.ref("dealer_base.user_care_nb01")
rule = env.ref("dealer_service.touch_rule_callback_3")
made = {}
for number, size in enumerate(("desk", "phone")):
    for kind, (name, digit) in {"answers": ("回访甲客", 1), "silent": ("回访乙客", 2)}.items():
        partner = env["res.partner"].create({
            "name": f"{name}{number + 1}", "phone": f"1991102{digit}00{number}", "is_dealer_customer": True,
        })
        env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
        env["dealer.consent"].create({
            "partner_id": partner.id, "unit_id": store.id, "purpose": "service", "text_version": "1",
        })
        car = env["dealer.vehicle"].create({
            "plate": f"浙Y2{digit}0{number}C", "brand": "大众", "series": "朗逸", "unit_id": store.id,
        })
        car._set_owner(partner, "2024-01-01")
        moment = fields.Datetime.now() - timedelta(hours=1)
        order = env["dealer.service.order"].create({
            "vehicle_id": car.id, "unit_id": store.id, "opened_at": moment, "kind": "repair",
            "customer_words": "刹车有异响", "state": "closed", "closed_at": moment,
        })
        touch = rule._plan_records(order)
        touch.write({"way_id": rule.way_ids.id, "user_id": care.id, "state": "sent", "send_at": False})
        env["dealer.callback"]._make(touch)
        callback = env["dealer.callback"].search([("touch_id", "=", touch.id)])
        callback.due_on = store._clock_local(fields.Datetime.now()).date()
        made[f"{kind}-{size}"] = callback.id
env.cr.commit()
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def calls(served):
    """``{who-size: id of the call-back}``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


def size(phone):
    return "phone" if phone else "desk"


def foreign_words(page):
    return latin_words(page) - {"NB01"}


def open_call(page, name, phone):
    """Open the call of a customer from the list of today."""
    page.goto("/odoo/dealer-callbacks-mine")
    rows = ".o_kanban_record" if phone else ".o_data_row"
    row = page.locator(f"{rows}:has-text('{name}')")
    row.wait_for()
    assert foreign_words(page) == set()
    picture(page, f"callback-list{'-phone' if phone else ''}")
    (row if phone else row.locator("[name=step_id]")).first.click()
    page.locator(f".o_form_view [name=partner_id]:has-text('{name}')").first.wait_for()


def state(page, value):
    page.locator(f".o_statusbar_status [aria-checked=true][data-value={value}]").wait_for(
        state="attached"
    )


@SIZES
def test_a_dissatisfied_customer(page_as, served, calls, phone):
    call = calls[f"answers-{size(phone)}"]
    page = page_as("care.nb01", phone)
    open_call(page, f"回访甲客{int(phone) + 1}", phone)
    number = f"1991102100{int(phone)}"
    link = page.locator(".o_form_view [name=phone] a[href^='tel:']").first
    assert number in link.get_attribute("href").replace(" ", "").replace("-", "")
    questions = page.locator(".o_dealer_callback_answers")
    stars = questions.locator("[data-kind=stars]").first
    stars.locator("[data-star='2']").click()
    expect(stars.locator("[data-star='2']")).to_have_attribute("aria-pressed", "true")
    # Whoever mistapped taps again.
    stars.locator("[data-star='4']").click()
    expect(stars.locator("[data-star='4']")).to_have_attribute("aria-pressed", "true")
    fixed = questions.locator("[data-kind=yes_no]").first
    fixed.locator("[data-answer=no]").click()
    expect(fixed.locator("[data-answer=no]")).to_have_attribute("aria-pressed", "true")
    assert foreign_words(page) == set()
    picture(page, f"callback-call{'-phone' if phone else ''}")
    page.locator(".o_form_view [name=satisfaction] :text('有点不满意')").first.click()
    # Without the customer's words it is not finished.
    served.expect_log(r"odoo\.http: .*请记下客户说的话")
    press(page, "[name=action_reached]")
    page.locator(".modal :text('记下')").first.wait_for()
    picture(page, f"callback-refused{'-phone' if phone else ''}")
    page.locator(".modal footer button").first.click()
    page.locator(".modal").wait_for(state="detached")
    page.locator(".o_form_view [name=words] textarea").fill("刹车还是响，跑了两趟")
    press(page, "[name=action_reached]")
    state(page, "done")
    assert foreign_words(page) == set()
    picture(page, f"callback-done{'-phone' if phone else ''}")
    ((dissatisfied, by),) = query(
        served,
        """SELECT c.is_dissatisfied, u.login FROM dealer_callback c
             JOIN res_users u ON u.id = c.done_by_id WHERE c.id = %s""",
        call,
    )
    assert (dissatisfied, by) == (True, "care.nb01")
    answers = query(
        served,
        """SELECT COALESCE(stars, 0), yes_no FROM dealer_callback_answer WHERE callback_id = %s
              AND (stars > 0 OR yes_no IS NOT NULL) ORDER BY sequence""",
        call,
    )
    assert answers == [(4, None), (0, "no")]
    ((kind, evidence, two_way, summary),) = query(
        served,
        """SELECT kind, evidence, two_way, summary FROM dealer_interaction
            WHERE res_model = 'dealer.callback' AND res_id = %s""",
        call,
    )
    assert (kind, evidence, two_way) == ("call", "declared", True)
    assert "跑了两趟" in summary


@SIZES
def test_nobody_answers_three_times(page_as, served, calls, phone):
    call = calls[f"silent-{size(phone)}"]
    page = page_as("care.nb01", phone)
    open_call(page, f"回访乙客{int(phone) + 1}", phone)
    for number in (1, 2, 3):
        press(page, "[name=action_not_reached]")
        page.locator(f".o_form_view [name=attempt_count]:has-text('{number}')").wait_for()
    page.locator(".o_statusbar_status [aria-checked=true]:not([data-value=due])").wait_for(
        state="attached"
    )
    assert foreign_words(page) == set()
    picture(page, f"callback-unreachable{'-phone' if phone else ''}")

    def written_to():
        return query(
            served,
            """SELECT c.state FROM dealer_callback c JOIN dealer_touch t ON t.id = c.message_touch_id
                WHERE c.id = %s AND c.attempt_count = 3 AND c.handled_at IS NOT NULL""",
            call,
        )

    wait_until(written_to, 10, "the message to the customer is planned")
    assert written_to()[0][0] in ("unreachable", "message")


@SIZES
def test_figures_of_the_manager(page_as, calls, phone):
    page = page_as("caremanager.nb01", phone)
    page.goto("/odoo/dealer-callback-figures")
    page.locator(".o_pivot table td.o_pivot_cell_value").first.wait_for()
    assert foreign_words(page) == set()
    picture(page, f"callback-figures{'-phone' if phone else ''}")
    if not phone:
        # Drilled down to the deliveries, and on to the calls of one of them.
        page.locator(".o_pivot td.o_pivot_cell_value").first.click()
        row = page.locator(".o_data_row:has-text('浙Y2100C')")
        row.wait_for()
        assert foreign_words(page) == set()
        picture(page, "callback-deliveries")
        row.locator("[name=plate]").click()
        page.locator(".o_data_row:has-text('回访甲客1')").wait_for()
