from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.dealer_wechat.tests.common import WechatCase

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64
VOICE = b"#!AMR\n" + b"1" * 64


class TestChatComplaint(WechatCase):
    """Whoever answers the customer makes a complaint of the chat; the post says who sees the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customer = cls.make_customer("Chat", consultant_id=cls.sales_consultant.id)
        cls.customer = customer.partner
        cls.fan = cls.make_identity("o1", cls.customer)
        # Whom nobody serves is answered by the desk: here customer care.
        cls.account.desk_user_ids = cls.care_agent
        cls.pool = cls.make_identity("o2")

    def says(self, text="发动机又响了", sender="o1", **values):
        row = self.message(text, sender=sender, **values)
        self.drain()
        self.assertEqual(row.state, "done", row.error)
        return self.chat(sender)

    def chat(self, sender="o1"):
        return self.identity(sender).channel_ids

    def complain(self, chat, user, **values):
        answer = chat.with_user(user).action_wechat_complaint(**values)
        case = self.env["helpdesk.ticket"].search([("number", "=", answer["number"])])
        self.assertEqual(len(case), 1)
        return answer, case

    def cases(self):
        return self.env["helpdesk.ticket"].search([("source", "=", "wechat")])

    def outbox(self):
        return self.env["dealer.wechat.outbox"].search([])

    def test_talk_is_kept_while_the_complaint_is_open(self):
        chat = self.says()
        chat.with_user(self.sales_consultant).message_post(body="抱歉", message_type="comment")
        both = self.fan | self.pool
        self.assertFalse(both._talk_held())
        _answer, case = self.complain(chat, self.sales_consultant)
        self.assertEqual(both._talk_held(), self.fan)
        case.wechat_identity_id = False
        self.assertEqual(both._talk_held(), self.fan, "a complaint that came by another way")
        case._write({"case_state": "withdrawn"})
        case.invalidate_recordset()
        self.assertFalse(both._talk_held())

    # ------------------------------------------------------------
    # What is taken over
    # ------------------------------------------------------------

    def test_consultant_hands_it_to_customer_care(self):
        self.says("昨天修完")
        chat = self.says("发动机又响了 <b>生气</b>")
        chat.with_user(self.sales_consultant).message_post(body="抱歉", message_type="comment")
        sent = self.outbox()
        answer, case = self.complain(chat, self.sales_consultant)
        self.assertEqual(answer, {"number": case.number, "is_new": True, "action": False})
        self.assertEqual(case.facts, "昨天修完\n发动机又响了 <b>生气</b>")
        self.assertEqual(case.name, "昨天修完 发动机又响了 <b>生气</b>")
        self.assertEqual((case.is_case, case.case_state, case.source), (True, "received", "wechat"))
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.partner_name, self.customer.name)
        self.assertTrue(case.is_sender_proved)
        self.assertEqual(case.dealer_unit_id, self.store_a)
        self.assertEqual(case.company_id, self.store_a.company_id)
        self.assertEqual(case.wechat_identity_id, self.fan)
        self.assertEqual(case.event_ids.user_id, self.sales_consultant)
        # It stands in the chat; the customer gets nothing.
        note = chat.message_ids.sorted("id")[-1]
        self.assertIn(case.number, note.body)
        self.assertIn(self.sales_consultant.name, note.body)
        self.assertEqual(note.message_type, "notification")
        self.assertEqual(self.outbox(), sent)
        # The post decides who sees the file, not who made it.
        self.assertFalse(case.with_user(self.sales_consultant).has_access("read"))
        self.assertTrue(case.with_user(self.care_agent).has_access("read"))
        self.assertEqual(case._clock_open().kind, "case_register")

    def test_care_has_it_in_hand(self):
        chat = self.says("态度太差", sender="o2")
        answer, case = self.complain(chat, self.care_agent)
        self.assertEqual(answer["action"]["res_id"], case.id)
        self.assertEqual(case.case_state, "registered")
        self.assertTrue(case.registered_at)
        self.assertFalse(case.partner_id)
        self.assertFalse(case.is_sender_proved)
        self.assertEqual(case.partner_name, self.pool.display_name)
        self.assertEqual(case.wechat_identity_id, self.pool)
        mine = case.with_user(self.care_agent)
        self.assertTrue(mine.can_open_wechat)
        Form(mine)
        self.assertEqual(
            mine.action_open_wechat()["context"], {"active_id": f"discuss.channel_{chat.id}"}
        )

    def test_files_are_copied(self):
        self.platform.answers["/cgi-bin/media/get"] = [(200, PICTURE), (200, VOICE)]
        self.says("", kind="image", media_id="M1")
        chat = self.says("", kind="voice", media_id="M2", recognition="还是漏油")
        _answer, case = self.complain(chat, self.sales_consultant)
        self.assertEqual(case.facts, "［图片］\n［语音］还是漏油")
        files = case.attachment_ids.sorted("id")
        self.assertEqual(files.mapped("raw"), [PICTURE, VOICE])
        self.assertEqual(len(set(files.mapped("name"))), 2)
        self.assertTrue(files[0].name.endswith(".png"))
        self.assertFalse(files & chat.message_ids.attachment_ids)
        self.assertEqual(case.event_ids.mapped("kind").count("file"), 2)
        self.assertEqual(case._customer_messages().attachment_ids, files)

    def test_last_ten_messages(self):
        for number in range(12):
            chat = self.says(f"第{number}句")
        _answer, case = self.complain(chat, self.sales_consultant)
        self.assertEqual(case.facts.split("\n"), [f"第{number}句" for number in range(2, 12)])

    def test_guest_who_became_a_customer(self):
        self.says("第一句", sender="o2")
        self.pool._bind(self.customer, "hand")
        chat = self.says("第二句", sender="o2")
        _answer, case = self.complain(chat, self.sales_consultant)
        self.assertEqual(case.facts, "第一句\n第二句")
        self.assertEqual(case.partner_id, self.customer)

    def test_customer_wrote_nothing(self):
        chat = self.fan._channel()
        chat._wechat_note("x")
        with self.assertRaisesRegex(UserError, "nothing"):
            chat.with_user(self.sales_consultant).action_wechat_complaint()
        self.assertFalse(self.cases())

    # ------------------------------------------------------------
    # One at a time
    # ------------------------------------------------------------

    def test_open_one_is_named(self):
        chat = self.says()
        _answer, case = self.complain(chat, self.sales_consultant)
        notes = len(chat.message_ids)
        answer, known = self.complain(chat, self.sales_consultant)
        self.assertEqual(answer, {"number": case.number, "is_new": False, "action": False})
        self.assertEqual(known, case)
        self.assertEqual(len(chat.message_ids), notes)
        self.assertEqual(self.cases(), case)

    def test_another_one_where_wanted(self):
        first = fields.Datetime.now() - timedelta(hours=3)
        with freeze_time(first):
            chat = self.says("发动机响")
            _answer, case = self.complain(chat, self.sales_consultant)
        with freeze_time(first + timedelta(hours=1)):
            self.says("还有，销售骗人")
            answer, second = self.complain(chat, self.sales_consultant, again=True)
        self.assertTrue(answer["is_new"])
        self.assertEqual(second.facts, "还有，销售骗人")
        # Nothing new was written: what was written last is what it is about.
        _answer, third = self.complain(chat, self.sales_consultant, again=True)
        self.assertEqual(third.facts, "发动机响\n还有，销售骗人")
        self.assertEqual(self.cases(), case | second | third)

    def test_closed_one_is_not_in_the_way(self):
        chat = self.says("态度差", sender="o2")
        _answer, case = self.complain(chat, self.care_agent)
        case.with_user(self.care_agent)._transition("withdraw", "Said sorry")
        answer, second = self.complain(chat, self.care_agent)
        self.assertTrue(answer["is_new"])
        self.assertNotEqual(second, case)

    def test_complaint_by_the_page_counts(self):
        chat = self.says()
        sent = self.env["helpdesk.ticket"]._receive_complaint(
            {"unit": self.store_a, "facts": "x", "wechat_identity": self.fan}
        )
        _answer, case = self.complain(chat, self.sales_consultant)
        self.assertNotEqual(case, sent)
        sent = self.env["helpdesk.ticket"]._receive_complaint(
            {
                "unit": self.store_a,
                "facts": "x",
                "partner": self.customer,
                "wechat_identity": self.fan,
            }
        )
        answer, known = self.complain(chat, self.sales_consultant)
        self.assertEqual((known, answer["is_new"]), (sent, False))

    def test_two_who_tap_at_once(self):
        """Both saw no open one; the key of what was said makes them one."""
        chat = self.says("态度差", sender="o2")
        mine = chat.with_user(self.care_agent)
        former = self.env["helpdesk.ticket"].sudo()
        one = mine._wechat_take_up(self.pool.with_user(self.care_agent).sudo(), former)
        two = mine._wechat_take_up(self.pool.with_user(self.care_agent).sudo(), former)
        self.assertEqual(one, two)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_who_is_not_in_the_chat(self):
        chat = self.says()
        there = self.env["res.users"].create(
            self.prepare_person("t_care_b", ["dealer_base.group_care_agent"], self.store_b)
        )
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.customer.id,
            }
        )
        for user in (
            self.stranger,
            self.teammate,
            self.care_agent,
            self.care_manager,
            there,
            portal,
            self.env.ref("base.public_user"),
        ):
            error = self.attempt(lambda user=user: chat.with_user(user).action_wechat_complaint())
            self.assertIsInstance(error, AccessError, user.login)
        self.assertFalse(self.cases())

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_member_who_works_elsewhere_now(self):
        chat = self.says()
        self.sales_consultant.write(
            {
                "company_id": self.store_b.company_id.id,
                "company_ids": [(6, 0, self.store_b.company_id.ids)],
            }
        )
        self.assertIn(self.sales_consultant.partner_id, chat.channel_member_ids.partner_id)
        error = self.attempt(
            lambda: chat.with_user(self.sales_consultant).action_wechat_complaint()
        )
        self.assertIsInstance(error, AccessError)

    def test_manager_who_looked_in(self):
        chat = self.says()
        self.fan.with_user(self.care_manager)._look("客户来电")
        answer, case = self.complain(chat, self.care_manager)
        self.assertEqual(case.case_state, "registered")
        self.assertEqual(answer["action"]["res_id"], case.id)

    def test_other_channels(self):
        group = self.env["discuss.channel"].create({"name": "x", "channel_type": "group"})
        group._add_members(users=self.sales_consultant)
        with self.assertRaises(AccessError):
            group.with_user(self.sales_consultant).action_wechat_complaint()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_way_back_to_the_chat(self):
        chat = self.says()
        _answer, case = self.complain(chat, self.sales_consultant)
        for user, opens in ((self.care_manager, True), (self.care_agent, False)):
            mine = case.with_user(user)
            self.assertEqual(mine.can_open_wechat, opens, user.login)
            Form(mine)
        action = case.with_user(self.care_manager).action_open_wechat()
        self.assertEqual(action["res_model"], "dealer.wechat.look")
        for user in (self.care_agent, self.stranger):
            error = self.attempt(lambda user=user: case.with_user(user).action_open_wechat())
            self.assertIsInstance(error, AccessError, user.login)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_follower_is_neither_read_nor_chosen(self):
        chat = self.says()
        _answer, case = self.complain(chat, self.sales_consultant)
        mine = case.with_user(self.care_manager)
        for attempt in (
            lambda: mine.read(["wechat_identity_id"]),
            lambda: mine.write({"wechat_identity_id": self.pool.id}),
        ):
            self.assertIsInstance(self.attempt(attempt), AccessError)
        self.assertEqual(case.wechat_identity_id, self.fan)
