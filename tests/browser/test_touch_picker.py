"""Dates and people of a touch rule are picked from the fields of its records, not typed."""

import pytest
from helpers import latin_words, picture

MAKE = """
rule = env.ref("dealer_leads.touch_rule_invitation_day").copy(
    {"unit_id": env.ref("dealer_base.unit_nb01").id, "name": "自选字段"}
)
env.cr.commit()
print(rule.id)
"""


@pytest.fixture(scope="module")
def rule(served):
    return int(served.shell(MAKE).split()[-1])


def test_pick_the_date(served, rule, page_as):
    page = page_as("gm.nb01")
    page.goto(f"/odoo/action-dealer_touch.dealer_touch_rule_action/{rule}")
    field = page.locator(".o_form_view [name=anchor] .o_model_field_selector")
    field.wait_for()
    assert "约定时间" in field.inner_text(), "the label, not the name of the field"
    field.click()
    page.locator(".o_model_field_selector_popover").wait_for()
    page.locator(".o_model_field_selector_popover_search input").fill("邀约时间")
    page.locator(".o_model_field_selector_popover_item_name:has-text('邀约时间')").first.click()
    page.locator(".o_form_view [name=anchor]:has-text('邀约时间')").wait_for()
    assert not latin_words(page)
    picture(page, "touch-picker")
    # What has no index is refused when it is saved, in words.
    served.expect_log("没有索引")
    page_as.expect_console("没有索引|RPC_ERROR|Odoo Server Error")
    page.locator(".o_form_button_save").click()
    page.locator(
        ".modal:has-text('没有索引'), .o_notification:has-text('没有索引')"
    ).first.wait_for()
