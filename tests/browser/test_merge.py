"""Two files of one customer become one and two again; a customer asks by phone, by a friend's link."""

import re

import pytest
from helpers import close_alarms, latin_words, picture, press, query, wait_until

SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
#: Two files of one person for each size, each with a lead and a contact, and the pairs found.
MAKE = """
from odoo import fields
store = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
for name, digits in (("柏合并", "00"), ("窦合并", "10")):
    for number in range(2):
        partner = env["res.partner"].create({
            "name": name, "city": "宁波", "phone": f"19900{digits}{number}566",
            "is_dealer_customer": True, "street": "中山东路1号" if number else False,
        })
        env["dealer.relation"].create(
            {"partner_id": partner.id, "unit_id": store.id, "consultant_id": consultant.id}
        )
        env["crm.lead"].create({
            "name": "大众 速腾", "type": "opportunity", "partner_id": partner.id,
            "company_id": store.company_id.id, "user_id": consultant.id, "dealer_brand": "大众",
        })
        env["dealer.interaction"].create({
            "partner_id": partner.id, "unit_id": store.id, "user_id": consultant.id,
            "summary": "问了价格",
        })
while env["dealer.duplicate"]._drain()[1]:
    pass
env["ir.config_parameter"].set_param("dealer_leads.page_seconds", "0")
env.cr.commit()
"""


@pytest.fixture(scope="module")
def shop(served):
    served.shell(MAKE)
    return served


def words(page) -> set[str]:
    """Latin words of the screen and of the dialogs on it."""
    dialogs = " ".join(page.locator(".modal").all_inner_texts())
    found = latin_words(page) | set(re.findall(r"[A-Za-z][A-Za-z0-9]+", dialogs))
    # Codes of stores, and who made the customers of this story.
    return {word for word in found if not re.fullmatch(r"[A-Z]{1,2}\d{2}", word)}


def leads_of(shop, name):
    """Return how many leads the customers of this name have, the active files only."""
    return query(
        shop,
        "SELECT partner.id, count(lead.id) FROM res_partner partner"
        " LEFT JOIN crm_lead lead ON lead.partner_id = partner.id"
        " WHERE partner.name = %s AND partner.active GROUP BY partner.id ORDER BY partner.id",
        name,
    )


def quiet(page):
    """Close the alarms that lie on the screen, and wait until they are gone."""
    page.evaluate(
        "document.querySelectorAll('.o_notification_close').forEach((each) => each.click())"
    )
    page.locator(".o_notification").first.wait_for(state="detached")


def row_of(page, phone, name):
    card = ".o_kanban_record:not(.o_kanban_ghost)" if phone else ".o_data_row"
    return page.locator(f"{card}:has-text('{name}')").first


@SIZES
def test_manager_merges_and_undoes(shop, page_as, phone):
    name, suffix = ("窦合并", "-phone") if phone else ("柏合并", "")
    assert [number for _id, number in leads_of(shop, name)] == [1, 1]
    page = page_as("manager.nb01", phone=phone)
    if not phone:
        close_alarms(page)
    page.goto("/odoo/dealer-duplicates")
    row = row_of(page, phone, name)
    row.wait_for()
    assert not words(page)
    quiet(page)
    picture(page, f"manager-duplicates{suffix}")

    row.locator("button[name=action_merge]").click()
    preview = page.locator(".modal .o_dealer_merge_preview")
    preview.locator("td:has-text('线索')").first.wait_for()
    assert "中山东路1号" in preview.inner_text()
    page.locator(".modal [name=reason] input").fill("同一个人，两个号码")
    assert not words(page)
    picture(page, f"manager-merge-preview{suffix}")
    page.click(".modal button[name=action_merge]")
    page.wait_for_selector(".modal", state="detached")
    page.locator(".o_form_view [name=dealer_former_phones]:has-text('19900')").wait_for()
    [(kept, number)] = leads_of(shop, name)
    assert number == 2
    assert not words(page)

    page.goto("/odoo/dealer-merges")
    row = row_of(page, phone, name)
    row.wait_for()
    assert not words(page)
    row.locator("[name=name]" if not phone else "span, div").first.click()
    page.locator(".o_form_view [name=moved]:has-text('线索')").wait_for()
    assert not words(page)
    picture(page, f"manager-merge-log{suffix}")
    press(page, "[name=action_undo]")
    page.locator(".modal footer .btn-primary").click()
    page.locator(".o_form_view [name=undone_by_id]").wait_for()
    assert [number for _id, number in leads_of(shop, name)] == [1, 1]
    assert kept == leads_of(shop, name)[0][0]


