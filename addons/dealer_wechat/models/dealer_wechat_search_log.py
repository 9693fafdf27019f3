from datetime import timedelta

from odoo import api, fields, models

#: Records of who looked into personal data are kept for three years (PIPL, article 56).
KEPT = timedelta(days=3 * 366)


class DealerWechatSearchLog(models.Model):
    """Who searched the chats of others, for which words and why. Nobody writes or deletes it."""

    _name = "dealer.wechat.search.log"
    _description = "Search in WeChat Chats"
    _order = "id desc"
    _rec_name = "words"

    user_id = fields.Many2one(
        "res.users", string="Who Searched", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    searched_at = fields.Datetime(required=True, readonly=True)
    words = fields.Char(readonly=True)
    reason = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    consultant_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    found = fields.Integer(string="Messages Found", readonly=True, aggregator=None)

    @api.autovacuum
    def _gc_log(self):
        old = self.search([("searched_at", "<", fields.Datetime.now() - KEPT)], limit=5000)
        old.unlink()
        return len(old), len(old) == 5000
