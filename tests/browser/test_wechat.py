"""A customer on the phone page of WeChat's stand-in, and the staff who see it, on two screens."""

import pytest
from helpers import choose, latin_words, picture, query, wait_until
from wechat_simulator import Simulator
from wechat_simulator.demo import APPID, SCENE, fill

CALLBACK = "/dealer_wechat/cb/demo0000000000000000000000000001"
MAKE = """
from odoo import SUPERUSER_ID
env = env(user=SUPERUSER_ID)
partner = env["res.partner"].create({
    "name": "微信故事客户", "phone": "19963000001", "is_dealer_customer": True, "lang": "zh_CN",
})
env["dealer.relation"].create({
    "partner_id": partner.id, "unit_id": env.ref("dealer_base.unit_nb01").id,
    "consultant_id": env.ref("dealer_base.user_consultant1_nb01").id,
})
env.cr.commit()
print(partner.id)
"""


#: The menu's pages lead there, and the platform sends people back to that host alone.
BASE = """
env["ir.config_parameter"].set_param("web.base.url", "{url}")
env["ir.config_parameter"].set_param("dealer_complaint.page_seconds", "0")
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def platform(served):
    """The stand-in for WeChat, known to the demo's account; a customer who is in no file yet as a follower."""
    with Simulator() as simulator:
        fill(simulator.world, f"{served.url}{CALLBACK}")
        simulator.world.add_person("story", "故事客户", "19963000001")
        served.shell(BASE.format(url=served.url))
        query(
            served,
            "UPDATE dealer_wechat_account SET platform_url = %s WHERE appid = %s",
            simulator.url,
            APPID,
        )
        yield simulator


@pytest.fixture(scope="module")
def partner(served):
    return int(served.shell(MAKE).split()[-1])


def fits(page, phone):
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (390 if phone else 1400), "the page is wider than the screen"


def known(served, platform):
    fan = platform.world.fan(platform.world.accounts[APPID], platform.world.people["story"])
    rows = query(served, "SELECT id FROM dealer_wechat_identity WHERE value = %s", fan.openid)
    return rows and rows[0][0]


def test_customer_follows_and_writes(served, page_as, platform):
    page = page_as(None, phone=True, url=platform.url)
    page.goto("/phone")
    page.wait_for_selector("#person option[value=story]", state="attached")
    page.select_option("#person", "story")
    page.click(f"[data-scene={SCENE}]")
    page.wait_for_selector(".bubble:has-text('沈佳怡')")
    page.fill("#text", "你好，想看看途观L，最低多少钱？")
    page.click("#write button")
    page.wait_for_selector(".mine .bubble:has-text('途观L')")
    fits(page, True)
    picture(page, "wechat-customer-phone")
    wait_until(lambda: known(served, platform), 90, "the follower is known")


@pytest.mark.parametrize("phone", [False, True])
def test_consultant_sees_the_follower(served, page_as, platform, phone):
    number = wait_until(lambda: known(served, platform), 90, "the follower is known")
    page = page_as("consultant1.nb01", phone=phone)
    page.goto("/odoo/dealer-wechat-followers")
    row = ".o_kanban_record" if phone else ".o_data_row"
    page.wait_for_selector(f"{row}:has-text('粉丝 {number}')")
    assert not latin_words(page)
    fits(page, phone)
    picture(page, f"wechat-followers{'-phone' if phone else ''}")


