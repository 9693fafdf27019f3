from odoo import api, fields, models

from .dealer_maintenance_plan import names

#: What decides which plan fits, and from when a car counts.
WATCHED = {
    "brand",
    "first_registration",
    "guarantee_start",
    "model_id",
    "purchase_date",
    "series",
    "unit_id",
}
#: So many cars are worked out at once when something changes; more wait for the cron.
AT_ONCE = 20


class DealerVehicle(models.Model):
    """What the car needs next, by its plan, its mileage and what was done (D4)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    maintenance_need_ids = fields.One2many(
        "dealer.maintenance.need", "vehicle_id", string="Maintenance List", readonly=True
    )
    maintenance_stale = fields.Boolean(
        default=True, readonly=True, copy=False, help="The list is to be worked out anew."
    )
    service_due = fields.Date(
        compute="_compute_service_due",
        store=True,
        readonly=False,
        compute_sudo=True,
        help="By date or by the mileage foreseen, whichever comes first.",
    )

    _stale_idx = models.Index("(id) WHERE maintenance_stale IS TRUE")

    @api.depends("maintenance_need_ids.expected_on")
    def _compute_service_due(self):
        for vehicle in self:
            # Faults are spoken about when the car comes; they do not call it in.
            services = vehicle.maintenance_need_ids.filtered("line_id")
            days = services.filtered("expected_on").mapped("expected_on")
            # Where no plan fits, the day that was typed stays.
            vehicle.service_due = min(days, default=vehicle.service_due)

    @api.model_create_multi
    def create(self, vals_list):
        vehicles = super().create(vals_list)
        if len(vehicles) <= AT_ONCE:
            vehicles._maintenance_refresh()
        else:
            self._maintenance_wake()
        return vehicles

    def write(self, vals):
        result = super().write(vals)
        if WATCHED & vals.keys():
            self._maintenance_changed()
        return result

    def _dealer_merge_before(self, journal, sources):
        result = super()._dealer_merge_before(journal, sources)
        # There is one row per service and car; what belongs to the joined file is worked out anew.
        sources.maintenance_need_ids.unlink()
        return result

    def _dealer_merge_after(self, journal, sources):
        result = super()._dealer_merge_after(journal, sources)
        self._maintenance_refresh()
        return result

    def _dealer_undone(self, journal):
        result = super()._dealer_undone(journal)
        cars = self.browse(journal.rows().get("dealer.vehicle", ())).exists()
        (self | cars)._maintenance_refresh()
        return result

    @api.model
    def _maintenance_all_stale(self):
        """A plan changed: the cron works out all cars anew."""
        self.flush_model(["maintenance_stale"])
        self.env.cr.execute(
            "UPDATE dealer_vehicle SET maintenance_stale = TRUE WHERE maintenance_stale IS NOT TRUE"
        )
        self.invalidate_model(["maintenance_stale"])
        self._maintenance_wake()

    @api.model
    def _maintenance_wake(self):
        cron = self.env.ref("dealer_service.ir_cron_maintenance", raise_if_not_found=False)
        if cron:
            # Whoever changes a plan or brings many cars has no right on crons.
            cron.sudo()._trigger()

    def _maintenance_changed(self):
        """Work the lists out anew: at once for a few cars, by the cron for many."""
        if len(self) <= AT_ONCE:
            self._maintenance_refresh()
        else:
            # The mark is the system's.
            self.sudo().maintenance_stale = True
            self._maintenance_wake()

    def _maintenance_refresh(self):
        """Bring the maintenance lists of these cars up to date, in a fixed number of queries.

        Work done in all stores counts; it is asked as the system, and shows days and mileages alone.
        """
        cars = self.sudo()
        needs = self.env["dealer.maintenance.need"].sudo()
        plans = self.env["dealer.maintenance.plan"].sudo()._by_vehicle(cars)
        past = needs._past_work(cars)
        instruments = cars._instrument_changes()
        known = {
            (need.vehicle_id.id, need.fault_id or need.line_id): need
            for need in needs.search([("vehicle_id", "in", cars.ids)])
        }
        kept, new, rows = needs.browse(), [], []
        for car, plan in plans.items():
            changed_on = instruments.get(car.id, ())
            start = car.guarantee_start or car.first_registration or car.purchase_date
            for line in plan.line_ids:
                words = names(line.keywords)
                done = [
                    (moment, km)
                    for moment, km, text in past.get(car.id, ())
                    if any(word in text for word in words)
                ]
                need = known.get((car.id, line), needs)
                values = need._due_of(line, done, start, need, changed_on)
                rows.append((need, {"vehicle_id": car.id, "line_id": line.id}, values))
        for fault, repairs in needs._past_repairs(cars).items():
            need = known.get((fault.vehicle_id.id, fault), needs)
            values = needs._due_of_fault(fault, repairs, need)
            about = {"vehicle_id": fault.vehicle_id.id, "fault_id": fault.id}
            rows.append((need, about, values))
        for need, about, values in rows:
            if not need:
                new.append({**about, **values})
                continue
            kept |= need
            changed = {name: value for name, value in values.items() if need[name] != value}
            if changed:
                need.write(changed)
        (needs.browse(need.id for need in known.values()) - kept).unlink()
        needs.create(new)
        stale = cars.filtered("maintenance_stale")
        if stale:
            stale.maintenance_stale = False

    @api.model
    def _cron_maintenance(self, limit=500):
        """Work out the lists that wait, batch by batch."""
        while cars := self.search([("maintenance_stale", "=", True)], limit=limit, order="id"):
            cars._maintenance_refresh()
            left = self.search_count([("maintenance_stale", "=", True)], limit=limit)
            if not self.env["ir.cron"]._commit_progress(len(cars), remaining=left):
                break

    def action_maintenance_list(self):
        """Open what this car needs, worked out anew."""
        self.ensure_one()
        self.check_access("read")
        self._maintenance_refresh()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_maintenance_need_action"
        )
        action["domain"] = [("vehicle_id", "=", self.id)]
        action["context"] = {"search_default_now": 1, "dealer_one_car": True}
        action["display_name"] = action["name"] = self.env._(
            "Maintenance List: %s", self.display_name
        )
        return action

    def action_print_maintenance(self):
        """Print the maintenance list, worked out anew."""
        self.check_access("read")
        self._maintenance_refresh()
        return self.env.ref("dealer_service.action_report_maintenance").report_action(self)
