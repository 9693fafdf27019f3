"""After-sales: the bar of a laptop shows all of its entries, each a word that an advisor looks for."""

import pytest
from helpers import latin_words, picture

POSTS = ("advisor.nb01", "servicemanager.nb01", "gm.nb01")


@pytest.mark.parametrize("login", POSTS)
def test_bar_has_no_overflow(page_as, login):
    page = page_as(login)
    page.goto("/odoo/action-dealer_base.dealer_tile_action_aftersales")
    bar = page.locator(".o_menu_sections")
    bar.locator("button:has-text('预约')").first.wait_for()
    assert not page.locator(".o_menu_sections_more:visible").count()
    assert not latin_words(page)
    for words, entry in (
        ("预约", "候补名单"),
        ("车辆与车主", "三包"),
        ("客户关怀", "评价"),
        ("客户需求", "询价"),
    ):
        bar.locator(f"button:has-text('{words}')").first.click()
        page.locator(f".o-dropdown--menu .dropdown-item:has-text('{entry}')").first.wait_for()
        assert not latin_words(page)
        picture(page, f"aftersales-{login.split('.')[0]}-{entry}")
        page.keyboard.press("Escape")
