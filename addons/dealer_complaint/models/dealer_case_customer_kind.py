from odoo import fields, models


class DealerCaseCustomerKind(models.Model):
    """The difficult kinds of the customer's training material, with advice for the talk (E4)."""

    _name = "dealer.case.customer.kind"
    _description = "Kind of Complainant"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    signs = fields.Text(translate=True, help="How one recognises them.")
    advice = fields.Html(translate=True)
