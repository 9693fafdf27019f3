from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import WechatCase
from .test_chat import PICTURE


class TalkCase(WechatCase):
    """A customer of the consultant, with whom there was a talk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customer = cls.make_customer("Talk", consultant_id=cls.sales_consultant.id)
        cls.customer = customer.partner
        cls.fan = cls.make_identity("o1", cls.customer)

    def says(self, text, sender="o1", **values):
        row = self.message(text, sender=sender, **values)
        self.drain()
        self.assertEqual(row.state, "done", row.error)

    def answer(self, text):
        chat = self.fan.channel_ids.with_user(self.sales_consultant)
        return chat.message_post(body=text, message_type="comment")

    def talk(self):
        return self.env["dealer.interaction"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "wechat")]
        )


class TestForget(TalkCase):
    """What is over its term is deleted; that there was a talk is not."""

    def setUp(self):
        super().setUp()
        self.platform.answers["/cgi-bin/media/get"] = [(200, PICTURE)]
        self.says("老的话", kind="image", media_id="M1")
        self.answer("老的回答")
        self.old = self.fan.channel_ids.message_ids
        self.file = self.old.attachment_ids
        long_ago = fields.Datetime.now() - relativedelta(months=37)
        self.old._write({"date": long_ago})
        self.talk()._write({"start": long_ago})
        self.says("新的话")
        self.answer("新的回答")
        self.env.invalidate_all()

    def texts(self):
        return "".join(str(row.body) for row in self.fan.channel_ids.message_ids)

    def forget(self):
        self.fan._forget_talk(self.account._kept_from())

    def test_old_messages_and_files(self):
        self.assertTrue(self.file.exists())
        self.assertEqual(self.account._forgettable(), self.fan)
        self.assertFalse(self.account._forgettable(self.fan.id), "goes on after it")
        self.forget()
        self.assertNotIn("老的", self.texts())
        self.assertIn("新的话", self.texts())
        self.assertFalse(self.file.exists())
        self.assertFalse(self.account._forgettable())

    def test_timeline_keeps_the_fact(self):
        old = self.talk().sorted("start")[0]
        self.assertIn("老的回答", old.transcript)
        self.forget()
        self.assertTrue(old.exists())
        self.assertFalse(old.transcript)
        self.assertNotIn("老的", old.summary)

    def test_who_waits_is_kept(self):
        self.says("还在吗")
        self.forget()
        self.assertIn("老的话", self.texts())

    def test_car_on_order_is_kept(self):
        self.fan._relation().stage = "ordered"
        self.forget()
        self.assertIn("老的话", self.texts())

    def test_term_of_the_account(self):
        self.account.keep_months = 48
        self.assertFalse(self.account._forgettable())
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.account.keep_months = 3
            self.env.flush_all()

    def test_what_was_received_and_sent(self):
        rows = self.env["dealer.wechat.inbox"].search([("sender", "=", "o1")], order="id")
        sent = self.env["dealer.wechat.outbox"].search([("identity_id", "=", self.fan.id)])
        long_ago = fields.Datetime.now() - relativedelta(months=37)
        rows[0].write({"received_at": long_ago, "state": "unknown"})
        sent._write({"create_date": long_ago})
        sent[0].due_at = False
        self.env.invalidate_all()
        self.account._forget_rows()
        self.assertFalse(rows[0].exists())
        self.assertTrue(rows[1:].exists())
        self.assertEqual(sent.exists(), sent[1:], "what waits to be sent is sent first")

    def test_cron(self):
        cron = self.env.ref("dealer_wechat.ir_cron_forget")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertNotIn("老的", self.texts())


class TestSearch(TalkCase):
    """Managers find what was said, with a reason; each search is written down."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.users["sales_director"]

    def setUp(self):
        super().setUp()
        self.says("请问 <途观L> 最低多少钱 & 送什么")
        self.answer("现在 19.8 万，送脚垫")

    def search(self, user=None, **values):
        search = self.env["dealer.wechat.search"].with_user(user or self.manager)
        found = search.create({"reason": "核对报价", **values})
        found.action_search()
        return found.hit_ids

    def log(self):
        return self.env["dealer.wechat.search.log"].search([])

    def test_words_and_what_is_shown(self):
        [hit] = self.search(words="最低 途观L")
        self.assertEqual(hit.identity_id, self.fan)
        self.assertEqual(hit.who, self.customer.name)
        self.assertIn("最低多少钱", hit.excerpt)
        self.assertEqual(len(self.search(words="19.8")), 1)
        self.assertEqual(len(self.search(words="<途观L>")), 1)
        self.assertFalse(self.search(words="途观L 脚垫"), "all words of one message")

    def test_each_search_is_written_down(self):
        self.search(words="最低", partner_id=self.customer.id)
        self.assertFalse(self.search(words="没有说过"))
        rows = self.log().sorted("id")
        self.assertEqual(rows.mapped("words"), ["最低", "没有说过"])
        self.assertEqual(rows.mapped("found"), [1, 0])
        self.assertEqual(set(rows.mapped("reason")), {"核对报价"})
        self.assertEqual(rows.user_id, self.manager)

    def test_no_reason_no_search(self):
        for values in (
            {"words": "最低", "reason": " "},
            {"words": "最"},
            {"words": ""},
        ):
            error = self.attempt(lambda values=values: self.search(**values))
            self.assertIsInstance(error, UserError, values)
        self.assertFalse(self.log())

    def test_customer_consultant_and_time(self):
        self.assertEqual(len(self.search(partner_id=self.customer.id)), 2)
        self.assertEqual(len(self.search(words="最低", consultant_id=self.sales_consultant.id)), 1)
        self.assertFalse(self.search(words="最低", consultant_id=self.teammate.id))
        day = fields.Date.today() - timedelta(days=3)
        self.assertFalse(self.search(words="最低", date_from=day - timedelta(days=9), date_to=day))

    def test_other_stores_are_not_searched(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        other = self.make_customer("There", self.store_b)
        self.make_identity("o2", other.partner, there)
        told = {
            "kind": "oa.msg.text",
            "from": "o2",
            "to": "gh_b",
            "create_time": 1,
            "content": "别家最低",
        }
        self.store(told, there)
        self.drain()
        self.assertEqual(len(self.search(words="最低")), 1)

    def test_only_managers(self):
        may = {
            "sales_manager",
            "sales_director",
            "service_manager",
            "care_manager",
            "general_manager",
            "system",
        }
        for post, user in self.users.items():
            works = not self.attempt(lambda user=user: self.search(user, words="最低"))
            self.assertEqual(works, post in may, post)

    def test_reading_on_is_logged_in_the_chat(self):
        [hit] = self.search(words="最低")
        self.assertFalse(self.fan.channel_ids.with_user(self.manager).has_access("read"))
        hit.action_look()
        self.assertTrue(self.fan.channel_ids.with_user(self.manager).has_access("read"))
        self.assertIn("核对报价", str(self.fan.channel_ids.message_ids[0].body))

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_whose_log_it_is(self):
        [hit] = self.search(words="最低")
        other = self.users["care_manager"]
        self.assertFalse(hit.with_user(other).has_access("read"))
        self.assertFalse(hit.search_id.with_user(other).has_access("read"))
        readers = {"general_manager", "group_executive", "system"}
        for post, user in self.users.items():
            row = self.log().with_user(user)
            self.assertEqual(row.has_access("read"), post in readers, post)
            for right in ("write", "create", "unlink"):
                self.assertFalse(row.has_access(right), post)
