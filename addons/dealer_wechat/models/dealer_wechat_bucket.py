from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: We keep to so much of what the platform allows: others use the account, too.
SHARE = 0.7
#: The platform's day begins at midnight in Beijing.
BEIJING = timedelta(hours=8)


class DealerWechatBucket(models.Model):
    """How many calls of an interface an account made in a minute and in a day."""

    _name = "dealer.wechat.bucket"
    _description = "WeChat Calls"
    _log_access = False

    account_id = fields.Many2one("dealer.wechat.account", required=True, ondelete="cascade")
    endpoint = fields.Char(string="Interface", required=True)
    period_start = fields.Datetime(required=True, index=True)
    is_day = fields.Boolean()
    used = fields.Integer()

    _period_uniq = models.UniqueIndex(
        "(account_id, endpoint, is_day, period_start)", "A period is counted once."
    )

    @api.model
    def _periods(self, endpoint, now):
        """Return ``[(is day, begin, end, limit)]`` of the limits that the interface has."""
        periods = []
        if endpoint.per_minute:
            begin = now.replace(second=0, microsecond=0)
            limit = max(1, int(endpoint.per_minute * SHARE))
            periods.append((False, begin, begin + timedelta(minutes=1), limit))
        begin, end = self._day(now)
        if endpoint.per_day:
            periods.append((True, begin, end, max(1, int(endpoint.per_day * SHARE))))
        return periods

    @api.model
    def _day(self, now):
        """Return begin and end of the platform's day."""
        local = (now + BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        return local - BEIJING, local - BEIJING + timedelta(days=1)

    @api.model
    def _take(self, cr, account, name, endpoint, now):
        """Count a call; return None, or the moment from which there is room again."""
        for is_day, begin, end, limit in self._periods(endpoint, now):
            cr.execute(
                SQL(
                    "INSERT INTO dealer_wechat_bucket (account_id, endpoint, is_day, period_start, used)"
                    " VALUES (%s, %s, %s, %s, 1) ON CONFLICT (account_id, endpoint, is_day, period_start)"
                    " DO UPDATE SET used = dealer_wechat_bucket.used + 1"
                    " WHERE dealer_wechat_bucket.used < %s RETURNING used",
                    account.id,
                    name,
                    is_day,
                    begin,
                    limit,
                )
            )
            if not cr.fetchone():
                return end
        return None

    @api.autovacuum
    def _gc_buckets(self):
        self.search([("period_start", "<", fields.Datetime.now() - timedelta(days=7))]).unlink()
