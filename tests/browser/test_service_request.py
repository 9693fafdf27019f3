"""A customer asks on the phone, the advisor answers, the customer says whether it helped."""

import re

import pytest
from helpers import latin_words, picture, press, query

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

MAKE = """
env = env(context={"tracking_disable": True, "mail_create_nolog": True, "no_reset_password": True})
store = env.ref("dealer_base.unit_nb01")
for number in range(2):
    partner = env["res.partner"].create(
        {"name": f"提问客{number}", "phone": f"1991104200{number}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create({"partner_id": partner.id, "unit_id": store.id})
    car = env["dealer.vehicle"].create(
        {"plate": f"浙Y4200{number}", "brand": "大众", "series": "探岳", "unit_id": store.id}
    )
    car._set_owner(partner, "2024-01-01")
    env["res.users"].create({
        "name": partner.name, "login": f"asker.story.{number}", "password": "demo",
        "partner_id": partner.id, "lang": "zh_CN", "tz": "Asia/Shanghai",
        "company_id": store.company_id.id, "company_ids": [(6, 0, store.company_id.ids)],
        "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
    })
kind = env.ref("dealer_service.request_kind_question")
kind.person_ids = env.ref("dealer_base.user_advisor_nb01")
env.cr.commit()
"""
#: The boards of other stories show the shop as it was.
CLOSE = """
env["dealer.service.request"].search([("partner_id.name", "=like", "提问客_")]).activity_ids.unlink()
env.ref("dealer_service.request_kind_question").person_ids = False
env.cr.commit()
"""


@pytest.fixture(scope="module")
def askers(served):
    served.shell(MAKE)
    yield
    served.shell(CLOSE)


def page_words(page):
    text = re.sub(r"浙Y\w+|FW\d+-\d+", "", page.locator("#wrap").inner_text())
    return set(re.findall(r"[A-Za-z]{2,}", text))


def words(page):
    return {word for word in latin_words(page) if not re.fullmatch(r"Y4\d+|FW\d+", word)}


@SIZES
def test_ask_and_answer(served, askers, page_as, phone):
    size = "phone" if phone else "desk"
    customer = page_as(f"asker.story.{int(phone)}", phone)
    customer.goto("/my/requests")
    customer.locator("a:has-text('新的需求')").click()
    customer.locator("#words").fill("空调有异味，想问清洗一次多少钱？")
    customer.locator("label:has-text('保养或价格咨询')").click()
    assert not page_words(customer)
    if phone:
        assert customer.evaluate("document.documentElement.scrollWidth") <= 390
    picture(customer, f"request-new-{size}")
    customer.locator("#wrap button[type=submit]").click()
    customer.locator(".o_request_state:has-text('新建')").wait_for()
    assert not page_words(customer)
    number = re.search(r"/my/requests/(\d+)", customer.url).group(1)
    ((advisor,),) = query(
        served,
        """SELECT u.login FROM dealer_service_request r JOIN res_users u ON u.id = r.user_id
            WHERE r.id = %s""",
        number,
    )
    assert advisor == "advisor.nb01"

    page = page_as("advisor.nb01", phone)
    page.goto("/odoo/dealer-requests")
    page.locator(f".o_kanban_record:has-text('提问客{int(phone)}')").wait_for()
    assert not words(page)
    picture(page, f"request-board-{size}")
    page.locator(f".o_kanban_record:has-text('提问客{int(phone)}')").click()
    press(page, "[name=action_take]")
    page.locator(".o_statusbar_status [aria-checked=true][data-value=doing]").wait_for(
        state="attached"
    )
    press(page, "[name=action_wait]")
    page.locator(".o_statusbar_status [aria-checked=true][data-value=waiting]").wait_for(
        state="attached"
    )

    customer.reload()
    customer.locator("textarea[name=words]").first.fill("车是2024年的")
    customer.locator("form[action$='/message'] button").click()
    customer.locator(".o_request_message:has-text('2024年')").wait_for()

    page.reload()
    page.locator(".o_statusbar_status [aria-checked=true][data-value=doing]").wait_for(
        state="attached"
    )
    page.locator("[name=result] textarea").fill("空调清洗杀菌一次198元，约四十分钟。")
    press(page, "[name=action_done]")
    page.locator(".o_statusbar_status [aria-checked=true][data-value=done]").wait_for(
        state="attached"
    )
    assert not words(page)
    picture(page, f"request-done-{size}")

    customer.reload()
    customer.locator("text=198元").wait_for()
    assert not page_words(customer)
    picture(customer, f"request-answer-{size}")
    if phone:
        customer.locator("summary:has-text('没帮到')").click()
        customer.locator("#why").fill("太贵了")
        customer.locator("button:has-text('告诉经理')").click()
        customer.locator("text=经理已收到").wait_for()
    else:
        customer.locator(".o_request_yes").click()
        customer.locator("text=对您有帮助").wait_for()
    ((satisfied,),) = query(
        served, "SELECT satisfied FROM dealer_service_request WHERE id = %s", number
    )
    assert satisfied == ("no" if phone else "yes")
