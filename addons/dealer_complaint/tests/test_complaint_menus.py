from lxml import etree

from .common import ComplaintCase

EVERYBODY = {
    "menu_complaints_root",
    "menu_complaints",
    "menu_case_tasks",
    "menu_case_measures",
    "menu_case_causes_report",
    "menu_articles",
    "menu_documents",
    "menu_score_sheets",
}
LEADERS = EVERYBODY | {"menu_case_alerts", "menu_words"}
SETTINGS = LEADERS | {
    "menu_case_settings",
    "menu_case_kinds",
    "menu_case_customer_kinds",
    "menu_case_severity_rules",
    "menu_case_causes",
    "menu_case_compensation_limits",
    "menu_article_categories",
    "menu_counted_words",
    "menu_score_rules",
}
MENUS = {
    "sales_consultant": EVERYBODY,
    "sales_manager": LEADERS,
    "sales_director": LEADERS,
    "dcc_agent": EVERYBODY,
    "dcc_lead": EVERYBODY,
    "reception": set(),
    "service_advisor": EVERYBODY,
    "service_manager": LEADERS,
    "technician": EVERYBODY,
    "care_agent": LEADERS,
    "care_manager": SETTINGS,
    "marketing_user": set(),
    "marketing_manager": set(),
    "general_manager": SETTINGS,
    "group_executive": SETTINGS,
}
#: What the start page counts for each post.
TILES = {
    "sales_manager": {"tile_to_dispatch"},
    "sales_director": {"tile_to_dispatch"},
    "service_advisor": {"tile_to_handle"},
    "service_manager": {"tile_open_cases", "tile_to_handle", "tile_to_dispatch_service"},
    "technician": {"tile_to_handle"},
    "care_agent": {"tile_open_cases", "tile_to_handle"},
    "care_manager": {"tile_open_cases", "tile_rated_low"},
    "general_manager": {"tile_supervised", "tile_to_sign", "tile_told_boss"},
    "group_executive": {"tile_supervised", "tile_told_boss"},
}


class TestComplaintMenus(ComplaintCase):
    def test_menus_of_posts(self):
        for post, expected in MENUS.items():
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            names = {menu.get("xmlid") or "" for menu in menus.values()}
            ours = {
                name.removeprefix("dealer_complaint.")
                for name in names
                if name.startswith("dealer_complaint.")
            }
            self.assertEqual(ours, expected, post)

    def test_every_menu_opens(self):
        """What stands in the menu can be opened: views, search view, a first page, a first form."""
        self.to_handling(self.register())
        for post, names in MENUS.items():
            env = self.env(user=self.users[post])
            for name in names:
                action = env.ref(f"dealer_complaint.{name}").sudo().action
                if not action or action._name != "ir.actions.act_window":
                    continue
                action = action._get_action_dict()
                with self.subTest(post=post, menu=name):
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})["views"]
                    for kind, view in views.items():
                        if kind in ("list", "kanban", "form"):
                            fields = self.fields_of(view["arch"], model._fields)
                            model.web_search_read([], fields, limit=2)

    def fields_of(self, arch, known):
        names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
        return {name: {} for name in names & set(known)}

    def test_counters_open_what_they_count(self):
        """Each post has its counters; each counts what its list shows."""
        case = self.register()
        self.step(case, "care_opinion", self.care_manager)
        tiles = (
            self.env["dealer.tile"]
            .search([])
            .filtered(
                lambda tile: (tile.get_external_id()[tile.id] or "").startswith("dealer_complaint.")
            )
        )
        for post in MENUS:
            user = self.users[post]
            mine = tiles.filtered(lambda tile, user=user: tile.group_ids & user.all_group_ids)
            names = {mine.get_external_id()[tile.id].split(".")[1] for tile in mine}
            self.assertEqual(names, TILES.get(post, set()), post)
            for tile in mine.with_user(user):
                action = tile.action_open()
                found = self.env(user=user)[action["res_model"]].search_count(action["domain"])
                self.assertEqual(tile.count, found, tile.name)
        to_sign = self.env.ref("dealer_complaint.tile_to_sign").with_user(self.general_manager)
        self.assertGreaterEqual(to_sign.count, 1)
