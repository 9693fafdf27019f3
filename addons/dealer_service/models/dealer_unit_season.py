from odoo import fields, models


class DealerUnit(models.Model):
    """When cars are checked before winter and summer, by the climate of the store (D3)."""

    _name = "dealer.unit"
    _inherit = "dealer.unit"

    winter_check_on = fields.Date(
        string="Winter Check From",
        index="btree_not_null",
        default="2026-11-01",
        help="Day and month count; each year owners are invited on this day. Empty: no winter here.",
    )
    summer_check_on = fields.Date(
        string="Summer Check From",
        index="btree_not_null",
        default="2026-05-15",
        help="Day and month count; each year owners are invited on this day.",
    )
