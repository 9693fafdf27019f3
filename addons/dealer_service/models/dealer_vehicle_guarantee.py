from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import guarantee as tool
from ..tools.mileage import driven

#: What the clock of the three guarantees depends on.
WATCHED = {
    "delivery_date",
    "guarantee_km",
    "guarantee_months",
    "invoice_date",
    "private_use",
    "purchase_date",
    "repair_km",
    "repair_months",
}


class DealerVehicle(models.Model):
    """The three guarantees (三包) of a private car: when they began, how near a right is."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    private_use = fields.Boolean(
        default=True, help="The three guarantees hold for private cars (Order 43, Art. 40)."
    )
    invoice_date = fields.Date(help="Of the invoice for the car. Empty: the day of purchase.")
    delivery_date = fields.Date(help="Only where it is not the day of the invoice (Art. 18).")
    guarantee_start = fields.Date(
        string="Guarantees Began",
        compute="_compute_guarantee_start",
        store=True,
        help="With the invoice, or with the delivery if that was on another day (Art. 18).",
    )
    guarantee_months = fields.Integer(
        string="Three Guarantees (months)", default=24, required=True, aggregator=False
    )
    guarantee_km = fields.Integer(
        string="Three Guarantees (km)", default=50_000, required=True, aggregator=False
    )
    repair_months = fields.Integer(
        string="Free Repair (months)", default=36, required=True, aggregator=False
    )
    repair_km = fields.Integer(
        string="Free Repair (km)", default=60_000, required=True, aggregator=False
    )
    guarantee_end = fields.Date(
        string="Three Guarantees Until", compute="_compute_guarantee_end", store=True
    )
    fault_ids = fields.One2many("dealer.vehicle.fault", "vehicle_id", string="Quality Faults")
    guarantee_watch_ids = fields.One2many(
        "dealer.guarantee.watch", "vehicle_id", string="Rights Coming Near", readonly=True
    )
    guarantee_level = fields.Integer(
        string="Nearest Right (%)",
        compute="_compute_guarantee_level",
        store=True,
        compute_sudo=True,
        aggregator=False,
    )

    _guarantee_terms = models.Constraint(
        "CHECK (guarantee_months >= 24 AND guarantee_km >= 50000"
        " AND repair_months >= 36 AND repair_km >= 60000)",
        "The law grants 24 months or 50,000 km, and free repair for 36 months or 60,000 km, at the"
        " least (Order 43, Art. 18). A maker may promise more, never less.",
    )

    @api.depends("invoice_date", "delivery_date", "purchase_date")
    def _compute_guarantee_start(self):
        for vehicle in self:
            vehicle.guarantee_start = tool.guarantee_start(
                vehicle.invoice_date or vehicle.purchase_date, vehicle.delivery_date
            )

    @api.depends("guarantee_start", "guarantee_months", "private_use")
    def _compute_guarantee_end(self):
        for vehicle in self:
            vehicle.guarantee_end = (
                vehicle.private_use
                and vehicle.guarantee_start
                and tool.Span(months=vehicle.guarantee_months).last_day(vehicle.guarantee_start)
            )

    @api.depends("guarantee_watch_ids.level")
    def _compute_guarantee_level(self):
        for vehicle in self:
            vehicle.guarantee_level = max(vehicle.guarantee_watch_ids.mapped("level"), default=0)

    def write(self, vals):
        result = super().write(vals)
        if WATCHED & vals.keys():
            self._guarantee_refresh()
        return result

    @api.model
    def _dealer_merge_groups(self):
        return [
            *super()._dealer_merge_groups(),
            *(((name,), ()) for name in ("invoice_date", "delivery_date")),
        ]

    def _dealer_merge_before(self, journal, sources):
        result = super()._dealer_merge_before(journal, sources)
        # There is one row per right and car; what belongs to the joined file is worked out anew.
        sources.guarantee_watch_ids.unlink()
        return result

    def _dealer_merge_after(self, journal, sources):
        result = super()._dealer_merge_after(journal, sources)
        self._guarantee_refresh()
        return result

    def _dealer_undone(self, journal):
        result = super()._dealer_undone(journal)
        cars = self.browse(journal.rows().get("dealer.vehicle", ())).exists()
        (self | cars)._guarantee_refresh()
        return result

    # ------------------------------------------------------------
    # The clock
    # ------------------------------------------------------------

    def _guarantee_refresh(self):
        """Work out how near the rights of these cars are, and tell who must know; as the system.

        All stores of the group count: the right follows the car (Art. 30, 32).
        """
        if not self:
            return
        # Repairs of stores that the user does not see count like the own ones.
        cars = self.sudo()
        repairs = self.env["dealer.service.repair"].sudo()
        orders = repairs.search(
            Domain("vehicle_id", "in", cars.ids) & Domain("order_id.state", "!=", "cancelled")
        ).order_id
        by_car = orders.grouped("vehicle_id")
        instruments = cars._instrument_changes()
        found = []
        for car in cars:
            visits = by_car.get(car)
            changed = instruments.get(car.id, ())
            if visits and car.private_use and car.guarantee_start:
                unit = visits.sorted("opened_at")[-1].unit_id
                local = unit._clock_local
                rights = tool.judge(
                    car._guarantee_car(changed),
                    [
                        visit._repair(
                            lambda at, local=local: local(at).replace(tzinfo=None), changed
                        )
                        for visit in visits
                    ],
                    local(fields.Datetime.now()).replace(tzinfo=None),
                )
                found += [(car, unit, right) for right in rights]
        # What a car is near to is worked out by the system and written by nobody.
        self.env["dealer.guarantee.watch"].sudo()._keep(cars, found)

    def _guarantee_car(self, changed=()):
        """Return the car as the clock sees it.

        :param changed: its instruments, as of :meth:`_instrument_changes`: the law counts what was driven
        """
        self.ensure_one()
        km = self.last_mileage and driven(self.last_mileage, self.last_mileage_date, changed)
        return tool.Car(
            start=self.guarantee_start,
            mileage=km or None,
            guarantee=tool.Span(months=self.guarantee_months, km=self.guarantee_km),
            repair=tool.Span(months=self.repair_months, km=self.repair_km),
        )
