import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: So often a closed shop says that it is closed.
CLOSED_PAUSE = timedelta(hours=4)


class DealerWechatKeyword(models.Model):
    """What is answered by itself when a customer writes certain words, at any hour.

    The clock of the unanswered customer runs on: only a person's answer stops it.
    """

    _name = "dealer.wechat.keyword"
    _description = "WeChat Keyword Reply"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(
        string="Words", required=True, help="Any of them, with commas between: price, lowest price"
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    match = fields.Selection(
        [("contains", "Stand in the Message"), ("equal", "Are the Message")],
        required=True,
        default="contains",
    )
    reply = fields.Text(required=True, translate=True, help="Addresses in it can be tapped.")
    hands_over = fields.Boolean(
        string="A Person Is Wanted", help="Colleagues are told at once what the customer wants."
    )

    @api.constrains("name", "reply")
    def _check_words(self):
        for row in self:
            if not row._words():
                raise ValidationError(self.env._("Write at least one word."))
            if len((row.reply or "").encode()) > 2048:
                raise ValidationError(self.env._("WeChat takes about 680 characters at most."))

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "account_id" in field_names:
            # Rules are asked before a write; nobody moves a reply to where the own reach ends.
            self.check_access("write")
        return result

    def _words(self):
        return [
            word.casefold() for word in re.split(r"[,，、;；\n]", self.name or "") if word.strip()
        ]

    def _fits(self, text):
        words = [word.strip() for word in self._words()]
        if self.match == "equal":
            return text in words
        return any(word in text for word in words)

    @api.model
    def _answer(self, identity, row):
        """Answer a customer's text by itself where a keyword fits, or where the shop is closed.

        :param row: dealer.wechat.inbox
        """
        text = (row.payload.get("content") or "").strip().casefold()
        for keyword in self.search(Domain("account_id", "=", identity.account_id.id)):
            if text and keyword._fits(text):
                self._say(identity, keyword.reply, f"keyword:{row.id}")
                if keyword.hands_over:
                    identity._chat_hand_over(keyword.name)
                return
        words = identity.account_id.closed_reply
        now = fields.Datetime.now()
        if not words or identity.unit_id._clock_next_opening(now) <= now:
            return
        if identity.closed_told_at and identity.closed_told_at > now - CLOSED_PAUSE:
            return
        identity.closed_told_at = now
        self._say(identity, words, f"closed:{row.id}")

    @api.model
    def _say(self, identity, words, key):
        """Send what the machine answers; it stands in the chat as the machine's."""
        if not identity._can_answer() or not identity._chat_left():
            return
        outbox = self.env["dealer.wechat.outbox"]
        outbox._enqueue(
            identity, "custom_send", outbox._text_payload(words), words, once_key=key, priority=3
        )
        identity._channel()._wechat_note(self.env._("Answered by itself: %s", words))
