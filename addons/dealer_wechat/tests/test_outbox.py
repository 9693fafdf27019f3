from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields

from ..tools.endpoints import ENDPOINTS
from .common import WechatCase

CUSTOM = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"


class TestOutbox(WechatCase):
    """Sent once, or nobody knows; limits, pauses and refusals are followed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = fields.Datetime.now()
        cls.customer = cls.make_customer("Out", consultant_id=cls.sales_consultant.id)
        cls.one = cls.make_identity(
            "o1",
            cls.customer.partner,
            window_until=now + timedelta(hours=48),
            window_left=5,
        )
        cls.outbox = cls.env["dealer.wechat.outbox"]

    def send(self, text="您好", **values):
        return self.outbox._send_text(self.one, text, **values)

    def later(self, minutes):
        return freeze_time(fields.Datetime.now() + timedelta(minutes=minutes))

    def test_answer(self):
        row = self.send()
        self.assertEqual(row.state, "pending")
        self.drain("outbox")
        self.assertEqual((row.state, row.attempts, row.due_at), ("sent", 1, False))
        self.assertEqual(
            self.platform.to(CUSTOM)[0][2],
            {"touser": "o1", "msgtype": "text", "text": {"content": "您好"}},
        )
        self.assertEqual(self.one.window_left, 4)
        self.drain("outbox")
        self.assertEqual(len(self.platform.to(CUSTOM)), 1)

    def test_template_after_the_window(self):
        self.one.window_until = False
        row = self.send(url="https://x.example/my")
        self.drain("outbox")
        body = self.platform.to(TEMPLATE)[0][2]
        self.assertEqual(body["template_id"], "TPL")
        self.assertEqual(body["data"], {"first": {"value": "您好"}})
        self.assertEqual(body["client_msg_id"], row.once_key)
        self.account.reminder_template = False
        self.assertFalse(self.send())

    def test_same_number_is_one_message(self):
        self.assertEqual(self.send(once_key="k"), self.send("anders", once_key="k"))

    def test_delivery_results(self):
        self.one.window_until = False
        good, bad = self.send("a"), self.send("b")
        self.drain("outbox")
        self.event("templatesendjobfinish", msgid=good.platform_number, ok=True, status="success")
        self.event(
            "templatesendjobfinish",
            msgid=bad.platform_number,
            ok=False,
            status="failed:user block",
        )
        self.event("templatesendjobfinish", msgid="99999", ok=True, status="success")
        self.event("templatesendjobfinish", msgid=good.platform_number, ok=False, status="late")
        self.drain()
        self.assertEqual((good.state, bad.state), ("delivered", "failed"))
        self.assertEqual(bad.error, "failed:user block")

    def test_no_answer_is_unknown(self):
        self.platform.answers[CUSTOM] = [requests.ReadTimeout("x")]
        row = self.send()
        self.drain("outbox")
        self.assertEqual((row.state, row.due_at), ("unknown", False))
        with self.later(60):
            self.drain("outbox")
        self.assertEqual(len(self.platform.to(CUSTOM)), 1, "never again by itself")
        self.assertTrue(self.attempt(row.with_user(self.sales_consultant).action_retry))
        self.platform.answers.clear()
        row.with_user(self.sales_director).action_retry()
        self.drain("outbox")
        self.assertEqual(row.state, "sent")
        self.assertTrue(self.attempt(row.with_user(self.sales_director).action_retry))

    def test_no_answer_with_a_number_of_ours_is_asked_again(self):
        self.one.window_until = False
        self.platform.answers[TEMPLATE] = [requests.ReadTimeout("x"), {"errcode": 0, "msgid": 7}]
        row = self.send()
        self.drain("outbox")
        self.assertEqual(row.state, "pending")
        with self.later(5):
            self.drain("outbox")
        self.assertEqual((row.state, row.platform_number), ("sent", "7"))
        keys = {body["client_msg_id"] for _path, _params, body in self.platform.to(TEMPLATE)}
        self.assertEqual(len(keys), 1)

    def test_process_that_died(self):
        """Claimed and committed, then killed: nobody knows, and nothing is sent a second time."""
        row = self.send()
        died = patch.object(
            self.env.registry["dealer.wechat.outbox"], "_ask", side_effect=KeyboardInterrupt
        )
        # assertRaises would roll back what was claimed.
        with died, suppress(KeyboardInterrupt):
            self.drain("outbox")
        self.assertEqual(row.state, "sending")
        self.drain("outbox")
        self.assertEqual(row.state, "sending", "it may still be at work")
        with self.later(5):
            self.drain("outbox")
        self.assertEqual(row.state, "unknown")
        self.assertFalse(self.platform.to(CUSTOM))

    def test_process_that_died_with_a_number_of_ours(self):
        self.one.window_until = False
        row = self.send()
        row.write({"state": "sending", "due_at": fields.Datetime.now()})
        self.drain("outbox")
        self.assertEqual(row.state, "sent")
        self.assertEqual(self.platform.to(TEMPLATE)[0][2]["client_msg_id"], row.once_key)

    def test_backoff_and_its_end(self):
        self.platform.answers[CUSTOM] = [{"errcode": -1, "errmsg": "system error"}]
        row = self.send(expires_at=fields.Datetime.now() + timedelta(days=9))
        moments = []
        for turn in range(8):
            with self.later(turn * 30):
                self.drain("outbox")
            moments.append(row.due_at)
        self.assertEqual((row.state, row.attempts), ("failed", 6))
        self.assertTrue(all(moments[:5]))

    def test_permanent_refusals_are_taken_over(self):
        self.platform.answers[CUSTOM] = [{"errcode": 45047, "errmsg": "x"}]
        row = self.send()
        self.drain("outbox")
        self.assertEqual((row.state, row.error_code), ("failed", 45047))
        self.assertEqual(self.one.window_left, 0)
        self.platform.answers[TEMPLATE] = [{"errcode": 43004, "errmsg": "x"}]
        row = self.send()
        self.drain("outbox")
        self.assertEqual(row.state, "failed")
        self.assertFalse(self.one.is_following)
        self.assertFalse(self.send())

    def test_day_is_used_up(self):
        self.platform.answers[CUSTOM] = [{"errcode": 45009, "errmsg": "x"}]
        with freeze_time("2026-03-02 10:00:00"):
            self.one.window_until = "2026-03-04"
            row = self.send()
            self.drain("outbox")
        # Midnight in Beijing.
        self.assertGreaterEqual(row.due_at, fields.Datetime.to_datetime("2026-03-02 16:00:00"))
        self.assertLess(row.due_at, fields.Datetime.to_datetime("2026-03-02 16:06:00"))
        self.assertEqual(row.state, "pending")

    def test_stopped_account_keeps_its_messages(self):
        self.platform.answers["/cgi-bin/stable_token"] = [{"errcode": 40125, "errmsg": "x"}]
        row = self.send()
        self.drain("outbox")
        self.assertEqual(row.state, "pending")
        self.assertTrue(self.account.problem)
        calls = len(self.platform.calls)
        with self.later(30):
            self.drain("outbox")
        self.assertEqual(len(self.platform.calls), calls)
        self.platform.answers.clear()
        self.account.action_resume()
        with self.later(60):
            self.drain("outbox")
        self.assertEqual(row.state, "sent")

    def test_too_late(self):
        row = self.send(expires_at=fields.Datetime.now() + timedelta(minutes=1))
        with self.later(5):
            self.drain("outbox")
        self.assertEqual(row.state, "expired")
        self.assertFalse(self.platform.calls)

    def test_limits_of_minute_and_day(self):
        endpoint = ENDPOINTS["custom_send"]._replace(per_minute=10, per_day=20)
        sent = []
        with (
            patch.dict(ENDPOINTS, {"custom_send": endpoint}),
            freeze_time("2026-03-02 10:00:05") as clock,
        ):
            self.one.write({"window_until": "2026-03-09", "window_left": 99})
            for number in range(30):
                self.send(f"n{number}")
            for minutes in (0, 1, 1, 1):
                clock.tick(timedelta(minutes=minutes))
                self.drain("outbox")
                sent.append(len(self.platform.to(CUSTOM)))
            clock.move_to("2026-03-02 16:01:00")
            self.drain("outbox")
            sent.append(len(self.platform.to(CUSTOM)))
        # Seven tenths of what is allowed: seven a minute, fourteen a day of Beijing.
        self.assertEqual(sent, [7, 14, 14, 14, 21])

    def test_urgent_first(self):
        self.send("bulk", priority=90)
        self.send("welcome", priority=0)
        self.send("reminder")
        self.drain("outbox")
        texts = [body["text"]["content"] for _path, _params, body in self.platform.to(CUSTOM)]
        self.assertEqual(texts, ["welcome", "reminder", "bulk"])

    def test_rolled_back_is_not_sent(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.send()
            raise ZeroDivisionError
        self.drain("outbox")
        self.assertFalse(self.platform.calls)
