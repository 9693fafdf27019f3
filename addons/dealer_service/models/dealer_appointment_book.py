from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_datetime

from .dealer_appointment import OPEN


class DealerAppointment(models.Model):
    """Choosing a time and taking it: what can be chosen is free, and what is taken is taken at once."""

    _name = "dealer.appointment"
    _inherit = "dealer.appointment"

    # ------------------------------------------------------------
    # What can be chosen
    # ------------------------------------------------------------

    @api.model
    def _earliest(self):
        return fields.Datetime.now() + timedelta(minutes=self._setting("lead_minutes"))

    @api.model
    def _times(self, unit, items, start, stop, booking=None, held=None):
        """Return the times of a need with price and share taken; call it in sudo.

        :param booking: what is to be moved; what it has already it may keep
        :param held: a booking that gives way to the new one
        :return: list of dicts: ``start`` (naive UTC), ``free``, ``why``, ``heat`` (%), ``price_from``,
            ``price_to``, ``discount`` (%)
        """
        start = max(start, self._earliest())
        if start >= stop:
            return []
        engine = self.env["dealer.capacity"].with_context(dealer_heat=True)
        if booking:
            rows = booking.with_context(dealer_heat=True)._times(start, stop)
        else:
            need, _minutes = items._need()
            own = held._own() if held else ()
            rows = engine._availability(need, start, stop, unit.id, own)
        offpeak = self.env["dealer.service.offpeak"]._of_store(unit)
        for row in rows:
            row["price_from"], row["price_to"], row["discount"] = offpeak._quote(
                items, unit._clock_local(row["start"]), row["heat"]
            )
        return [row for row in rows if row["start"] >= start]

    @api.model
    def _quote(self, unit, items, start):
        """Return the values of the price of a time, as :meth:`_times` says it at this moment."""
        begin = fields.Datetime.to_datetime(start)
        need, _minutes = items._need()
        rows = (
            self.env["dealer.capacity"]
            .with_context(dealer_heat=True)
            ._availability(need, begin, begin + timedelta(minutes=15), unit.id)
        )
        heat = next((row["heat"] for row in rows if row["start"] == begin), 100)
        low, high, percent = (
            self.env["dealer.service.offpeak"]
            ._of_store(unit)
            ._quote(items, unit._clock_local(begin), heat)
        )
        return {"price_from": low, "price_to": high, "discount": percent}

    # ------------------------------------------------------------
    # Taking it
    # ------------------------------------------------------------

    @api.model
    def _make(self, partner, vehicle, unit, items, start, **more):
        """Book a time and make the appointment of it; call it in sudo, rights were checked.

        The same ``intake_key`` twice makes one appointment.

        :param more: further values of the appointment; ``hold_minutes`` only holds the time
        """
        hold_minutes = more.pop("hold_minutes", None)
        key = more.get("intake_key")
        known = key and self.search([("intake_key", "=", key)], limit=1)
        if known:
            return known
        start = fields.Datetime.to_datetime(start)
        self._check_wish(partner, vehicle, unit, items, start)
        self._touch_vehicle(vehicle)
        need, minutes = items._need()
        self._check_again(vehicle, start, start + timedelta(minutes=minutes))
        price = self._quote(unit, items, start)
        # From here on the time is gone for everybody else.
        booking = self.env["dealer.capacity"]._book(
            need,
            start,
            unit,
            {"partner_id": partner.id},
            hold_minutes,
        )
        return self._make_of(booking, partner, vehicle, items, {**price, **more})

    @api.model
    def _make_of(self, booking, partner, vehicle, items, values):
        """Make the appointment that a booking is for; call it in sudo, the wish was checked."""
        if not vehicle.current_owner_id:
            vehicle._set_owner(partner)
        self._bind(partner, booking.unit_id)
        row = self.create(
            {
                **values,
                "name": self.env["ir.sequence"].next_by_code("dealer.appointment"),
                "unit_id": booking.unit_id.id,
                "partner_id": partner.id,
                "vehicle_id": vehicle.id,
                "plate": vehicle.plate or vehicle.vin,
                "car": " ".join(filter(None, (vehicle.brand, vehicle.series))),
                "item_ids": [Command.set(items.ids)],
                "booking_id": booking.id,
                "start": booking.start,
                "stop": booking.stop,
                "booked_at": fields.Datetime.now(),
                "state": "hold" if booking.state == "held" else values.get("state", "booked"),
            }
        )
        row._link_booking()
        return row

    def _link_booking(self):
        """Let the booking say what it is for, and who receives the customer."""
        for row in self:
            user = self.env.user
            booker = user if user.has_group("dealer_base.group_service_advisor") else user.browse()
            row.advisor_id = row._booked_advisor() or row.relation_id.advisor_id or booker
            row.booking_id.write(
                {"res_model": self._name, "res_id": row.id, "user_id": row.advisor_id.id}
            )
        self._sync_event()

    def _booked_advisor(self):
        self.ensure_one()
        lines = self.booking_id.line_ids.filtered(lambda line: line.kind_id.code == "advisor")
        return lines.resource_id.user_id[:1]

    @api.model
    def _check_wish(self, partner, vehicle, unit, items, start):
        if not items or items.unit_id - unit or items.filtered(lambda item: not item.active):
            raise UserError(self.env._("Choose at least one service that this store offers."))
        if vehicle.current_owner_id and vehicle.current_owner_id != partner:
            raise UserError(
                self.env._(
                    "%s has another owner in our files. Please enter the new owner first.",
                    vehicle.plate or vehicle.vin,
                )
            )
        self._check_start(start)

    @api.model
    def _check_start(self, start):
        if not start or start < fields.Datetime.now():
            raise UserError(self.env._("This time lies in the past. Choose one to come."))
        days = self._setting("book_days")
        if start > fields.Datetime.now() + timedelta(days=days):
            raise UserError(self.env._("Appointments are made up to %s days ahead.", days))

    def _check_again(self, vehicle, start, stop):
        """Refuse a second appointment of a car at the same time, or within some days of an open one."""
        apart = timedelta(days=self._setting("again_days"))
        near = Domain("start", ">", start - apart) & Domain("start", "<", start + apart)
        overlap = Domain("start", "<", stop) & Domain("stop", ">", start)
        first = self.search(
            Domain("vehicle_id", "=", vehicle.id)
            & Domain("id", "not in", self.ids)
            & (
                (Domain("state", "in", ("booked", "confirmed")) & near)
                | (self._held_domain() & near)
                | (Domain("state", "=", "arrived") & overlap)
            ),
            order="start, id",
            limit=1,
        )
        if first:
            raise UserError(
                self.env._(
                    "%(car)s has an appointment already: %(name)s on %(time)s (%(services)s). Change that"
                    " one, or choose a time %(days)s days apart.",
                    car=vehicle.plate or vehicle.vin,
                    name=first.name,
                    time=first._time_words(),
                    services=first.services,
                    days=apart.days,
                )
            )

    @api.model
    def _held_domain(self):
        """Return the domain of the appointments whose time is held for the customer at this moment."""
        return (
            Domain("state", "=", "hold")
            & Domain("booking_id.state", "=", "held")
            & Domain("booking_id.expires_at", ">", fields.Datetime.now())
        )

    def _time_words(self):
        """Return the start by the clock of the store, whatever zone the reader is in."""
        self.ensure_one()
        zone = self.unit_id._clock_zone().key
        return format_datetime(self.env, self.start, tz=zone, dt_format="yyyy-MM-dd HH:mm")

    @api.model
    def _touch_vehicle(self, vehicle):
        """Let two who are at one car at once collide here: the later one waits, looks again, sees the first.

        Before the capacity is taken, else a button that is pressed twice would be told that the time is gone.
        The hold's own transaction touches no car, so nobody waits in a ring.
        """
        vehicle.flush_recordset(["appointment_booked_at"])
        # Written even where the second is the same: the row has to be locked.
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_vehicle SET appointment_booked_at = %s WHERE id = %s",
                fields.Datetime.now(),
                vehicle.id,
            )
        )
        vehicle.invalidate_recordset(["appointment_booked_at"])

    @api.model
    def _bind(self, partner, unit):
        """Make the customer one of the store's, where he is not yet."""
        known = Domain("partner_id", "=", partner.id) & Domain("unit_id", "=", unit.id)
        relations = self.env["dealer.relation"]
        if not relations.search_count(known, limit=1):
            relations.create({"partner_id": partner.id, "unit_id": unit.id, "stage": "owner"})

    # ------------------------------------------------------------
    # Another time
    # ------------------------------------------------------------

    def _move_to(self, start, items=None, **more):
        """Move to another time by the rules of a new one; call it in sudo, rights were checked.

        :param items: other services than so far
        :param more: further values, e.g. the state that follows
        """
        self.ensure_one()
        self._expect(*OPEN)
        start = fields.Datetime.to_datetime(start)
        other = items if items and items != self.item_ids else None
        if start == self.start and not other:
            return
        items = items or self.item_ids
        self._check_start(start)
        if other:
            self._check_wish(self.partner_id, self.vehicle_id, self.unit_id, items, start)
        self._touch_vehicle(self.vehicle_id)
        need, minutes = items._need()
        self._check_again(self.vehicle_id, start, start + timedelta(minutes=minutes))
        price = self._quote(self.unit_id, items, start)
        self.booking_id._move(start, need=need if other else None)
        if other:
            more["item_ids"] = [Command.set(items.ids)]
        self.write({**price, **more})
        self._sync_event()

    def _follow_booking(self):
        """Take over when and with whom the booking is now; the one door by which times change."""
        for row in self:
            booking = row.booking_id
            advisor = row._booked_advisor() or row.advisor_id
            row.write({"start": booking.start, "stop": booking.stop, "advisor_id": advisor.id})
            if booking.user_id != advisor:
                booking.user_id = advisor
        self._sync_event()

    # ------------------------------------------------------------
    # The advisor's calendar
    # ------------------------------------------------------------

    def _sync_event(self):
        """Keep the advisor's calendar in step; the entry names the car, never the customer."""
        quiet = {"no_mail_to_attendees": True, "mail_create_nosubscribe": True, "dont_notify": True}
        for row in self:
            event = row.event_id.with_context(**quiet)
            if row.state not in ("booked", "confirmed", "arrived") or not row.advisor_id:
                event.unlink()
                continue
            values = {
                "name": row.with_context(lang=row.advisor_id.lang).display_name,
                "start": row.start,
                "stop": row.stop,
                "user_id": row.advisor_id.id,
                "partner_ids": [Command.set(row.advisor_id.partner_id.ids)],
            }
            if event:
                event.write(values)
            else:
                # Everybody sees that the advisor is busy, not with whom.
                row.event_id = event.create({**values, "privacy": "private"})
                # Given at once, it would make a task of the entry, too.
                row.event_id.write(
                    {"res_model_id": self.env["ir.model"]._get_id(self._name), "res_id": row.id}
                )
