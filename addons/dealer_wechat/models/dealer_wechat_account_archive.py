from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Claims out of what was agreed are barred after three years (Civil Code, article 188).
USUAL_MONTHS = 36
#: Records of a network are kept for half a year at least (Cybersecurity Law, article 21).
LEAST_MONTHS = 6
#: So many chats are gone through in one transaction.
CHATS_AT_ONCE = 50
TERM_SET = Domain("keep_months", ">", 0)


class DealerWechatAccount(models.Model):
    """How long talks are kept: personal data is not kept for ever (PIPL, article 19)."""

    _name = "dealer.wechat.account"
    _inherit = "dealer.wechat.account"

    keep_months = fields.Integer(
        string="Chats Are Kept (Months)",
        required=True,
        default=USUAL_MONTHS,
        help="Older messages and their files are deleted at night. That there was a talk stays on"
        " the timeline. Six months at least; 36 cover the term of limitation of claims.",
    )

    _keep_months_least = models.Constraint(
        f"CHECK (keep_months >= {LEAST_MONTHS})", "Chats are kept for six months at least."
    )

    def _kept_from(self):
        """Return the moment before which talks are forgotten."""
        self.ensure_one()
        return fields.Datetime.now() - relativedelta(months=self.keep_months)

    @api.model
    def _cron_forget(self):
        """Delete what is over its term, chat by chat, each batch committed."""
        cron = self.env["ir.cron"]
        for account in self.with_context(active_test=False).search(TERM_SET):
            last = 0
            while batch := account._forgettable(last):
                batch._forget_talk(account._kept_from())
                last = batch[-1].id
                if not cron._commit_progress(len(batch), remaining=1):
                    return
            account._forget_rows()
        cron._commit_progress(remaining=0)

    def _forgettable(self, last=0):
        """Return the next followers after ``last`` with whom there was a talk before the term."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT identity.id FROM dealer_wechat_identity identity
                  JOIN discuss_channel channel ON channel.wechat_identity_id = identity.id
                 WHERE identity.account_id = %s AND identity.id > %s AND EXISTS (
                       SELECT FROM mail_message message WHERE message.model = 'discuss.channel'
                          AND message.res_id = channel.id AND message.date < %s)
                 ORDER BY identity.id LIMIT %s
                """,
                self.id,
                last,
                self._kept_from(),
                CHATS_AT_ONCE,
            )
        )
        return self.env["dealer.wechat.identity"].browse(row[0] for row in rows)

    def _forget_rows(self):
        """Delete what was received and sent before the term and waits for nothing any more."""
        before = self._kept_from()
        mine = Domain("account_id", "=", self.id)
        self.env["dealer.wechat.inbox"].search(mine & Domain("received_at", "<", before)).unlink()
        self.env["dealer.wechat.outbox"].search(
            mine & Domain("create_date", "<", before) & Domain("due_at", "=", False)
        ).unlink()
