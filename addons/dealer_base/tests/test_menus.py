from .common import POSTS, DealerCase

#: What each post finds on the start screen, in this order. Whoever works here talks in Discuss.
ROOTS = """
    sales_consultant   sales
    sales_manager      sales
    sales_director     sales management
    dcc_agent          sales
    dcc_lead           sales
    reception          sales
    service_advisor    aftersales
    service_manager    aftersales management
    technician         aftersales
    care_agent         aftersales
    care_manager       aftersales management
    marketing_user     marketing
    marketing_manager  marketing
    general_manager    sales aftersales marketing management
    group_executive    sales aftersales marketing management
    """
#: Comes with applications that may be installed, and is fine beside the workbenches.
TOLERATED = {"calendar.mail_menu_calendar", "mail.menu_root_discuss"}


class TestMenus(DealerCase):
    def roots(self, user):
        """Return the xml ids of the root menus as the web client loads them."""
        env = self.env(user=user, context={"lang": "en_US"})
        menus = env["ir.ui.menu"].load_menus(debug=False)
        roots = env["ir.ui.menu"].sudo().browse(menus["root"]["children"])
        names = roots._get_external_ids()
        return [names[root.id][0] for root in roots]

    def test_posts_see_their_workbenches(self):
        expected = {}
        for line in ROOTS.strip().splitlines():
            post, *benches = line.split()
            expected[post] = [f"dealer_base.menu_dealer_{bench}" for bench in benches]
        self.assertEqual(set(expected), set(POSTS))
        for post, benches in expected.items():
            with self.subTest(post=post):
                roots = self.roots(self.users[post])
                self.assertIn("mail.menu_root_discuss", roots)
                # Addons above bring workbenches of their own; their tests name them.
                ours = [
                    root
                    for root in roots
                    if root.startswith("dealer_base.")
                    or not (root.startswith("dealer_") or root in TOLERATED)
                ]
                self.assertEqual(ours, benches)

    def test_administrator(self):
        roots = self.roots(self.system)
        for bench in ("sales", "aftersales", "marketing", "management"):
            self.assertIn(f"dealer_base.menu_dealer_{bench}", roots)

    def test_who_has_no_post(self):
        user = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        self.assertFalse([root for root in self.roots(user) if root.startswith("dealer_")])

    def test_every_menu_opens(self):
        """What stands in the menu of a post can be opened by the post: view, search and list."""
        for post in POSTS:
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            opened = set()
            for menu in menus.values():
                if menu.get("action_model") != "ir.actions.act_window":
                    continue
                xmlid = menu.get("xmlid") or ""
                if not xmlid.startswith("dealer_base.") or menu["action_id"] in opened:
                    continue
                opened.add(menu["action_id"])
                action = env["ir.actions.act_window"].sudo().browse(menu["action_id"])
                action = action._get_action_dict()
                with self.subTest(post=post, menu=xmlid):
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})
                    self.assertTrue(views["views"])
                    model.search_count([])
            self.assertTrue(opened, post)
