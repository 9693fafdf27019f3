from freezegun import freeze_time

from .common import ClockCase, at

SALES = {"menu_dealer_alarms_sales", "menu_dealer_duty_sales"}
AFTERSALES = {"menu_dealer_alarms_aftersales", "menu_dealer_duty_aftersales"}
MANAGEMENT = {"menu_dealer_clocks", "menu_dealer_clock_policies", "menu_dealer_makeup"}
BUSY = {"menu_dealer_duty_busy"}
MENUS = {
    "sales_consultant": SALES | BUSY,
    "sales_manager": SALES,
    "sales_director": SALES | MANAGEMENT,
    "dcc_agent": SALES | BUSY,
    "dcc_lead": SALES,
    "reception": SALES,
    "service_advisor": AFTERSALES,
    "service_manager": AFTERSALES | MANAGEMENT,
    "technician": AFTERSALES,
    "care_agent": AFTERSALES,
    "care_manager": AFTERSALES | MANAGEMENT,
    "marketing_user": set(),
    "marketing_manager": set(),
    "general_manager": SALES | AFTERSALES | MANAGEMENT,
    "group_executive": SALES | AFTERSALES | MANAGEMENT,
}


class TestClockMenus(ClockCase):
    def test_menus_of_posts(self):
        for post, expected in MENUS.items():
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            names = {menu.get("xmlid") or "" for menu in menus.values()}
            ours = {
                name.removeprefix("dealer_clock.")
                for name in names
                if name.startswith("dealer_clock.")
            }
            self.assertEqual(ours, expected, post)

    def test_every_menu_opens(self):
        """What stands in the menu can be opened: views, search view, a first page."""
        self.start(at(9))
        for post, names in MENUS.items():
            env = self.env(user=self.users[post])
            for name in names:
                action = env.ref(f"dealer_clock.{name}").sudo().action
                if action._name != "ir.actions.act_window":
                    continue
                action = action._get_action_dict()
                with self.subTest(post=post, menu=name):
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})["views"]
                    for kind in ("list", "kanban"):
                        if kind in views:
                            fields = {
                                field: {}
                                for field in self.fields_of(views[kind]["arch"], model._fields)
                            }
                            model.web_search_read([], fields, limit=5)

    def fields_of(self, arch, known):
        from lxml import etree

        names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
        return names & set(known)

    def test_counter_of_alarms(self):
        """The start page counts what waits for the own word, and opens just that."""
        self.make_policy(
            "ladder", [{"minutes": 0, "action": "raise", "who": "manager", "need_ack": True}]
        )
        self.start(at(9), "ladder", self.make_relations(3))
        self.tick(at(9, 30))
        for user, count in ((self.sales_manager, 3), (self.sales_consultant, 0)):
            tile = self.env.ref("dealer_clock.tile_alarms_sales").with_user(user)
            self.assertEqual(tile.count, count)
            action = tile.action_open()
            shown = self.env(user=user)["dealer.clock.event"].search(action["domain"])
            self.assertEqual(len(shown), count)
        with freeze_time(at(9, 35)):
            shown = self.env(user=self.sales_manager)["dealer.clock.event"].search([])
            shown.filtered(lambda event: event.user_ids == self.sales_manager).action_acknowledge()
        tile = self.env.ref("dealer_clock.tile_alarms_sales").with_user(self.sales_manager)
        tile.invalidate_recordset()
        self.assertEqual(tile.count, 0)
