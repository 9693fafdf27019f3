from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..tools.sound import seconds

#: What the platform takes in one message.
TEXT_BYTES = 2048
MEGABYTE = 1024 * 1024
#: Kind → what it is recognised by, and so many megabytes.
FILES = {
    "image": (("image/jpeg", "image/png", "image/gif", "image/bmp"), 10),
    "voice": (("audio/amr", "audio/mpeg", "audio/mp3"), 2),
    "video": (("video/mp4",), 10),
}
VOICE_SECONDS = 60
#: Only these are a person's own words to the customer.
SPOKEN = "comment"
#: Arguments of a client that would make the words somebody else's, or something else.
FOREIGN = ("author_id", "author_guest_id", "email_from", "subtype_xmlid", "subtype_id", "date")


class DiscussChannel(models.Model):
    """What is said: the customer's words come in, the shop's go to the outbox in the same breath."""

    _name = "discuss.channel"
    _inherit = "discuss.channel"

    def message_post(self, *, message_type="notification", **kwargs):
        """Answer the customer; refused where the platform would not take it.

        :raise UserError: too late, too many, too long, or nothing that WeChat can show
        """
        if self.channel_type != "wechat" or self._is_wechat_door():
            return super().message_post(message_type=message_type, **kwargs)
        if message_type != SPOKEN:
            if self.env.su:
                return super().message_post(message_type=message_type, **kwargs)
            raise UserError(
                self.env._("In this chat everything that is written goes to the customer.")
            )
        for name in FOREIGN:
            kwargs.pop(name, None)
        # sudo: whoever is in the chat may answer; the follower's data are the addon's
        identity = self.sudo().wechat_identity_id
        identity._chat_check()
        # What is refused leaves nothing in the chat, whoever catches the refusal.
        with self.env.cr.savepoint():
            message = super(DiscussChannel, self._wechat_door()).message_post(
                message_type=SPOKEN, subtype_xmlid="mail.mt_comment", **kwargs
            )
            # The door is for this message alone; whoever called goes on without it.
            message = message.with_env(self.env)
            self._wechat_check(message)
        self._wechat_send(identity, message)
        return message

    @api.readonly
    def wechat_warnings(self, text):
        """Return what whoever writes should think over before it goes out.

        :param str text: as it stands in the composer
        :return: list of dicts with ``word`` and ``advice``
        """
        self.ensure_one()
        self.check_access("read")
        if self.channel_type != "wechat":
            return []
        # sudo: whoever is in the chat may know which words of their own text are meant
        account = self.sudo().wechat_identity_id.account_id
        found = self.env["dealer.wechat.word"].sudo()._found(account, "out", text)
        return [{"word": word, "advice": row.advice or ""} for row, word in found]

    def _wechat_check(self, message):
        """Refuse what WeChat can't show; asked of the message, however its parts were handed in."""
        text = html2plaintext(message.body or "").strip()
        if len(text.encode()) > TEXT_BYTES:
            raise UserError(
                self.env._(
                    "WeChat takes up to %(most)s characters in one message; these are %(now)s."
                    " Send it in parts.",
                    most=TEXT_BYTES // 3,
                    now=len(text),
                )
            )
        files = message.sudo().attachment_ids  # of the message that the user wrote just now
        for file in files:
            self._wechat_check_file(file)
        if not text and not files:
            raise UserError(self.env._("There is nothing to send."))

    @api.model
    def _wechat_kind(self, file):
        """Return what WeChat shows a file as: image, voice, video, or nothing."""
        mimetype = (file.mimetype or "").lower()
        if (file.name or "").lower().endswith(".amr") and mimetype.startswith(
            ("audio/", "application/octet-stream")
        ):
            return "voice"
        return next((kind for kind, (types, _most) in FILES.items() if mimetype in types), "")

    def _wechat_check_file(self, file):
        kind = self._wechat_kind(file)
        if not kind:
            raise UserError(
                self.env._(
                    "“%s” can't be sent in WeChat. What can: pictures (JPG, PNG, GIF) up to 10 MB,"
                    " voice (MP3, AMR) up to 60 seconds, videos (MP4) up to 10 MB.",
                    file.name,
                )
            )
        most = FILES[kind][1]
        if file.file_size > most * MEGABYTE:
            raise UserError(
                self.env._(
                    "“%(name)s” is too large for WeChat: it takes %(most)s MB, this has %(now)s.",
                    name=file.name,
                    most=most,
                    now=round(file.file_size / MEGABYTE, 1),
                )
            )
        lasts = seconds(file.raw) if kind == "voice" else None
        if lasts and lasts > VOICE_SECONDS + 0.5:
            raise UserError(
                self.env._(
                    "“%(name)s” is too long for WeChat: it takes 60 seconds, this has %(now)s."
                    " Record it in parts.",
                    name=file.name,
                    now=round(lasts),
                )
            )

    def _wechat_file_words(self, kind):
        return {
            "image": self.env._("[Picture]"),
            "voice": self.env._("[Voice]"),
            "video": self.env._("[Video]"),
        }[kind]

    def _wechat_send(self, identity, message):
        outbox = self.env["dealer.wechat.outbox"].sudo()  # nobody writes there but the addon
        text = html2plaintext(message.body or "").strip()
        key = f"chat:{message.id}"
        if text:
            outbox._enqueue(
                identity,
                "custom_send",
                outbox._text_payload(text),
                text,
                once_key=key,
                priority=5,
                message_id=message.id,
            )
        # sudo: the files of the message that the user wrote just now
        files = message.sudo().attachment_ids
        for number, file in enumerate(files):
            kind = self._wechat_kind(file)
            outbox._enqueue(
                identity,
                "custom_send",
                {"msgtype": kind, "attachment_id": file.id},
                self._wechat_file_words(kind),
                once_key=f"{key}:{number}",
                priority=5,
                message_id=message.id,
            )
        said = text or " ".join(self._wechat_file_words(self._wechat_kind(file)) for file in files)
        identity._chat_answered(self.env.user, said)

    def _wechat_received(self, author, body, attachments=()):
        """Write down what the customer said.

        :param author: res.partner or mail.guest
        :param attachments: ``[(name, content)]``
        """
        self.ensure_one()
        channel, who = self._wechat_door(), {"email_from": author.name}
        if author._name == "mail.guest":
            # As Odoo lets guests speak: nobody is logged in, the context says who it is.
            public = self.env.ref("base.public_user")
            channel = channel.with_user(public).sudo().with_context(guest=author)
        else:
            who["author_id"] = author.id
        return channel.message_post(
            body=body,
            message_type=SPOKEN,
            subtype_xmlid="mail.mt_comment",
            attachments=list(attachments),
            **who,
        )

    def _wechat_note(self, body):
        """Write what both the machine and the staff should know; the customer does not get it."""
        self.ensure_one()
        return self._wechat_door().message_post(
            body=body,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
            author_id=self.env.ref("base.partner_root").id,
        )
