from odoo import models


class DealerCapacityBooking(models.Model):
    """A test drive keeps step with its booking, wherever that is moved: board, list, swap."""

    _name = "dealer.capacity.booking"
    _inherit = "dealer.capacity.booking"

    def _test_drives(self):
        # Only the system writes what follows from a booking.
        return self.env["dealer.test.drive"].sudo().search([("booking_id", "in", self.ids)])

    def _check_change(self):
        result = super()._check_change()
        if not self.env.su:
            # What was signed names car and time; it is no longer moved or given to somebody else.
            for drive in self._test_drives():
                drive._check_booking_free()
        return result

    def _move(self, start, pinned=None, need=None):
        result = super()._move(start, pinned, need)
        self._test_drives()._follow_booking()
        return result

    def _exchange(self, line, other):
        bookings = (line | other).booking_id
        result = super()._exchange(line, other)
        bookings._test_drives()._follow_booking()
        return result

    def _release(self, reason=False):
        confirmed = self.filtered(lambda booking: booking.state == "confirmed")
        result = super()._release(reason)
        # What was only held can be booked anew; the drive says so.
        drives = confirmed._test_drives().filtered(
            lambda drive: drive.state in ("booked", "checked")
        )
        if drives:
            drives._end("cancelled", reason or self.env._("The booking was released"))
        return result
