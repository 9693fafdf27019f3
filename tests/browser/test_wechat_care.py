"""Who looks after WeChat: settings that are tried, words that are warned of, chats that are searched."""

import re

import pytest
from helpers import latin_words, picture, press, query, wait_until
from wechat_simulator import Simulator
from wechat_simulator.demo import APPID, fill

CALLBACK = "/dealer_wechat/cb/demo0000000000000000000000000001"
#: A customer of the consultant who follows already; the menu leads to this server.
MAKE = """
from odoo import SUPERUSER_ID
env["ir.config_parameter"].set_param("web.base.url", "{url}")
env = env(user=SUPERUSER_ID)
partner = env["res.partner"].create({{
    "name": "章小满", "phone": "19963000077", "is_dealer_customer": True, "lang": "zh_CN",
}})
env["dealer.relation"].create({{
    "partner_id": partner.id, "unit_id": env.ref("dealer_base.unit_nb01").id,
    "consultant_id": env.ref("dealer_base.user_consultant1_nb01").id,
}})
now = "2026-01-01 00:00:00"
identity = env["dealer.wechat.identity"].create({{
    "account_id": env.ref("dealer_wechat.account_nb01").id, "value": "{openid}",
    "partner_id": partner.id, "is_following": True, "follow_changed_at": now, "followed_at": now,
}})
env.cr.commit()
env.registry.signal_changes()
print(identity.id)
"""
#: What stands on the platform's screens as it is, in any language.
TECHNICAL = {"AppID", "AppSecret", "Token", "EncodingAESKey", "IP"}


@pytest.fixture(scope="module")
def platform(served):
    with Simulator() as simulator:
        fill(simulator.world, f"{served.url}{CALLBACK}")
        simulator.world.add_person("care", "小满", "19963000077")
        query(
            served,
            "UPDATE dealer_wechat_account SET platform_url = %s, problem = NULL WHERE appid = %s",
            simulator.url,
            APPID,
        )
        query(served, "DELETE FROM dealer_wechat_token")
        yield simulator


@pytest.fixture(scope="module")
def fan(served, platform):
    fan = platform.world.fan(platform.world.accounts[APPID], platform.world.people["care"])
    fan.subscribed = True
    return fan


@pytest.fixture(scope="module")
def follower(served, fan):
    return int(served.shell(MAKE.format(url=served.url, openid=fan.openid)).split()[-1])


def fits(page, phone=False):
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (390 if phone else 1400), "the page is wider than the screen"


def says(served, platform, fan, text):
    """The customer writes; wait until the staff have it."""
    platform.phones.say(fan, Content=text)
    platform.settle()
    wait_until(
        lambda: query(
            served,
            "SELECT 1 FROM dealer_wechat_inbox WHERE sender = %s AND raw LIKE %s"
            " AND state = 'done'",
            fan.openid,
            f"%{text}%",
        ),
        90,
        "worked off",
    )


def open_chat(page, follower):
    page.goto(f"/odoo/dealer-wechat-followers/{follower}")
    page.click("button[name=action_chat]:visible")
    page.wait_for_selector(".o-mail-Composer-input")
    page.wait_for_selector(".o_dealer_wechat_window:has-text('还可回复')")


@pytest.mark.parametrize("phone", [False, True])
def test_administrator_checks_the_settings(served, page_as, platform, follower, phone):
    """What is wrong is red and says what to do; mended, it is green."""
    account = platform.world.accounts[APPID]
    page = page_as("admin", phone=phone)
    ((companies,),) = query(served, "SELECT string_agg(id::text, '-' ORDER BY id) FROM res_company")
    page.context.add_cookies([{"name": "cids", "value": companies, "url": served.url}])
    page.goto("/odoo/dealer-wechat-accounts")
    page.locator("text=宁波大众4S店公众号").first.click()
    page.wait_for_selector(".o_form_view [name=new_secret]")
    right, account.secret = account.secret, "reset-on-the-platform"
    try:
        press(page, "[name=action_check]")
        page.wait_for_selector(".modal :text('AppSecret 不对')")
    finally:
        account.secret = right
    # the dialog before may still stand under the new one
    line = ".modal .o_kanban_record:visible" if phone else ".modal .o_data_row:visible"
    page.wait_for_selector(f"{line}:has-text('菜单'):has-text('还没检查')")
    if not phone:
        words = set(re.findall(r"[A-Za-z]{2,}", page.inner_text(".modal")))
        assert words <= TECHNICAL, "the company of the administrator alone has an English name"
        picture(page, "wechat-check-wrong")
    assert platform.world.post.ask(account) == "提交成功"
    page.click(".modal button:has-text('再检查一次')")
    page.wait_for_selector(f"{line}:has-text('服务器地址和 Token'):has-text('正常')")
    page.wait_for_selector(f"{line}:has-text('模板'):has-text('正常')")
    assert right not in page.content()
    fits(page, phone)
    picture(page, f"wechat-check{'-phone' if phone else ''}")


