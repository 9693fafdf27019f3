from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import mileage as tool
from ..tools.day import ZONE_NAME, local_day, today

#: km a day of a car whose readings do not tell; a setting of the shop.
DEFAULT_DAILY_KM = "dealer_service.default_daily_km"


class DealerVehicle(models.Model):
    """How far the car is driven a day, and what its instrument will show (D1, D4)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    daily_km = fields.Float(
        string="km a Day",
        compute="_compute_daily_km",
        store=True,
        compute_sudo=True,
        digits=(6, 1),
        aggregator="avg",
        help="Estimated from the accepted readings of the last 18 months; one wrong reading of five"
        " changes nothing. Empty where the readings do not tell.",
    )
    predicted_mileage = fields.Integer(
        string="Foreseen Today (km)",
        compute="_compute_predicted_mileage",
        compute_sudo=True,
        help="The last reading and the km a day since then; where these are not known, the usual"
        " km a day of the shop.",
    )

    @api.depends(
        "reading_ids.state", "reading_ids.mileage", "reading_ids.date", "first_registration"
    )
    def _compute_daily_km(self):
        readings = self.env["dealer.vehicle.reading"]
        readings.flush_model(["vehicle_id", "date", "mileage", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT vehicle_id, (date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date, mileage"
                " FROM dealer_vehicle_reading WHERE state = 'accepted' AND vehicle_id IN %s",
                ZONE_NAME,
                tuple(self.ids) or (None,),
            )
        )
        known = defaultdict(list)
        for vehicle_id, day, km in rows:
            known[vehicle_id].append((day, km))
        for vehicle in self:
            found = known[vehicle._origin.id]
            new = vehicle.first_registration
            if len(found) == 1 and new and new < found[0][0]:
                # A car has next to nothing on the instrument when it gets its first plate.
                found.append((new, 0))
            vehicle.daily_km = tool.estimate(found).daily_km or 0

    @api.depends("daily_km", "last_mileage", "last_mileage_date")
    def _compute_predicted_mileage(self):
        now = today()
        for vehicle in self:
            vehicle.predicted_mileage = vehicle._mileage_on(now)

    @api.model
    def _default_daily_km(self):
        # A setting of the shop; every post that reads a car needs it.
        return float(self.env["ir.config_parameter"].sudo().get_param(DEFAULT_DAILY_KM, 40))

    def _mileage_on(self, day):
        """Return the mileage foreseen on ``day``, km; 0 where no reading is known."""
        self.ensure_one()
        if not self.last_mileage_date:
            return 0
        return tool.mileage_on(
            local_day(self.last_mileage_date),
            self.last_mileage,
            self.daily_km or self._default_daily_km(),
            day,
        )

    def _day_of(self, km):
        """Return the day on which ``km`` are foreseen, or False where no reading is known or it is too far."""
        self.ensure_one()
        if not self.last_mileage_date:
            return False
        return (
            tool.day_of(
                local_day(self.last_mileage_date),
                self.last_mileage,
                self.daily_km or self._default_daily_km(),
                km,
            )
            or False
        )

    def _instrument_changes(self):
        """Return ``{vehicle id: [(moment in naive UTC, km that the new instrument shows less)]}``, in one query.

        Distances and intervals go on when an instrument is changed; what it shows begins anew.
        """
        self.env["dealer.vehicle.reading"].flush_model(["vehicle_id", "date", "mileage", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT vehicle_id, date, mileage FROM dealer_vehicle_reading"
                " WHERE state = 'accepted' AND vehicle_id IN %s ORDER BY vehicle_id, date, id",
                tuple(self.ids) or (None,),
            )
        )
        known = defaultdict(list)
        for vehicle_id, moment, km in rows:
            known[vehicle_id].append((moment, km))
        return {vehicle_id: tool.changes(readings) for vehicle_id, readings in known.items()}

    def mileage_curve(self):
        """Return what the curve of the car shows.

        :return: dict with ``readings`` (list of date, km, whether it is questioned; oldest first) and
            ``forecast`` (two of date, km: the last reading and a year from today), each date in ISO form
        """
        self.ensure_one()
        self.check_access("read")
        readings = self.env["dealer.vehicle.reading"].search_fetch(
            [("vehicle_id", "=", self.id), ("state", "!=", "replaced")],
            ["date", "mileage", "state"],
            order="date, id",
        )
        forecast = []
        if self.last_mileage_date:
            later = fields.Date.add(today(), years=1)
            forecast = [
                (local_day(self.last_mileage_date).isoformat(), self.last_mileage),
                (later.isoformat(), self._mileage_on(later)),
            ]
        return {
            "readings": [
                (local_day(each.date).isoformat(), each.mileage, each.state == "questioned")
                for each in readings
            ],
            "forecast": forecast,
        }
