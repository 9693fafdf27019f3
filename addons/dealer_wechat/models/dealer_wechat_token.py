import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.tools import SQL

#: A token that ends sooner is fetched anew; each worker looks at another moment of it.
REFRESH_BEFORE = 300
JITTER = 60
#: After a refusal nobody asks again for so long: eight workers with a wrong secret ask once.
FAILED_PATIENCE = timedelta(seconds=60)
#: The platform allows it twenty times a day; once an hour is more than is ever needed.
FORCE_APART = timedelta(hours=1)


class DealerWechatToken(models.Model):
    """What the platform gave us for a while, one for all workers (WECHAT §4).

    Kept in a table: the settings are cached and readable, the memory of a worker is its own.
    """

    _name = "dealer.wechat.token"
    _description = "WeChat Token"
    _inherit = ["dealer.wechat.cursor"]
    _log_access = False

    account_id = fields.Many2one("dealer.wechat.account", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    value = fields.Char(groups=NO_ACCESS)
    expires_at = fields.Datetime()
    generation = fields.Integer()
    forced_at = fields.Datetime()
    failed_at = fields.Datetime()
    failure_code = fields.Integer()
    failure = fields.Char()

    _account_kind_uniq = models.UniqueIndex("(account_id, kind)", "There is one token of a kind.")

    @api.model
    def _forget(self, accounts):
        """Drop what was fetched, and that it failed."""
        if not accounts.ids:
            return
        with self._own_cursor() as cr:
            cr.execute(
                SQL("DELETE FROM dealer_wechat_token WHERE account_id IN %s", tuple(accounts.ids))
            )

    @api.model
    def _value(self, account, kind="access"):
        """Return a token that is good for some minutes at least.

        :raise WechatError: the platform refuses, or does not answer
        """
        row = self._read_row(self.env.cr, account, kind)
        if row and self._is_fresh(row, random.randint(0, JITTER)):
            return row["value"]
        return self._refresh(account, kind)

    @api.model
    def _refresh(self, account, kind="access", failed=None):
        """Fetch a new token, one worker for all; the others wait and take it.

        :param str failed: the token that the platform refused; when another one stands there by
            now, that is the answer
        :raise WechatError: the platform refuses, or does not answer
        """
        client = self.env["dealer.wechat.client"]
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT pg_advisory_xact_lock(hashtext(%s))",
                    f"dealer_wechat_token:{account.id}:{kind}",
                )
            )
            row = self._read_row(cr, account, kind)
            if row and row["failed_at"] and row["failed_at"] > self._now() - FAILED_PATIENCE:
                raise client._error("config", row["failure_code"], row["failure"])
            if row and row["value"] and row["value"] != failed and self._is_fresh(row, 0):
                return row["value"]
            error = None
            try:
                value, seconds, forced = self._fetch(account, kind, failed, row)
            except client._error_class() as refusal:
                if refusal.kind != "config":
                    raise
                # Kept, so that the next worker does not ask the same again.
                error = refusal
                self._write_row(
                    cr,
                    account,
                    kind,
                    failed_at=self._now(),
                    failure_code=error.code,
                    failure=error.words,
                )
            else:
                self._write_row(
                    cr,
                    account,
                    kind,
                    value=value,
                    expires_at=self._now() + timedelta(seconds=seconds),
                    generation=(row["generation"] or 0) + 1 if row else 1,
                    forced_at=self._now() if forced else row and row["forced_at"],
                    failed_at=None,
                    failure_code=None,
                    failure=None,
                )
        if error:
            raise error
        return value

    @api.model
    def _fetch(self, account, kind, failed, row):
        """Ask the platform; return token, its seconds, and whether the former one was ended."""
        client = self.env["dealer.wechat.client"]
        if kind == "jsapi":
            answer = client._call(account, "jsapi_ticket", {"type": "jsapi"})
            return answer["ticket"], self._seconds(answer), False
        if account.kind == "wecom":
            answer = client._call(
                account, "corp_token", {"corpid": account.appid, "corpsecret": account.secret}
            )
            return answer["access_token"], self._seconds(answer), False
        body = {
            "grant_type": "client_credential",
            "appid": account.appid,
            "secret": account.secret or "",
        }
        answer = client._call(account, "stable_token", body=body)
        if failed and answer["access_token"] == failed:
            # The platform gives what it refuses: ended by force, seldom.
            forced_at = row and row["forced_at"]
            if not forced_at or forced_at < self._now() - FORCE_APART:
                answer = client._call(account, "stable_token", body=body | {"force_refresh": True})
                return answer["access_token"], self._seconds(answer), True
        return answer["access_token"], self._seconds(answer), False

    @staticmethod
    def _seconds(answer):
        try:
            return max(0, int(answer.get("expires_in") or 0))
        except (TypeError, ValueError):
            return 0

    @staticmethod
    def _now():
        return fields.Datetime.now()

    @api.model
    def _is_fresh(self, row, jitter):
        soon = self._now() + timedelta(seconds=REFRESH_BEFORE + jitter)
        return bool(row["value"] and row["expires_at"] and row["expires_at"] > soon)

    @api.model
    def _read_row(self, cr, account, kind):
        cr.execute(
            SQL(
                "SELECT value, expires_at, generation, forced_at, failed_at, failure_code, failure"
                " FROM dealer_wechat_token WHERE account_id = %s AND kind = %s",
                account.id,
                kind,
            )
        )
        rows = cr.dictfetchall()
        return rows[0] if rows else None

    @api.model
    def _write_row(self, cr, account, kind, **values):
        names = list(values)
        cr.execute(
            SQL(
                "INSERT INTO dealer_wechat_token (account_id, kind, %(names)s)"
                " VALUES (%(account)s, %(kind)s, %(values)s)"
                " ON CONFLICT (account_id, kind) DO UPDATE SET %(changes)s",
                names=SQL(", ").join(SQL.identifier(name) for name in names),
                account=account.id,
                kind=kind,
                values=SQL(", ").join(SQL("%s", values[name]) for name in names),
                changes=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
            ),
            # The statement bears the token: it is not for the log.
            log_exceptions=False,
        )
