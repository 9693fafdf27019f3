import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Longer mails are no notices of platforms.
LONGEST = 20000


class DealerLeadMailParser(models.Model):
    """How the notices of a platform are read: whose mails, and under which labels what stands."""

    _name = "dealer.lead.mail.parser"
    _description = "Reader of Lead Mails"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    sender = fields.Char(
        required=True,
        help="Regular expression that the sender's address matches, e.g. @autohome\\.",
    )
    subject = fields.Char(help="Regular expression that the subject matches. Empty: any subject.")
    source_id = fields.Many2one(
        "utm.source",
        string="Platform",
        required=True,
        domain="[('dealer_code', '!=', False)]",
        ondelete="cascade",
    )
    line_ids = fields.One2many(
        "dealer.lead.mail.parser.line", "parser_id", string="What Stands Where", copy=True
    )

    @api.constrains("sender", "subject")
    def _check_expressions(self):
        for parser in self:
            for text in filter(None, (parser.sender, parser.subject)):
                self._compile(text)

    @api.model
    def _compile(self, text):
        """Return the regular expression, or say what is wrong with it."""
        try:
            return re.compile(text, re.IGNORECASE)
        except re.error as error:
            raise ValidationError(
                self.env._(
                    "“%(text)s” is no regular expression: %(why)s.", text=text, why=error.msg
                )
            ) from error

    @api.constrains("source_id")
    def _check_source(self):
        if self.filtered(lambda parser: not parser.source_id.dealer_code):
            raise ValidationError(self.env._("The platform needs a delivery code."))

    @api.model
    def _find(self, sender, subject):
        """Return the first parser that knows mails of this sender and subject, or none."""
        for parser in self.search([("active", "=", True)]):
            if self._compile(parser.sender).search(sender or "") and (
                not parser.subject or self._compile(parser.subject).search(subject or "")
            ):
                return parser
        return self.browse()

    def _read_mail(self, text):
        """Return ``{field: value}`` of what the lines find in the plain text of a mail."""
        self.ensure_one()
        values = {}
        for line in self.line_ids:
            value = line._read_text((text or "")[:LONGEST])
            if value and line.field not in values:
                values[line.field] = value
        return values
