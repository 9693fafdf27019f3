import base64
import binascii
import hashlib
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..tools.licence import parse_licence
from .dealer_capacity_resource_drive import CAR, COMPANION

#: Classes that include small cars; C2 only those with an automatic gearbox.
ENOUGH = ("A1", "A2", "A3", "B1", "B2", "C1", "C2")
#: So long after the drive the number is kept where no system parameter says another time.
LICENCE_DAYS = 30
#: More than the route twice and this is asked about.
DETOUR_KM = 30


class DealerTestDrive(models.Model):
    """The course of a drive: licence checked, signed, out, back; or cancelled, or nobody came."""

    _name = "dealer.test.drive"
    _inherit = "dealer.test.drive"

    # ------------------------------------------------------------
    # Car, companion and time
    # ------------------------------------------------------------

    def _rebook(self, changes):
        """Move the booking to another time, car or companion, by the rules of a new one.

        :param dict changes: of ``start``, ``minutes``, ``car_id``, ``user_id``
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("booked", "checked")
        changes = {name: value for name, value in changes.items() if self._changes(name, value)}
        if not changes:
            return
        start = fields.Datetime.to_datetime(changes.get("start", self.start))
        if "start" in changes and start < fields.Datetime.now() - timedelta(minutes=15):
            raise UserError(self.env._("This time is over. Choose a later one."))
        # Bookings are the system's; whoever may change the drive was asked.
        booking = self.sudo().booking_id
        if self.slot_lost:
            self._book_anew(changes)
            return
        # The right on the drive was asked; that on the booking follows from it.
        booking.sudo(False)._check_change()
        resources = self.env["dealer.capacity.resource"]
        pinned = {}
        for line in booking.line_ids:
            if "minutes" in changes:
                line.minutes = changes["minutes"]
            if line.kind_id.code == CAR and "car_id" in changes:
                pinned[line] = changes["car_id"]
            elif line.kind_id.code == COMPANION and "user_id" in changes:
                user = self.env["res.users"].browse(changes["user_id"])
                pinned[line] = resources._drive_companion(user, self.unit_id).id
            else:
                pinned[line] = line.resource_id.id
        booking._move(start, pinned)

    def _book_anew(self, changes):
        """Take car and companion again after the time that was held is lost."""
        parties = ("unit_id", "partner_id", "car_id", "user_id")
        vals = {name: self[name].id for name in parties}
        vals |= {"start": self.start, "minutes": self.minutes, **changes}
        booking = self._reserve(vals)
        booking.write({"res_model": self._name, "res_id": self.id})
        self.sudo().booking_id = booking  # the right was asked
        self.sudo()._follow_booking()

    def _follow_booking(self):
        """Write time, car and companion as they are booked; called as the system."""
        for drive in self.filtered("booking_id"):
            booking = drive.booking_id
            lines = {line.kind_id.code: line for line in booking.line_ids}
            values = {"start": booking.start}
            if CAR in lines:
                values |= {
                    "car_id": lines[CAR].resource_id.id,
                    "minutes": lines[CAR].minutes,
                }
            user = lines[COMPANION].resource_id.user_id if COMPANION in lines else None
            if user:
                values["user_id"] = user.id
            changed = {name: value for name, value in values.items() if drive._changes(name, value)}
            if not changed:
                continue
            drive.write(changed)
            if user and booking.user_id != user:
                booking.user_id = user
        self._follow_in_calendar()

    def _follow_in_calendar(self):
        """Have the companion's calendar say when and with whom; called as the system."""
        # Nobody is written to: the store calls its customers itself.
        quiet = {
            "dont_notify": True,
            "mail_create_nosubscribe": True,
            "mail_notrack": True,
            "no_mail_to_attendees": True,
        }
        events = self.env["calendar.event"].with_context(**quiet)
        for drive in self:
            if drive.state not in ("booked", "checked", "signed", "driving"):
                drive.event_id.with_context(**quiet).active = False
                continue
            values = {
                "name": self.env._("Test drive: %s", drive.display_name),
                "start": drive.start,
                "stop": drive.stop,
                "user_id": drive.user_id.id,
                "opportunity_id": drive.lead_id.id,
                # The customer is named, so that only who sees the customer sees the meeting.
                "partner_ids": [
                    fields.Command.set((drive.user_id.partner_id | drive.partner_id).ids)
                ],
                "location": drive.unit_id.name,
            }
            if drive.event_id:
                drive.event_id.with_context(**quiet).write(values)
            else:
                drive.event_id = events.create(values)

    def _ensure_slot(self):
        """Keep car and companion for good; refuse when they are no longer held.

        :raise UserError: says when they are free next; nothing is written then
        """
        self.ensure_one()
        # As above: the step was checked.
        booking = self.sudo().booking_id
        if booking.state == "held" and booking.expires_at > fields.Datetime.now():
            booking._confirm()
        elif self.slot_lost:
            raise UserError(
                self.env._(
                    "%(start)s is no longer held for this drive. Press “New Time”. %(next)s",
                    start=self._in_words(self.start),
                    next=self._next_free_words(),
                )
            )

    def _next_free_words(self):
        companion = self.env["dealer.capacity.resource"]._drive_companion(
            self.user_id, self.unit_id
        )
        now = fields.Datetime.now()
        rows = self.env["dealer.capacity"].availability(
            self._need(self.car_id.id, companion.id, self.minutes),
            now,
            now + timedelta(days=7),
            self.unit_id.id,
        )
        found = [fields.Datetime.to_datetime(row["start"]) for row in rows if row["free"]][:3]
        if not found:
            return self.env._("Nothing is free in the next seven days.")
        return self.env._("Next free: %s.", [self._in_words(moment) for moment in found])

    def _in_words(self, moment):
        # The hours of the own store are no secret.
        zone = self.sudo().unit_id.calendar_id.tz or "UTC"
        return format_datetime(self.env, moment, tz=zone, dt_format="short")

    def action_confirm(self):
        """Keep car and companion that were only held."""
        for drive in self:
            drive.check_access("write")
            drive._ensure_slot()
        return True

    def action_new_time(self):
        """Show the times to which the drive can be moved."""
        self.ensure_one()
        self._expect("booked", "checked")
        book = self.env["dealer.test.drive.book"].create(
            {
                "drive_id": self.id,
                "unit_id": self.unit_id.id,
                "partner_id": self.partner_id.id,
                "car_id": self.car_id.id,
                "companion_id": self.env["dealer.capacity.resource"]
                ._drive_companion(self.user_id, self.unit_id)
                .id,
                "minutes": self.minutes,
                "day": max(self._today(self.start), self._today()),
            }
        )
        return book._reopen()

    # ------------------------------------------------------------
    # The licence
    # ------------------------------------------------------------

    def _learns(self, first_on, day=None):
        """Whether a licence first issued on ``first_on`` is a learner's on the day of the drive."""
        return (day or self._today(self.start)) < first_on + relativedelta(years=1)

    def _check_licence(
        self, number, code, until=None, long_term=False, first_on=None, senior=False
    ):
        """Note that the customer showed a licence that is good for this car on this day.

        Its number is the ID number, checked by its last digit; classes, learners: law on road
        traffic, Art. 19, and order 162 on licences.

        :param date until: last day on which it is valid; none where ``long_term``
        :param date first_on: when the licence was first issued
        :param bool senior: the companion has held a licence for three years
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("booked", "checked")
        number = parse_licence(number)
        if not number:
            raise UserError(
                self.env._(
                    "This is no number of a licence: it is the ID number, 18 places with the last"
                    " one fitting. Compare it with the card."
                )
            )
        if not first_on:
            raise UserError(self.env._("Enter when the licence was first issued."))
        values = {
            "licence_number": number,
            "licence_masked": f"{number[:4]}**********{number[-4:]}",
            "licence_class": code,
            "licence_until": False if long_term else until,
            "licence_long": long_term,
            "licence_first_on": first_on,
            "senior_companion": senior,
        }
        self._check_licence_fits(values)
        # The right was checked; the guard of write() lets only steps through.
        self.sudo().write(
            {
                **values,
                "licence_checked_at": fields.Datetime.now(),
                "licence_checked_by_id": self.env.uid,
                "state": "checked",
            }
        )

    def _check_licence_fits(self, values=None):
        """Refuse a licence that is not good for this car, route and day.

        :param dict values: what is to be written; what the drive has already where empty
        """
        known = values or {
            name: self[name]
            for name in (
                "licence_class",
                "licence_until",
                "licence_long",
                "licence_first_on",
                "senior_companion",
            )
        }
        day = self._today(max(self.start, fields.Datetime.now()))
        code = known["licence_class"]
        if code not in ENOUGH:
            raise UserError(
                self.env._(
                    "Class %s does not allow to drive a small car; C1, C2 (automatic only), or A and"
                    " B classes do. The customer can ride along.",
                    code or "–",
                )
            )
        if code == "C2" and not self.car_id.car_automatic:
            raise UserError(
                self.env._(
                    "Class C2 is for automatic cars only, and %s has a manual gearbox. Choose"
                    " another car.",
                    self.car_id.name,
                )
            )
        until = known["licence_until"]
        if not known["licence_long"] and (not until or until < day):
            raise UserError(
                self.env._(
                    "The licence is not valid on the day of the drive, %(day)s. The customer renews"
                    " it first, or rides along.",
                    day=day,
                )
            )
        if known["licence_first_on"] > day:
            raise UserError(
                self.env._("The licence was first issued after the drive. Check the day.")
            )
        if (
            self.route_id.motorway
            and self._learns(known["licence_first_on"], day)
            and not known["senior_companion"]
        ):
            raise UserError(
                self.env._(
                    "In the first year a driver goes on a motorway only with somebody who has held"
                    " a licence for three years. Choose a route without motorway, or tick that the"
                    " companion has."
                )
            )

    @api.autovacuum
    def _gc_licences(self):
        """Erase the numbers of licences for which nobody will ask any more (PIPL Art. 19)."""
        parameter = self.env["ir.config_parameter"].sudo()  # a number, no secret
        days = int(parameter.get_param("dealer_leads.licence_days", LICENCE_DAYS))
        # The system keeps the time limit for all stores.
        old = self.sudo().search(
            [
                ("licence_number", "!=", False),
                ("start", "<", fields.Datetime.now() - timedelta(days=days)),
            ]
        )
        old.write({"licence_number": False})

    # ------------------------------------------------------------
    # The agreement
    # ------------------------------------------------------------

    def _agreement_text(self):
        """Return the agreement as the customer signs it, in the language of the customer."""
        self.ensure_one()
        # The text is the store's, the customer may be another colleague's.
        drive = self.sudo()
        lang = drive.partner_id.lang or drive.company_id.partner_id.lang
        template = drive.env["dealer.test.drive.template"].with_context(lang=lang)
        drive = drive.with_context(lang=lang)
        return template._of_store(drive.unit_id)._fill_in(
            {
                "customer": drive.partner_id.name,
                "licence": drive.licence_masked,
                "store": drive.unit_id.company_id.name,
                "car": " ".join(filter(None, (drive.car_id.car_brand, drive.car_series))),
                "plate": drive.car_plate,
                "route": drive.route_id.name,
                "start": drive._in_words(drive.start),
                "minutes": drive.minutes,
                "companion": drive.user_id.name,
            }
        )

    def _sign(self, signature, name, agreed):
        """Keep the agreement as it was signed: text, signature and print-out stay for good.

        :param signature: picture as base64
        :param str name: who signed
        :param bool agreed: the customer ticked that the text was read
        :raise UserError: also when the time is no longer held; nothing is written then
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("checked")
        if not agreed:
            raise UserError(self.env._("The customer has to tick that the agreement was read."))
        if not signature or not (name or "").strip():
            raise UserError(self.env._("The signature is missing. Let the customer sign."))
        try:
            base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(
                self.env._("The signature is no picture. Let the customer sign.")
            ) from error
        self._ensure_slot()
        self._check_licence_fits()
        # The right was checked; the guard of write() lets only steps through.
        drive = self.sudo()
        drive.write(
            {
                "agreement": drive._agreement_text(),
                "signature": signature,
                "signed_name": name.strip(),
                "signed_at": fields.Datetime.now(),
                "state": "signed",
            }
        )
        drive._print_agreement()

    def _print_agreement(self):
        """Keep the print-out as a file of the drive, with its digest; called as the system."""
        self.ensure_one()
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(
            "dealer_leads.action_report_dealer_test_drive", self.ids
        )
        file = self.env["ir.attachment"].create(
            {
                "name": self.env._(
                    "Test drive agreement %(name)s.%(kind)s", name=self.signed_name, kind=kind
                ),
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.write(
            {"attachment_id": file.id, "attachment_sha256": hashlib.sha256(content).hexdigest()}
        )

    def action_agreement(self):
        """Open the signed agreement."""
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(self.env._("The agreement is not signed yet."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "new",
        }

    # ------------------------------------------------------------
    # Out and back
    # ------------------------------------------------------------

    def _start_drive(self, mileage, fuel=0):
        """Hand the car over.

        :param int mileage: km on the clock
        :param int fuel: percent of tank or battery
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("signed")
        if self._today(self.start) != self._today():
            raise UserError(
                self.env._(
                    "This drive is booked for %s, not for today.", self._in_words(self.start)
                )
            )
        if not (self.signed_at and self.signature and self.licence_checked_at):
            raise UserError(self.env._("Nobody drives without licence and signature."))
        self._check_licence_fits()
        self._check_measure(mileage, fuel)
        # The right was checked; the guard of write() lets only steps through.
        self.sudo().write(
            {
                "mileage_out": mileage,
                "fuel_out": fuel,
                "out_at": fields.Datetime.now(),
                "visit_id": self.sudo()._open_visit().id,
                "state": "driving",
            }
        )

    def _return_car(self, mileage, fuel=0, sure=False):
        """Take the car back.

        :param int mileage: km on the clock, not below that at the start
        :param bool sure: the mileage is right although it is far more than the route
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("driving")
        self._check_measure(mileage, fuel)
        if mileage < self.mileage_out:
            raise UserError(
                self.env._(
                    "The car left with %s km and cannot come back with less. Read the clock again.",
                    self.mileage_out,
                )
            )
        if mileage - self.mileage_out > 2 * self.route_id.km + DETOUR_KM and not sure:
            raise UserError(
                self.env._(
                    "That would be %s km for one drive. Read the clock again, or tick that the"
                    " mileage is right.",
                    mileage - self.mileage_out,
                )
            )
        # The right was checked; the guard of write() lets only steps through.
        drive = self.sudo()
        drive.write(
            {
                "mileage_in": mileage,
                "fuel_in": fuel,
                "returned_at": fields.Datetime.now(),
                "state": "returned",
            }
        )
        drive.booking_id._consume()
        drive._follow_in_calendar()
        drive._note_drive()

    def _check_measure(self, mileage, fuel):
        if not 0 < mileage < 2_000_000:
            raise UserError(self.env._("Enter the mileage that the clock shows."))
        if not 0 <= fuel <= 100:
            raise UserError(self.env._("Fuel or battery: 0 to 100 percent."))

    def _open_visit(self):
        """Return the visit on which the customer is in the showroom."""
        visits = self.env["dealer.visit"]
        if not self.relation_id:
            return visits
        return visits.search(
            [("relation_id", "=", self.relation_id.id), ("state", "in", ("waiting", "receiving"))],
            limit=1,
        )

    def _note_drive(self):
        """Log the contact, tell the visit, keep the clock of the car; called as the system."""
        self.ensure_one()
        if self.visit_id:
            self.visit_id.drove = True
        self.env["fleet.vehicle.odometer"].create(
            {
                "vehicle_id": self.car_id.fleet_vehicle_id.id,
                "value": self.mileage_in,
                "date": self._today(),
            }
        )
        seconds = int((self.returned_at - self.out_at).total_seconds())
        self.interaction_id = self.env["dealer.interaction"].create(
            {
                "kind": "meeting",
                "direction": "in",
                "user_id": self.user_id.id,
                "partner_id": self.partner_id.id,
                "unit_id": self.unit_id.id,
                "start": self.out_at,
                "duration": seconds,
                "two_way": True,
                # Licence, signature and both times were recorded by the steps.
                "evidence": "system",
                "summary": self.env._(
                    "Test drive: %(car)s, %(km)s km", car=self.car_series, km=self.driven
                ),
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    # ------------------------------------------------------------
    # Ending otherwise
    # ------------------------------------------------------------

    def _cancel(self, reason):
        """Give car and companion back.

        :param str reason: why, in words
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("booked", "checked", "signed")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the drive is cancelled."))
        self.sudo()._end("cancelled", reason)  # the right was checked

    def action_no_show(self):
        """Note that nobody came; the time is free for others."""
        for drive in self:
            drive.check_access("write")
            drive._expect("booked", "checked")
            if drive.start > fields.Datetime.now():
                raise UserError(
                    self.env._("The drive has not begun yet. Cancel it if the customer called off.")
                )
            drive.sudo()._end("no_show", self.env._("Nobody came"))  # the right was checked
        return True

    def _end(self, state, reason):
        """End drives that do not take place; called as the system."""
        self.write(
            {
                "state": state,
                "cancel_reason": reason,
                "cancelled_at": fields.Datetime.now(),
                # Nobody drove: there is nothing to keep it for.
                "licence_number": False,
            }
        )
        self.booking_id._release(reason)
        self._follow_in_calendar()

    def _check_booking_free(self):
        """Refuse to move or give back what a signed agreement names."""
        if self.state in ("signed", "driving"):
            raise UserError(
                self.env._(
                    "%s is signed for this car and time. Cancel the test drive instead.",
                    self.display_name,
                )
            )

    def _expect(self, *states):
        """Refuse a step that does not fit the state, in words that say what to do."""
        self.ensure_one()
        if self.state in states:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        hints = {
            "booked": self.env._("Check the licence first."),
            "checked": self.env._("Let the customer sign first."),
            "signed": self.env._("It is signed already; hand the car over."),
            "driving": self.env._("The car is on the road; take it back first."),
            "returned": self.env._("This drive is over."),
            "no_show": self.env._("Book a new drive."),
            "cancelled": self.env._("Book a new drive."),
        }
        raise UserError(
            self.env._(
                "%(drive)s is “%(state)s”. %(hint)s",
                drive=self.display_name,
                state=labels[self.state],
                hint=hints[self.state],
            )
        )

    # ------------------------------------------------------------
    # What asks for more
    # ------------------------------------------------------------

    def _step_action(self, step, name):
        self.ensure_one()
        return {
            "name": name,
            "type": "ir.actions.act_window",
            "res_model": "dealer.test.drive.step",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_drive_id": self.id, "default_step": step},
        }

    def action_licence(self):
        """Ask what stands on the licence."""
        self._expect("booked", "checked")
        return self._step_action("licence", self.env._("Check the Licence"))

    def action_sign(self):
        """Show the agreement and let the customer sign it."""
        self._expect("checked")
        self._ensure_slot()
        return self._step_action("sign", self.env._("Agreement"))

    def action_out(self):
        """Ask for the mileage at the start."""
        self._expect("signed")
        return self._step_action("out", self.env._("Hand the Car Over"))

    def action_in(self):
        """Ask for the mileage at the return."""
        self._expect("driving")
        return self._step_action("in", self.env._("Take the Car Back"))

    def action_cancel(self):
        """Ask why the drive is cancelled."""
        self._expect("booked", "checked", "signed")
        return self._step_action("cancel", self.env._("Cancel the Drive"))

    def action_film_sent(self):
        """Send the film by e-mail where there is an address, and note when it was sent."""
        self.ensure_one()
        self.check_access("write")
        if not self.film_url:
            raise UserError(self.env._("Enter the address of the film first."))
        # Whom it goes to is the customer of the drive, which the person may write.
        drive = self.sudo()
        if drive.partner_id.email:
            drive.env["mail.mail"].create(
                {
                    "subject": self.env._("Film of your test drive"),
                    "body_html": Markup("<p>%s</p>") % drive.film_message,
                    "email_to": drive.partner_id.email,
                    "email_from": drive.company_id.email_formatted or drive.user_id.email_formatted,
                    "auto_delete": True,
                }
            )
        drive.film_sent_at = fields.Datetime.now()
        return True

    def action_grade(self):
        """Grade the lead by what the customer said."""
        self.ensure_one()
        return self.lead_id.action_dealer_grade()

    def action_open_lead(self):
        """Open the lead of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.crm_lead_action_dealer"
        )
        form = self.env.ref("dealer_leads.crm_lead_view_form_dealer")
        return {**action, "res_id": self.lead_id.id, "views": [(form.id, "form")]}
