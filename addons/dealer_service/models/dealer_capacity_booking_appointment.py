from odoo import models


class DealerCapacityBooking(models.Model):
    """What happens to a booking on the board happens to its appointment."""

    _name = "dealer.capacity.booking"
    _inherit = "dealer.capacity.booking"

    def _appointments(self):
        """Return the appointments that these bookings are for."""
        if not self:
            return self.env["dealer.appointment"]
        # The course of an appointment is written by the system; who moves a booking was asked.
        return self.env["dealer.appointment"].sudo().search([("booking_id", "in", self.ids)])

    def _job_words(self):
        words = super()._job_words()
        unnamed = self.filtered(lambda booking: not words[booking])
        # Who reads the booking reads what is done.
        services = {row.booking_id.id: row.services for row in unnamed._appointments()}
        return words | {booking: services.get(booking.id) for booking in unnamed}

    def _move(self, start, pinned=None, need=None):
        result = super()._move(start, pinned, need)
        self._appointments()._follow_booking()
        return result

    def _exchange(self, line, other):
        result = super()._exchange(line, other)
        (line | other).booking_id._appointments()._follow_booking()
        return result

    def _release(self, reason=False):
        ending = super()._release(reason)
        rows = ending._appointments()
        held = rows.filtered(lambda row: row.state == "hold")
        if held:
            held._cancel("system", reason)
        agreed = rows.filtered(lambda row: row.state in ("booked", "confirmed"))
        if agreed:
            agreed._cancel("store", reason)
        return ending

    def _consume(self):
        result = super()._consume()
        here = self._appointments().filtered(lambda row: row.state == "arrived")
        if here:
            here._finish()
        return result
