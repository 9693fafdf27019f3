from odoo import fields, models
from odoo.fields import Domain


class DealerCapacityWaiting(models.Model):
    """Who waits for a service appointment gets one when he takes the offer."""

    _name = "dealer.capacity.waiting"
    _inherit = "dealer.capacity.waiting"

    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", index="btree_not_null", ondelete="cascade"
    )
    item_ids = fields.Many2many(
        "dealer.service.item",
        "dealer_capacity_waiting_item_rel",
        "waiting_id",
        "item_id",
        string="Services",
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "vehicle_id" in field_names:
            self.vehicle_id.check_access("read")
        if "item_ids" in field_names:
            self.item_ids.check_access("read")
        return result

    def _need(self):
        items = self.sudo().item_ids  # whoever waits for them was asked when it was written
        return items._need()[0] if items else super()._need()

    def action_accept(self):
        """The customer takes the offer: the booking is confirmed, and the appointment made of it."""
        # Asked before anything is written: a car that has an appointment meanwhile needs no second one.
        rows = self.filtered(lambda row: row.vehicle_id and row.partner_id and row.item_ids)
        rows.check_access("write")
        appointments = self.env["dealer.appointment"].sudo()  # asked above; as the desk books
        for row in rows.sudo():
            appointments._touch_vehicle(row.vehicle_id)
            appointments._check_again(row.vehicle_id, row.booking_id.start, row.booking_id.stop)
        result = super().action_accept()
        for row in rows.sudo():
            booking = row.booking_id
            price = appointments._quote(row.unit_id, row.item_ids, booking.start)
            appointments._make_of(
                booking,
                row.partner_id,
                row.vehicle_id,
                row.item_ids,
                {**price, "origin": "waiting", "state": "confirmed", "note": row.note},
            )
        return result

    def _waits(self, vehicle):
        """Return who waits with a car already, or was offered a time."""
        return self.search(
            Domain("vehicle_id", "=", vehicle.id) & Domain("state", "in", ("waiting", "offered")),
            limit=1,
        )
