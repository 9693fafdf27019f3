from datetime import UTC, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..tools.sound import seconds
from .common import WechatCase

AMR, AMR_FRAME = b"#!AMR\n", b"\x3c" + b"0" * 31
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class TestChat(WechatCase):
    """A customer writes, the consultant answers; both ways, and what nobody may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customer = cls.make_customer("Chat", consultant_id=cls.sales_consultant.id)
        cls.customer = customer.partner
        cls.fan = cls.make_identity("o1", cls.customer)
        cls.fan.follow_ids = [(0, 0, {"started_at": fields.Datetime.now()})]

    def chat(self, fan=None):
        return (fan or self.fan).channel_ids

    def said(self, chat=None):
        rows = (chat or self.chat()).message_ids.sorted("id")
        return [(row.author_id.name or row.author_guest_id.name, str(row.body)) for row in rows]

    def says(self, text="在吗", **values):
        row = self.message(text, **values)
        self.drain()
        self.assertEqual(row.state, "done", row.error)
        return row

    def answer(self, text="您好", user=None, **values):
        chat = self.chat().with_user(user or self.sales_consultant)
        return chat.message_post(body=text, message_type="comment", **values)

    def sent(self):
        return self.env["dealer.wechat.outbox"].search([("identity_id", "=", self.fan.id)])

    # ------------------------------------------------------------
    # Both ways
    # ------------------------------------------------------------

    def test_customer_writes_and_is_answered(self):
        self.says("途观L 最低多少")
        chat = self.chat()
        self.assertEqual(chat.channel_member_ids.partner_id, self.sales_consultant.partner_id)
        self.assertEqual(chat.name, self.customer.name)
        self.assertEqual(self.said(), [(self.customer.name, "<p>途观L 最低多少</p>")])
        [clock] = self.fan._clock_open("wechat_answer")
        self.assertEqual(clock.user_id, self.sales_consultant)
        self.answer("19.8 万起")
        [row] = self.sent()
        self.assertEqual(
            row.payload, {"touser": "o1", "msgtype": "text", "text": {"content": "19.8 万起"}}
        )
        self.assertEqual(clock.state, "met")
        talk = self.env["dealer.interaction"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "wechat")]
        )
        self.assertEqual(
            talk.transcript, f"途观L 最低多少\n{self.sales_consultant.name}: 19.8 万起"
        )
        self.assertEqual(self.fan._chat_left(), 4)

    def test_text_is_text(self):
        self.says("<b>价格</b> & <script>alert(1)</script>")
        [(_name, body)] = self.said()
        self.assertNotIn("<script>", body)
        self.answer("a < b & c")
        self.assertEqual(self.sent().payload["text"], {"content": "a < b & c"})

    def test_second_message_keeps_the_clock_of_the_first(self):
        self.says("1")
        clock = self.fan._clock_open("wechat_answer")
        self.says("2")
        self.assertEqual(self.fan._clock_open("wechat_answer"), clock)
        self.answer()
        self.assertFalse(self.fan._clock_open("wechat_answer"))
        self.says("3")
        self.assertEqual(len(self.fan._clock_open("wechat_answer")), 1)

    def test_picture_both_ways(self):
        self.platform.answers["/cgi-bin/media/get"] = [(200, PICTURE)]
        self.says("", kind="image", media_id="M1")
        [message] = self.chat().message_ids
        self.assertEqual(message.attachment_ids.raw, PICTURE)
        self.assertEqual(message.attachment_ids.mimetype, "image/png")
        files = self.env["ir.attachment"].with_user(self.sales_consultant)
        file = files.create(
            {"name": "a.png", "raw": PICTURE, "res_model": "mail.compose.message", "res_id": 0}
        )
        self.platform.answers["/cgi-bin/media/upload"] = [{"media_id": "M2"}]
        self.answer("", attachment_ids=file.ids)
        self.drain("outbox")
        [(_path, query, body)] = self.platform.to("/cgi-bin/media/upload")
        self.assertEqual(query["type"], "image")
        self.assertIn(PICTURE, body)
        [(_path, _query, body)] = self.platform.to("/cgi-bin/message/custom/send")
        self.assertEqual(body, {"touser": "o1", "msgtype": "image", "image": {"media_id": "M2"}})

    def test_voice_and_video_go_out(self):
        mp3 = b"\xff\xfb\x90\x00" + b"0" * 16000
        mp4 = b"\x00\x00\x00\x18ftypmp42" + b"0" * 64
        self.says()
        for number, (kind, name, content) in enumerate(
            (
                ("voice", "v.mp3", mp3),
                ("voice", "v.amr", AMR + AMR_FRAME * 50),
                ("video", "v.mp4", mp4),
            )
        ):
            self.platform.answers["/cgi-bin/media/upload"] = [{"media_id": f"M{number}"}]
            message = self.answer("", attachments=[(name, content)])
            self.drain("outbox")
            (_path, query, _body) = self.platform.to("/cgi-bin/media/upload")[-1]
            self.assertEqual(query["type"], kind, name)
            (_path, _query, body) = self.platform.to("/cgi-bin/message/custom/send")[-1]
            self.assertEqual(
                body, {"touser": "o1", "msgtype": kind, kind: {"media_id": f"M{number}"}}
            )
            self.assertEqual(len(message.attachment_ids), 1)
        self.assertEqual(self.sent().sorted("id").mapped("summary"), ["[Voice]"] * 2 + ["[Video]"])

    def test_files_that_do_not_fit(self):
        self.says()
        mp3 = b"\xff\xfb\x90\x00"  # 128 kbit/s
        for name, content, words in (
            ("a.exe", b"MZ", "can't be sent"),
            ("long.amr", AMR + AMR_FRAME * 3100, "60 seconds"),
            ("long.mp3", mp3 + b"0" * 16000 * 62, "60 seconds"),
            ("large.mp3", b"\xff\xfb\xe0\x00" + b"0" * 2 * 1024 * 1024, "2 MB"),
            ("large.mp4", b"\x00\x00\x00\x18ftypmp42" + b"0" * 10 * 1024 * 1024, "10 MB"),
        ):
            error = self.attempt(lambda n=name, c=content: self.answer("", attachments=[(n, c)]))
            self.assertIn(words, str(error), name)
        self.assertFalse(self.sent())

    def test_seconds(self):
        self.assertAlmostEqual(seconds(AMR + AMR_FRAME * 50), 1.0)
        self.assertAlmostEqual(seconds(b"\xff\xfb\x90\x00" + b"0" * 15996), 1.0)
        tagged = b"ID3\x03\x00\x00\x00\x00\x01\x00" + b"0" * 128
        self.assertAlmostEqual(seconds(tagged + b"\xff\xf3\x40\x00" + b"0" * 3996), 1.0)
        for other in (b"", b"RIFF", b"#!AMR\n\xff", b"\xff\xfb\xf0\x00"):
            self.assertFalse(seconds(other), other)

    def test_answer_on_a_day_without_the_customer(self):
        yesterday = fields.Datetime.now() - timedelta(hours=30)
        with freeze_time(yesterday):
            self.says("周末可以试驾吗", at=int(yesterday.replace(tzinfo=UTC).timestamp()))
        self.answer("可以，周六上午")
        talks = self.env["dealer.interaction"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "wechat")], order="start"
        )
        self.assertEqual(talks.mapped("direction"), ["in", "out"])
        self.assertEqual(talks.mapped("two_way"), [True, False])
        self.assertEqual(talks[1].user_id, self.sales_consultant)
        self.assertEqual(talks[1].evidence, "system")
        self.says("好的")
        self.assertTrue(talks[1].two_way, "now both have spoken")
        self.assertIn("好的", talks[1].transcript)

    def test_picture_that_is_gone(self):
        self.platform.answers["/cgi-bin/media/get"] = [{"errcode": 40007, "errmsg": "gone"}]
        self.says("", kind="image", media_id="M1")
        [(_name, body)] = self.said()
        self.assertIn("图片", body)

    def test_place_and_link(self):
        self.says("", kind="location", lat="29.8", lng="121.5", label="鄞州")
        self.says("", kind="link", title="文章", url="https://x.example/1")
        bodies = [body for _name, body in self.said()]
        self.assertIn("鄞州 (29.8, 121.5)", bodies[0])
        self.assertIn("https://x.example/1", bodies[1])

    def test_who_is_not_known_is_a_guest_until_bound(self):
        self.message("谁？", sender="o9")
        self.drain()
        fan = self.identity("o9")
        fan.user_id = self.sales_consultant
        fan._sync_chat()
        chat = self.chat(fan)
        self.assertEqual(chat.message_ids.author_guest_id.name, fan.display_name)
        self.assertEqual(chat.channel_member_ids.partner_id, self.sales_consultant.partner_id)
        other = self.make_customer("Other", consultant_id=self.teammate.id).partner
        fan._bind(other, "phone")
        self.assertEqual(chat.name, other.name)
        self.assertEqual(chat.channel_member_ids.partner_id, self.teammate.partner_id)

    def test_desk_answers_whom_nobody_serves(self):
        self.account.desk_user_ids = self.users["care_agent"]
        self.message("谁？", sender="o9")
        self.drain()
        self.assertEqual(
            self.chat(self.identity("o9")).channel_member_ids.partner_id,
            self.users["care_agent"].partner_id,
        )

    def test_nobody_is_no_member(self):
        self.message("谁？", sender="o9")
        self.drain()
        self.assertFalse(self.chat(self.identity("o9")).channel_member_ids)

    def test_failed_message_is_told_in_the_chat(self):
        self.says()
        self.answer("你好")
        self.sent().write({"state": "failed", "error": "45015"})
        self.sent()._tell()
        self.assertIn("45015", self.said()[-1][1])

    # ------------------------------------------------------------
    # The window
    # ------------------------------------------------------------

    def test_five_answers_then_no_more(self):
        self.says()
        for number in range(5):
            self.answer(str(number))
        with self.assertRaisesRegex(UserError, "five"):
            self.answer("6")
        self.assertEqual(len(self.sent()), 5)

    def test_after_48_hours(self):
        self.says()
        later = fields.Datetime.now() + timedelta(hours=49)
        with freeze_time(later), self.assertRaisesRegex(UserError, "48"):
            self.answer()
        self.assertFalse(self.sent())

    def test_who_left_is_not_answered(self):
        self.says()
        self.fan._unfollow(fields.Datetime.now())
        self.assertFalse(self.fan._clock_open("wechat_answer"))
        with self.assertRaisesRegex(UserError, "follow"):
            self.answer()

    def test_ask_to_write(self):
        self.says()
        mine = self.fan.with_user(self.sales_consultant)
        with self.assertRaises(UserError):
            mine.action_ask_to_write()
        self.fan.window_until = fields.Datetime.now() - timedelta(hours=1)
        mine.action_ask_to_write()
        [row] = self.sent()
        self.assertEqual(row.sudo().endpoint, "template_send")
        mine.action_ask_to_write()
        self.assertEqual(len(self.sent()), 1, "once a day")
        with self.assertRaises(AccessError):
            self.fan.with_user(self.teammate).action_ask_to_write()

    def test_too_long_or_no_picture(self):
        self.says()
        with self.assertRaisesRegex(UserError, "parts"):
            self.answer("长" * 700)
        files = self.env["ir.attachment"].with_user(self.sales_consultant)
        file = files.create(
            {"name": "a.pdf", "raw": b"%PDF-1.4", "res_model": "mail.compose.message", "res_id": 0}
        )
        with self.assertRaisesRegex(UserError, "a.pdf"):
            self.answer("x", attachment_ids=file.ids)
        with self.assertRaises(UserError):
            self.answer(" ")
        self.assertFalse(self.sent())
        self.assertEqual(len(self.said()), 1)

    # ------------------------------------------------------------
    # What nobody may do
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_stranger_is_kept_out(self):
        self.says()
        chat = self.chat()
        for user in (self.teammate, self.sales_manager, self.stranger):
            self.assertFalse(chat.with_user(user).has_access("read"))
            for attempt in (
                lambda user=user: chat.with_user(user).message_post(
                    body="x", message_type="comment"
                ),
                lambda user=user: chat.with_user(user).add_members(partner_ids=user.partner_id.ids),
                lambda user=user: (
                    self.env["discuss.channel.member"]
                    .with_user(user)
                    .create({"channel_id": chat.id, "partner_id": user.partner_id.id})
                ),
            ):
                self.assertTrue(self.attempt(attempt), user.login)
        self.assertEqual(len(chat.channel_member_ids), 1)

    def test_member_can_not_change_the_chat(self):
        self.says()
        message = self.answer("已发送")
        me = self.sales_consultant
        chat = self.chat().with_user(me)
        mine = message.with_user(me)
        attempts = [
            lambda: chat.add_members(partner_ids=self.teammate.partner_id.ids),
            lambda: chat.action_unfollow(),
            lambda: chat.channel_rename("x"),
            lambda: chat.write({"channel_type": "group"}),
            lambda: chat._message_update_content(mine, body="改了"),
            lambda: mine._message_reaction("👍", "add", me.partner_id, self.env["mail.guest"]),
            lambda: mine.unlink(),
            lambda: mine.write({"body": "改了"}),
            lambda: chat.self_member_id._rtc_join_call(),
            lambda: chat.self_member_id.unlink(),
            lambda: (
                self.env["discuss.channel.member"]
                .with_user(me)
                .create({"channel_id": chat.id, "partner_id": self.teammate.partner_id.id})
            ),
            lambda: chat.message_post(body="x", message_type="notification"),
            lambda: chat.sudo().unlink(),
            lambda: (
                self.env["discuss.channel"]
                .with_user(me)
                .create({"name": "x", "channel_type": "wechat"})
            ),
            lambda: chat.with_context(dealer_wechat_door="x").channel_rename("x"),
            lambda: (
                self.env["discuss.channel"]
                .with_user(me)
                .with_context(default_channel_type="wechat")
                .create({"name": "x"})
            ),
            lambda: (
                self.env["mail.message"]
                .with_user(me)
                .create(
                    {
                        "model": "discuss.channel",
                        "res_id": chat.id,
                        "body": "x",
                        "message_type": "comment",
                        "author_id": self.customer.id,
                    }
                )
            ),
            lambda: chat.message_post(
                body="x", message_type="comment", attachments=[("a.exe", b"MZ")]
            ),
        ]
        for number, attempt in enumerate(attempts):
            error = self.attempt(attempt)
            self.assertIsInstance(error, (UserError, AccessError), f"attempt {number}")
        self.assertEqual(len(self.said()), 2)
        self.assertEqual(len(chat.channel_member_ids), 1)

    def test_nobody_speaks_for_others(self):
        self.says()
        message = self.answer("x", author_id=self.customer.id, email_from="a@b.example")
        self.assertEqual(message.author_id, self.sales_consultant.partner_id)

    # ------------------------------------------------------------
    # Managers, successors
    # ------------------------------------------------------------

    def test_manager_looks_with_a_reason(self):
        self.says()
        manager = self.users["sales_director"]
        mine = self.fan.with_user(manager)
        self.assertTrue(mine.can_look)
        look = self.env["dealer.wechat.look"].with_user(manager)
        with self.assertRaises(UserError):
            mine._look(" ")
        action = look.create({"identity_id": self.fan.id, "reason": "客户来电投诉"}).action_look()
        self.assertEqual(action["context"], {"active_id": f"discuss.channel_{self.chat().id}"})
        self.assertTrue(self.chat().with_user(manager).has_access("read"))
        self.assertIn("客户来电投诉", self.said()[-1][1])
        with self.assertRaises(AccessError):
            self.fan.with_user(self.teammate)._look("neugierig")
        self.chat().with_user(manager).action_unfollow()
        self.assertFalse(self.chat().with_user(manager).has_access("read"))

    def test_successor_takes_the_chat_over(self):
        self.says()
        self.answer("以前")
        self.fan._relation()._assign({"consultant_id": self.teammate.id}, "leaver")
        self.assertEqual(self.chat().channel_member_ids.partner_id, self.teammate.partner_id)
        self.assertTrue(self.chat().with_user(self.teammate).has_access("read"))
        self.assertFalse(self.chat().with_user(self.sales_consultant).has_access("read"))
        self.says("换人了？")
        self.answer("我来", user=self.teammate)

    def test_uninstalling_keeps_the_talk(self):
        self.says()
        self.chat()._wechat_keep()
        self.assertEqual(self.chat().channel_type, "group")
        self.assertEqual(len(self.said()), 1)

    # ------------------------------------------------------------
    # The machine
    # ------------------------------------------------------------

    def keyword(self, **values):
        return self.env["dealer.wechat.keyword"].create(
            {"name": "地址，在哪", "account_id": self.account.id, "reply": "环城南路", **values}
        )

    def test_keyword_is_answered_and_the_clock_runs_on(self):
        self.keyword()
        self.says("你们店在哪啊")
        [row] = self.sent()
        self.assertEqual(row.payload["text"], {"content": "环城南路"})
        self.assertTrue(self.fan._clock_open("wechat_answer"))
        self.assertIn("环城南路", self.said()[-1][1])

    def test_equal_is_the_whole_message(self):
        self.keyword(name="人工", match="equal", hands_over=True, reply="请稍候")
        self.says("人工智能是什么")
        self.assertFalse(self.sent())
        self.says("人工")
        self.assertEqual(len(self.sent()), 1)
        self.assertIn("人工智能是什么 / 人工", self.said()[-1][1])

    def test_keyword_of_another_account(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        self.keyword(account_id=there.id)
        self.says("在哪")
        self.assertFalse(self.sent())

    def test_closed_shop_says_so_once(self):
        self.account.closed_reply = "已下班"
        unit = self.env.registry["dealer.unit"]
        later = fields.Datetime.now() + timedelta(hours=9)
        with patch.object(unit, "_clock_next_opening", lambda _self, at=None: later):
            self.says("1")
            self.says("2")
        self.assertEqual([row.summary for row in self.sent()], ["已下班"])
        self.assertTrue(self.fan._clock_open("wechat_answer"))

    def test_open_shop_says_nothing(self):
        self.account.closed_reply = "已下班"
        unit = self.env.registry["dealer.unit"]
        with patch.object(unit, "_clock_next_opening", lambda _self, at=None: at):
            self.says("1")
        self.assertFalse(self.sent())

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_keywords_are_for_leaders_of_the_store(self):
        row = self.keyword()
        self.assertFalse(row.with_user(self.sales_consultant).has_access("write"))
        leader = self.users["marketing_manager"]
        row.with_user(leader).reply = "x"
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        self.assertTrue(self.attempt(lambda: row.with_user(leader).write({"account_id": there.id})))
        with self.assertRaises(ValidationError):
            self.keyword(name=" , ")