@pytest.mark.parametrize("phone", [False, True])
def test_writer_is_warned(served, page_as, platform, fan, follower, phone):
    """The dialog comes before it goes out; what is sent all the same stands in the manager's list."""
    says(served, platform, fan, f"订金怎么付{'（手机）' if phone else ''}")
    page = page_as("consultant1.nb01", phone=phone)
    open_chat(page, follower)
    words = f"您可以私下转账给我{'，手机' if phone else ''}"
    page.fill(".o-mail-Composer-input", words)
    page.keyboard.press("Enter")
    page.wait_for_selector(".modal .o_dealer_wechat_words:has-text('私下转账')")
    page.wait_for_selector(".modal :text('收款只走公司对公账户')")
    fits(page, phone)
    picture(page, f"wechat-word{'-phone' if phone else ''}")
    page.click(".modal button:has-text('换个说法')")
    page.wait_for_selector(".modal", state="detached")
    assert page.input_value(".o-mail-Composer-input") == words, "nothing typed is lost"
    if phone:
        return
    page.focus(".o-mail-Composer-input")
    page.keyboard.press("Enter")
    page.click(".modal button:has-text('仍然发送')")
    page.wait_for_selector(f".o-mail-Message:has-text('{words}')")
    wait_until(
        lambda: query(
            served,
            "SELECT 1 FROM dealer_wechat_catch WHERE identity_id = %s AND direction = 'out'",
            follower,
        ),
        30,
        "it is noted",
    )


@pytest.mark.parametrize("phone", [False, True])
def test_manager_is_told(served, page_as, platform, fan, follower, phone):
    page = page_as("manager.nb01", phone=phone)
    page.goto("/odoo/dealer-wechat-words-said")
    page.wait_for_selector(".o_content")
    if not phone:
        says(served, platform, fan, "再不退订金我就找律师，打12315")
        page.wait_for_selector(".o_notification:has-text('律师')", timeout=60000)
        page.goto("/odoo/dealer-wechat-words-said")
    row = ".o_kanban_record" if phone else ".o_data_row"
    page.wait_for_selector(f"{row}:has-text('律师'):has-text('章小满')")
    page.wait_for_selector(f"{row}:has-text('私下转账')")
    assert not latin_words(page)
    fits(page, phone)
    picture(page, f"wechat-words-said{'-phone' if phone else ''}")


@pytest.mark.parametrize("phone", [False, True])
def test_manager_searches_with_a_reason(served, page_as, platform, fan, follower, phone):
    says(served, platform, fan, f"最低价能到{19 if phone else 18}万八吗")
    page = page_as("manager.nb01", phone=phone)
    page.goto("/odoo/action-dealer_wechat.dealer_wechat_search_action")
    page.fill(".modal [name=words] input", "最低价 万八")
    page.fill(".modal [name=reason] input", "核对报价")
    page.click(".modal button[name=action_search]")
    row = ".modal .o_kanban_record" if phone else ".modal .o_data_row"
    page.wait_for_selector(f"{row}:has-text('章小满'):has-text('万八')")
    assert not latin_words(page)
    fits(page, phone)
    picture(page, f"wechat-search{'-phone' if phone else ''}")
    page.locator(f"{row} [name=action_look]").first.click()
    page.wait_for_selector(".o-mail-Thread :text('核对报价')")
    if phone:
        return
    boss = page_as("gm.nb01")
    boss.goto("/odoo/dealer-wechat-searches")
    boss.wait_for_selector(".o_data_row:has-text('最低价 万八'):has-text('核对报价')")
    assert not latin_words(boss)
    picture(boss, "wechat-searches")


def test_template_of_a_kind_of_message(served, page_as, platform, follower):
    """The marketing manager sees what the customer will see, and what does not fit."""
    page = page_as("marketingmanager.nb01")
    page.goto("/odoo/dealer-wechat-templates")
    page.click(".o_data_row:has-text('车辆保养提醒')")
    page.wait_for_selector(".o_dealer_wechat_preview:has-text('您的爱车该保养了')")
    page.click("button[name=action_read]:visible")
    page.wait_for_selector(".o_dealer_wechat_preview:has-text('保养时间')")
    picture(page, "wechat-template")
    # What does not fit is refused, which the server's log tells, too.
    served.expect_log(r"odoo\.http: .*thing4.*20")
    cell = page.locator(
        ".o_field_widget[name=value_ids] .o_data_row:has-text('thing4') [name=value]"
    )
    cell.click()
    page.fill(".o_field_widget[name=value_ids] .o_selected_row [name=value] input", "长" * 21)
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_notification:has-text('20'), .modal:has-text('20')")
