from odoo import fields, models


class DealerAppointmentBookSlot(models.TransientModel):
    _name = "dealer.appointment.book.slot"
    _inherit = ["dealer.capacity.time.mixin"]
    _description = "Time of an Appointment"

    book_id = fields.Many2one("dealer.appointment.book", required=True, ondelete="cascade")
    heat = fields.Integer(string="Taken (%)")
    price = fields.Char()
    discount = fields.Integer(string="Discount (%)")
