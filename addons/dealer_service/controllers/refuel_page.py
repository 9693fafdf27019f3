from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from ..models.dealer_vehicle_refuel import MOST_AMOUNT, MOST_LITRES
from ..tools.day import today
from .customer_page import CustomerPage
from .vehicle_portal import VehiclePortal

_POST = {"type": "http", "auth": "user", "website": True, "methods": ["POST"]}
LIMIT = "dealer_service.refuels_a_day"


class RefuelPage(CustomerPage, VehiclePortal):
    """The owner notes what was paid for fuel (D1); rows of the own car alone, by no other door."""

    def _refuels(self):
        # Customers have no right on the model; each search names the owner's own.
        return request.env["dealer.vehicle.refuel"].sudo()

    @http.route("/my/vehicles/<int:vehicle_id>/refuels", **_POST)
    def refuel_note(self, vehicle_id, **kw):
        """Note a refuelling, once however often the button is pressed."""
        car = self._own_car(vehicle_id)
        if not car:
            raise request.not_found()
        values, error = self._refuel_values(kw, car)
        if not error:
            domain = Domain.AND(Domain(name, "=", value) for name, value in values.items())
            if self._refuels().search_count(domain, limit=1):
                return self._refuel_back(car)
            if self._page_is_over(LIMIT, str(request.env.uid), 24):
                error = request.env._("Too many at once. Please call us.")
        if not error:
            try:
                with request.env.cr.savepoint():
                    self._refuels().create(values)
                return self._refuel_back(car)
            except UserError as problem:
                error = str(problem)
        response = request.render(
            "dealer_service.portal_my_vehicle",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "vehicles",
                "car": car._owner_page(request.env.user.partner_id),
                "refuel_error": error,
                "refuel_form": {
                    name: self._page_text(kw, name, 20)
                    for name in ("date", "litres", "amount", "mileage")
                },
            },
        )
        response.status_code = 422
        return response

    @http.route("/my/vehicles/<int:vehicle_id>/refuels/<int:refuel_id>/delete", **_POST)
    def refuel_delete(self, vehicle_id, refuel_id, **_kw):
        """Delete what the owner noted."""
        car = self._own_car(vehicle_id)
        row = self._refuels().search(
            Domain("id", "=", refuel_id)
            & Domain("vehicle_id", "=", car.id)
            & Domain("owner_id", "=", request.env.user.partner_id.id)
            & Domain("user_id", "=", request.env.uid),
        )
        if not car or not row:
            raise request.not_found()
        row.unlink()
        return self._refuel_back(car)

    def _refuel_back(self, car):
        return request.redirect(f"/my/vehicles/{car.id}#costs", code=303)

    def _refuel_number(self, form, name):
        """Return a number with two places from a form, or None."""
        text = self._page_text(form, name, 12).replace(",", "").replace("，", "")
        try:
            number = float(text) if text.isascii() else None
        except ValueError:
            return None
        # “nan” and “inf” are numbers to Python.
        return round(number, 2) if number is not None and 0 < number < 10_000_000 else None

    def _refuel_values(self, form, car):
        """Return ``(values, error)`` of what was typed for the present owner's car."""
        try:
            day = fields.Date.to_date(self._page_text(form, "date", 10))
        except ValueError:
            day = None
        line = car.owner_ids.filtered(lambda each: not each.date_to)[:1]
        litres = self._refuel_number(form, "litres")
        amount = self._refuel_number(form, "amount")
        mileage = self._refuel_number(form, "mileage")
        error = None
        if not day or not line.date_from <= day <= today():
            error = request.env._("Choose a day until today, since the car is yours.")
        elif not litres or litres > MOST_LITRES:
            error = request.env._("How many litres? Up to %s.", MOST_LITRES)
        elif not amount or amount > MOST_AMOUNT:
            error = request.env._("What did you pay? Up to %s yuan.", MOST_AMOUNT)
        elif self._page_text(form, "mileage", 20) and (not mileage or mileage > 3_000_000):
            error = request.env._("The mileage is a whole number of kilometres, or empty.")
        values = {
            "vehicle_id": car.id,
            "user_id": request.env.uid,
            "date": day,
            "litres": litres,
            "amount": amount,
            "mileage": int(mileage or 0),
        }
        return values, error
