from datetime import timedelta

from babel.dates import format_skeleton

from odoo import fields, http
from odoo.http import request
from odoo.tools import babel_locale_parse, format_date, hash_sign, verify_hash_signed

from odoo.addons.dealer_capacity.models.dealer_capacity import CapacityTaken
from odoo.addons.dealer_capacity.tools.opening import local_of, moment_at

from ..models.dealer_capacity_resource_drive import CAR, COMPANION
from .lead_page import LENGTHS, MAX_REQUEST, TRAP, LeadPage

CONSENT_VERSION = "test-drive-2026-1"
SOURCE = "testdrive"
THANKS_SCOPE = "dealer_leads.drive_thanks"
#: So many days ahead customers choose.
DAYS = 14
#: How long car and companion are taken: papers, drive, feedback.
MINUTES = 60
#: More cars of one series are not looked through for one page.
MOST_CARS = 6


class DrivePage(LeadPage):
    """The phone page on which anybody books a test drive (B11), in times that are truly free.

    It answers the same whether the number is known or not.
    """

    @http.route(
        "/test-drive",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def drive_form(self, **kw):
        """Show store, series, day and the free times of it."""
        return self._render_drive(self._drive_values(kw), {}, self._new_sheet())

    @http.route(
        "/test-drive",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def drive_send(self, sheet=None, **kw):
        """Hold car and companion and store the wish in the inbox, or say what is to be mended."""
        values = self._drive_values(kw)
        key, errors = self._check_sender(sheet, kw)
        if errors:
            return self._render_drive(values, errors, sheet if key else self._new_sheet())
        known = self._known_row(key)
        if known:
            return self._thank(known)
        place = self._place(values)
        number, errors = self._check_sheet(values, place["unit"], kw)
        start = self._start_of(values)
        if not start:
            errors["start"] = request.env._("Choose a time.")
        if not errors and self._is_over("dealer_leads.limit_number", number, 24):
            errors["form"] = request.env._(
                "With this number several enquiries came in today. We will call."
            )
        if not errors:
            row = self._hold_drive(key, values, place, start)
            if row:
                return self._thank(row)
            errors["start"] = request.env._(
                "This time was taken just now. Please choose another one; below are those that are"
                " still free."
            )
        return self._render_drive(values, errors, sheet)

    @http.route(
        "/test-drive/thanks",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def drive_thanks(self, booked=None, **kw):
        """Say what was booked and how it is changed: by telephone."""
        try:
            # The signature is made with the secret of the database.
            number = verify_hash_signed(request.env(su=True), THANKS_SCOPE, booked or "")
        except ValueError:
            number = None
        # The link was signed for who booked; it names no customer.
        row = request.env["dealer.lead.inbox"].sudo().browse(number or []).exists()
        if not row:
            return request.redirect("/test-drive")
        unit = self._store(row.store_code)
        lines = {line.kind_id.code: line for line in row.drive_booking_id.line_ids}
        response = request.render(
            "dealer_leads.drive_page_thanks",
            {
                "brand": self._brand(),
                "res_company": self._company(unit),
                "unit": unit,
                "series": row.series,
                "moment": self._moment_words(row.drive_start, unit),
                "companion": lines[COMPANION].resource_id.name if COMPANION in lines else "",
                "phone": unit.company_id.phone,
            },
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    # ------------------------------------------------------------
    # What was sent
    # ------------------------------------------------------------

    def _drive_values(self, form):
        values = {name: self._text(form, name, length) for name, length in LENGTHS.items()}
        for name, length in (
            ("store", 64),
            ("series", 60),
            ("day", 10),
            ("who", 12),
            ("start", 19),
        ):
            values[name] = self._text(form, name, length)
        values["marketing"] = bool(form.get("marketing"))
        return values

    @staticmethod
    def _start_of(values):
        try:
            return fields.Datetime.to_datetime(values["start"]) or None
        except ValueError:
            return None

    def _known_row(self, key):
        # Visitors have no right on any model; the key is that of the signed sheet.
        inbox = request.env["dealer.lead.inbox"].sudo()
        return inbox.search([("source", "=", SOURCE), ("external_id", "=", key)], limit=1)

    def _thank(self, row):
        # Signing needs the secret of the database.
        token = hash_sign(request.env(su=True), THANKS_SCOPE, row.id, expiration_hours=24)
        return request.redirect(f"/test-drive/thanks?booked={token}", code=303)

    # ------------------------------------------------------------
    # What is free
    # ------------------------------------------------------------

    def _resources(self):
        # Which cars there are and who rides along is shown on the page; visitors read no resources.
        return request.env["dealer.capacity.resource"].sudo()

    def _place(self, values):
        """Return what was chosen: unit, cars of the series, companions, day (all may be empty)."""
        stores = self._stores()
        unit = stores if len(stores) == 1 else self._store(values["store"])
        cars = self._resources()._drive_cars(unit).filtered("car_series")
        people = self._resources()._drive_companions(unit)
        chosen = cars.filtered(lambda car: car.car_series == values["series"])
        who = people.filtered(lambda row: str(row.id) == values["who"])
        days = self._days(unit) if unit else []
        day = next((day for day in days if str(day) == values["day"]), days[0] if days else None)
        return {
            "stores": stores,
            "unit": unit,
            "series": list(dict.fromkeys(cars.mapped("car_series"))),
            "cars": chosen[:MOST_CARS],
            "people": people,
            "who": who,
            "days": days,
            "day": day,
        }

    @staticmethod
    def _zone(unit):
        return unit.calendar_id.tz or "UTC"

    def _days(self, unit):
        today = local_of(fields.Datetime.now(), self._zone(unit)).date()
        return [today + timedelta(days=days) for days in range(DAYS)]

    @staticmethod
    def _need(car, who):
        companion = {"kind": COMPANION, "minutes": MINUTES}
        if who:
            companion["resource_id"] = who.id
        return [{"kind": CAR, "resource_id": car.id, "minutes": MINUTES}, companion]

    def _times(self, place):
        """Return ``{start: car}`` of the day: each start at which a car of the series is free."""
        zone = self._zone(place["unit"])
        begin = max(moment_at(place["day"], 0, zone), fields.Datetime.now() + timedelta(minutes=30))
        end = moment_at(place["day"], 24 * 60, zone)
        if begin >= end:
            return {}
        # What is free is no secret; visitors read no bookings, and see none here.
        engine = request.env["dealer.capacity"].sudo()
        times = {}
        for car in place["cars"]:
            for row in engine._availability(
                self._need(car, place["who"]), begin, end, place["unit"].id
            ):
                if row["free"]:
                    times.setdefault(row["start"], car)
        return dict(sorted(times.items()))

    def _hold_drive(self, key, values, place, start):
        """Hold car and companion at ``start`` and store the wish; return its row, or None if taken."""
        day = local_of(start, self._zone(place["unit"])).date()
        if day not in place["days"] or start < fields.Datetime.now():
            return None
        car = self._times({**place, "day": day}).get(start)
        if not car:
            return None
        # Visitors have no right on any model; what they sent was checked.
        env = request.env(su=True)
        minutes = int(env["ir.config_parameter"].get_param("dealer_leads.page_hold_minutes", 60))
        try:
            booking = env["dealer.capacity"]._book(
                self._need(car, place["who"]),
                start,
                place["unit"],
                {"name": env._("Test Drive")},
                minutes,
            )
        except CapacityTaken:
            return None
        inbox = env["dealer.lead.inbox"]
        lead = {
            "external_id": key,
            "name": values["name"],
            "phone": values["phone"],
            "brand": car.car_brand,
            "series": car.car_series,
            "store": place["unit"].code,
            "message": env._(
                "Booked a test drive on the page: %(car)s, %(moment)s",
                car=car.car_series,
                moment=self._moment_words(start, place["unit"]),
            ),
        }
        row = inbox.browse(inbox._receive(SOURCE, [lead])[key][0])
        row.write(
            {
                "consent_version": CONSENT_VERSION,
                "consent_marketing": values["marketing"],
                "drive_booking_id": booking.id,
                "drive_start": start,
            }
        )
        return row

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    @staticmethod
    def _day_words(day):
        return format_skeleton("MMMEd", day, locale=babel_locale_parse(request.env.lang))

    def _moment_words(self, moment, unit):
        local = local_of(moment, self._zone(unit))
        return f"{format_date(request.env, local.date())} {local:%H:%M}"

    def _render_drive(self, values, errors, sheet):
        place = self._place(values)
        times = self._times(place) if place["cars"] and place["day"] else {}
        zone = self._zone(place["unit"]) if place["unit"] else "UTC"
        response = request.render(
            "dealer_leads.drive_page_form",
            {
                **place,
                "values": values,
                "errors": errors,
                "times": [
                    (fields.Datetime.to_string(start), f"{local_of(start, zone):%H:%M}")
                    for start in times
                ],
                "day_words": self._day_words,
                "sheet": sheet,
                "trap": TRAP,
                "lengths": LENGTHS,
                "brand": self._brand(),
                "res_company": self._company(place["unit"] or place["stores"][:1]),
            },
        )
        # The sheet carries a key of its own, and times change; no proxy keeps it.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        if errors:
            response.status_code = 422
        return response
