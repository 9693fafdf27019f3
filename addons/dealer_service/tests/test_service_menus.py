from odoo.addons.dealer_base.tests.common import POSTS

from .common_service import ServiceCase

AFTERSALES = {
    "service_advisor",
    "service_manager",
    "technician",
    "care_agent",
    "care_manager",
    "general_manager",
    "group_executive",
    "system",
}
CHIEFS = {"service_manager", "general_manager", "group_executive", "system"}
#: Menu (its xml id without “menu_dealer_”) and the posts that see it.
MENUS = {
    "service_orders": AFTERSALES,
    "guarantee": AFTERSALES,
    "maintenance_needs": AFTERSALES,
    "violations": AFTERSALES,
    "maintenance_plans": CHIEFS,
    "inspection_rules": CHIEFS,
    "callbacks_mine": AFTERSALES - {"technician", "group_executive"},
    "callbacks": AFTERSALES - {"technician"},
    "callback_figures": AFTERSALES - {"technician", "service_advisor"},
    "callback_questions": CHIEFS | {"care_manager"},
    "callback_steps": {"group_executive", "system"},
}


class TestServiceMenus(ServiceCase):
    def test_menus(self):
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            visible = env["ir.ui.menu"]._visible_menu_ids()
            for name, posts in MENUS.items():
                menu = self.env.ref(f"dealer_service.menu_dealer_{name}")
                # Below a workbench that the post does not have nothing is shown.
                above = {int(number) for number in menu.parent_path.split("/") if number}
                shown = above <= set(visible)
                self.assertEqual(shown, post in posts, f"{post} {name}")

    def test_workbench_is_short(self):
        """What stands in the bar fits a laptop; the rest is found below a few words."""
        env = self.env(user=self.service_manager, context={"lang": "en_US"})
        menus = env["ir.ui.menu"].load_menus(debug=False)
        root = self.env.ref("dealer_base.menu_dealer_aftersales")
        bar = [menus[number] for number in menus[root.id]["children"]]
        self.assertEqual(
            [entry["xmlid"] for entry in bar][:2],
            ["dealer_base.menu_dealer_aftersales_today", "dealer_service.menu_appointment_today"],
        )
        self.assertLessEqual(len(bar), 10)
        groups = {entry["xmlid"] for entry in bar if entry["children"]}
        self.assertEqual(
            {name for name in groups if name.startswith("dealer_base.")},
            {
                f"dealer_base.menu_dealer_aftersales_{name}"
                for name in ("appointments", "cars", "care", "requests", "settings")
            },
        )

    def test_tiles(self):
        for name in ("in_workshop", "guarantee_near"):
            tile = self.env.ref(f"dealer_service.tile_{name}").with_user(self.service_manager)
            self.assertTrue(tile.mine)
            self.assertEqual(tile.action_open()["res_model"][:7], "dealer.")

    def test_tile_counts_cars_near_their_limit(self):
        car = self.make_car(self.make_customer("Own"), invoice_date="2026-01-01")
        tile = self.env.ref("dealer_service.tile_guarantee_near").with_user(self.service_manager)
        before = tile.count
        self.env["dealer.guarantee.watch"].create(
            {
                "vehicle_id": car.id,
                "unit_id": self.store_a.id,
                "code": "days",
                "key": "",
                "used": 25,
                "arises_at": 31,
                "share": 80,
                "level": 80,
            }
        )
        tile.invalidate_recordset()
        self.assertEqual(tile.count, before + 1)
