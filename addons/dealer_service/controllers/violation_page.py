from odoo import http
from odoo.http import request

from .vehicle_portal import VehiclePortal


class ViolationPage(VehiclePortal):
    """The owner agrees that traffic violations of the car are asked for, or ends it (D3)."""

    @http.route(
        "/my/vehicles/<int:vehicle_id>/violations/<string:act>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def violations_act(self, vehicle_id, act, **_kw):
        """Take or end the consent of the present owner."""
        car = self._own_car(vehicle_id)
        if not car or not car.unit_id or act not in ("agree", "stop"):
            raise request.not_found()
        if act == "agree":
            car._violations_agree()
        else:
            car._violations_stop()
        return request.redirect(f"/my/vehicles/{car.id}#violations", code=303)
