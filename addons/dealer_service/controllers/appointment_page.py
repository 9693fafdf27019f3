import secrets
from datetime import timedelta

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.plate import mask_plate, parse_plate
from odoo.addons.dealer_capacity.tools.opening import moment_at
from odoo.addons.portal.controllers.portal import CustomerPortal

from .customer_page import MAX_REQUEST, CustomerPage

SHEET_SCOPE = "dealer_service.appointment"
SHEET_LASTS = timedelta(hours=12)
#: So many days are shown at once.
DAYS = 14
SHOWN = 40
_PUBLIC = {
    "type": "http",
    "auth": "public",
    "website": True,
    "sitemap": False,
    "max_content_length": MAX_REQUEST,
}
#: One appointment, for its customer and for who has its link.
_ONE = ("/my/appointments/<int:number>", "/appointment/<string:token>")


def _paths(end=""):
    return [f"{path}{end}" for path in _ONE]


class AppointmentPage(CustomerPage, CustomerPortal):
    """Where owners make, change and cancel appointments, at any hour (D2).

    Nothing of ``dealer.appointment`` can be read by customers otherwise: each page asks in sudo for what is
    the customer's own, or what the link is for.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "appointment_count" in counters:
            values["appointment_count"] = self._appointment_all().search_count(
                self._appointment_own_domain()
            )
        return values

    # ------------------------------------------------------------
    # What is the customer's
    # ------------------------------------------------------------

    def _appointment_all(self):
        # Customers have no right on the model; each search is for their own, or for one link.
        return request.env["dealer.appointment"].sudo()

    def _appointment_partner(self):
        return request.env.user.partner_id.sudo()  # who is signed in knows himself

    def _appointment_own_domain(self):
        return self._appointment_all()._own(self._appointment_partner())

    def _appointment_cars(self):
        # The own cars, which the domain names.
        vehicles = request.env["dealer.vehicle"].sudo()
        return vehicles.search(
            [("current_owner_id", "=", self._appointment_partner().id)], order="id"
        )

    def _appointment_one(self, number, token):
        """Return the appointment in sudo, and where it is shown; none for everybody else."""
        if token is not None:
            return self._appointment_all()._of_token(token), f"/appointment/{token}"
        if request.env.user._is_public():
            return self._appointment_all(), ""
        own = self._appointment_all().search(
            self._appointment_own_domain() & Domain("id", "=", number)
        )
        return own, f"/my/appointments/{number}"

    def _appointment_sign_in(self):
        """Return the way to the sign-in where nobody is signed in, else None."""
        if not request.env.user._is_public():
            return None
        return request.redirect_query("/my/sign-in", {"redirect": request.httprequest.path})

    # ------------------------------------------------------------
    # The own appointments
    # ------------------------------------------------------------

    @http.route("/my/appointments", methods=["GET"], **_PUBLIC)
    def appointments(self, **kw):
        """List what is to come and what was."""
        if away := self._appointment_sign_in():
            return away
        rows = self._appointment_all().search(self._appointment_own_domain(), limit=SHOWN)
        coming = rows.filtered(lambda row: row.state in ("hold", "booked", "confirmed")).sorted(
            "start"
        )
        return self._page_render(
            "dealer_service.appointments",
            {
                "page_name": "appointments",
                "waiting": self._appointment_waiting_cards(),
                "coming": [self._appointment_card(row) for row in coming],
                "past": [self._appointment_card(row) for row in rows - coming],
            },
        )

    def _appointment_waiting_cards(self):
        """Return what the customer waits for; a hook."""
        return []

    @http.route("/my/appointments/new", methods=["GET"], **_PUBLIC)
    def appointment_new(self, **kw):
        """Ask for the car, the store and what is to be done."""
        if away := self._appointment_sign_in():
            return away
        return self._appointment_ask_services(kw)

    def _appointment_ask_services(self, form, error=None):
        cars, stores = self._appointment_cars(), self._page_stores()
        last = self._appointment_all().search(self._appointment_own_domain(), limit=1)
        home = last.unit_id or self._appointment_partner().dealer_relation_ids.unit_id[:1]
        chosen = self._appointment_chosen_store(form) or (home if home in stores else stores[:1])
        return self._page_render(
            "dealer_service.appointment_new",
            {
                "page_name": "appointment_new",
                "error": error,
                "cars": cars,
                "car": self._appointment_chosen_car(form) or cars[:1],
                "stores": stores,
                "store": chosen,
                "items": self._appointment_items_of(chosen),
                "chosen": self._appointment_chosen_items(form, chosen),
                "plate": self._page_text(form, "plate", 20),
            },
            422 if error else 200,
        )

    @http.route("/my/appointments/car", methods=["POST"], **_PUBLIC)
    def appointment_car(self, plate=None, **kw):
        """Add a car that is in no file yet."""
        if away := self._appointment_sign_in():
            return away
        form = {"plate": plate}
        if self._page_is_over("dealer_service.cars_a_day", str(request.env.uid), 24):
            return self._appointment_ask_services(
                form, request.env._("Too many cars for one day. Please call us to add more.")
            )
        try:
            parsed = parse_plate(plate).value
        except FormatError as problem:
            return self._appointment_ask_services(form, request.env._(problem.message))
        # Whether a plate is on file is not told: only that this one is not added here.
        vehicles = request.env["dealer.vehicle"].sudo()
        known = vehicles.search([("plate", "=", parsed)])
        if known and self._appointment_partner() not in known.current_owner_id:
            return self._appointment_ask_services(
                form,
                request.env._("This car cannot be added here. Please call us, or show its papers."),
            )
        if not known:
            unit = (
                self._appointment_partner().dealer_relation_ids.unit_id[:1]
                or self._page_stores()[:1]
            )
            known = vehicles.create({"plate": parsed, "unit_id": unit.id})
            known._set_owner(self._appointment_partner())
        return request.redirect(f"/my/appointments/new?car={known[:1].id}", code=303)

    @http.route("/my/appointments/times", methods=["GET"], **_PUBLIC)
    def appointment_times(self, **kw):
        """Show what is free for the chosen services, with price and how full it is."""
        if away := self._appointment_sign_in():
            return away
        return self._appointment_ask_time(kw)

    def _appointment_ask_time(self, form, error=None):
        car, unit = self._appointment_chosen_car(form), self._appointment_chosen_store(form)
        items = self._appointment_chosen_items(form, unit)
        if not car or not items:
            return self._appointment_ask_services(
                form, request.env._("Choose the car and at least one service.")
            )
        hidden = self._appointment_hidden(car, unit, items)
        return self._appointment_show_times(
            unit,
            items,
            form.get("day"),
            {
                "error": error,
                "page_name": "appointment_new",
                "hidden": hidden,
                "action": "/my/appointments/hold",
                "times_url": "/my/appointments/times",
                "back_url": self._appointment_url("/my/appointments/new", hidden),
                "wait_url": self._appointment_url("/my/appointments/wait", hidden),
                "chosen_words": self._appointment_words(car, items),
            },
            # What is held for the same car already is free for this choice.
            held=self._appointment_all()._held_for(self._appointment_partner(), car).booking_id,
        )

    def _appointment_show_times(self, unit, items, day, values, **more):
        now = fields.Datetime.now()
        zone = unit._clock_zone().key
        today = unit._clock_local(now).date()
        begin = moment_at(today, 0, zone)
        rows = self._appointment_all()._times(
            unit, items, begin, begin + timedelta(days=DAYS), **more
        )
        by_day = {today + timedelta(days=number): [] for number in range(DAYS)}
        for row in rows:
            by_day.setdefault(unit._clock_local(row["start"]).date(), []).append(row)
        free = [date for date, times in by_day.items() if any(row["free"] for row in times)]
        chosen = next((date for date in by_day if str(date) == day), None) or (free or [today])[0]
        days = [
            {
                "date": str(date),
                "label": self._page_time(unit, moment_at(date, 720, zone), "EEE"),
                "number": f"{date:%m-%d}",
                "free": date in free,
                "chosen": date == chosen,
                "discount": max((row["discount"] for row in times if row["free"]), default=0),
            }
            for date, times in sorted(by_day.items())
        ]
        times = [
            {
                "start": fields.Datetime.to_string(row["start"]),
                "time": f"{unit._clock_local(row['start']):%H:%M}",
                "heat": row["heat"],
                "level": "low" if row["heat"] < 40 else "middle" if row["heat"] < 75 else "high",
                "discount": row["discount"],
                "price": self._appointment_price(row["price_from"], row["price_to"]),
            }
            for row in by_day[chosen]
            if row["free"]
        ]
        values = {
            "hidden": [],
            **values,
            "days": days,
            "times": times,
            "zone": self._page_zone_words(unit, now),
            "store": unit,
            "sheet": self._appointment_new_sheet(),
        }
        return self._page_render(
            "dealer_service.appointment_times", values, 422 if values["error"] else 200
        )

    @http.route("/my/appointments/hold", methods=["POST"], **_PUBLIC)
    def appointment_hold(self, sheet=None, start=None, **kw):
        """Hold the time while the customer reads what he agrees to."""
        if away := self._appointment_sign_in():
            return away
        car, unit = self._appointment_chosen_car(kw), self._appointment_chosen_store(kw)
        items = self._appointment_chosen_items(kw, unit)
        key = self._appointment_open_sheet(sheet)
        moment = self._appointment_moment(start)
        if not (car and items and key and moment):
            return self._appointment_ask_time(
                kw, request.env._("The page was open for long. Choose a time again.")
            )
        if self._page_is_over("dealer_service.holds_an_hour", str(request.env.uid), 1):
            return self._appointment_ask_time(
                kw, request.env._("Too many attempts. Please call us.")
            )
        try:
            with request.env.cr.savepoint():
                row = self._appointment_all()._page_hold(
                    self._appointment_partner(), car, unit, items, moment, f"{key}:{start}"
                )
        except AccessError:
            raise
        except UserError as problem:
            return self._appointment_ask_time(kw, str(problem))
        return request.redirect(f"/my/appointments/{row.id}", code=303)

    # ------------------------------------------------------------
    # One appointment
    # ------------------------------------------------------------

    @http.route(_paths(), methods=["GET"], **_PUBLIC)
    def appointment(self, number=None, token=None, **kw):
        """Show one appointment, to its customer or to who has its link."""
        if token is None and (away := self._appointment_sign_in()):
            return away
        row, base = self._appointment_one(number, token)
        if not row:
            raise request.not_found()
        return self._appointment_show(row, base)

    def _appointment_show(self, row, base, error=None):
        own = base.startswith("/my/")
        partner = self._appointment_partner() if own else None
        return self._page_render(
            "dealer_service.appointment",
            {
                "page_name": "appointment" if own else None,
                "error": error,
                "base": base,
                "own": own,
                "row": row,
                "car": (row.plate if own else mask_plate(row.plate or "")) or "",
                "make": row.car if own else "",
                "name": partner.name if own else "",
                "when": self._page_time(row.unit_id, row.start),
                "ready": self._page_time(row.unit_id, row.stop, "HH:mm"),
                "held_until": self._page_time(row.unit_id, row.booking_id.expires_at, "HH:mm")
                if row.state == "hold"
                else "",
                "zone": self._page_zone_words(row.unit_id, row.start),
                "price": self._appointment_price(row.price_from, row.price_to),
                "changeable": row._changeable(),
                "hours": row._setting("change_hours"),
                "ask_reminder": own and not row._reminders_agreed(),
                "res_company": row.company_id,
                "phone": row.company_id.phone or "",
            },
            422 if error else 200,
        )

    @http.route(_paths("/confirm"), methods=["POST"], **_PUBLIC)
    def appointment_confirm(self, number=None, token=None, note=None, remind=None, **kw):
        """Say yes."""
        note = self._page_text({"t": note}, "t", 500)

        def confirm(row):
            # Consent is given by who is signed in, not by who has a link.
            row._page_confirm(note, bool(remind) and token is None)

        return self._appointment_act(number, token, confirm)

    @http.route(_paths("/cancel"), methods=["POST"], **_PUBLIC)
    def appointment_cancel(self, number=None, token=None, reason=None, **kw):
        """Say that one does not come."""
        reason = self._page_text({"t": reason}, "t", 200)
        return self._appointment_act(number, token, lambda row: row._page_cancel(reason))

    @http.route(_paths("/times"), methods=["GET"], **_PUBLIC)
    def appointment_other_times(self, number=None, token=None, day=None, **kw):
        """Show the times to which the appointment can be moved."""
        row, base = self._appointment_one(number, token)
        if not row:
            raise request.not_found()
        if not row._changeable():
            return self._appointment_act(number, token, lambda row: row._check_changeable())
        return self._appointment_other_times(row, base, day)

    def _appointment_other_times(self, row, base, day, error=None):
        return self._appointment_show_times(
            row.unit_id,
            row.item_ids,
            day,
            {
                "error": error,
                "page_name": "appointment" if base.startswith("/my/") else None,
                "action": f"{base}/move",
                "times_url": f"{base}/times",
                "back_url": base,
                "chosen_words": row.services,
            },
            booking=row.booking_id,
        )

    @http.route(_paths("/move"), methods=["POST"], **_PUBLIC)
    def appointment_move(self, number=None, token=None, start=None, **kw):
        """Take another time."""
        moment = self._appointment_moment(start)
        row, base = self._appointment_one(number, token)
        if not row:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                if not moment:
                    raise UserError(request.env._("Choose a time."))
                row._page_move(moment)
        except AccessError:
            raise
        except UserError as problem:
            return self._appointment_other_times(row, base, None, str(problem))
        return request.redirect(base, code=303)

    def _appointment_act(self, number, token, action):
        """Do what a form asks for and lead back; or say what is in the way."""
        row, base = self._appointment_one(number, token)
        if not row:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                action(row)
        except AccessError:
            raise
        except UserError as problem:
            row.invalidate_recordset()
            return self._appointment_show(row, base, str(problem))
        return request.redirect(base, code=303)

    # ------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------

    def _appointment_chosen_car(self, form):
        number = self._page_number(form.get("car"))
        return self._appointment_cars().filtered(lambda car: car.id == number)

    def _appointment_hidden(self, car, unit, items):
        return [("car", car.id), ("store", unit.id), *(("item", item.id) for item in items)]

    def _appointment_url(self, path, hidden):
        return f"{path}?" + "&".join(f"{name}={value}" for name, value in hidden)

    def _appointment_words(self, car, items):
        return f"{car.plate or car.vin} · {'、'.join(items.mapped('name'))}"

    def _appointment_chosen_store(self, form):
        stores = self._page_stores()
        number = self._page_number(form.get("store"))
        return stores if len(stores) == 1 else stores.filtered(lambda unit: unit.id == number)

    def _appointment_items_of(self, unit):
        # What a store offers is no secret; customers have no right on the menu.
        return request.env["dealer.service.item"].sudo()._of_store(unit, online=True)

    def _appointment_chosen_items(self, form, unit):
        numbers = {self._page_number(text) for text in request.httprequest.values.getlist("item")}
        return self._appointment_items_of(unit).filtered(lambda item: item.id in numbers)

    def _appointment_moment(self, text):
        try:
            return fields.Datetime.to_datetime(text) if isinstance(text, str) else None
        except ValueError:
            return None

    def _appointment_new_sheet(self):
        # Signing needs the secret of the database.
        env = request.env(su=True)
        content = {"key": secrets.token_urlsafe(12), "uid": request.env.uid}
        return hash_sign(env, SHEET_SCOPE, content, expiration=SHEET_LASTS)

    def _appointment_open_sheet(self, sheet):
        """Return the key of a sheet that was made for this person, or None."""
        try:
            # The signature is made with the secret of the database.
            content = verify_hash_signed(request.env(su=True), SHEET_SCOPE, sheet or "")
        except ValueError:
            return None
        return content["key"] if content and content["uid"] == request.env.uid else None

    def _appointment_price(self, low, high):
        if not high:
            return request.env._("free of charge")
        return f"¥{low:,.0f}" if low == high else f"¥{low:,.0f}–{high:,.0f}"

    def _appointment_card(self, row):
        labels = dict(row._fields["state"]._description_selection(request.env))
        return {
            "url": f"/my/appointments/{row.id}",
            "when": self._page_time(row.unit_id, row.start),
            "car": row.plate or "",
            "services": row.services,
            "store": row.unit_id.name,
            "state": row.state,
            "label": labels[row.state],
        }
