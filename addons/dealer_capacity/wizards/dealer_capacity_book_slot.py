from odoo import fields, models


class DealerCapacityBookSlot(models.TransientModel):
    _name = "dealer.capacity.book.slot"
    _inherit = ["dealer.capacity.time.mixin"]
    _description = "Time to Book"

    book_id = fields.Many2one("dealer.capacity.book", required=True, ondelete="cascade")
