from odoo import http
from odoo.fields import Domain
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

_ROUTE = {"type": "http", "auth": "user", "website": True, "methods": ["GET"]}


class VehiclePortal(CustomerPortal):
    """“My Cars”: the present owner sees the own cars, their history, dates and costs (D1)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vehicle_count" in counters:
            values["vehicle_count"] = self._own_cars().search_count(self._own_cars_domain())
        return values

    def _own_cars(self):
        # Customers have no right on cars; each search below names their own.
        return request.env["dealer.vehicle"].sudo()

    def _own_cars_domain(self):
        return request.env["dealer.vehicle"]._own_domain(request.env.user)

    def _own_car(self, vehicle_id):
        """Return the own car in sudo; nothing for a car of anybody else, whether there is one or not."""
        return self._own_cars().search(
            self._own_cars_domain() & Domain("id", "=", vehicle_id), limit=1
        )

    @http.route("/my/vehicles", **_ROUTE)
    def portal_my_vehicles(self, **_kw):
        """List the own cars."""
        cars = self._own_cars().search(self._own_cars_domain(), order="id")
        return request.render(
            "dealer_service.portal_my_vehicles",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "vehicles",
                "cards": [car._owner_card() for car in cars],
            },
        )

    @http.route("/my/vehicles/<int:vehicle_id>", **_ROUTE)
    def portal_my_vehicle(self, vehicle_id, **_kw):
        """Show one of the own cars: dates, what is due, history, cost of the year."""
        car = self._own_car(vehicle_id)
        if not car:
            raise request.not_found()
        return request.render(
            "dealer_service.portal_my_vehicle",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "vehicles",
                "car": car._owner_page(request.env.user.partner_id),
            },
        )

    @http.route("/my/vehicles/<int:vehicle_id>/pdf", **_ROUTE)
    def portal_my_vehicle_pdf(self, vehicle_id, **_kw):
        """Send the file of one of the own cars as PDF."""
        car = self._own_car(vehicle_id)
        if not car:
            raise request.not_found()
        # That it is the own car was asked; a customer has no right on reports as such.
        content, _kind = (
            request.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf("dealer_service.action_report_car_file", car.ids)
        )
        name = request.env._("Car file %s.pdf", car.plate or car.vin)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
