"""Touch rules in the hands of the marketing manager, and the page where a customer says that it is enough."""

import pytest
from helpers import latin_words, picture, press, query

#: A customer who agreed, with a birthday tomorrow, and one touch that was not sent.
MAKE = """
from datetime import timedelta
from odoo import SUPERUSER_ID, fields
env = env(user=SUPERUSER_ID)
unit = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
now = fields.Datetime.now()
partners = env["res.partner"].create([
    {"name": name, "phone": phone, "is_dealer_customer": True, "lang": "zh_CN", "gender": gender}
    for name, phone, gender in (
        ("触达故事一", "19912700001", "male"), ("触达故事二", "19912700002", "female"),
    )
])
env["dealer.relation"].create([
    {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id,
     "since": now.date()}
    for partner in partners
])
env["dealer.consent"].create({
    "partner_id": partners[0].id, "unit_id": unit.id, "purpose": "marketing", "text_version": "1",
})
rule = env["dealer.touch.rule"].create({
    "name": "新车品鉴邀约", "model_id": env.ref("dealer_base.model_dealer_relation").id,
    "unit_id": unit.id, "anchor": "since", "hour": 0, "purpose": "marketing",
    "since": "2000-01-01", "quiet_from": 0, "quiet_to": 0,
    "domain": f"[('partner_id', 'in', {partners.ids})]",
    "way_ids": [(0, 0, {
        "channel": "sms", "body": "{称呼}您好，诚邀您周末到{门店}品鉴新车。退订：{退订链接} "})],
})
rule._plan_now(now)
env.ref("dealer_touch.rule_prospect")._plan_now(now)
for _turn in range(3):
    env["dealer.touch"]._drain()
env.cr.commit()
touch = env["dealer.touch"].search([("partner_id", "=", partners[0].id), ("rule_id", "=", rule.id)])
print(partners[0].id, partners[1].id, touch.id, touch.access_token, touch.state)
"""


@pytest.fixture(scope="module")
def story(served):
    words = served.shell(MAKE).split()[-5:]
    assert words[-1] == "sent"
    return {
        "sent": int(words[0]),
        "skipped": int(words[1]),
        "touch": int(words[2]),
        "token": words[3],
    }


def fits(page, phone):
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (390 if phone else 1400), "the page is wider than the screen"


@pytest.mark.parametrize("phone", [False, True])
def test_marketing_makes_a_rule_and_looks_first(served, page_as, phone):
    page = page_as("marketingmanager.nb01", phone=phone)
    page.goto("/odoo/dealer-touch-rules")
    page.locator("text=生日祝福").first.click()
    page.wait_for_selector(".o_form_view [name=way_ids]")
    assert not latin_words(page) - {"SMS", "partner_id", "next_birthday", "unit_id"}
    fits(page, phone)
    picture(page, f"touch-rule{'-phone' if phone else ''}")
    press(page, "[name=action_preview]")
    page.wait_for_selector(".modal [name=total], .modal .alert-info")
    assert "30 天" in page.locator(".modal").inner_text()
    picture(page, f"touch-preview{'-phone' if phone else ''}")


@pytest.mark.parametrize("phone", [False, True])
def test_what_went_out_and_what_did_not(served, page_as, story, phone):
    """The list says what was sent and why something was not; the manager tries again."""
    page = page_as("marketingmanager.nb01", phone=phone)
    page.goto("/odoo/dealer-touches")
    page.wait_for_selector(".o_list_view .o_data_row, .o_kanban_record:not(.o_kanban_ghost)")
    assert not latin_words(page)
    picture(page, f"touch-list{'-phone' if phone else ''}")
    fits(page, phone)
    page.goto(f"/odoo/dealer-customers/{story['skipped']}")
    page.wait_for_selector(".o_form_view")
    page.locator(".o_form_view").wait_for()
    open_touches(page, phone)
    page.locator("text=客户未同意“营销推送”").first.wait_for()
    picture(page, f"touch-why-not{'-phone' if phone else ''}")
    assert not latin_words(page)
    page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.wait_for_selector(".o_form_view .alert-warning")
    fits(page, phone)


def open_touches(page, phone):
    button = page.locator("button[name=action_dealer_touches]")
    if not button.first.is_visible():
        page.locator(".o-form-buttonbox button.o_button_more").first.click()
    button.locator("visible=true").first.click()
    page.wait_for_selector(".o_list_view .o_data_row, .o_kanban_record:not(.o_kanban_ghost)")


@pytest.mark.parametrize("phone", [True, False])
def test_customer_says_that_it_is_enough(served, page_as, story, phone):
    """Opening the page changes nothing; one press withdraws the consent, a second one all."""
    page = page_as(None, phone=phone)
    page.goto(f"/dealer/stop/{story['token']}")
    page.wait_for_selector("text=不想再收到我们的消息")
    text = page.locator("body").inner_text()
    assert "宁波行知大众4S店" in text
    assert "触达故事" not in text
    fits(page, phone)
    picture(page, f"touch-stop{'-phone' if phone else ''}")
    if phone:
        assert standing(served, story) == {"marketing"}
    page.click("button:has-text('不再接收“营销推送”')")
    page.wait_for_selector("text=已办理")
    picture(page, f"touch-stopped{'-phone' if phone else ''}")
    assert standing(served, story) == set()
    assert query(served, "SELECT state FROM dealer_touch WHERE id = %s", story["touch"]) == [
        ("answered",)
    ]


def standing(served, story):
    rows = query(
        served,
        "SELECT purpose FROM dealer_consent WHERE partner_id = %s AND withdrawn_at IS NULL",
        story["sent"],
    )
    return {purpose for (purpose,) in rows}
