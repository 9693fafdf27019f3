import random
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.endpoints import ENDPOINTS

#: A row that is being sent for longer was left behind by a process that died.
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 6
#: While an account is stopped its messages are looked at again so often.
STOPPED_PATIENCE = timedelta(minutes=10)
#: How long a corporation is refused for calling too often.
CORP_PAUSE = timedelta(minutes=60)


class DealerWechatOutbox(models.Model):
    """The sending: claimed and committed, then asked for, then written down."""

    _name = "dealer.wechat.outbox"
    _inherit = "dealer.wechat.outbox"

    @api.model
    def _drain(self, limit=500):
        """Send what is due, the urgent first.

        Each message has three short transactions of its own: claim, call, result. What this
        transaction holds is the queue's lock alone.

        :return: ``(done, left)``
        """
        now = fields.Datetime.now()
        queue = self.with_user(SUPERUSER_ID)
        queue.flush_model()
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id FROM dealer_wechat_outbox WHERE due_at <= %s"
                    " ORDER BY priority, due_at, id LIMIT %s",
                    now,
                    limit,
                )
            )
        ]
        for number in ids:
            row = queue.browse(number)
            lang = row.account_id.company_id.partner_id.lang
            row.with_context(lang=lang)._send_one(now)
        left = len(ids) == limit
        return len(ids), left

    def _send_one(self, now):
        self.ensure_one()
        with self._own_cursor() as cr:
            claimed = self._claim(cr, now)
        self.invalidate_recordset()
        if not claimed:
            return
        result = self._ask()
        with self._own_cursor() as cr:
            mine = self.with_env(self.env(cr=cr))
            mine._finish(result, fields.Datetime.now())
            mine.env.flush_all()
        self.invalidate_recordset()

    def _claim(self, cr, now):
        """Take the message to send it; return whether it is to be sent now.

        :param cr: a transaction of its own, whose word is committed before anybody is asked
        """
        cr.execute(
            SQL(
                "SELECT state, expires_at, attempts FROM dealer_wechat_outbox"
                " WHERE id = %s AND due_at <= %s FOR UPDATE SKIP LOCKED",
                self.id,
                now,
            )
        )
        found = cr.fetchone()
        if not found:
            return False
        state, expires_at, attempts = found
        mine = self.with_env(self.env(cr=cr))
        endpoint = ENDPOINTS[mine.endpoint]
        if state == "sending":
            # Whoever claimed it is gone, and may have sent it.
            if not endpoint.once_key:
                mine._end("unknown", self.env._("The process ended while it was being sent."))
                return False
        elif state != "pending":
            mine.due_at = False
            mine.env.flush_all()
            return False
        if expires_at and expires_at < now:
            mine._end("expired", self.env._("It could not be sent in time."))
            return False
        if mine.account_id.problem or not mine.account_id.active:
            mine.due_at = now + STOPPED_PATIENCE
            mine.env.flush_all()
            return False
        until = self.env["dealer.wechat.bucket"]._take(
            cr, mine.account_id, mine.endpoint, endpoint, now
        )
        if until:
            mine.write({"due_at": until, "state": "pending"})
            mine.env.flush_all()
            return False
        mine.write({"state": "sending", "attempts": (attempts or 0) + 1, "due_at": now + LEASE})
        mine.env.flush_all()
        return True

    def _end(self, state, words):
        self.write({"state": state, "error": words, "due_at": False})
        self._tell()
        self.env.flush_all()

    def _ask(self):
        """Ask the platform; return its answer or the error."""
        client = self.env["dealer.wechat.client"]
        endpoint = ENDPOINTS[self.endpoint]
        body = dict(self.payload)
        if endpoint.once_key:
            body[endpoint.once_key] = self.once_key
        try:
            file = self.env["ir.attachment"].browse(body.pop("attachment_id", 0)).exists()
            if file:
                number = client._upload(
                    self.account_id, body["msgtype"], file.name, file.raw, file.mimetype
                )
                body[body["msgtype"]] = {"media_id": number}
            return client._call(self.account_id, self.endpoint, body=body)
        except client._error_class() as error:
            return error

    def _finish(self, result, now):
        """Write down what the platform said."""
        if isinstance(result, dict):
            number = result.get("msgid") or result.get("msg_id")
            self.write(
                {
                    "state": "sent",
                    "sent_at": now,
                    "due_at": False,
                    "platform_number": str(number) if number else False,
                    "error": False,
                    "error_code": 0,
                }
            )
            if self.endpoint == "custom_send" and self.identity_id.window_left:
                self.identity_id.window_left -= 1
                self.identity_id.channel_ids._wechat_tell_state()
            self._tell()
            return
        values = {"error": result.words, "error_code": result.code}
        if result.kind == "config":
            # The account is stopped; it goes on when an administrator has mended it.
            self.write({**values, "state": "pending", "due_at": now + STOPPED_PATIENCE})
        elif result.kind == "pause_until_reset":
            self.write({**values, "state": "pending", "due_at": self._after_pause(now)})
        elif result.kind == "retry_backoff" and self.attempts < MOST_ATTEMPTS:
            pause = timedelta(seconds=2**self.attempts * 5 + random.randint(0, 5))
            self.write({**values, "state": "pending", "due_at": now + pause})
        else:
            state = "unknown" if result.kind == "unknown" else "failed"
            if state == "unknown" and ENDPOINTS[self.endpoint].once_key:
                self._again_under_the_same_number(values, now)
                return
            self.write({**values, "state": state, "due_at": False})
            self._follow_refusal(result.code, now)
            self._tell()

    def _again_under_the_same_number(self, values, now):
        """No answer came, but the platform knows our number: asking again sends nothing twice."""
        if self.attempts >= MOST_ATTEMPTS:
            self.write({**values, "state": "unknown", "due_at": False})
            self._tell()
            return
        pause = timedelta(seconds=2**self.attempts * 5)
        self.write({**values, "state": "pending", "due_at": now + pause})

    def _after_pause(self, now):
        if self.account_id.kind == "wecom":
            return now + CORP_PAUSE
        return self.env["dealer.wechat.bucket"]._day(now)[1] + timedelta(
            seconds=random.randint(0, 300)
        )

    def _follow_refusal(self, code, now):
        """Take over what a refusal says of the customer."""
        identity = self.identity_id
        if code == 43004 and identity.is_following:
            identity._unfollow(now)
        elif code in (45015, 45047) and identity:
            identity.window_left = 0
