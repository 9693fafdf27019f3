from lxml import etree

from .common import TouchCase

SALES = {"menu_dealer_touches_sales"}
AFTERSALES = {"menu_dealer_touches_aftersales"}
REFUSALS_AFTERSALES = {"menu_dealer_touch_refusals_aftersales"}
MARKETING = {"menu_dealer_touches_marketing", "menu_dealer_touch_refusals"}
RULES = {"menu_dealer_touch_rules_marketing"}
MANAGEMENT = {"menu_dealer_touch_rules"}
MENUS = {
    "sales_consultant": SALES,
    "sales_manager": SALES,
    "sales_director": SALES | MANAGEMENT,
    "dcc_agent": SALES,
    "dcc_lead": SALES,
    "reception": set(),
    "service_advisor": AFTERSALES,
    "service_manager": AFTERSALES | REFUSALS_AFTERSALES | MANAGEMENT,
    "technician": AFTERSALES,
    "care_agent": AFTERSALES | REFUSALS_AFTERSALES,
    "care_manager": AFTERSALES | REFUSALS_AFTERSALES | MANAGEMENT,
    "marketing_user": RULES,
    "marketing_manager": MARKETING | RULES,
    "general_manager": SALES | AFTERSALES | MARKETING | RULES | MANAGEMENT,
    "group_executive": SALES | AFTERSALES | MARKETING | RULES | MANAGEMENT,
}


class TestTouchMenus(TouchCase):
    def test_menus_of_posts(self):
        for post, expected in MENUS.items():
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            names = {menu.get("xmlid") or "" for menu in menus.values()}
            ours = {
                name.removeprefix("dealer_touch.")
                for name in names
                if name.startswith("dealer_touch.")
            }
            self.assertEqual(ours, expected, post)

    def test_every_menu_opens(self):
        """What stands in the menu can be opened: views, search view, a first page."""
        for post, names in MENUS.items():
            env = self.env(user=self.users[post])
            for name in names:
                action = env.ref(f"dealer_touch.{name}").sudo().action._get_action_dict()
                with self.subTest(post=post, menu=name):
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})["views"]
                    for kind in ("list", "kanban"):
                        if kind in views:
                            arch = etree.fromstring(views[kind]["arch"])
                            fields = {node.get("name"): {} for node in arch.iter("field")}
                            known = {each: {} for each in fields if each in model._fields}
                            model.web_search_read([], known, limit=5)

    def test_counters(self):
        for name in ("tile_today_marketing", "tile_failed_marketing"):
            tile = self.env.ref(f"dealer_touch.{name}").with_user(self.marketing_manager)
            self.assertGreaterEqual(tile.count, 0)
            action = tile.action_open()
            self.env["dealer.touch"].with_user(self.marketing_manager).search(action["domain"])
