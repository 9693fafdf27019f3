import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

#: Extensions and local numbers without area code: the same digits are somebody else in another store.
SHORT = re.compile(r"\d{2,8}", re.ASCII)
#: What people write between two numbers; a blank may stand inside of one.
DIVIDER = re.compile(r"[,;、\n\uff0c\uff1b]")


class DealerCallNumber(models.Model):
    """Which number of the telephone system is which colleague; kept by ``res.users``.

    Only who administers users writes it: whoever could choose an own number would be credited with
    the calls of others. That is why the telephone on a colleague's own card, which everybody edits
    alone, does not count.
    """

    _name = "dealer.call.number"
    _description = "Telephone Number of a Colleague"
    _rec_name = "number"
    _order = "number, id"

    number = fields.Char(required=True)
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")

    _number_company_uniq = models.UniqueIndex(
        "(number, company_id)", "This telephone number already belongs to a colleague."
    )
    _number_uniq = models.UniqueIndex(
        "(number) WHERE number LIKE '+%'", "This telephone number already belongs to a colleague."
    )

    @api.model
    def _normalise(self, text):
        """Return what a number in a call record is looked up by, or False where it has no digits.

        :return: E.164 where it is a full number, else the digits (extensions, hotlines)
        """
        try:
            return parse_phone(text).e164
        except PhoneError:
            return re.sub(r"[^0-9]", "", text)[:32] or False

    @api.model
    def _split(self, text):
        """Return the numbers of a colleague that an administrator wrote, normalised, in order.

        :raise ValidationError: when a part is neither an extension nor a telephone number
        """
        numbers = {}
        for part in filter(None, (part.strip() for part in DIVIDER.split(text or ""))):
            try:
                phone = parse_phone(part)
            except PhoneError as error:
                if not SHORT.fullmatch(part):
                    raise ValidationError(
                        self.env._(
                            "“%(number)s” is neither an extension (2 to 8 digits) nor a telephone"
                            " number. Write several numbers with commas between them.",
                            number=part,
                        )
                    ) from error
                numbers[part] = True
            else:
                if phone.extension:
                    raise ValidationError(
                        self.env._(
                            "Write the extension %(extension)s alone: “%(number)s” rings at the"
                            " switchboard.",
                            extension=phone.extension,
                            number=phone.national,
                        )
                    )
                numbers[phone.e164] = True
        return list(numbers)

    @api.model
    def _scope(self, number, company):
        """Return what no two colleagues share: a full number at all, an extension in a company."""
        return (number, False if number.startswith("+") else company)

    @api.model
    def _owners(self, numbers):
        """Return ``{number: rows}`` of the colleagues who have them; one query, whatever the size."""
        rows = self.search_fetch(
            Domain("number", "in", list(numbers)) & Domain("user_id.active", "=", True),
            ["number", "user_id", "company_id"],
        )
        return rows.grouped("number")
