import time
from unittest.mock import patch

from odoo.tools import mute_logger

from .common import WechatCase


class TestInbox(WechatCase):
    """What came in is worked off once; what fails is kept and stops nobody."""

    def test_stored_once(self):
        told = {"kind": "oa.msg.text", "from": "o1", "to": "gh", "create_time": 1}
        inbox = self.env["dealer.wechat.inbox"]
        self.assertTrue(inbox._receive(self.account, "msgid:1", told, ""))
        self.assertFalse(inbox._receive(self.account, "msgid:1", told, ""))
        other = self.make_account(appid="wxother", original_id="gh_other")
        self.assertTrue(inbox._receive(other, "msgid:1", told, ""))

    def test_strange_moment(self):
        told = {"kind": "oa.msg.text", "from": "o1", "to": "gh", "create_time": 10**18}
        self.assertTrue(self.env["dealer.wechat.inbox"]._receive(self.account, "k", told, ""))

    def test_one_contact_a_day(self):
        customer = self.make_customer("Talk", consultant_id=self.sales_consultant.id)
        self.make_identity("o1", customer.partner)
        at = (int(time.time()) // 86400 - 3) * 86400 + 3600
        for number, text in enumerate(("在吗", "最低多少钱", "")):
            kind = "text" if text else "image"
            self.message(text, at=at + number, kind=kind)
        self.drain()
        talk = self.env["dealer.interaction"].search(
            [("partner_id", "=", customer.partner.id), ("kind", "=", "wechat")]
        )
        self.assertEqual(len(talk), 1)
        self.assertEqual(
            (talk.evidence, talk.two_way, talk.direction, talk.user_id),
            ("system", True, "in", self.sales_consultant),
        )
        self.assertEqual(talk.transcript.splitlines(), ["在吗", "最低多少钱", "［图片］"])
        self.message("第二天", at=at + 86400)
        self.drain()
        self.assertEqual(
            self.env["dealer.interaction"].search_count(
                [("partner_id", "=", customer.partner.id), ("kind", "=", "wechat")]
            ),
            2,
        )

    def test_who_is_unknown_is_written_down_nowhere(self):
        before = self.env["dealer.interaction"].search_count([])
        self.message()
        self.drain()
        self.assertEqual(self.env["dealer.interaction"].search_count([]), before)
        self.assertTrue(self.identity())

    def test_windows(self):
        at = int(time.time())
        self.message(at=at)
        self.drain()
        identity = self.identity()
        self.assertEqual(identity.window_left, 5)
        self.assertTrue(identity._can_answer())
        identity.window_left = 1
        self.event("click", at=at, event_key="k")
        self.drain()
        self.assertEqual(identity.window_left, 1, "a tap opens a minute, not 48 hours")
        self.message(at=at + 1)
        self.drain()
        self.assertEqual(identity.window_left, 5)
        self.event("unsubscribe", at=at + 2)
        self.drain()
        self.assertFalse(identity._can_answer())

    @mute_logger("odoo.addons.dealer_wechat.models.dealer_wechat_inbox")
    def test_one_that_fails_stops_nobody(self):
        self.message("one", sender="o1")
        bad = self.message("bad", sender="o2")
        self.message("two", sender="o3")
        inbox = self.env.registry["dealer.wechat.inbox"]
        original = inbox._on_message

        def fail(row, identity):
            if row.sender == "o2":
                raise ZeroDivisionError("by nought")
            return original(row, identity)

        with patch.object(inbox, "_on_message", fail):
            self.drain()
            self.assertEqual((bad.state, bad.attempts), ("new", 1))
            self.assertIn("by nought", bad.error)
            self.assertTrue(self.identity("o1") and self.identity("o3"))
            self.assertFalse(self.identity("o2"))
            for _time in range(8):
                bad.due_at = bad.due_at and "2026-01-01"
                self.drain()
        self.assertEqual((bad.state, bad.attempts), ("failed", 8))
        self.assertFalse(bad.due_at)
        bad.with_user(self.system).action_replay()
        self.drain()
        self.assertEqual(bad.state, "done")
        self.assertTrue(self.identity("o2"))

    def test_replay_of_what_was_done_is_refused(self):
        row = self.message()
        self.drain()
        self.assertTrue(self.attempt(row.with_user(self.system).action_replay))

    def test_nobody_writes_what_came(self):
        row = self.message()
        for user in (self.general_manager, self.sales_consultant, self.marketing_manager):
            self.assertTrue(self.attempt(lambda user=user: row.with_user(user).read(["raw"])))
        self.assertTrue(
            self.attempt(
                lambda: self.env["dealer.wechat.inbox"].with_user(self.system).create({"kind": "x"})
            )
        )

    def test_queries_do_not_grow_by_rows(self):
        for number in range(3):
            self.event("click", sender=f"a{number}")
        self.drain()
        for times in (1, 10):
            for number in range(3):
                for _time in range(times):
                    self.event("click", sender=f"a{number}")
            self.env.flush_all()
            with self.assertQueryCount(16):
                self.drain()
                self.env.flush_all()

    def test_queries_of_a_message_in_a_chat(self):
        for number in range(3):
            self.message(sender=f"a{number}")
        self.drain()
        for number in range(3):
            for _time in range(10):
                self.message("again", sender=f"a{number}")
        self.env.flush_all()
        with self.assertQueryCount(16 + 30 * 11):
            self.drain()
            self.env.flush_all()

    def test_old_rows_go(self):
        row = self.message()
        self.drain()
        row.received_at = "2020-01-01"
        kept = self.message()
        kept.received_at = "2020-01-01"
        self.env["dealer.wechat.inbox"]._gc_inbox()
        self.assertFalse(row.exists())
        self.assertTrue(kept.exists(), "what was not worked off is not thrown away")
