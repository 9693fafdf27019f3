import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .dealer_wechat_template import WORDS

#: What is not sent by then is not sent at all, unless told otherwise.
GOOD_FOR = timedelta(days=2)
KEPT_DAYS = 180
NOT_ARRIVED = ("failed", "expired", "unknown")
#: Who decides whether a message is sent again that perhaps arrived.
DECIDERS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_marketing_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class DealerWechatOutbox(models.Model):
    """What is to be sent, and what became of it.

    Written in the transaction of the business, so that what is rolled back is not sent. ``sending``
    is committed before the platform is asked: a process that dies leaves ``unknown``, never a
    second message.
    """

    _name = "dealer.wechat.outbox"
    _description = "WeChat Message"
    _inherit = ["dealer.queue.mixin", "dealer.wechat.cursor"]
    _order = "id desc"
    _rec_name = "summary"
    _drain_limit = 50

    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    identity_id = fields.Many2one(
        "dealer.wechat.identity", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    unit_id = fields.Many2one(
        related="account_id.unit_id", store=True, precompute=True, index=True, string="Store"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="identity_id.partner_id", store=True, index="btree_not_null", string="Customer"
    )
    endpoint = fields.Char(
        string="Interface", required=True, readonly=True, groups="base.group_system"
    )
    payload = fields.Json(readonly=True, groups="base.group_system")
    summary = fields.Char(string="Message", readonly=True)
    once_key = fields.Char(
        string="Our Number", required=True, readonly=True, copy=False, groups="base.group_system"
    )
    platform_number = fields.Char(
        string="Platform's Number", readonly=True, index="btree_not_null", copy=False
    )
    priority = fields.Integer(
        readonly=True,
        default=50,
        help="Small numbers first: 0 welcome, 5 chat, 50 reminder, 90 bulk.",
    )
    message_id = fields.Many2one(
        "mail.message",
        string="Written in the Chat",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
    )
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being Sent"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("unknown", "Nobody Knows"),
            ("failed", "Failed"),
            ("expired", "Too Late"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
        help="Nobody knows: no answer came; it may have arrived. Ask the customer before it is sent"
        " again.",
    )
    due_at = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    delivered_at = fields.Datetime(readonly=True)
    error_code = fields.Integer(readonly=True)
    error = fields.Text(string="What is Wrong", readonly=True)

    _once_uniq = models.UniqueIndex("(account_id, once_key)", "This message was taken already.")
    _due_idx = models.Index("(due_at, priority, id) WHERE due_at IS NOT NULL")

    @api.model
    def _enqueue(self, identity, endpoint, payload, summary, **values):
        """Have a message sent after this transaction; the same ``once_key`` is sent once.

        :param identity: dealer.wechat.identity
        :param dict payload: of the interface, without recipient
        :param str summary: as people read it
        :return: the row, the former one where the key is known
        """
        account = identity.account_id
        key = values.pop("once_key", None) or secrets.token_hex(12)
        known = self.search(
            Domain("account_id", "=", account.id) & Domain("once_key", "=", key), limit=1
        )
        if known:
            return known
        now = fields.Datetime.now()
        row = self.create(
            {
                "account_id": account.id,
                "identity_id": identity.id,
                "endpoint": endpoint,
                "payload": {"touser": identity.value, **payload},
                "summary": summary[:500],
                "once_key": key,
                "due_at": now,
                "expires_at": now + GOOD_FOR,
                **values,
            }
        )
        self._wake()
        return row

    @api.model
    def _send_text(self, identity, text, **values):
        """Send a text: an answer while the platform takes one, else a template.

        :param template: dealer.wechat.template of this kind of message; without it the account's
            reminder template is taken
        :param dict words: for the places of that template
        :return: the row, or empty where neither is possible
        """
        url = values.pop("url", "")
        template, words = values.pop("template", None), values.pop("words", {})
        if identity._can_answer():
            return self._enqueue(identity, "custom_send", self._text_payload(text), text, **values)
        if template:
            payload, _problem = template._payload({**words, **dict.fromkeys(WORDS, text)})
        else:
            payload = self._template_payload(identity.account_id, text, url)
        if not payload or not identity.is_following:
            return self.browse()
        return self._enqueue(identity, "template_send", payload, text, **values)

    @api.model
    def _text_payload(self, text):
        return {"msgtype": "text", "text": {"content": text}}

    @api.model
    def _template_payload(self, account, text, url=""):
        """Return the reminder template filled with ``text``, or None where there is none."""
        if not account.reminder_template:
            return None
        payload = {
            "template_id": account.reminder_template,
            "data": {account.reminder_field or "first": {"value": text}},
        }
        return payload | ({"url": url} if url else {})

    # ------------------------------------------------------------
    # What came of it
    # ------------------------------------------------------------

    @api.model
    def _delivered(self, account, number, good, words):
        """Take what the platform reports of a message; a report of nothing of ours is left alone."""
        if not number:
            return
        row = self.search(
            Domain("account_id", "=", account.id) & Domain("platform_number", "=", str(number)),
            limit=1,
        )
        if row.state not in ("sent", "unknown", "sending"):
            return
        if good:
            row.write({"state": "delivered", "delivered_at": fields.Datetime.now()})
        else:
            row.write({"state": "failed", "error": words[:500], "due_at": False})
        row._tell()

    def _tell(self):
        """Tell whoever had it sent what became of it."""
        self._tell_chat()
        touches = self.env["dealer.touch"]._made_of(self)
        now = fields.Datetime.now()
        for touch in touches:
            row = self.browse(touch.made_id)
            if row.state in ("sent", "delivered") and touch.state == "queued":
                touch.write({"state": "sent", "sent_at": row.sent_at or now})
            elif row.state in ("failed", "expired") and touch.state in ("queued", "sent"):
                touch._next_way("error", row.error or row._state_words(), now)
                touch._wake_if_due()
            elif row.state == "unknown" and touch.state == "queued":
                # Not by another way: it may have arrived.
                touch.write({"state": "sent", "sent_at": now, "reason": row._state_words()})

    def _tell_chat(self):
        """Say in the chat what did not arrive, where the person who wrote it sees it."""
        for row in self.filtered(lambda row: row.message_id and row.state in NOT_ARRIVED):
            for channel in row.identity_id.channel_ids:
                channel._wechat_note(
                    self.env._(
                        "“%(text)s”: %(state)s. %(why)s",
                        text=(row.summary or "")[:60],
                        state=row._state_words(),
                        why=row.error or "",
                    )
                )

    def _state_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def action_retry(self):
        """Send again what failed, or what nobody knows of; a leader decides it.

        :raise AccessError: the user leads nobody here
        :raise UserError: it was sent, or waits already
        """
        self.check_access("read")
        if not self.env.user._dealer_has_any(DECIDERS):
            raise AccessError(self.env._("A manager decides whether it is sent again."))
        rows = self.sudo()  # nobody writes these rows; post and sight were checked
        if rows.filtered(lambda row: row.state not in ("failed", "unknown", "expired")):
            raise UserError(self.env._("Only what failed or is unknown can be sent again."))
        now = fields.Datetime.now()
        rows.write(
            {
                "state": "pending",
                "due_at": now,
                "expires_at": now + GOOD_FOR,
                "attempts": 0,
                "error": False,
                "error_code": 0,
            }
        )
        self._wake()

    @api.autovacuum
    def _gc_outbox(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("create_date", "<", limit), ("due_at", "=", False)], limit=5000)
        old.unlink()
        return len(old), len(old) == 5000
