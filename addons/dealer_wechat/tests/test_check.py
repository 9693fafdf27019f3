import time
from unittest.mock import patch

import requests

from odoo import fields
from odoo.tests import HttpCase

from ..tools.crypto import sign
from .common import AES_KEY, SECRET, TOKEN, WechatCase, envelope, text_message

TOKEN_PATH = "/cgi-bin/stable_token"
MENU_PATH = "/cgi-bin/menu/get"
TEMPLATE_PATH = "/cgi-bin/template/get_all_private_template"
GOOD_TEMPLATES = {"template_list": [{"template_id": "TPL", "content": "{{first.DATA}}"}]}


class TestCheck(WechatCase):
    """Each setting is tried with the platform; what is wrong is said with how to mend it."""

    def setUp(self):
        super().setUp()
        self.platform.answers[TEMPLATE_PATH] = [GOOD_TEMPLATES]
        self.door = None
        patcher = patch.object(
            self.env.registry["dealer.wechat.check"], "_get", lambda _self, *args: self.knock(*args)
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def knock(self, _url, query):
        if isinstance(self.door, Exception):
            raise self.door
        return self.door or (200, query["echostr"])

    def check(self):
        action = self.account.with_user(self.system).action_check()
        check = self.env["dealer.wechat.check"].browse(action["res_id"])
        return {line.name: line for line in check.line_ids}

    def states(self):
        return {name: line.state for name, line in self.check().items()}

    def button(self, name="地址"):
        return self.env["dealer.wechat.menu"].create(
            {"name": name, "account_id": self.account.id, "kind": "reply", "reply": "环城南路"}
        )

    # ------------------------------------------------------------
    # All of it
    # ------------------------------------------------------------

    def test_fresh_account(self):
        self.assertEqual(
            self.states(),
            {
                "secret": "good",
                "ips": "good",
                "callback": "warn",
                "key": "warn",
                "followers": "good",
                "menu": "warn",
                "template": "good",
            },
        )

    def test_all_right(self):
        button = self.button()
        self.message()
        self.platform.answers[MENU_PATH] = [{"menu": {"button": [button._body()]}}]
        self.assertEqual(set(self.states().values()), {"good"})

    def test_only_who_configures(self):
        for post, user in self.users.items():
            works = not self.attempt(self.account.with_user(user).action_check)
            self.assertEqual(works, user == self.system, post)
        check = self.env["dealer.wechat.check"].create({"account_id": self.account.id})
        self.assertTrue(self.attempt(check.with_user(self.general_manager).action_check))

    def test_no_secret_is_shown(self):
        self.platform.answers[TOKEN_PATH] = [{"errcode": 40125, "errmsg": f"secret {SECRET}"}]
        said = str([line.read() for line in self.check().values()])
        for secret in (SECRET, TOKEN, AES_KEY, "T1"):
            self.assertNotIn(secret, said)

    def test_wecom_has_no_menu(self):
        self.account.write({"kind": "wecom", "agent_key": "1"})
        self.platform.answers["/cgi-bin/gettoken"] = [{"access_token": "W", "expires_in": 7200}]
        self.assertEqual(set(self.states()), {"secret", "ips", "callback", "key"})

    # ------------------------------------------------------------
    # Secret and IP list
    # ------------------------------------------------------------

    def test_wrong_secret(self):
        self.platform.answers[TOKEN_PATH] = [{"errcode": 40125, "errmsg": "x"}]
        found = self.check()
        self.assertEqual((found["secret"].state, found["secret"].code), ("bad", 40125))
        self.assertIn("AppSecret", found["secret"].mend)
        for name in ("ips", "followers", "menu", "template"):
            self.assertEqual(found[name].state, "open", name)
        self.assertFalse(self.account.problem, "trying stops nobody's messages")

    def test_address_is_not_on_the_list(self):
        self.platform.answers[TOKEN_PATH] = [
            {"errcode": 40164, "errmsg": "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist"}
        ]
        found = self.check()
        self.assertEqual(found["ips"].state, "bad")
        self.assertIn("1.2.3.4", found["ips"].words)
        self.assertIn("IP", found["ips"].mend)
        self.assertEqual(found["secret"].state, "open", "whether the secret fits is not known yet")

    def test_no_secret_at_all(self):
        self.account.secret = False
        self.assertEqual(self.states()["secret"], "bad")
        self.assertFalse(self.platform.calls)

    def test_no_answer_is_no_refusal(self):
        self.platform.answers[TOKEN_PATH] = [requests.ConnectTimeout("x")]
        self.assertEqual(self.states()["secret"], "warn")

    def test_what_is_mended_goes_on(self):
        self.account.write({"problem": "x", "problem_code": 40125})
        self.platform.answers[MENU_PATH] = [{"errcode": 48001, "errmsg": "x"}]
        self.button()
        found = self.check()
        self.assertEqual((found["menu"].state, found["menu"].code), ("bad", 48001))
        self.assertFalse(self.account.problem)
        self.platform.answers[TOKEN_PATH] = [{"errcode": 40125, "errmsg": "x"}]
        self.account.problem = "x"
        self.check()
        self.assertEqual(self.account.problem, "x")

    # ------------------------------------------------------------
    # The door
    # ------------------------------------------------------------

    def test_door_does_not_answer(self):
        for door in (requests.ConnectionError("x"), (502, "Bad Gateway"), (200, "<html>")):
            self.door = door
            self.assertEqual(self.states()["callback"], "bad", door)

    def test_address_that_nobody_reaches(self):
        # Nobody is asked outside: only the address is looked at.
        self.account.write({"platform_url": False, "secret": False})
        setting = self.env["ir.config_parameter"]
        for url, state in (
            ("http://localhost:8069", "bad"),
            ("http://192.168.1.5", "bad"),
            ("https://odoo", "bad"),
            ("https://shop.example:8443", "bad"),
            ("https://shop.example", "warn"),
        ):
            setting.set_param("web.base.url", url)
            self.account.invalidate_recordset(["callback_url"])
            self.assertEqual(self.states()["callback"], state, url)

    def test_reasons_of_refusals(self):
        for reason, place, words in (
            ("signature", "callback", "Token"),
            ("time stamp", "callback", "NTP"),
            ("receiver", "callback", "Original ID"),
            ("receiveid", "callback", "AppID"),
            ("padding", "key", "EncodingAESKey"),
            ("not encrypted", "key", "mode"),
        ):
            self.account.write(
                {"callback_refused_at": fields.Datetime.now(), "callback_refusal": reason}
            )
            line = self.check()[place]
            self.assertEqual(line.state, "bad", reason)
            self.assertIn(words, line.mend)

    def test_refusal_is_over_when_it_works(self):
        now = fields.Datetime.now()
        self.account.write({"callback_refused_at": now, "callback_refusal": "signature"})
        self.account.callback_asked_at = fields.Datetime.add(now, seconds=5)
        self.assertEqual(self.states()["callback"], "good")

    def test_proof_counts_from_the_token_on(self):
        self.account.callback_asked_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.assertEqual(self.states()["callback"], "good")
        self.account.with_user(self.system).new_token = "another-token"
        self.assertEqual(self.states()["callback"], "warn")

    def test_missing_token_key_and_plain_mode(self):
        self.account.aes_key = False
        self.assertEqual(self.states()["key"], "bad")
        self.account.mode = "plain"
        self.assertEqual(self.states()["key"], "warn")
        self.account.token = False
        self.assertEqual(self.states()["callback"], "bad")

    # ------------------------------------------------------------
    # Menu and templates
    # ------------------------------------------------------------

    def test_menu(self):
        button = self.button()
        self.platform.answers[MENU_PATH] = [{"errcode": 46003, "errmsg": "menu no exist"}]
        self.assertIn("not published", self.check()["menu"].words)
        self.platform.answers[MENU_PATH] = [{"menu": {"button": [button._body()]}}]
        self.assertEqual(self.states()["menu"], "good")
        button.name = "在哪"
        self.assertIn("another menu", self.check()["menu"].words)

    def test_template(self):
        self.account.reminder_field = "thing1"
        line = self.check()["template"]
        self.assertEqual(line.state, "bad")
        self.assertIn("first", line.mend)
        self.platform.answers[TEMPLATE_PATH] = [{"template_list": []}]
        self.assertEqual(self.check()["template"].code, 40037)
        self.account.reminder_template = False
        self.assertEqual(self.states()["template"], "warn")


class TestDoorIsNoted(WechatCase, HttpCase):
    """Who knocks at the door, and why it was refused, is known to the check."""

    def ask(self, token=TOKEN, nonce="n", stamp=None):
        now = str(stamp or int(time.time()))
        query = f"signature={sign(token, now, nonce)}&timestamp={now}&nonce={nonce}&echostr=42"
        return self.url_open(f"/dealer_wechat/cb/{self.account.callback_key}?{query}")

    def test_platform_asks(self):
        self.assertEqual(self.ask().text, "42")
        self.assertTrue(self.account.callback_asked_at)

    def test_own_question_proves_nothing(self):
        self.assertEqual(self.ask(nonce="dealercheck1").text, "42")
        self.assertFalse(self.account.callback_asked_at)

    def test_refusals_are_noted_once_a_minute(self):
        self.assertEqual(self.ask("guessed").status_code, 403)
        self.assertEqual(self.account.callback_refusal, "signature")
        self.ask(stamp=12345)
        self.assertEqual(self.account.callback_refusal, "signature")

    def test_key_that_differs(self):
        query, body = envelope(text_message(), key=AES_KEY[::-1])
        url = f"/dealer_wechat/cb/{self.account.callback_key}"
        answer = self.opener.post(self.base_url() + url, params=query, data=body.encode())
        self.assertEqual(answer.status_code, 403)
        self.assertTrue(self.account.callback_refusal)
        self.assertNotEqual(self.account.callback_refusal, "signature")
