from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac

#: How long it is kept who sent how often.
KEPT = timedelta(days=2)


class DealerPageAttempt(models.Model):
    """How often somebody used a public page: a keyed digest of address or number, and when."""

    _name = "dealer.page.attempt"
    _description = "Use of a Public Page"
    _log_access = False

    key = fields.Char(required=True)
    at = fields.Datetime(required=True)

    _key_idx = models.Index("(key, at)")

    @api.model
    def _digest(self, limit, value):
        # Neither addresses nor numbers are kept: they are personal data and not needed.
        # The digest is made with the secret of the database.
        return hmac(self.sudo().env, limit, value)

    @api.model
    def _note(self, limit, value):
        """Keep that ``value`` (an address, a number) was used now.

        :param str limit: name of the system parameter that says how often it may be
        """
        # Nobody has a right on these rows.
        self.sudo().create({"key": self._digest(limit, value), "at": fields.Datetime.now()})

    @api.model
    def _is_over(self, limit, value, hours):
        """Whether ``value`` was used as often as the system parameter ``limit`` allows; 0: no limit.

        :param int hours: how far to look back
        """
        parameter = self.env["ir.config_parameter"].sudo()  # a number, no secret
        allowed = int(parameter.get_param(limit, 0))
        if not allowed:
            return False
        since = fields.Datetime.now() - timedelta(hours=hours)
        # Nobody has a right on these rows.
        used = self.sudo().search_count(
            [("key", "=", self._digest(limit, value)), ("at", ">", since)], limit=allowed
        )
        return used >= allowed

    @api.autovacuum
    def _gc_attempts(self):
        # The rows are the system's.
        self.sudo().search([("at", "<", fields.Datetime.now() - KEPT)]).unlink()
