from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.day import today


class DealerServicePrice(models.Model):
    """What a service costs for a series, parts and labour, and until when that holds (养修询价, D14).

    Prices must be shown (价格法, 明码标价); what is past its day is not shown.
    """

    _name = "dealer.service.price"
    _description = "Price of a Service"
    _inherit = ["dealer.user.checks"]
    _order = "brand, series, item_id, id"
    _rec_name = "series"

    item_id = fields.Many2one(
        "dealer.service.item", string="Service", required=True, index=True, ondelete="cascade"
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: of all stores. The price of the own store goes before it.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    brand = fields.Char(required=True)
    series = fields.Char(required=True)
    labour = fields.Float(digits=(10, 2))
    parts = fields.Float(digits=(10, 2))
    total = fields.Float(compute="_compute_total", digits=(10, 2))
    valid_until = fields.Date(required=True)
    active = fields.Boolean(default=True)

    _prices = models.Constraint("CHECK (labour >= 0 AND parts >= 0)", "No price is below zero.")
    _once = models.UniqueIndex(
        "(item_id, COALESCE(unit_id, 0), LOWER(brand), LOWER(series)) WHERE active",
        "This service has a price for this series already. Change that one.",
    )

    @api.depends("labour", "parts")
    def _compute_total(self):
        for price in self:
            price.total = price.labour + price.parts

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody changes the prices of other stores.
            self.check_access("write")
        if "item_id" in field_names:
            self.item_id.check_access("read")
        return result

    @api.model
    def _valid(self, unit):
        """Return the domain of the prices that hold in a store today, of services customers choose."""
        return (
            Domain("unit_id", "in", (False, unit.id))
            & Domain("valid_until", ">=", today())
            & Domain("item_id.online", "=", True)
            & Domain("item_id.active", "=", True)
            & Domain("item_id.unit_id", "in", (False, unit.id))
        )

    @api.model
    def _of(self, unit, item, brand, series):
        """Return the price of a service for a series in a store, or none."""
        prices = self.search(
            self._valid(unit)
            & Domain("item_id", "=", item.id)
            & Domain("brand", "=ilike", brand)
            & Domain("series", "=ilike", series)
        )
        return prices.sorted(lambda price: not price.unit_id)[:1]

    @api.model
    def _series(self, unit):
        """Return the (brand, series) that the store has prices for, each once, in order."""
        prices = self.search_fetch(self._valid(unit), ["brand", "series"])
        return list(dict.fromkeys((price.brand, price.series) for price in prices))
