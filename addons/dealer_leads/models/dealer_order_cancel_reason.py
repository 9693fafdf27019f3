from odoo import fields, models


class DealerOrderCancelReason(models.Model):
    """Why customers take an order back (退订原因); the lists of figures count by it."""

    _name = "dealer.order.cancel.reason"
    _description = "Reason for Cancelling an Order"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    needs_note = fields.Boolean(
        string="Ask for Details", help="Whoever chooses this reason writes down what happened."
    )
