from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from ..models.dealer_wechat_catch import excerpt
from .test_archive import TalkCase

LOOKERS = {
    "sales_manager",
    "sales_director",
    "service_manager",
    "care_manager",
    "general_manager",
    "system",
}
WRITERS = LOOKERS - {"sales_manager"} | {"group_executive"}


class TestWords(TalkCase):
    """Staff are warned before it goes out; what customers say is told to the manager at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        words = cls.env["dealer.wechat.word"]
        cls.money = words.create(
            {"name": "私下转账，返点", "account_id": cls.account.id, "advice": "走对公账户"}
        )
        cls.lawyer = words.create(
            {"name": "律师,投诉", "account_id": cls.account.id, "direction": "in"}
        )

    def setUp(self):
        super().setUp()
        self.says("在吗")

    def caught(self):
        return self.env["dealer.wechat.catch"].search([("identity_id", "=", self.fan.id)])

    def warnings(self, text, user=None):
        chat = self.fan.channel_ids.with_user(user or self.sales_consultant)
        return chat.wechat_warnings(text)

    def told(self, user):
        return (
            self.env["mail.notification"]
            .search([("res_partner_id", "=", user.partner_id.id)])
            .mail_message_id
        )

    # ------------------------------------------------------------
    # Staff
    # ------------------------------------------------------------

    def test_writer_is_warned(self):
        self.assertEqual(self.warnings("您好"), [])
        for text in ("可以私下转账给我", "私 下-转账", "有返点和私下转账"):
            [found] = self.warnings(text)
            self.assertEqual(found["advice"], "走对公账户")
        self.assertEqual(self.warnings("律师"), [], "a word of customers")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_strangers_ask_nothing(self):
        with self.assertRaises(AccessError):
            self.warnings("返点", self.stranger)

    def test_sent_all_the_same_is_noted(self):
        self.answer("您好")
        self.assertFalse(self.caught())
        self.answer("给您 2% 返点")
        [row] = self.caught()
        self.assertEqual((row.word, row.direction), ("返点", "out"))
        self.assertEqual(row.user_id, self.sales_consultant)
        self.assertEqual(row.excerpt, "给您 2% 返点")
        self.assertFalse(row.told, "the manager looks it up")
        sent = self.env["dealer.wechat.outbox"].search([("identity_id", "=", self.fan.id)])
        self.assertEqual(len(sent), 2, "it was sent")

    # ------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------

    def test_manager_is_told_at_once(self):
        before = self.told(self.users["sales_manager"])
        self.says("再不解决我就找律师投诉你们")
        [row] = self.caught()
        self.assertEqual((row.word, row.direction), ("律师", "in"))
        self.assertEqual(row.user_id, self.sales_consultant, "who serves the customer")
        [note] = self.told(self.users["sales_manager"]) - before
        self.assertIn("律师", note.subject)
        self.assertIn("找律师投诉", str(note.body))
        self.assertFalse(self.told(self.teammate))

    def test_told_once_an_hour(self):
        self.says("律师")
        before = self.told(self.users["sales_manager"])
        self.says("我已经请了律师")
        self.assertEqual(len(self.caught()), 2)
        self.assertEqual(self.told(self.users["sales_manager"]), before)

    def test_another_account_and_archived(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        self.lawyer.account_id = there
        self.money.active = False
        self.says("律师")
        self.assertFalse(self.caught())
        self.assertEqual(self.warnings("返点"), [])

    def test_only_the_words_around_it(self):
        self.assertEqual(excerpt("a" * 50 + "返点" + "b" * 50, "返点", 3), "…aaa返点bbb…")
        self.assertEqual(excerpt("私 下 转 账", "私下转账", 3), "私 下 转 账")

    def test_seen_and_read(self):
        self.says("律师")
        row = self.caught()
        manager = self.users["sales_director"]
        row.with_user(manager).action_seen()
        self.assertEqual(row.seen_user_id, manager)
        row.with_user(self.users["care_manager"]).action_seen()
        self.assertEqual(row.seen_user_id, manager, "who was first")
        context = row.with_user(manager).action_look()["context"]
        self.assertEqual(context["default_identity_id"], self.fan.id)
        self.assertIn("律师", context["default_reason"])

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_whose_words(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        other = self.money.copy({"account_id": there.id})
        self.says("律师")
        row = self.caught()
        for post, user in self.users.items():
            mine = self.money.with_user(user)
            self.assertEqual(mine.has_access("write"), post in WRITERS, post)
            self.assertFalse(other.with_user(user).has_access("read"), post)
            sees = post in LOOKERS and self.fan.with_user(user).has_access("read")
            self.assertEqual(row.with_user(user).has_access("read"), sees, post)
            for right in ("write", "create", "unlink"):
                self.assertFalse(row.with_user(user).has_access(right), post)
            if post in WRITERS:
                error = self.attempt(lambda mine=mine: mine.write({"account_id": there.id}))
                self.assertTrue(error, post)

    def test_at_least_one_word(self):
        for name in (" , ", "-;-"):
            with self.assertRaises(ValidationError):
                self.money.name = name
