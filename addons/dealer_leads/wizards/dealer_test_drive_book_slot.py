from odoo import fields, models


class DealerTestDriveBookSlot(models.TransientModel):
    _name = "dealer.test.drive.book.slot"
    _inherit = ["dealer.capacity.time.mixin"]
    _description = "Time for a Test Drive"

    book_id = fields.Many2one("dealer.test.drive.book", required=True, ondelete="cascade")
