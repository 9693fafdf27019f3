from datetime import timedelta

import requests
from freezegun import freeze_time

from odoo import fields

from ..models.dealer_wechat_client import WechatError
from .common import SECRET, WechatCase

PATH = "/cgi-bin/message/custom/send"
TOKEN_PATH = "/cgi-bin/stable_token"


class TestClient(WechatCase):
    """Tokens are renewed once, refusals are understood, nothing secret gets out."""

    def call(self):
        return self.env["dealer.wechat.client"]._call(
            self.account, "custom_send", body={"touser": "o1"}
        )

    def refused(self):
        # assertRaises would roll back what the refusal left behind.
        found = None
        try:
            self.call()
        except WechatError as error:
            found = error
        self.assertTrue(found, "it was not refused")
        return found

    def test_token_is_kept(self):
        self.call()
        self.call()
        self.assertEqual(len(self.platform.to(TOKEN_PATH)), 1)
        self.assertEqual(
            [params["access_token"] for _path, params, _body in self.platform.to(PATH)],
            ["T1", "T1"],
        )

    def test_token_is_renewed_in_time(self):
        self.call()
        with freeze_time(fields.Datetime.now() + timedelta(seconds=7200 - 299)):
            self.call()
        self.assertEqual(len(self.platform.to(TOKEN_PATH)), 2)

    def test_dead_token_is_renewed_once(self):
        for code in (40001, 40014, 42001):
            self.platform.answers[PATH] = [{"errcode": code}, {"errcode": 0}]
            self.call()
        self.assertEqual(len(self.platform.to(TOKEN_PATH)), 4)

    def test_refused_for_ever_asks_twice_and_stops(self):
        self.platform.answers[PATH] = [{"errcode": 40001, "errmsg": "invalid credential"}]
        error = self.refused()
        self.assertEqual(error.kind, "config")
        self.assertEqual(len(self.platform.to(PATH)), 2)
        self.assertLessEqual(len(self.platform.to(TOKEN_PATH)), 2)
        self.assertIn("AppSecret", self.account.problem)
        self.refused()
        self.assertEqual(len(self.platform.to(PATH)), 2, "a stopped account asks no more")

    def test_wrong_secret_asks_once(self):
        self.platform.answers[TOKEN_PATH] = [{"errcode": 40125, "errmsg": "invalid appsecret"}]
        for _worker in range(8):
            error = self.refused()
            self.assertEqual((error.kind, error.code), ("config", 40125))
        self.assertEqual(len(self.platform.calls), 1)
        self.account.write({"problem": False})
        self.refused()
        self.assertEqual(len(self.platform.calls), 1, "the refusal is remembered for a minute")
        self.account.action_resume()
        self.platform.answers.clear()
        self.call()

    def test_same_dead_token_is_ended_by_force_once_an_hour(self):
        self.platform.answers[TOKEN_PATH] = [{"access_token": "T", "expires_in": 7200}]
        self.platform.answers[PATH] = [{"errcode": 40001}]
        self.assertEqual(self.refused().kind, "config")
        forced = [
            body.get("force_refresh") for _path, _params, body in self.platform.to(TOKEN_PATH)
        ]
        self.assertEqual(forced, [None, None, True])
        self.account.write({"problem": False})
        self.refused()
        forced = [
            body.get("force_refresh") for _path, _params, body in self.platform.to(TOKEN_PATH)
        ]
        self.assertEqual(forced.count(True), 1)

    def test_somebody_else_has_renewed_it(self):
        tokens = self.env["dealer.wechat.token"]
        self.call()
        self.assertEqual(tokens._refresh(self.account, failed="another"), "T1")
        self.assertEqual(tokens._refresh(self.account, failed="T1"), "T2")

    def test_address_not_on_the_list(self):
        message = "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 60-0"
        self.platform.answers[TOKEN_PATH] = [{"errcode": 40164, "errmsg": message}]
        error = self.refused()
        self.assertIn("1.2.3.4", error.words)
        self.assertNotIn("rid", error.words)
        self.assertEqual(self.account.problem, error.words)

    def test_kinds_of_refusals(self):
        for code, kind in (
            (-1, "retry_backoff"),
            (45011, "retry_backoff"),
            (45009, "pause_until_reset"),
            (45015, "permanent"),
            (48001, "config"),
            (99999, "permanent"),
        ):
            self.account.write({"problem": False})
            self.platform.answers[PATH] = [{"errcode": code, "errmsg": "x"}]
            self.assertEqual(self.refused().kind, kind, code)

    def test_no_answer(self):
        for error, kind in (
            (requests.ConnectTimeout("x"), "retry_backoff"),
            (requests.ConnectionError("[Errno 111] Connection refused"), "retry_backoff"),
            (requests.ReadTimeout("x"), "unknown"),
            (requests.ConnectionError("aborted"), "unknown"),
        ):
            self.platform.answers[PATH] = [error]
            self.assertEqual(self.refused().kind, kind, error)

    def test_something_that_is_no_answer(self):
        for answer in ((200, b"<html>"), (200, b"[]"), (200, b""), (502, b"")):
            self.platform.answers[PATH] = [answer]
            self.assertEqual(self.refused().kind, "unknown", answer)
        self.platform.answers[TOKEN_PATH] = [(503, b"")]
        self.env["dealer.wechat.token"]._forget(self.account)
        self.assertEqual(self.refused().kind, "retry_backoff")

    def test_nothing_secret_is_logged(self):
        self.platform.answers[PATH] = [{"errcode": 40001, "errmsg": "x"}]
        with self.assertLogs("odoo.addons.dealer_wechat", "DEBUG") as logs:
            self.refused()
        text = "\n".join(logs.output)
        for secret in (SECRET, "T1", "T2", "access_token"):
            self.assertNotIn(secret, text)

    def test_chinese_travels_as_it_is(self):
        """The platform shows customers the escapes of JSON."""
        sent = []
        client = self.env.registry["dealer.wechat.client"]
        client._transport = lambda _self, _method, _url, _params, data, _form: (
            sent.append(data) or (200, b'{"access_token": "T", "expires_in": 7200}')
        )
        self.env["dealer.wechat.client"]._call(
            self.account, "custom_send", body={"text": {"content": "您好"}}
        )
        self.assertIn("您好".encode(), sent[-1])
