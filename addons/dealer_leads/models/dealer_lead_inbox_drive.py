from odoo import fields, models
from odoo.exceptions import UserError

from .dealer_capacity_resource_drive import CAR, COMPANION


class DealerLeadInbox(models.Model):
    """A test drive that a customer chose on the page: held, and booked when the lead is there."""

    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    drive_booking_id = fields.Many2one(
        "dealer.capacity.booking", readonly=True, index="btree_not_null", ondelete="set null"
    )
    drive_start = fields.Datetime(string="Test Drive Wished For", readonly=True)

    def _process_store(self, unit):
        result = super()._process_store(unit)
        self.filtered("drive_booking_id")._book_drives()
        return result

    def _book_drives(self):
        """Turn what was held into drives; where the time is lost, tell whoever serves the lead."""
        drives = self.env["dealer.test.drive"]
        done = drives.search([("booking_id", "in", self.drive_booking_id.ids)]).booking_id
        for row in self:
            booking = row.drive_booking_id
            lines = {line.kind_id.code: line for line in booking.line_ids}
            if booking in done or not row.lead_id or not {CAR, COMPANION} <= lines.keys():
                continue
            values = {
                "unit_id": row.unit_id.id,
                "partner_id": row.lead_id.partner_id.id,
                "lead_id": row.lead_id.id,
                "car_id": lines[CAR].resource_id.id,
                "user_id": lines[COMPANION].resource_id.user_id.id,
                "minutes": lines[CAR].minutes,
                "start": booking.start,
            }
            booking._lock()
            if booking.state == "held" and booking.expires_at > fields.Datetime.now():
                booking._confirm()
                booking.write({"partner_id": values["partner_id"], "user_id": values["user_id"]})
                values["booking_id"] = booking.id
            try:
                drives.create(values)
            except UserError as error:
                # The lead goes its way; a person calls and finds another time.
                row.lead_id.message_post(
                    body=self.env._(
                        "The customer chose a test drive on the page, and the time is no longer held:"
                        " %s Call and find another time.",
                        error.args[0],
                    )
                )
