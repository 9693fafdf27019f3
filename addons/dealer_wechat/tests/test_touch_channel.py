from datetime import timedelta

import requests
from freezegun import freeze_time

from odoo.addons.dealer_touch.tests.common import TouchCase, at

from .common import WechatCase

CUSTOM = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"


class TestTouchChannel(WechatCase, TouchCase):
    """Touches go to followers; what became of the message is what became of the touch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ways = [
            {"channel": "wechat", "body": "您好 {客户}"},
            {"channel": "sms", "body": "短信"},
        ]

    def due(self, **values):
        return self.run_rule(at(9, day=-1), ways=self.ways, **values)

    def send(self, moment):
        with freeze_time(moment):
            self.drain_wechat()

    def drain_wechat(self):
        self.env["dealer.wechat.outbox"]._drain()

    def drain(self, *args, **values):
        return TouchCase.drain(self, *args, **values)

    def test_who_does_not_follow_gets_the_next_way(self):
        touch = self.due()
        self.assertEqual((touch.channel, touch.state), ("sms", "sent"))

    def test_follower_gets_the_template(self):
        self.make_identity("o1", self.partner)
        touch = self.due()
        self.assertEqual((touch.channel, touch.state), ("wechat", "queued"))
        self.send(at(9, 1, day=-1))
        self.assertEqual(touch.state, "sent")
        body = self.platform.to(TEMPLATE)[0][2]
        self.assertIn(self.partner.name, body["data"]["first"]["value"])

    def test_answer_while_there_is_a_window(self):
        self.make_identity("o1", self.partner, window_until=at(20, day=-1), window_left=1)
        touch = self.due()
        self.send(at(9, 1, day=-1))
        self.assertEqual(touch.state, "sent")
        self.assertTrue(self.platform.to(CUSTOM))

    def test_refused_message_takes_the_next_way(self):
        self.make_identity("o1", self.partner)
        self.platform.answers[TEMPLATE] = [{"errcode": 43004, "errmsg": "x"}]
        touch = self.due()
        self.send(at(9, 1, day=-1))
        self.assertEqual(touch.state, "planned")
        self.drain(at(9, 2, day=-1))
        self.assertEqual((touch.channel, touch.state), ("sms", "sent"))

    def test_stopped_account_and_missing_template(self):
        self.make_identity("o1", self.partner)
        self.account.problem = "x"
        self.assertEqual(self.due().channel, "sms")
        self.account.write({"problem": False, "reminder_template": False})
        self.assertEqual(self.due().channel, "sms")

    def test_account_of_the_store(self):
        other = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        self.make_identity("o1", self.partner, other)
        self.assertEqual(self.due().channel, "sms")

    def test_unknown_is_not_sent_by_another_way(self):
        self.make_identity("o1", self.partner, window_until=at(20, day=-1), window_left=1)
        self.platform.answers[CUSTOM] = [requests.ReadTimeout("x")]
        touch = self.due()
        self.send(at(9, 1, day=-1))
        self.assertEqual(touch.state, "sent")
        self.assertTrue(touch.reason)
        self.drain(at(9, 30, day=-1) + timedelta(hours=1))
        self.assertFalse(self.messages())