def test_consultant_says_who_it_is(served, page_as, platform, partner):
    """Bound by hand; what the customer writes then stands on the timeline."""
    number = wait_until(lambda: known(served, platform), 90, "the follower is known")
    page = page_as("consultant1.nb01")
    page.goto(f"/odoo/dealer-wechat-followers/{number}")
    page.click("button[name=action_bind]:visible")
    page.wait_for_selector(".modal [name=partner_id]")
    choose(page, "partner_id", "微信故事客户", phone=False)
    page.click(".modal footer button[name=action_bind]")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_field_widget[name=partner_id]:has-text('微信故事客户')")
    assert not latin_words(page)
    picture(page, "wechat-follower")
    customer = page_as(None, phone=True, url=platform.url)
    customer.goto("/phone")
    customer.select_option("#person", "story")
    customer.wait_for_selector(".mine .bubble")
    customer.fill("#text", "周六上午可以试驾吗？")
    customer.click("#write button")
    wait_until(
        lambda: query(
            served,
            "SELECT 1 FROM dealer_interaction WHERE kind = 'wechat' AND partner_id = %s",
            partner,
        ),
        90,
        "the contact is written down",
    )
    page.goto(f"/odoo/dealer-customers/{partner}")
    page.locator(".o_notebook_headers [name=timeline]").first.click()
    page.wait_for_selector(".o_dealer_timeline_row:has-text('周六上午')")
    assert page.locator("button[name=action_dealer_wechat]").count()


@pytest.mark.parametrize("phone", [False, True])
def test_customer_and_consultant_talk(served, page_as, platform, partner, phone):
    """Two screens: the customer's phone, and Discuss of the consultant."""
    number = wait_until(lambda: known(served, platform), 90, "the follower is known")
    words = f"周六可以试驾吗{'（手机）' if phone else ''}"
    customer = page_as(None, phone=True, url=platform.url)
    customer.goto("/phone")
    customer.select_option("#person", "story")
    customer.wait_for_selector(".mine .bubble")
    customer.fill("#text", words)
    customer.click("#write button")
    page = page_as("consultant1.nb01", phone=phone)
    page.goto(f"/odoo/dealer-wechat-followers/{number}")
    page.click("button[name=action_chat]:visible")
    page.wait_for_selector(f".o-mail-Message:has-text('{words}')", timeout=90000)
    page.wait_for_selector(".o_dealer_wechat_window:has-text('还可回复')")
    page.fill(".o-mail-Composer-input", f"可以，上午十点给您留车：{words}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o-mail-Message:has-text('上午十点')")
    fits(page, phone)
    picture(page, f"wechat-chat{'-phone' if phone else ''}")
    customer.wait_for_selector(f".bubble:has-text('上午十点给您留车：{words}')", timeout=90000)
    picture(customer, "wechat-customer-answered-phone")


def test_owner_books_from_the_menu(served, page_as, platform, partner):
    """The marketing manager publishes the menu; the customer opens a page and is signed in."""
    boss = page_as("marketingmanager.nb01")
    boss.goto("/odoo/dealer-wechat-menu")
    boss.wait_for_selector(".o_data_row:has-text('预约保养')")
    assert not latin_words(boss)
    boss.click(".o_list_view thead .o_list_record_selector")
    boss.click(".o_cp_action_menus button:has-text('操作')")
    boss.click(".o-dropdown-item:has-text('发布菜单')")
    boss.wait_for_selector(".o_notification:has-text('已发布')")
    picture(boss, "wechat-menu")
    customer = page_as(None, phone=True, url=platform.url)
    customer.goto("/phone")
    customer.select_option("#person", "story")
    with customer.context.expect_page() as opened:
        customer.click("#menu button:has-text('预约保养')")
    page = opened.value
    page.wait_for_url("**/my/appointments**")
    page.wait_for_selector("a:has-text('退出')")  # signed in, and nobody typed anything
    fits(page, True)
    picture(page, "wechat-owner-page-phone")