def page_words(page) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", page.locator("#wrap").inner_text()))


@SIZES
def test_customer_asks(shop, page_as, phone):
    number = f"1990065780{phone:d}"
    page_as.expect_console("422")  # what is to be mended is told with this status
    page = page_as(None, phone=phone)
    page.goto("/lead")
    page.locator("#store").select_option(label=page.locator("#store option").nth(1).inner_text())
    page.fill("#name", "庄先生")
    page.fill("#phone", number)
    page.fill("#car", "速腾")
    page.fill("#message", "周末可以试驾吗")
    picture(page, f"lead-page{'-phone' if phone else ''}")
    page.fill("#phone", "1990065")
    page.click(".o_dealer_lead form button[type=submit]")
    # Neither the number nor the box is right; both say what to mend.
    page.locator("#phone.is-invalid").wait_for()
    page.locator("#consent.is-invalid").wait_for()
    assert not page.locator("#marketing").is_checked()
    assert not page_words(page)
    if phone:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#phone", number)
    assert page.locator("#message").input_value() == "周末可以试驾吗"
    page.check("#consent")
    page.click(".o_dealer_lead form button[type=submit]")
    page.wait_for_url("**/lead/thanks")
    assert not page_words(page)
    picture(page, f"lead-thanks{'-phone' if phone else ''}")
    wait_until(
        lambda: (
            query(
                shop,
                "SELECT count(*) FROM crm_lead lead JOIN res_partner partner"
                " ON partner.id = lead.partner_id JOIN dealer_consent consent"
                " ON consent.partner_id = partner.id WHERE partner.phone_normalized = %s",
                f"+86{number}",
            )
            == [(1,)]
        ),
        90,
        "the enquiry is a lead with a consent",
    )


@SIZES
def test_a_friend_recommends(shop, page_as, phone):
    page = page_as("consultant1.nb01", phone=phone)
    page.goto("/odoo/action-dealer_leads.dealer_referral_action_mine")
    link = page.locator(".modal [name=url]")
    link.wait_for()
    assert not {word for word in words(page) if word not in link.inner_text()}
    address = re.search(r"/lead/[\w-]+", link.inner_text() or "")
    if not address:
        address = re.search(r"/lead/[\w-]+", page.locator(".modal").inner_text())
    friend = page_as(None, phone=True)
    friend.goto(address[0])
    assert friend.locator("#store").count() == 0, "the link names the store"
    friend.fill("#name", "苏女士")
    friend.fill("#phone", f"1990065790{phone:d}")
    friend.check("#consent")
    friend.click(".o_dealer_lead form button[type=submit]")
    friend.wait_for_url("**/lead/thanks")
    wait_until(
        lambda: query(
            shop,
            "SELECT lead.id FROM crm_lead lead JOIN res_partner partner"
            " ON partner.id = lead.partner_id JOIN dealer_referral link"
            " ON link.id = lead.dealer_referral_id JOIN res_users person ON person.id = link.user_id"
            " WHERE partner.phone_normalized = %s AND person.login = 'consultant1.nb01'",
            f"+861990065790{phone:d}",
        ),
        90,
        "the lead knows who recommended",
    )
