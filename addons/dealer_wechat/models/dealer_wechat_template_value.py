from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dealer_touch.tools.words import PLACE, places

from ..tools.template_limits import fields_of, longest


class DealerWechatTemplateValue(models.Model):
    """What one field of a template gets: words with places, e.g. ``{store} {date}``."""

    _name = "dealer.wechat.template.value"
    _description = "Value of a WeChat Template"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    template_id = fields.Many2one(
        "dealer.wechat.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="template_id.company_id", store=True, precompute=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Field", required=True, help="Its name on the platform, e.g. thing1.")
    value = fields.Char(
        string="Gets",
        required=True,
        help="Places in braces are filled in: {words} (the message itself), {customer},"
        " {salutation}, {store}, {store_phone}, {date}, {consultant}, {document}.",
    )

    _field_uniq = models.UniqueIndex("(template_id, name)", "Each field gets one value.")

    @api.constrains("name", "value")
    def _check_value(self):
        known = self.env["dealer.wechat.template"]._places_known()
        for row in self:
            unknown = sorted(places(row.value) - known)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Nothing can be filled in for “%(place)s”. There are: %(places)s.",
                        place="{%s}" % unknown[0],
                        places=", ".join("{%s}" % name for name in sorted(known)),
                    )
                )
            there = fields_of(row.template_id.content)
            if there and row.name not in there:
                raise ValidationError(
                    self.env._(
                        "The template has no field “%(name)s”. It has: %(names)s.",
                        name=row.name,
                        names=", ".join(there),
                    )
                )
            most, fixed = longest(row.name), PLACE.sub("", row.value)
            if most and len(fixed) > most:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” takes %(most)s characters; “%(text)s” alone has %(now)s.",
                        name=row.name,
                        most=most,
                        text=fixed,
                        now=len(fixed),
                    )
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "template_id" in field_names:
            # Rules are asked before a write; nobody moves a value to where the own reach ends.
            self.check_access("write")
        return result
