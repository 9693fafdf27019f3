from odoo import api, fields, models


class DealerServiceOrderLine(models.Model):
    """What was done or put in, and who paid for it."""

    _name = "dealer.service.order.line"
    _description = "Line of a Workshop Order"
    _inherit = ["dealer.user.checks"]
    _order = "order_id, sequence, id"

    order_id = fields.Many2one(
        "dealer.service.order", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("labour", "Labour"), ("part", "Part"), ("other", "Other")],
        required=True,
        default="labour",
    )
    code = fields.Char(help="Number of the operation or of the part.")
    name = fields.Char(string="What", required=True)
    quantity = fields.Float(default=1, digits=(12, 2))
    price_unit = fields.Monetary(string="Price")
    amount = fields.Monetary(compute="_compute_amount", store=True)
    paid_by = fields.Selection(
        [
            ("customer", "Customer"),
            ("warranty", "Warranty"),
            ("insurance", "Insurance"),
            ("store", "The Store"),
        ],
        required=True,
        default="customer",
    )
    currency_id = fields.Many2one(related="order_id.currency_id")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)

    _quantity = models.Constraint("CHECK (quantity >= 0)", "A quantity cannot be below zero.")

    @api.depends("quantity", "price_unit")
    def _compute_amount(self):
        for line in self:
            line.amount = (line.quantity or 0) * (line.price_unit or 0)

    def _check_as_user(self, field_names):
        """Nobody changes the lines of an order that is a record."""
        result = super()._check_as_user(field_names)
        self._check_order_open()
        return result

    def write(self, vals):
        if not self.env.su:
            self._check_order_open()  # of the order that a line is taken away from
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_of_open_orders(self):
        if not self.env.su:
            self._check_order_open()

    def _check_order_open(self):
        for order in self.order_id:
            order._check_open()
