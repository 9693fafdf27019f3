import time
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools.crypto import decrypt, is_signed, sign
from ..tools.message import read_body
from .common import AES_KEY, APPID, GH, OLD_AES_KEY, TOKEN, WechatCase, envelope, text_message

SUBSCRIBE = (
    f"<xml><ToUserName>{GH}</ToUserName><FromUserName>o7</FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType>event</MsgType><Event>subscribe</Event>"
    "<EventKey>%s</EventKey></xml>"
)


@tagged("post_install", "-at_install")
class TestCallback(WechatCase, HttpCase):
    """The door: what is not proved to be the platform's leaves no trace."""

    def url(self, query, account=None):
        key = (account or self.account).callback_key
        return f"/dealer_wechat/cb/{key}?{urlencode(query)}"

    def post(self, query, body, account=None, content="text/xml"):
        data = body if isinstance(body, bytes) else body.encode()
        return self.url_open(self.url(query, account), data=data, headers={"Content-Type": content})

    def rows(self):
        return self.env["dealer.wechat.inbox"].search([("account_id", "=", self.account.id)])

    def assert_refused(self, answer, status=403):
        self.assertEqual(answer.status_code, status)
        if status == 403:
            self.assertEqual(answer.content, b"")
        self.assertFalse(self.rows())

    def test_door_is_looked_up_once(self):
        accounts, key = self.env["dealer.wechat.account"].sudo(), self.account.callback_key
        door = accounts._door(key)
        self.assertEqual(door.tokens, (TOKEN,))
        with self.assertQueryCount(0):
            self.assertEqual(accounts._door(key), door)
        self.account.new_token = "another1token"
        self.assertEqual(accounts._door(key).tokens, ("another1token", TOKEN))
        self.account.active = False
        self.assertIsNone(accounts._door(key))
        self.assertNotIn(TOKEN, repr(door))

    def test_guessed_addresses_are_not_kept(self):
        accounts = self.env["dealer.wechat.account"].sudo()
        for _turn in range(2):
            with self.assertQueryCount(1):
                self.assertIsNone(accounts._door("guessed"))

    # ------------------------------------------------------------ what is good

    def test_address_is_proved_to_the_platform(self):
        stamp = str(int(time.time()))
        query = {"timestamp": stamp, "nonce": "n", "echostr": "4375120948345356249"}
        query["signature"] = sign(TOKEN, stamp, "n")
        answer = self.url_open(self.url(query))
        self.assertEqual((answer.status_code, answer.text), (200, "4375120948345356249"))
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        query["signature"] = sign("other", stamp, "n")
        self.assert_refused(self.url_open(self.url(query)))

    def test_address_of_wecom(self):
        corp = self.make_account(appid="wwcorp", kind="wecom", original_id=False)
        query, body = envelope("1616140317555161061", appid="wwcorp")
        query["echostr"] = read_body(body)["Encrypt"]
        answer = self.url_open(self.url(query, corp))
        self.assertEqual(answer.content, b"1616140317555161061")

    def test_message(self):
        query, body = envelope(text_message("你好 ]]&gt;"))
        answer = self.post(query, body)
        self.assertEqual((answer.status_code, answer.content), (200, b"success"))
        row = self.rows()
        self.assertEqual(row.kind, "oa.msg.text")
        self.assertEqual(row.sender, "o1")
        self.assertEqual(row.state, "new")
        self.assertTrue(
            self.env["queue.job"].search_count(
                [("identity_key", "=", "dealer_queue:dealer.wechat.inbox")]
            )
        )

    def test_delivered_three_times_is_one(self):
        for nonce in ("a", "b", "c"):
            query, body = envelope(text_message(), nonce=nonce)
            self.assertEqual(self.post(query, body).content, b"success")
        self.assertEqual(len(self.rows()), 1)

    def test_json(self):
        text = (
            f'{{"ToUserName":"{GH}","FromUserName":"o1","CreateTime":1,"MsgType":"text","MsgId":5}}'
        )
        query, body = envelope(text)
        outer = f'{{"ToUserName":"{GH}","Encrypt":"{read_body(body)["Encrypt"]}"}}'
        answer = self.post(query, outer, content="application/json")
        self.assertEqual(answer.content, b"success")
        self.assertEqual(self.rows().dedupe_key, "msgid:5")

    def test_former_key_and_token(self):
        self.account.write({"previous_aes_key": OLD_AES_KEY, "previous_token": "old"})
        query, body = envelope(text_message(), key=OLD_AES_KEY, token="old")
        self.assertEqual(self.post(query, body).content, b"success")

    def test_unknown_kinds_are_kept(self):
        text = (
            text_message()
            .replace("<MsgType>text", "<MsgType>event")
            .replace("<MsgId>1</MsgId>", "<Event>never_heard_of</Event>")
        )
        query, body = envelope(text)
        self.assertEqual(self.post(query, body).content, b"success")
        row = self.rows()
        self.drain()
        self.assertEqual((row.kind, row.state), ("oa.event.never_heard_of", "unknown"))

    def test_welcome_is_answered_at_once(self):
        for scene, expected in (
            (f"qrscene_{self.code.scene}", f"您好，我是{self.sales_consultant.name}"),
            ("qrscene_guessed", "欢迎关注"),
            ("", "欢迎关注"),
        ):
            query, body = envelope(SUBSCRIBE % scene)
            answer = read_body(self.post(query, body).content)
            self.assertTrue(
                is_signed(
                    answer["MsgSignature"],
                    TOKEN,
                    answer["TimeStamp"],
                    answer["Nonce"],
                    answer["Encrypt"],
                )
            )
            reply = read_body(decrypt(answer["Encrypt"], AES_KEY, APPID))
            self.assertEqual(
                (reply["Content"], reply["ToUserName"], reply["FromUserName"]),
                (expected, "o7", GH),
            )
        self.assertFalse(self.platform.calls, "the request itself asks nobody")

    def test_plain_account(self):
        self.account.mode = "plain"
        query, _body = envelope(text_message())
        self.assertEqual(self.post(query, text_message()).content, b"success")
        query["signature"] = "x"
        self.assertEqual(self.post(query, text_message(number=2)).status_code, 403)

    # ------------------------------------------------------------ attacks

    def test_forged_signature(self):
        query, body = envelope(text_message(), token="guessed")
        self.assert_refused(self.post(query, body))
        query, body = envelope(text_message())
        for wrong in ("", "é", query["msg_signature"][:-1] + "g"):
            self.assert_refused(self.post({**query, "msg_signature": wrong}, body))
        query.pop("msg_signature")
        self.assert_refused(self.post(query, body))

    def test_signature_of_another_body(self):
        query, _body = envelope(text_message("one"))
        _query, body = envelope(text_message("two"))
        self.assert_refused(self.post(query, body))

    def test_plain_text_to_an_encrypted_account(self):
        """The plain signature does not cover the body: it proves nothing here."""
        query, _body = envelope(text_message())
        self.assert_refused(self.post(query, text_message()))

    def test_old_and_future_time_stamps(self):
        for at in (time.time() - 700, time.time() + 700, 0):
            query, body = envelope(text_message(), at=at)
            self.assert_refused(self.post(query, body))
        query, body = envelope(text_message())
        for wrong in ("", "x", "-1", "１７００００００００", "9" * 40):
            self.assert_refused(self.post({**query, "timestamp": wrong}, body))

    def test_replay_does_nothing_twice(self):
        query, body = envelope(text_message())
        for _time in range(2):
            self.assertEqual(self.post(query, body).content, b"success")
        self.assertEqual(len(self.rows()), 1)
        self.drain()
        self.assertEqual(self.post(query, body).content, b"success")
        self.assertEqual(self.rows().state, "done")

    def test_message_for_another_account(self):
        query, body = envelope(text_message(), appid="wxother")
        self.assert_refused(self.post(query, body))
        query, body = envelope(text_message(to="gh_other"))
        self.assert_refused(self.post(query, body))

    def test_bombs(self):
        bomb = (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
        )
        outside = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>'
        query, _body = envelope(text_message())
        for body in (bomb, outside, " ", "<xml>", "{", '{"a":' * 3000, "[]", "\x00", "<xml></xml>"):
            self.assert_refused(self.post(query, body))
            # Also from who knows the secrets.
            signed, wrapped = envelope(body)
            self.assert_refused(self.post(signed, wrapped))

    @mute_logger("odoo.http")
    def test_huge_body(self):
        query, _body = envelope(text_message())
        answer = self.post(query, b"<xml>" + b"x" * 300_000)
        self.assertIn(answer.status_code, (403, 413))
        self.assertFalse(self.rows())

    def test_form_content_type(self):
        query, body = envelope(text_message())
        self.assert_refused(self.post(query, body, content="application/x-www-form-urlencoded"))

    def test_wrong_address(self):
        query, body = envelope(text_message())
        for key in ("x", "0" * 32, "%2e%2e", self.account.callback_key.upper() + "0"):
            answer = self.url_open(
                f"/dealer_wechat/cb/{key}?{urlencode(query)}", data=body.encode()
            )
            self.assertIn(answer.status_code, (403, 404))
        self.account.active = False
        self.assert_refused(self.post(query, body))

    def test_account_without_secrets_takes_nothing(self):
        query, body = envelope(text_message(), token="")
        self.account.token = False
        self.assert_refused(self.post(query, body))
        self.account.write({"token": TOKEN, "aes_key": False})
        query, body = envelope(text_message())
        self.assert_refused(self.post(query, body))

    def test_storm_is_not_logged_line_by_line(self):
        query, body = envelope(text_message(), token="guessed")
        self.post(query, body)
        with self.assertNoLogs("odoo.addons.dealer_wechat.controllers.callback"):
            for _time in range(5):
                self.assert_refused(self.post(query, body))
