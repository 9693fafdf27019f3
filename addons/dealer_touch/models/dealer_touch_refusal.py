from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

#: What a customer writes to be left alone.
REFUSALS = {"R", "T", "TD", "N", "退订", "拒收", "不要", "STOP"}


class DealerTouchRefusal(models.Model):
    """A number that wants no messages. It holds for ever, whoever has the number on file."""

    _name = "dealer.touch.refusal"
    _description = "Refused Number"
    _inherit = ["dealer.user.checks"]
    _order = "at desc, id desc"
    _rec_name = "phone"

    phone = fields.Char(string="Number", required=True)
    at = fields.Datetime(
        string="Refused On", required=True, default=fields.Datetime.now, readonly=True
    )
    source = fields.Selection(
        [("sms", "Answer by SMS"), ("page", "Page of the Customer"), ("person", "Told to Staff")],
        required=True,
        default="person",
        readonly=True,
    )
    text = fields.Char(string="What was Written")
    user_id = fields.Many2one(
        "res.users", string="Entered By", default=lambda self: self.env.user, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", string="Store", index=True, default=lambda self: self.env.company
    )

    _phone_uniq = models.UniqueIndex("(phone)", "This number is refused already.")

    @api.model_create_multi
    def create(self, vals_list):
        prepared = []
        for vals in vals_list:
            try:
                phone = parse_phone(vals.get("phone")).e164
            except PhoneError as error:
                raise ValidationError(self.env._(error.message)) from error
            prepared.append({**vals, "phone": phone})
            if not self.env.su:
                prepared[-1] |= {
                    "source": "person",
                    "at": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "company_id": self.env.company.id,
                }
        return super().create(prepared)

    def write(self, vals):
        # A refusal is evidence: nobody takes it back in the customer's name.
        if not self.env.su and vals:
            raise UserError(self.env._("A refusal is not changed: it holds for ever."))
        return super().write(vals)

    @api.model
    def _is_refusal(self, content):
        """Whether the customer's words mean to be left alone."""
        return content.strip(" \t\r\n.。!！,，").upper() in REFUSALS

    @api.model
    def _refuse(self, phone, source, text, company):
        """Keep that ``phone`` (E.164) wants no messages; once is enough."""
        refusals = self.sudo()  # the customer refuses, who has no right on anything
        known = refusals.search(Domain("phone", "=", phone))
        if known:
            return known
        return refusals.create(
            {
                "phone": phone,
                "source": source,
                "text": text,
                "company_id": company.id,
                "user_id": False,
            }
        )
