from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.opening import moment_at


class DealerCapacityBook(models.TransientModel):
    """Find a time for a job and book it, or put the customer on the waiting list."""

    _name = "dealer.capacity.book"
    _inherit = ["dealer.capacity.day.mixin"]
    _description = "Book"

    job_id = fields.Many2one("dealer.capacity.job")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", domain="[('is_dealer_customer', '=', True)]"
    )
    name = fields.Char(string="What For")
    booking_id = fields.Many2one("dealer.capacity.booking")
    slot_ids = fields.One2many(
        "dealer.capacity.book.slot",
        "book_id",
        string="Times",
        compute="_compute_slot_ids",
        store=True,
        readonly=False,
    )

    @api.depends("unit_id", "job_id", "day", "booking_id")
    def _compute_slot_ids(self):
        for book in self:
            book._show_slots(ready=book.job_id or book.booking_id)

    def _slots(self):
        begin, end = self._bounds()
        if self.booking_id:
            self.booking_id.check_access("read")
            # What is free is no secret, and the booking may be read.
            rows = self.booking_id.sudo()._times(begin, end)
        else:
            rows = self.env["dealer.capacity"].availability(
                self.job_id._need(), begin, end, self.unit_id.id
            )
        return [self._slot(row) for row in rows]

    def _dialog_name(self):
        return self.env._("Move") if self.booking_id else super()._dialog_name()

    def action_wait(self):
        """Put the customer on the waiting list for the week from the day on."""
        self.ensure_one()
        if not self.job_id:
            raise UserError(self.env._("Choose what is to be done first."))
        begin = max(moment_at(self.day, 0, self._zone()), fields.Datetime.now())
        row = self.env["dealer.capacity.waiting"].create(
            {
                "unit_id": self.unit_id.id,
                "job_id": self.job_id.id,
                "partner_id": self.partner_id.id,
                "date_from": begin,
                "date_to": moment_at(self.day + timedelta(days=7), 0, self._zone()),
                "note": self.name,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": row._name,
            "res_id": row.id,
            "views": [(False, "form")],
        }

    def _take(self, start):
        """Book from ``start`` on, or move the booking there, and open it."""
        self.ensure_one()
        if self.booking_id:
            self.booking_id.move(start)
            number = self.booking_id.id
        elif not self.job_id:
            raise UserError(self.env._("Choose what is to be done first."))
        else:
            values = {"job_id": self.job_id.id, "partner_id": self.partner_id.id, "name": self.name}
            number = self.env["dealer.capacity"].book(
                self.job_id._need(), start, values, self.unit_id.id
            )
        booking = self.env["dealer.capacity.booking"].browse(number)
        if not booking.has_access("read"):
            raise UserError(self.env._("You cannot book for this customer."))
        return {
            "type": "ir.actions.act_window",
            "res_model": booking._name,
            "res_id": booking.id,
            "views": [(False, "form")],
        }
