from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from .common import POSTS, DealerCase


class TestTiles(DealerCase):
    """The start pages: counters that open exactly the list that they count (A1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.context_today(cls.env.user)
        for tag, binding in (
            ("Own", {"consultant_id": cls.sales_consultant.id}),
            ("Called", {"dcc_agent_id": cls.dcc_agent.id}),
            ("Advised", {"advisor_id": cls.service_advisor.id}),
            ("Team", {"consultant_id": cls.teammate.id}),
            ("Pool", {}),
        ):
            customer = cls.make_customer(tag, **binding)
            customer.vehicle.write(
                {
                    "service_due": today,
                    "insurance_due": today,
                    "inspection_due": today + timedelta(days=5),
                }
            )
            customer.interaction.next_date = today
            customer.partner.write({"birth_month": today.month, "birth_day": min(today.day, 28)})
        cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)

    def tiles_of(self, post):
        model = self.env(user=self.users[post], context={"lang": "en_US"})["dealer.tile"]
        return model.search([("mine", "=", True)])

    def test_counter_opens_what_it_counts(self):
        seen = self.env["dealer.tile"]
        for post in POSTS:
            tiles = self.tiles_of(post)
            self.assertTrue(tiles, post)
            for tile in tiles:
                with self.subTest(post=post, tile=tile.name):
                    action = tile.action_open()
                    self.assertEqual(action["type"], "ir.actions.act_window")
                    model = tile.env[action["res_model"]]
                    if not model.has_access("read"):
                        self.assertEqual(tile.count, 0)
                        continue
                    self.assertEqual(model.search_count(action["domain"]), tile.count)
                    self.assertEqual(tile.count_text, str(tile.count))
                    seen |= tile.sudo() if tile.count else seen.browse()
        self.assertGreater(len(seen), 12, "most counters count something in this test")

    def test_no_tile_without_right(self):
        """A counter of records that a post may not read does not stand on its start page."""
        benches = {
            post: {
                name.removeprefix("dealer_base.menu_dealer_")
                for name in self.root_names(post)
                if name.startswith("dealer_base.menu_dealer_")
            }
            for post in POSTS
        }
        for post in POSTS:
            for tile in self.tiles_of(post).filtered(
                lambda tile, post=post: tile.workbench in benches[post]
            ):
                model = tile.env[tile.sudo().action_id.res_model]
                self.assertTrue(model.has_access("read"), f"{post} cannot open {tile.name}")

    def root_names(self, post):
        env = self.env(user=self.users[post])
        menus = env["ir.ui.menu"].load_menus(debug=False)
        roots = env["ir.ui.menu"].sudo().browse(menus["root"]["children"])
        names = roots._get_external_ids()
        return [names[root.id][0] for root in roots]

    def test_tiles_of_other_posts(self):
        """Nobody opens or reads the counter of another post; the administrator sets them all up."""
        exports = self.env.ref("dealer_base.tile_exports")
        mine = exports.with_user(self.sales_consultant)
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            mine.read(["name"])
        self.assertFalse(mine.search([("id", "=", exports.id)]))
        clerk = self.env.ref("dealer_base.tile_store_cards")
        self.assertFalse(clerk.with_user(self.system).mine)
        self.assertTrue(clerk.with_user(self.system).name)
        self.assertNotIn(clerk, self.tiles_of("system"))
        self.assertIn(clerk, self.tiles_of("reception"))

    def test_start_pages_show_the_own(self):
        for bench in ("sales", "aftersales", "marketing", "management"):
            action = self.env.ref(f"dealer_base.dealer_tile_action_{bench}")
            self.assertIn("mine", action.domain)
            self.assertIn(bench, action.domain)

    def test_wrong_filter(self):
        tile = self.env.ref("dealer_base.tile_stores")
        for domain in ("[('no_such_field', '=', 1)]", "[(", "__import__('os')", "env"):
            with (
                self.subTest(domain=domain),
                mute_logger("odoo.tools.safe_eval"),
                self.assertRaises(ValidationError),
                self.cr.savepoint(),
            ):
                tile.domain = domain

    def test_much_is_more(self):
        """Beyond a limit the counter says more, so that a start page costs the same everywhere."""
        tile = self.env.ref("dealer_base.tile_store_customers")
        self.startPatcher(patch("odoo.addons.dealer_base.models.dealer_tile.COUNT_LIMIT", 2))
        self.assertEqual(tile.with_user(self.general_manager).count_text, "1+")
