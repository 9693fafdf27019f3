from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

#: What the platform takes in one message.
TEXT_BYTES = 2048
PICTURE_BYTES = 10 * 1024 * 1024
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/bmp")
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
            if file.mimetype not in PICTURES or file.file_size > PICTURE_BYTES:
                raise UserError(
                    self.env._(
                        "“%s” can't be sent in WeChat: pictures (JPG, PNG, GIF) up to 10 MB can.",
                        file.name,
                    )
                )
        if not text and not files:
            raise UserError(self.env._("There is nothing to send."))

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
        for number, file in enumerate(message.sudo().attachment_ids):
            outbox._enqueue(
                identity,
                "custom_send",
                {"msgtype": "image", "attachment_id": file.id},
                self.env._("[Picture]"),
                once_key=f"{key}:{number}",
                priority=5,
                message_id=message.id,
            )
        identity._chat_answered(self.env.user, text or self.env._("[Picture]"))

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
