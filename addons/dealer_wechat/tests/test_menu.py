from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import WechatCase

CREATE = "/cgi-bin/menu/create"


class TestMenu(WechatCase):
    """The menu under the chat: what fits, what is published, what a tap answers."""

    def setUp(self):
        super().setUp()
        pages = patch.object(
            self.env.registry["dealer.wechat.menu"], "_pages", lambda _self: {"/my/cars": "Cars"}
        )
        pages.start()
        self.addCleanup(pages.stop)

    def button(self, name="找我们", **values):
        return self.env["dealer.wechat.menu"].create(
            {
                "name": name,
                "account_id": self.account.id,
                "kind": "reply",
                "reply": "环城南路",
                **values,
            }
        )

    def test_published_as_it_stands(self):
        top = self.button("服务")
        self.button("地址", parent_id=top.id)
        self.button("我的车", kind="page", page="/my/cars", sequence=5)
        self.button("官网", kind="link", url="https://x.example/", sequence=20)
        self.account.with_user(self.users["marketing_manager"]).action_publish_menu()
        [(_path, _query, body)] = self.platform.to(CREATE)
        cars, service, link = body["button"]
        self.assertEqual(cars["type"], "view")
        self.assertIn(f"/dealer_wechat/go/{self.account.callback_key}?to=%2Fmy%2Fcars", cars["url"])
        [address] = service["sub_button"]
        self.assertEqual(address["type"], "click")
        self.assertEqual(link["url"], "https://x.example/")
        self.assertTrue(self.account.menu_published_at)
        self.make_identity("o1")
        self.event("click", event_key=address["key"])
        self.drain()
        row = self.env["dealer.wechat.outbox"].search([])
        self.assertEqual(row.payload["text"], {"content": "环城南路"})

    def test_tap_of_what_is_gone_or_of_others(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        foreign = self.button(account_id=there.id)
        self.make_identity("o1")
        for key in (f"menu:{foreign.id}", "menu:99999999", "menu:x", "free"):
            row = self.event("click", event_key=key)
            self.drain()
            self.assertEqual(row.state, "done", row.error)
        self.assertFalse(self.env["dealer.wechat.outbox"].search([]))

    def test_what_does_not_fit(self):
        top = self.button("服务")
        for values in (
            {"name": "六个字放不下了"},
            {"kind": "page", "page": False},
            {"kind": "link", "url": "http://x.example"},
            {"kind": "link", "url": "javascript:alert(1)"},
            {"reply": False},
            {"parent_id": self.button("下", parent_id=top.id).id},
        ):
            with self.assertRaises(ValidationError, msg=str(values)):
                self.button(**values)

    def test_too_many(self):
        for number in range(4):
            self.button(f"钮{number}")
        with self.assertRaises(UserError):
            self.account.action_publish_menu()
        self.assertFalse(self.platform.to(CREATE))

    def test_refusal_in_words(self):
        self.button()
        self.platform.answers[CREATE] = [{"errcode": 40018, "errmsg": "invalid button name size"}]
        with self.assertRaises(UserError):
            self.account.action_publish_menu()
        self.assertFalse(self.account.menu_published_at)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_who_may(self):
        row = self.button()
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        leader = self.users["marketing_manager"]
        self.assertTrue(self.attempt(lambda: row.with_user(leader).write({"account_id": there.id})))
        self.assertFalse(row.with_user(self.sales_consultant).has_access("write"))
        self.assertTrue(
            self.attempt(self.account.with_user(self.sales_consultant).action_publish_menu)
        )
        self.assertFalse(self.platform.to(CREATE))
