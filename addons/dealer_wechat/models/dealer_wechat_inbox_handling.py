import logging
import mimetypes
from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.mimetypes import guess_mimetype

_logger = logging.getLogger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
UTC_ZONE = ZoneInfo("UTC")
#: So long the platform takes answers to a customer's message, and so many.
MESSAGE_WINDOW, MESSAGE_ANSWERS = timedelta(hours=48), 5
ACTION_WINDOW, ACTION_ANSWERS = timedelta(minutes=1), 3
#: What comes as a file, and how it ends where its content does not say it.
FILES = {"image": ".jpg", "voice": ".amr", "video": ".mp4", "shortvideo": ".mp4"}
WORDS = {
    "image": "［图片］",
    "voice": "［语音］",
    "video": "［视频］",
    "shortvideo": "［视频］",
    "location": "［位置］",
    "link": "［链接］",
}


class DealerWechatInbox(models.Model):
    """What is done with each kind of message and event.

    A kind ``oa.event.subscribe`` is worked off by ``_on_oa_event_subscribe``, all messages of
    customers by ``_on_message``; an addon adds its own by adding a method. Events come late,
    doubled and in any order: handlers look at when they happened.
    """

    _name = "dealer.wechat.inbox"
    _inherit = "dealer.wechat.inbox"

    def _work(self):
        identities = self._identities()
        for row in self.sorted("id"):
            row._work_one(identities.get((row.account_id.id, row.sender)))
        self.env["dealer.wechat.identity"]._wake_if_due()

    def _identities(self):
        """Return ``{(account, sender): identity}`` of who is known or is made now."""
        model = self.env["dealer.wechat.identity"]
        wanted = {
            (row.account_id.id, row.sender)
            for row in self
            if row.sender and row.kind.startswith(("oa.", "mp."))
        }
        found = {
            (each.account_id.id, each.value): each
            for each in model.search(
                Domain("account_id", "in", self.account_id.ids)
                & Domain("value", "in", [sender for _account, sender in wanted])
            )
        }
        missing = sorted(wanted - set(found))
        made = model.create(
            [{"account_id": account, "value": sender} for account, sender in missing]
        )
        return found | dict(zip(missing, made, strict=True))

    def _work_one(self, identity):
        self.ensure_one()
        name = "_on_" + self.kind.replace(".", "_").replace("-", "_").lower()
        handler = getattr(self, name, None)
        if handler is None and identity and ".msg." in self.kind:
            handler = self._on_message
        if handler is None:
            self.write({"state": "unknown", "due_at": False})
            return
        handler(identity)
        self.write({"state": "done", "due_at": False, "error": False})

    # ------------------------------------------------------------
    # Following
    # ------------------------------------------------------------

    def _on_oa_event_subscribe(self, identity):
        identity._follow(self.occurred_at, self.payload)
        self._acted(identity)

    def _on_oa_event_scan(self, identity):
        # Who scans follows, whatever we heard before.
        identity._follow(self.occurred_at, {"source": "qr", **self.payload})
        self._acted(identity)

    def _on_oa_event_unsubscribe(self, identity):
        identity._unfollow(self.occurred_at)

    def _on_oa_event_click(self, identity):
        self._acted(identity)
        number = (self.payload.get("event_key") or "").removeprefix("menu:")
        if not number.isdecimal() or len(number) > 9:
            return
        button = self.env["dealer.wechat.menu"].browse(int(number)).exists()
        if button.account_id == self.account_id and button.kind == "reply":
            button._tapped(identity, self)

    def _on_oa_event_scancode_push(self, identity):
        self._acted(identity)

    def _on_oa_event_scancode_waitmsg(self, identity):
        self._acted(identity)

    def _on_oa_event_view(self, _identity):
        """A page of the menu was opened; nothing follows from it."""

    def _on_oa_event_location(self, _identity):
        """Where the customer is, is not kept: nobody asked for it."""

    def _on_oa_event_user_authorization_revoke(self, identity):
        identity._erase()

    def _on_oa_event_user_authorization_cancellation(self, identity):
        identity._erase()

    def _acted(self, identity):
        identity._open_window(self.occurred_at, ACTION_WINDOW, ACTION_ANSWERS)

    # ------------------------------------------------------------
    # What became of our messages
    # ------------------------------------------------------------

    def _on_oa_event_templatesendjobfinish(self, _identity):
        told = self.payload
        self.env["dealer.wechat.outbox"]._delivered(
            self.account_id, told.get("msgid"), told.get("ok"), told.get("status") or ""
        )

    def _on_oa_event_subscribe_msg_sent_event(self, _identity):
        for item in self.payload.get("items", []):
            self.env["dealer.wechat.outbox"]._delivered(
                self.account_id,
                item.get("msgid"),
                item.get("errcode") == 0,
                item.get("errstatus") or "",
            )

    _on_mp_event_subscribe_msg_sent_event = _on_oa_event_subscribe_msg_sent_event

    # ------------------------------------------------------------
    # Messages of customers
    # ------------------------------------------------------------

    def _on_message(self, identity):
        """Note that the customer wrote, on the customer's timeline; a hook for chats."""
        identity._open_window(self.occurred_at, MESSAGE_WINDOW, MESSAGE_ANSWERS)
        if self.kind.startswith("oa.") and not identity.is_following:
            # Only followers can write: the event was lost or comes later.
            identity._follow(self.occurred_at, {"source": "none"})
        if identity.partner_id:
            self._write_down(identity)
        if self.kind.startswith("oa."):
            identity._chat_received(self, self._text(), self._files())
            self.env["dealer.wechat.keyword"]._answer(identity, self)

    def _files(self):
        """Return ``[(name, bytes)]`` of what the customer sent; the platform keeps it three days."""
        told = self.payload
        kind = self.kind.rpartition(".")[2]
        if kind not in FILES or not told.get("media_id"):
            return []
        client = self.env["dealer.wechat.client"]
        try:
            content = client._download(self.account_id, told["media_id"])
        except client._error_class() as error:
            _logger.info("WeChat: a file did not come: %s", error.words)
            return []
        ending = mimetypes.guess_extension(guess_mimetype(content, "")) or FILES[kind]
        return [(f"{kind}{ending}", content)]

    def _text(self):
        """Return the message as a line of text."""
        told = self.payload
        kind = self.kind.rpartition(".")[2]
        text = told.get("content") or told.get("recognition") or told.get("label")
        if kind == "location" and told.get("lat"):
            text = f"{text or ''} ({told['lat']}, {told.get('lng')})"
        if kind == "link":
            text = " ".join(filter(None, (told.get("title"), told.get("url"))))
        return f"{WORDS.get(kind, '')}{text or told.get('title') or ''}"

    @api.model
    def _talk_key(self, identity, moment):
        day = moment.replace(tzinfo=UTC_ZONE).astimezone(BEIJING).date()
        return f"{identity.account_id.appid}:{identity.value}:{day}"

    def _write_down(self, identity):
        """Add the message to the day's talk: one recorded contact a day."""
        key = self._talk_key(identity, self.occurred_at)
        line = self._text()
        if not identity._add_to_talk(key, line, two_way=True):
            # The platform's clock may be ahead of ours; a contact has happened.
            identity._begin_talk(key, min(self.occurred_at, fields.Datetime.now()), line)
