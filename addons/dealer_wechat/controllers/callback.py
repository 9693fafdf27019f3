import logging
import secrets
import time

from odoo import SUPERUSER_ID
from odoo.http import Controller, Response, request, route

from ..models.dealer_wechat_account import OWN_NONCE
from ..tools.crypto import CryptoError, decrypt_any, encrypt, is_signed, sign
from ..tools.message import MessageError, dedupe_key, describe, read_body, text_reply

_logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024
#: Seconds that a signed request is good for; after that it may be somebody's copy.
TOLERANCE = "dealer_wechat.timestamp_tolerance"
DEFAULT_TOLERANCE = 600
#: At most one line a minute and process: a storm of forged requests must not fill the log.
LOG_EVERY = 60
_last_line = {"at": 0.0, "silent": 0}


class Refused(Exception):
    """The request does not prove that it is the platform's; the reason is for the log alone."""


class WechatCallback(Controller):
    """The door by which the platform calls us. It proves, stores by one statement and answers.

    Fail closed: without token or key nothing is taken. Who is refused learns nothing. Nobody is logged
    in here, so no user is looked up (``none``): who knocks proves himself by the signature alone.
    """

    @route(
        "/dealer_wechat/cb/<string:key>",
        type="http",
        auth="none",
        methods=["GET"],
        csrf=False,
        save_session=False,
        readonly=False,
        sitemap=False,
    )
    def verify(self, key, **query):
        """Answer the platform's question whether the address is ours."""
        door = None
        try:
            door = self._door(key)
            self._check_time(query)
            if not query.get("echostr"):
                raise Refused("no question")
            if door.kind == "wecom":
                text, _number = self._decrypt(door, query, query["echostr"])
            else:
                self._check_signature(door, query)
                text = query["echostr"]
        except Refused as reason:
            return self._refuse(reason, door)
        if not (query.get("nonce") or "").startswith(OWN_NONCE):
            self._account(door)._note_callback()
        return Response(text, content_type="text/plain; charset=utf-8")

    @route(
        "/dealer_wechat/cb/<string:key>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        sitemap=False,
        max_content_length=MAX_BYTES,
    )
    def receive(self, key, **query):
        """Take a message or an event."""
        door = None
        try:
            door = self._door(key)
            self._check_time(query)
            values, raw, number = self._read(door, query)
        except (Refused, MessageError) as reason:
            return self._refuse(reason, door)
        told = describe(values, door.kind)
        account = self._account(door)
        account.env["dealer.wechat.inbox"]._receive(account, dedupe_key(values), told, raw)
        words = self._words(account, told)
        if not words:
            return Response("success", content_type="text/plain; charset=utf-8")
        return Response(
            self._answer(door, values, words, number), content_type="text/xml; charset=utf-8"
        )

    # ------------------------------------------------------------
    # Proof
    # ------------------------------------------------------------

    @staticmethod
    def _door(key):
        """Return what proves requests to the address."""
        # As the system: nobody is logged in.
        accounts = request.env(user=SUPERUSER_ID)["dealer.wechat.account"]
        door = accounts._door(key[:64])
        if not door:
            raise Refused("no account")
        return door

    @staticmethod
    def _account(door):
        """Return the account as the system sees it: who knocks has no right on it."""
        return request.env(user=SUPERUSER_ID)["dealer.wechat.account"].browse(door.id)

    def _check_time(self, query):
        stamp = query.get("timestamp") or ""
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise Refused("time stamp")
        # How long is a setting of the whole database; it is cached.
        parameters = request.env(user=SUPERUSER_ID)["ir.config_parameter"]
        setting = parameters.get_param(TOLERANCE)
        if abs(time.time() - int(stamp)) > int(setting or DEFAULT_TOLERANCE):
            raise Refused("time stamp")

    def _check_signature(self, door, query):
        if not any(
            is_signed(query.get("signature"), token, query["timestamp"], query.get("nonce") or "")
            for token in door.tokens
        ):
            raise Refused("signature")

    def _decrypt(self, door, query, encrypted):
        """Return the message and by which key it was read; the signature is proved first."""
        parts = query["timestamp"], query.get("nonce") or "", encrypted
        if not any(is_signed(query.get("msg_signature"), token, *parts) for token in door.tokens):
            raise Refused("signature")
        try:
            return decrypt_any(encrypted, door.aes_keys, door.appid)
        except CryptoError as error:
            raise Refused(str(error)) from error

    def _read(self, door, query):
        """Return fields, text and number of the key of a message that is proved to be the platform's."""
        # Kept: two copies at once make Odoo run the later one again.
        raw = request.httprequest.get_data(cache=True)
        if not raw or len(raw) > MAX_BYTES:
            raise Refused("size")
        number = None
        encrypted = door.kind == "wecom" or door.mode != "plain"
        if not encrypted:
            self._check_signature(door, query)
            text = raw.decode("utf-8", "replace")
        else:
            # Only the outer shell of a stranger's text is read before the proof.
            outer = read_body(raw)
            if not isinstance(outer.get("Encrypt"), str):
                raise Refused("not encrypted")
            text, number = self._decrypt(door, query, outer["Encrypt"])
        text = text.replace("\x00", "")
        values = read_body(text)
        receiver = door.appid if door.kind == "wecom" else door.original_id
        if receiver and values.get("ToUserName") != receiver:
            raise Refused("receiver")
        return values, text, number

    def _refuse(self, reason, door):
        if door:
            self._account(door)._note_callback(str(reason))
        now = time.monotonic()
        if now - _last_line["at"] > LOG_EVERY:
            _logger.info(
                "WeChat: a request was refused (%s); %s before it", reason, _last_line["silent"]
            )
            _last_line.update(at=now, silent=0)
        else:
            _last_line["silent"] += 1
        return Response(status=403)

    # ------------------------------------------------------------
    # Answer
    # ------------------------------------------------------------

    def _words(self, account, told):
        """Return what is said on the spot, or nothing; no more than reading two rows."""
        if told["kind"] != "oa.event.subscribe":
            return ""
        lang = account.company_id.partner_id.lang
        account = account.with_context(lang=lang)
        code = account.env["dealer.wechat.code"]._by_scene(account, told.get("scene"))
        return code._welcome_words(account)

    def _answer(self, door, values, words, number):
        reply = text_reply(values, words)
        if number is None:
            return reply
        encrypted = encrypt(reply, door.aes_keys[number], door.appid)
        stamp, nonce = str(int(time.time())), secrets.token_hex(8)
        signature = sign(door.tokens[0], stamp, nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature>{signature}</MsgSignature>"
            f"<TimeStamp>{stamp}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        )