@pytest.mark.parametrize("phone", [False, True])
def test_chat_becomes_a_complaint(served, page_as, platform, partner, phone):
    """One tap hands it to customer care; the second time the open one is named."""
    number = wait_until(lambda: known(served, platform), 90, "the follower is known")
    page = page_as("consultant1.nb01", phone=phone)
    page.goto(f"/odoo/dealer-wechat-followers/{number}")
    page.click("button[name=action_chat]:visible")
    page.wait_for_selector(".o-mail-Message:has-text('途观L')")

    def tap():
        if phone:
            page.click(".o-mail-ChatWindow-moreActions")
        page.click("button[name=wechat-complaint]:visible")

    tap()
    if not phone:
        page.wait_for_selector(".o_notification:has-text('已转给客服')")
        page.wait_for_selector(".o-mail-Thread :text('系统不会自动通知客户')")
        fits(page, phone)
        picture(page, "wechat-complaint")
        tap()
    page.wait_for_selector(".modal:has-text('还没有结案')")
    page.wait_for_selector(".modal footer button:has-text('另建一张')")
    picture(page, f"wechat-complaint-open{'-phone' if phone else ''}")
    page.click(".modal footer button:has-text('不用了')")
    page.wait_for_selector(".modal", state="detached")
    rows = query(
        served,
        "SELECT source, case_state, facts FROM helpdesk_ticket WHERE wechat_identity_id = %s",
        number,
    )
    assert len(rows) == 1
    assert rows[0][:2] == ("wechat", "received")
    assert "途观L" in rows[0][2]


def test_customer_complains_from_the_menu(served, page_as, platform, partner):
    """Nobody is asked for a name or a number; the own page shows how it goes on."""
    customer = page_as(None, phone=True, url=platform.url)
    customer.goto("/phone")
    customer.select_option("#person", "story")
    customer.click("#menu button:has-text('联系我们')")
    with customer.context.expect_page() as opened:
        customer.click("#menu button:has-text('我要投诉')")
    page = opened.value
    page.wait_for_url("**/complaint**")
    page.fill("#facts", "保养后异响，等了两个小时")
    assert not page.locator("#name").count()
    page.check("#consent")
    fits(page, True)
    picture(page, "wechat-complaint-page-phone")
    page.locator(".o_complaint form button[type=submit]").click()
    page.wait_for_url("**/complaint/thanks/**")
    page.goto(f"{served.url}/my/complaints")
    page.wait_for_selector(":text('保养后异响')")
    fits(page, True)
    [(source, proved, customer_id)] = query(
        served,
        "SELECT source, is_sender_proved, partner_id FROM helpdesk_ticket WHERE facts = %s",
        "保养后异响，等了两个小时",
    )
    assert (source, proved, customer_id) == ("wechat", True, partner)


def as_admin(served, page_as, phone=False):
    """Log in as administrator with all companies chosen, whose accounts are looked at."""
    page = page_as("admin", phone=phone)
    ((companies,),) = query(served, "SELECT string_agg(id::text, '-' ORDER BY id) FROM res_company")
    page.context.add_cookies([{"name": "cids", "value": companies, "url": served.url}])
    return page


@pytest.mark.parametrize("phone", [False, True])
def test_administrator_sees_the_account_without_secrets(served, page_as, platform, phone):
    page = as_admin(served, page_as, phone)
    page.goto("/odoo/dealer-wechat-accounts")
    page.locator("text=宁波大众4S店公众号").first.click()
    page.wait_for_selector(".o_form_view [name=new_secret]")
    assert "simulator-demo-secret" not in page.content()
    fits(page, phone)
    picture(page, f"wechat-account{'-phone' if phone else ''}")


def test_what_came_in(served, page_as, platform):
    page = as_admin(served, page_as)
    page.goto("/odoo/dealer-wechat-inbox")
    page.wait_for_selector(".o_data_row:has-text('oa.msg.text')")
    picture(page, "wechat-inbox")


def test_codes_of_the_marketing_manager(served, page_as, platform):
    page = page_as("marketingmanager.nb01")
    page.goto("/odoo/dealer-wechat-codes")
    page.locator(".o_data_row:has-text('沈佳怡的名片码')").click()
    page.wait_for_selector(".o_form_view [name=image] img")
    assert not latin_words(page)
    picture(page, "wechat-code")
