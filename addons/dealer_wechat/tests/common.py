import json
import time
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields

from odoo.addons.dealer_base.tests.common import DealerCase

from ..tools.crypto import encrypt, sign

APPID, SECRET, TOKEN = "wxtest01", "the-secret-value", "the-token-value"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_AES_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
GH = "gh_test000001"


class Platform:
    """Answers in place of the platform; keeps what was asked."""

    def __init__(self):
        self.calls = []
        self.answers = {}
        self.tokens = 0

    def __call__(self, method, url, params, data, form):
        path = url.partition("/api")[2] or url.partition("/qy")[2]
        body = (json.loads(data) if form.startswith("application/json") else data) if data else None
        self.calls.append((path, dict(params), body))
        planned = self.answers.get(path)
        if planned:
            answer = planned.pop(0) if len(planned) > 1 else planned[0]
            if isinstance(answer, Exception):
                raise answer
            if callable(answer):
                answer = answer(body)
            if isinstance(answer, tuple):
                return answer
            return 200, json.dumps(answer).encode()
        if path == "/cgi-bin/stable_token":
            self.tokens += 1
            return 200, json.dumps({"access_token": f"T{self.tokens}", "expires_in": 7200}).encode()
        if path == "/cgi-bin/user/info/batchget":
            rows = [
                {"openid": each["openid"], "subscribe": 1, "unionid": f"u{each['openid']}"}
                for each in body["user_list"]
            ]
            return 200, json.dumps({"user_info_list": rows}).encode()
        return 200, json.dumps({"errcode": 0, "errmsg": "ok", "msgid": len(self.calls)}).encode()

    def to(self, path):
        """Return what was asked of one interface."""
        return [call for call in self.calls if call[0] == path]


class FromMenu:
    """Opens pages as a follower does, from the menu of the chat; mixed into a case with a browser."""

    def setUp(self):
        super().setUp()
        self.platform = Platform()
        self.platform.answers["/sns/oauth2/access_token"] = [{"openid": "o1"}]
        client = self.env.registry["dealer.wechat.client"]
        patcher = patch.object(client, "_transport", lambda _self, *args: self.platform(*args))
        patcher.start()
        self.addCleanup(patcher.stop)

    @classmethod
    def make_follower(cls, **values):
        """Make the official account of store A, and its follower who opens the pages."""
        cls.account = WechatCase.make_account.__func__(cls)
        cls.fan = WechatCase.make_identity.__func__(cls, **values)

    def open_from_menu(self, path):
        """Open a page of the menu, by the platform and back; ``path`` is quoted."""
        key = self.account.callback_key
        answer = self.url_open(f"/dealer_wechat/go/{key}?to={path}", allow_redirects=False)
        [state] = parse_qs(urlsplit(answer.headers["Location"]).query)["state"]
        return self.url_open(f"/dealer_wechat/back/{key}?code=C&state={state}")


class WechatCase(DealerCase):
    """Store A has an official account; the platform is played by :class:`Platform`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["queue.job"].search([("identity_key", "=like", "dealer_queue:%")]).unlink()
        cls.account = cls.make_account()
        cls.code = cls.env["dealer.wechat.code"].create(
            {
                "name": "Card",
                "account_id": cls.account.id,
                "user_id": cls.sales_consultant.id,
                "welcome": "您好，我是{name}",
            }
        )

    @classmethod
    def make_account(cls, store=None, **values):
        return cls.env["dealer.wechat.account"].create(
            {
                "name": "Account",
                "appid": APPID,
                "original_id": GH,
                "unit_id": (store or cls.store_a).id,
                "platform_url": "http://127.0.0.1:1",
                "secret": SECRET,
                "token": TOKEN,
                "aes_key": AES_KEY,
                "welcome": "欢迎关注",
                "reminder_template": "TPL",
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.platform = Platform()
        client = self.env.registry["dealer.wechat.client"]
        patcher = patch.object(client, "_transport", lambda _self, *args: self.platform(*args))
        patcher.start()
        self.addCleanup(patcher.stop)

    @classmethod
    def make_identity(cls, value="o1", partner=None, account=None, **values):
        now = fields.Datetime.now()
        return cls.env["dealer.wechat.identity"].create(
            {
                "account_id": (account or cls.account).id,
                "value": value,
                "partner_id": partner and partner.id,
                "is_following": True,
                "follow_changed_at": now,
                "followed_at": now,
                **values,
            }
        )

    def event(self, event, sender="o1", at=None, account=None, **values):
        """Store an event as the door does, and return the row."""
        told = {
            "kind": f"oa.event.{event}",
            "from": sender,
            "to": GH,
            "create_time": int(at or time.time()),
            **values,
        }
        return self.store(told, account)

    def message(self, text="在吗", sender="o1", at=None, kind="text", **values):
        told = {
            "kind": f"oa.msg.{kind}",
            "from": sender,
            "to": GH,
            "create_time": int(at or time.time()),
            "content": text,
            **values,
        }
        return self.store(told)

    def store(self, told, account=None):
        inbox = self.env["dealer.wechat.inbox"]
        key = f"test:{next(self.serial)}"
        inbox._receive(account or self.account, key, told, "<xml/>")
        return inbox.search([("dedupe_key", "=", key)])

    def drain(self, model="inbox"):
        return self.env[f"dealer.wechat.{model}"]._drain()

    def identity(self, value="o1"):
        return self.env["dealer.wechat.identity"].search([("value", "=", value)])


def envelope(text, key=AES_KEY, appid=APPID, token=TOKEN, at=None, nonce="n1"):
    """Return ``(query, body)`` of an encrypted callback."""
    encrypted = encrypt(text, key, appid)
    stamp = str(int(at if at is not None else time.time()))
    query = {
        "timestamp": stamp,
        "nonce": nonce,
        "signature": sign(token, stamp, nonce),
        "encrypt_type": "aes",
        "msg_signature": sign(token, stamp, nonce, encrypted),
    }
    body = f"<xml><ToUserName>{GH}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return query, body


def text_message(content="你好", number=1, sender="o1", to=GH):
    return (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[{content}]]></Content><MsgId>{number}</MsgId></xml>"
    )
