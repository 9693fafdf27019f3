import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq, hmac

DIGITS = 6
LASTS = timedelta(minutes=5)
#: So many wrong answers, and the code is void: one in 200,000 guesses right.
MOST_TRIES = 5
SCOPE = "dealer_service.sign_in"


class DealerSignInCode(models.Model):
    """A code that was sent to a number: only a keyed digest of both is kept, for five minutes."""

    _name = "dealer.sign.in.code"
    _description = "Sign-In Code"
    _log_access = False

    key = fields.Char(required=True)
    digest = fields.Char(required=True)
    expires_at = fields.Datetime(required=True)
    tries = fields.Integer(required=True, default=0)

    _key_uniq = models.Constraint("UNIQUE(key)", "A number has one code at a time.")

    @api.model
    def _digest(self, *parts):
        # Made with the secret of the database: who reads the table can guess no code by it.
        return hmac(self.sudo().env, SCOPE, tuple(parts))

    @api.model
    def _issue(self, number):
        """Make a new code for a number (E.164), which ends the one before, and return it."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO dealer_sign_in_code AS known (key, digest, expires_at, tries)
                VALUES (%(key)s, %(digest)s, %(until)s, 0)
                ON CONFLICT (key) DO UPDATE
                   SET digest = excluded.digest, expires_at = excluded.expires_at, tries = 0
                """,
                key=self._digest("number", number),
                digest=self._digest("code", number, code),
                until=fields.Datetime.now() + LASTS,
            )
        )
        self.invalidate_model()
        return code

    @api.model
    def _check(self, number, code):
        """Whether a code is the one that was sent; it is good once, and void after some wrong answers.

        Each try is counted by the statement that reads the code, so that guesses at once count, too.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_sign_in_code SET tries = tries + 1"
                " WHERE key = %s AND tries < %s AND expires_at > %s RETURNING id, digest",
                self._digest("number", number),
                MOST_TRIES,
                fields.Datetime.now(),
            )
        )
        found = self.env.cr.fetchone()
        self.invalidate_model()
        good = found and consteq(found[1], self._digest("code", number, code))
        if good:
            # Nobody has a right on these rows.
            self.sudo().browse(found[0]).unlink()
        return bool(good)

    @api.autovacuum
    def _gc_codes(self):
        # The rows are the system's.
        self.sudo().search([("expires_at", "<", fields.Datetime.now())]).unlink()
