from datetime import timedelta

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.dealer_base.tools.plate import mask_plate

from .appointment_page import _PUBLIC, AppointmentPage

#: One who waits, for himself and for who has the link of the offer.
_ONE = ("/my/waiting/<int:number>", "/waiting/<string:token>")


def _paths(end=""):
    return [f"{path}{end}" for path in _ONE]


class WaitingPage(AppointmentPage):
    """Where owners wait for a time that is not free, and answer when one is offered (D2).

    The link of an offer opens this offer alone, without name and number, until a day after it.
    """

    def _waiting_all(self):
        # Customers have no right on the list; each search is for their own, or for one link.
        return request.env["dealer.capacity.waiting"].sudo()

    def _appointment_waiting_cards(self):
        rows = self._waiting_all().search(self._waiting_all()._own(self._appointment_partner()))
        return super()._appointment_waiting_cards() + [self._waiting_card(row) for row in rows]

    def _waiting_card(self, row):
        standing = row._page_standing()
        return {
            "url": f"/my/waiting/{row.id}",
            "standing": standing,
            "when": self._page_time(row.unit_id, row.offered_start)
            if standing == "offered"
            else self._waiting_days(row),
            "until": self._page_time(row.unit_id, row.offered_until, "HH:mm")
            if standing == "offered"
            else "",
            "car": row.vehicle_id.plate or row.vehicle_id.vin,
            "services": "、".join(row.item_ids.mapped("name")),
            "store": row.unit_id.name,
        }

    def _waiting_days(self, row):
        first = self._page_time(row.unit_id, row.date_from, "MM-dd")
        # The end is the midnight after the last day.
        last = self._page_time(row.unit_id, row.date_to - timedelta(minutes=1), "MM-dd")
        days = first if first == last else f"{first} – {last}"
        if row.day_part == "any":
            return days
        parts = dict(row._fields["day_part"]._description_selection(request.env))
        return f"{days} {parts[row.day_part]}"

    # ------------------------------------------------------------
    # To ask for it
    # ------------------------------------------------------------

    @http.route("/my/appointments/wait", methods=["GET"], **_PUBLIC)
    def waiting_new(self, **kw):
        """Ask for the days and the part of the day that suit."""
        if away := self._appointment_sign_in():
            return away
        return self._waiting_ask(kw)

    def _waiting_ask(self, form, error=None):
        car, unit = self._appointment_chosen_car(form), self._appointment_chosen_store(form)
        items = self._appointment_chosen_items(form, unit)
        if not car or not items:
            return self._appointment_ask_services(
                form, request.env._("Choose the car and at least one service.")
            )
        hidden = self._appointment_hidden(car, unit, items)
        today = unit._clock_local(fields.Datetime.now()).date()
        ahead = self._appointment_all()._setting("book_days")
        return self._page_render(
            "dealer_service.waiting_new",
            {
                "page_name": "appointment_new",
                "error": error,
                "hidden": hidden,
                "back_url": self._appointment_url("/my/appointments/times", hidden),
                "chosen_words": self._appointment_words(car, items),
                "store": unit,
                "first": self._waiting_day(form, "first") or today,
                "last": self._waiting_day(form, "last") or today + timedelta(days=7),
                "today": today,
                "latest": today + timedelta(days=ahead),
                "parts": self._waiting_all()
                ._fields["day_part"]
                ._description_selection(request.env),
                "day_part": self._waiting_part(form),
            },
            422 if error else 200,
        )

    def _waiting_day(self, form, name):
        try:
            return fields.Date.to_date(self._page_text(form, name, 10) or None)
        except ValueError:
            return None

    def _waiting_part(self, form):
        part = form.get("day_part")
        return part if part in ("morning", "afternoon") else "any"

    @http.route("/my/appointments/wait", methods=["POST"], **_PUBLIC)
    def waiting_add(self, **kw):
        """Put the customer on the waiting list."""
        if away := self._appointment_sign_in():
            return away
        car, unit = self._appointment_chosen_car(kw), self._appointment_chosen_store(kw)
        items = self._appointment_chosen_items(kw, unit)
        first, last = self._waiting_day(kw, "first"), self._waiting_day(kw, "last")
        if not (car and items):
            return self._waiting_ask(kw)
        if not (first and last):
            return self._waiting_ask(kw, request.env._("Choose the days that suit you."))
        if self._page_is_over("dealer_service.waits_a_day", str(request.env.uid), 24):
            return self._waiting_ask(kw, request.env._("Too many attempts. Please call us."))
        try:
            with request.env.cr.savepoint():
                row = self._waiting_all()._page_wait(
                    self._appointment_partner(),
                    car,
                    unit,
                    items,
                    first,
                    last,
                    self._waiting_part(kw),
                )
        except AccessError:
            raise
        except UserError as problem:
            return self._waiting_ask(kw, str(problem))
        return request.redirect(f"/my/waiting/{row.id}", code=303)

    # ------------------------------------------------------------
    # One who waits
    # ------------------------------------------------------------

    def _waiting_one(self, number, token):
        """Return who waits, in sudo, and where that is shown; none for everybody else."""
        rows = self._waiting_all()
        if token is not None:
            return rows._of_token(token), f"/waiting/{token}"
        if request.env.user._is_public():
            return rows, ""
        own = rows.search(
            Domain("id", "=", number)
            & Domain("partner_id", "=", self._appointment_partner().id)
            & Domain("vehicle_id", "!=", False)
        )
        return own, f"/my/waiting/{number}"

    def _waiting_foreign(self, row):
        """Whether somebody else is signed in than whom the link was sent to."""
        user = request.env.user
        return not user._is_public() and self._appointment_partner() != row.partner_id

    def _waiting_gone(self, title, words, status):
        return self._page_render(
            "dealer_service.waiting_gone",
            {"error": None, "headline": title, "words": words},
            status,
        )

    def _waiting_refused(self, row):
        """Return the page for a link that opens nothing, else None."""
        if not row:
            return self._waiting_gone(
                request.env._("This link opens nothing any more"),
                request.env._(
                    "The offer is over, or a newer one was made: then use the newest message. What you"
                    " wait for stands on “My Appointments”."
                ),
                410,
            )
        if self._waiting_foreign(row):
            return self._waiting_gone(
                request.env._("This offer is for another customer"),
                request.env._(
                    "The link was not sent to you, and nothing was changed. If it was, sign in with your"
                    " own number."
                ),
                403,
            )
        return None

    @http.route(_paths(), methods=["GET"], **_PUBLIC)
    def waiting(self, number=None, token=None, **kw):
        """Show what is waited for, and the offer."""
        if token is None and (away := self._appointment_sign_in()):
            return away
        row, base = self._waiting_one(number, token)
        if token is not None and (refused := self._waiting_refused(row)):
            return refused
        if not row:
            raise request.not_found()
        return self._waiting_show(row, base)

    def _waiting_show(self, row, base, error=None):
        if made := row._page_appointment():
            return request.redirect(self._waiting_made(made, base), code=303)
        own = base.startswith("/my/")
        card = self._waiting_card(row)
        plate = row.vehicle_id.plate or ""
        unit = row.unit_id
        offered = card["standing"] == "offered"
        return self._page_render(
            "dealer_service.waiting",
            {
                "page_name": "appointment" if own else None,
                "error": error,
                "base": base,
                "own": own,
                "card": card,
                "standing": card["standing"],
                "days": self._waiting_days(row),
                "car": plate if own else mask_plate(plate),
                "ready": self._page_time(unit, row.booking_id.stop, "HH:mm") if offered else "",
                "until": self._page_time(unit, row.offered_until, "MM-dd HH:mm") if offered else "",
                "zone": self._page_zone_words(unit, row.offered_start or row.date_from),
                "over": row.date_to <= fields.Datetime.now(),
                "res_company": row.company_id,
                "phone": row.company_id.phone or "",
            },
            422 if error else 200,
        )

    def _waiting_made(self, made, base):
        """Return where the appointment is shown that was made of an offer."""
        if base.startswith("/my/"):
            return f"/my/appointments/{made.id}"
        return f"/appointment/{made.access_token}"

    @http.route(_paths("/accept"), methods=["POST"], **_PUBLIC)
    def waiting_accept(self, number=None, token=None, **kw):
        """Take the time that is offered."""
        return self._waiting_act(number, token, lambda row: row._page_accept())

    @http.route(_paths("/decline"), methods=["POST"], **_PUBLIC)
    def waiting_decline(self, number=None, token=None, **kw):
        """Pass the time on to the next in line."""
        return self._waiting_act(number, token, lambda row: row._page_decline())

    @http.route(_paths("/again"), methods=["POST"], **_PUBLIC)
    def waiting_again(self, number=None, token=None, **kw):
        """Wait on after an offer that was not taken."""
        return self._waiting_act(number, token, lambda row: row._page_again())

    @http.route(_paths("/end"), methods=["POST"], **_PUBLIC)
    def waiting_end(self, number=None, token=None, **kw):
        """Wait no longer."""
        return self._waiting_act(number, token, lambda row: row._page_end())

    def _waiting_act(self, number, token, action):
        """Do what a form asks for and lead back; or say what is in the way."""
        row, base = self._waiting_one(number, token)
        if token is not None and (refused := self._waiting_refused(row)):
            return refused
        if not row:
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                action(row)
        except AccessError:
            raise
        except UserError as problem:
            row.invalidate_recordset()
            return self._waiting_show(row, base, str(problem))
        return request.redirect(base, code=303)
