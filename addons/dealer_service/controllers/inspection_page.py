from datetime import datetime, timedelta

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.dealer_capacity.tools.opening import moment_at

from .customer_page import CustomerPage
from .vehicle_portal import VehiclePortal


class InspectionPage(CustomerPage, VehiclePortal):
    """The owner has the annual inspection done (年审代办, D14)."""

    @http.route(
        "/my/vehicles/<int:vehicle_id>/inspection",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def inspection_ask(self, vehicle_id, **kw):
        """Take the wish of the owner: where and when the car is fetched."""
        car = self._own_car(vehicle_id)
        if not car:
            raise request.not_found()
        place = self._page_text(kw, "place", 200)
        unit = (
            car.current_owner_id.dealer_relation_ids.unit_id[:1]
            or car.unit_id
            or self._page_stores()[:1]
        )
        moment = self._inspection_moment(kw, unit)
        error = None
        if not place or not moment:
            error = request.env._("Say where and when we fetch the car, from tomorrow on.")
        else:
            try:
                with request.env.cr.savepoint():
                    # That it is the own car was asked; customers have no right on the model.
                    request.env["dealer.inspection.service"].sudo().create(
                        {
                            "vehicle_id": car.id,
                            "unit_id": unit.id,
                            "pickup_place": place,
                            "pickup_at": moment,
                        }
                    )
            except UserError as problem:
                error = str(problem)
        if not error:
            return request.redirect(f"/my/vehicles/{car.id}", code=303)
        response = request.render(
            "dealer_service.portal_my_vehicle",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "vehicles",
                "car": car._owner_page(request.env.user.partner_id),
                "inspection_error": error,
                "inspection_form": {"place": place, "when": self._page_text(kw, "when", 20)},
            },
        )
        response.status_code = 422
        return response

    def _inspection_moment(self, form, unit):
        """Return the moment that the form means by the clock of the store, or None: not from tomorrow on."""
        try:
            local = datetime.fromisoformat(self._page_text(form, "when", 20))
        except ValueError:
            return None
        if local.tzinfo:
            return None
        today = unit._clock_local(fields.Datetime.now()).date()
        if not today < local.date() <= today + timedelta(days=180):
            return None
        return moment_at(local.date(), local.hour * 60 + local.minute, unit._clock_zone().key)
