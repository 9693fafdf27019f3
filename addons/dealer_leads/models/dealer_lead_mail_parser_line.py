import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: What people write between labels in the list of them.
DIVIDER = re.compile(r"[,|、，]")
LENGTH = 500


class DealerLeadMailParserLine(models.Model):
    _name = "dealer.lead.mail.parser.line"
    _description = "Field of Lead Mails"
    _order = "sequence, id"
    _rec_name = "field"

    parser_id = fields.Many2one(
        "dealer.lead.mail.parser", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    field = fields.Selection(
        [
            ("external_id", "Number at the Source"),
            ("name", "Customer Name"),
            ("phone", "Phone"),
            ("brand", "Brand"),
            ("series", "Series"),
            ("city", "City"),
            ("message", "Customer's Words"),
            ("campaign", "Campaign"),
            ("occurred_at", "Time"),
        ],
        string="What",
        required=True,
    )
    labels = fields.Char(help="Words that the value stands behind, with commas between them.")
    pattern = fields.Char(
        string="Regular Expression", help="Instead of labels; its first group is the value."
    )

    _labels_or_pattern = models.Constraint(
        "CHECK ((COALESCE(labels, '') = '') != (COALESCE(pattern, '') = ''))",
        "Give labels or a regular expression, one of the two.",
    )

    @api.constrains("pattern")
    def _check_pattern(self):
        for line in self.filtered("pattern"):
            if not self.env["dealer.lead.mail.parser"]._compile(line.pattern).groups:
                raise ValidationError(
                    self.env._("Put what is to be read into brackets: %s", line.pattern)
                )

    def _expressions(self):
        """Return what is tried in turn: a value after a colon says more than one after a blank."""
        self.ensure_one()
        if self.pattern:
            return [self.env["dealer.lead.mail.parser"]._compile(self.pattern)]
        labels = filter(None, (label.strip() for label in DIVIDER.split(self.labels)))
        words = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
        # “Name: 王先生”, and tables that put the value into the next cell or line.
        begin = rf"(?:^|[\s|*【\[])(?:{words})[】\]*]*"
        return [
            re.compile(rf"{begin}[ \t]*{divider}[\s|*]*([^\n|]+)", re.MULTILINE)
            for divider in ("[:：|]", "[\n\t ]")
        ]

    def _read_text(self, text):
        """Return what stands behind the label, or False."""
        matches = (expression.search(text) for expression in self._expressions())
        match = next(filter(None, matches), None)
        return bool(match) and match[1].strip(" \t*|:：")[:LENGTH]
