import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: What the text may name in braces.
PLACEHOLDERS = (
    "customer",
    "licence",
    "store",
    "car",
    "plate",
    "route",
    "start",
    "minutes",
    "companion",
)
_PLACE = re.compile(r"\{([^{}]*)\}")


class DealerTestDriveTemplate(models.Model):
    """The agreement that a customer signs before a drive, with placeholders in braces."""

    _name = "dealer.test.drive.template"
    _description = "Test Drive Agreement"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        help="Empty: for all stores that have none of their own.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    body = fields.Text(
        string="Text",
        required=True,
        translate=True,
        help="Placeholders: {customer}, {licence}, {store}, {car}, {plate}, {route}, {start},"
        " {minutes}, {companion}.",
    )

    @api.constrains("body")
    def _check_body(self):
        for template in self:
            unknown = set(_PLACE.findall(template.body or "")) - set(PLACEHOLDERS)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "The text names what is not known: %(names)s. Known are: %(known)s.",
                        names=", ".join(f"{{{name}}}" for name in sorted(unknown)),
                        known=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
                    )
                )

    @api.model
    def _of_store(self, unit):
        """Return the agreement of a store: its own one, else the common one.

        :raise UserError: when there is none at all
        """
        found = self.search(
            Domain("unit_id", "in", [unit.id, False]), order="unit_id NULLS LAST, sequence, id"
        )
        own = found.filtered("unit_id") or found
        if not own:
            raise UserError(
                self.env._(
                    "There is no test drive agreement for %s. Have the manager write one.",
                    unit.name,
                )
            )
        return own[0]

    def _fill_in(self, values):
        """Return the text with the placeholders replaced.

        :param dict values: ``{placeholder: text}``; what is missing becomes a dash
        """
        self.ensure_one()
        return _PLACE.sub(lambda match: str(values.get(match[1]) or "—"), self.body)
