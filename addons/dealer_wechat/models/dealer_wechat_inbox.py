import logging
from datetime import UTC, datetime, timedelta

from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: A row that fails is tried again after 2, 4, 8 … minutes, so often.
MOST_ATTEMPTS = 8
FIRST_PATIENCE = timedelta(minutes=2)
#: Kept so long: personal data is not kept for ever.
KEPT_DAYS = 90


class DealerWechatInbox(models.Model):
    """What the platform told us, as it came; stored before anything is done with it.

    Nobody writes here but the door for callbacks. What nobody knows is kept and can be worked off
    later, by an addon that does (*Try Again*).
    """

    _name = "dealer.wechat.inbox"
    _description = "WeChat Inbox"
    _inherit = ["dealer.queue.mixin"]
    _order = "id desc"
    _rec_name = "kind"
    _drain_limit = 200

    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    dedupe_key = fields.Char(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True, index=True)
    sender = fields.Char(readonly=True)
    raw = fields.Text(string="As Received", readonly=True)
    payload = fields.Json(readonly=True)
    occurred_at = fields.Datetime(readonly=True)
    received_at = fields.Datetime(readonly=True, required=True, index=True)
    due_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("new", "New"), ("done", "Done"), ("unknown", "Unknown"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="new",
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    error = fields.Text(string="What is Wrong", readonly=True)

    _account_dedupe_uniq = models.UniqueIndex(
        "(account_id, dedupe_key)", "This was received already."
    )
    _due_idx = models.Index("(due_at, id) WHERE due_at IS NOT NULL")

    @api.model
    def _receive(self, account, key, told, raw):
        """Store a checked delivery by one statement; return whether it is new.

        The same statement says whether a job waits already: a burst costs one round trip a message.

        :param account: dealer.wechat.account
        :param str key: by which a repeat is known
        :param dict told: what the message says
        :param str raw: the message itself
        """
        now = fields.Datetime.now()
        try:
            moment = datetime.fromtimestamp(told["create_time"], UTC).replace(tzinfo=None)
        except (OverflowError, OSError, ValueError):
            moment = now
        # Two copies at once are no error: the later request is run again and finds the first.
        self.env.cr.execute(
            SQL(
                "WITH stored AS (INSERT INTO dealer_wechat_inbox (account_id, dedupe_key, kind, sender, raw,"
                " payload, occurred_at, received_at, due_at, state, attempts, create_uid,"
                " create_date, write_uid, write_date) VALUES (%(account)s, %(key)s, %(kind)s,"
                " %(sender)s, %(raw)s, %(payload)s, %(moment)s, %(now)s, %(now)s, 'new', 0,"
                " %(uid)s, %(now)s, %(uid)s, %(now)s) ON CONFLICT DO NOTHING RETURNING id)"
                " SELECT EXISTS (SELECT FROM stored), %(woken)s",
                woken=self._woken(),
                account=account.id,
                key=key[:128],
                kind=told["kind"][:128],
                sender=told["from"][:128],
                raw=raw,
                payload=Json(told),
                moment=moment,
                now=now,
                uid=SUPERUSER_ID,
            ),
            log_exceptions=False,
        )
        stored, woken = self.env.cr.fetchone()
        if stored and not woken:
            self._wake_anew()
        return stored

    # ------------------------------------------------------------
    # Working off
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Work off what waits, oldest first; a row that fails is alone with it.

        :return: ``(done, left)``
        """
        now = fields.Datetime.now()
        # What customers do is worked off by the system, for all stores.
        rows = self.with_user(SUPERUSER_ID)._lock_due("due_at", now, limit)
        done = 0
        for lang, same in rows.grouped(lambda row: row._lang()).items():
            done += same.with_context(lang=lang, tracking_disable=True)._work_safely(now)
        left = bool(done and rows.search_count([("due_at", "<=", now)], limit=1))
        return done, left

    def _lang(self):
        return self.account_id.company_id.partner_id.lang

    def _work_safely(self, now):
        """Work rows off; where that fails, in halves, so that one stops nobody.

        :return: how many need not be looked at again at once
        """
        try:
            with self.env.cr.savepoint():
                self._work()
            return len(self)
        except Exception as error:  # a handler may fail in any way; it is kept on the row
            _logger.info("WeChat inbox: %s rows failed: %s", len(self), error, exc_info=True)
            if len(self) == 1:
                if isinstance(error, (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)):
                    return 0
                self._fail(f"{type(error).__name__}: {error}", now)
                return 1
        middle = len(self) // 2
        return self[:middle]._work_safely(now) + self[middle:]._work_safely(now)

    def _fail(self, words, now):
        self.ensure_one()
        attempts = self.attempts + 1
        last = attempts >= MOST_ATTEMPTS
        self.write(
            {
                "attempts": attempts,
                "error": words[:2000],
                "state": "failed" if last else "new",
                "due_at": False if last else now + FIRST_PATIENCE * 2 ** (attempts - 1),
            }
        )

    def action_replay(self):
        """Work rows off again, e.g. after the addon that knows them was installed."""
        self.check_access("read")
        chosen = self.sudo()  # whoever sees the inbox may have it worked off; nothing is changed
        if chosen.filtered(lambda row: row.state == "done"):
            raise UserError(self.env._("What was worked off already is not done twice."))
        chosen.write(
            {"state": "new", "due_at": fields.Datetime.now(), "attempts": 0, "error": False}
        )
        self._wake()

    @api.autovacuum
    def _gc_inbox(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("received_at", "<", limit), ("state", "=", "done")], limit=5000)
        old.unlink()
        return len(old), len(old) == 5000
