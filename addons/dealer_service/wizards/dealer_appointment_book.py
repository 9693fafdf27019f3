from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone
from odoo.addons.dealer_capacity.tools.opening import moment_at

#: Fewer signs find half of the town.
SHORTEST = 3
MOST_CARS = 20


class DealerAppointmentBook(models.TransientModel):
    """Book for a customer at the desk or on the phone, by the same rules as on the customer's page."""

    _name = "dealer.appointment.book"
    _inherit = ["dealer.capacity.day.mixin"]
    _description = "Book an Appointment"

    appointment_id = fields.Many2one("dealer.appointment")
    lookup = fields.Char(
        string="Plate or Number", help="Some signs of the plate, or the customer's mobile number."
    )
    found_ids = fields.Many2many("dealer.vehicle", compute="_compute_found_ids")
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        string="Car",
        compute="_compute_vehicle_id",
        store=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="[('is_dealer_customer', '=', True)]",
    )
    item_ids = fields.Many2many(
        "dealer.service.item",
        "dealer_appointment_book_item_rel",
        "book_id",
        "item_id",
        string="Services",
        domain="[('unit_id', 'in', (False, unit_id))]",
    )
    note = fields.Char(string="Wishes")
    slot_ids = fields.One2many(
        "dealer.appointment.book.slot",
        "book_id",
        string="Times",
        compute="_compute_slot_ids",
        store=True,
        readonly=False,
    )

    @api.depends("lookup")
    def _compute_found_ids(self):
        for book in self:
            book.found_ids = book._find() if book.lookup else False

    @api.depends("lookup", "appointment_id")
    def _compute_vehicle_id(self):
        for book in self:
            if book.appointment_id:
                book.vehicle_id = book.appointment_id.vehicle_id
            elif book.lookup:
                book.vehicle_id = book.found_ids if len(book.found_ids) == 1 else False

    @api.depends("vehicle_id")
    def _compute_partner_id(self):
        for book in self:
            if book.vehicle_id.current_owner_id:
                book.partner_id = book.vehicle_id.current_owner_id

    @api.depends("unit_id", "item_ids", "day", "appointment_id")
    def _compute_slot_ids(self):
        for book in self:
            book._show_slots(ready=book.item_ids or book.appointment_id)

    def _find(self):
        """Return the cars that a plate or a number means, of those that the user may read."""
        self.ensure_one()
        text = "".join((self.lookup or "").split()).upper()
        vehicles = self.env["dealer.vehicle"]
        try:
            number = parse_phone(text).e164
        except PhoneError:
            number = None
        if number:
            return vehicles.search(
                [("current_owner_id.phone_normalized", "=", number)], limit=MOST_CARS
            )
        if len(text) < SHORTEST:
            return vehicles
        return vehicles.search(
            Domain("plate", "ilike", text) | Domain("vin", "=like", f"%{text}"), limit=MOST_CARS
        )

    def _check_desk(self):
        """Refuse who does not book at the service desk, and stores of others."""
        if not self.env.user._dealer_changes_appointments():
            raise AccessError(self.env._("Your post does not book service appointments."))
        self.env["dealer.capacity"]._unit(self.unit_id.id)

    def _slots(self):
        self._check_desk()
        begin, end = self._bounds()
        # Asked above; what is free in a store is no secret of those who book there.
        appointment = self.appointment_id.sudo()
        rows = (
            self.env["dealer.appointment"]
            .sudo()
            ._times(
                self.unit_id.sudo(),
                appointment.item_ids or self.item_ids.sudo(),
                begin,
                end,
                appointment.booking_id,
            )
        )
        return [
            self._slot(
                row,
                heat=row["heat"],
                discount=row["discount"],
                price=f"{row['price_from']:g}–{row['price_to']:g}",
            )
            for row in rows
        ]

    def _dialog_name(self):
        return self.env._("Move") if self.appointment_id else super()._dialog_name()

    def action_wait(self):
        """Put the customer on the waiting list for the week from the day on."""
        self.ensure_one()
        self._check_desk()
        if not self.vehicle_id or not self.partner_id or not self.item_ids:
            raise UserError(self.env._("Choose car, customer and services first."))
        waiting = self.env["dealer.capacity.waiting"]
        if waiting._waits(self.vehicle_id):
            raise UserError(
                self.env._("%s is on the waiting list already.", self.vehicle_id.display_name)
            )
        zone = self._zone()
        row = waiting.create(
            {
                "unit_id": self.unit_id.id,
                "job_id": max(self.item_ids, key=lambda item: item.minutes).job_id.id,
                "partner_id": self.partner_id.id,
                "vehicle_id": self.vehicle_id.id,
                "item_ids": [Command.set(self.item_ids.ids)],
                "date_from": max(moment_at(self.day, 0, zone), fields.Datetime.now()),
                "date_to": moment_at(self.day + timedelta(days=7), 0, zone),
                "note": self.note,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": row._name,
            "res_id": row.id,
            "views": [(False, "form")],
        }

    def _take(self, start):
        """Book from ``start`` on, or move the appointment there, and open it."""
        self.ensure_one()
        self._check_desk()
        row = self.appointment_id
        if row:
            row._check_changes()
            # Asked above. The customer has not said yet that the new time suits him.
            row.sudo()._move_to(start, state="booked", confirmed_at=False)
            return row._open_action()
        if not self.vehicle_id or not self.partner_id:
            raise UserError(self.env._("Choose the car and the customer first."))
        self.vehicle_id.check_access("read")
        self.partner_id.check_access("read")
        self.item_ids.check_access("read")
        # Asked above: post, store, car, customer and services.
        row = (
            self.env["dealer.appointment"]
            .sudo()
            ._make(
                self.partner_id.sudo(),
                self.vehicle_id.sudo(),
                self.unit_id.sudo(),
                self.item_ids.sudo(),
                start,
                note=self.note,
                origin="advisor",
            )
        )
        return row.with_env(self.env)._open_action()
