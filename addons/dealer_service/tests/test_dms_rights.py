from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common_dms import DmsCase
from .common_service import QUIET

#: Posts, and what they may with rows of the DMS: of owners of the store, of customers without a
#: car there, of another store. r read, w decide.
RIGHTS = {
    "service_manager": ("rw", "", ""),
    "general_manager": ("rw", "rw", ""),
    "group_executive": ("rw", "rw", ""),
    "system": ("rw", "rw", ""),
}


@tagged("post_install", "-at_install")
class TestDmsRights(DmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        owner, buyer = cls.make_customer("Owner"), cls.make_customer("Buyer", car=False)
        other = cls.make_customer("Other", cls.store_b)
        cls.seen = [
            cls.deliver(
                cls.customer(
                    f"C{place}", name=one.partner.name, phone=one.partner.phone, street=f"路{place}"
                ),
                unit=store,
            )
            for place, (one, store) in enumerate(
                ((owner, cls.store_a), (buyer, cls.store_a), (other, cls.store_b))
            )
        ]

    @mute_logger(*QUIET)
    def test_who_may_what(self):
        for post in (*POSTS, "system"):
            rights = RIGHTS.get(post, ("", "", ""))
            env = self.env(user=self.users[post])
            for row, right in zip(self.seen, rights, strict=True):
                for record in (row, row.difference_ids):
                    self.assertTrue(record)
                    mine = record.with_env(env)
                    self.assertEqual(mine.has_access("read"), "r" in right, f"{post} {record}")
                    self.assertEqual(mine.has_access("write"), "w" in right, f"{post} {record}")
                    for operation in ("create", "unlink"):
                        self.assertFalse(mine.has_access(operation), f"{post} {operation}")
                    if mine.browse().has_access("read"):
                        found = mine.search([("id", "=", record.id)])
                        self.assertEqual(bool(found), "r" in right, f"{post} finds {record}")
                if "w" not in right:
                    with self.assertRaises(AccessError):
                        row.difference_ids.with_env(env).action_file()
                    with self.assertRaises(UserError):
                        row.with_env(env).action_retry()

    @mute_logger(*QUIET)
    def test_nobody_forges(self):
        line = self.seen[0].difference_ids.with_user(self.service_manager)
        with self.assertRaisesRegex(UserError, "by its buttons"):
            line.write({"state": "filed"})
        with self.assertRaisesRegex(UserError, "stays as it came"):
            self.seen[0].with_user(self.service_manager).write({"state": "new"})
        with self.assertRaises(AccessError):
            self.seen[0].with_user(self.service_manager).read(["holder_id"])
        line.action_file()
        self.assertEqual((line.state, line.decided_by_id), ("filed", self.service_manager))

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        users = self.env.ref("base.public_user")
        users |= self.env["res.users"].create(
            [
                self.prepare_person("t_nobody", ["base.group_user"], self.store_a),
                self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
            ]
        )
        for post in API_POSTS:
            users |= self.make_machine(f"t_{post}", post)
        for user in users:
            for record in (self.seen[0], self.seen[0].difference_ids):
                self.assertFalse(record.with_user(user).has_access("read"), user.login)

    def test_menus(self):
        for post in (*POSTS, "system"):
            visible = self.env(user=self.users[post])["ir.ui.menu"]._visible_menu_ids()
            for name in ("stores", "rows", "differences", "import"):
                menu = self.env.ref(f"dealer_service.menu_dms_{name}")
                shown = {menu.id, menu.parent_id.id} <= set(visible)
                self.assertEqual(shown, post in RIGHTS, f"{post} {name}")
