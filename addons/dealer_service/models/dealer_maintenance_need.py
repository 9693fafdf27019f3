from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.day import local_day, today

#: Who decides with the customer what is done.
DECIDERS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "base.group_system",
)
#: What is due within so many days is offered at a visit.
SOON_DAYS = 30
#: "Later" asks again after so many days.
LATER_DAYS = 30
#: A fault that was repaired is asked about at visits for so many months.
AGAIN_MONTHS = 12


class DealerMaintenanceNeed(models.Model):
    """A service that a car needs or a fault to ask about, when, and what the customer decided (保养需求清单, D4).

    One row per car and line of its plan, and per quality fault of the car, kept by
    ``dealer.vehicle._maintenance_refresh``.
    """

    _name = "dealer.maintenance.need"
    _description = "Maintenance Need"
    _order = "expected_on, id"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    owner_id = fields.Many2one(related="vehicle_id.current_owner_id", string="Owner")
    line_id = fields.Many2one("dealer.maintenance.plan.line", index=True, ondelete="cascade")
    fault_id = fields.Many2one(
        "dealer.vehicle.fault", string="Quality Fault", index="btree_not_null", ondelete="cascade"
    )
    kind = fields.Selection(
        [("service", "Maintenance"), ("fault", "Fault")], compute="_compute_kind", store=True
    )
    name = fields.Char(
        compute="_compute_name", search="_search_name", compute_sudo=True, string="What"
    )
    safety = fields.Boolean(compute="_compute_name", search="_search_safety", compute_sudo=True)
    times = fields.Integer(
        string="Repaired (×)",
        readonly=True,
        aggregator=False,
        help="In how many visits the same fault was dealt with, as the three guarantees count it.",
    )
    last_on = fields.Date(string="Last Done On", readonly=True)
    last_km = fields.Integer(string="Last Done At (km)", readonly=True, aggregator=False)
    due_on = fields.Date(readonly=True)
    due_km = fields.Integer(string="Due At (km)", readonly=True, aggregator=False)
    later_until = fields.Date(string="Asked Again From", readonly=True)
    decision = fields.Selection(
        [("done", "Done"), ("refused", "Refused"), ("later", "Later")],
        string="Last Decision",
        readonly=True,
    )
    decided_on = fields.Date(readonly=True)
    decided_km = fields.Integer(string="Decided At (km)", readonly=True, aggregator=False)
    decided_by_id = fields.Many2one("res.users", string="Decided With", readonly=True)
    expected_on = fields.Date(
        compute="_compute_expected_on",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        help="By date or by the mileage foreseen, whichever comes first.",
    )
    state = fields.Selection(
        [("due", "Due"), ("soon", "Soon"), ("fine", "Not Yet")],
        compute="_compute_state",
        search="_search_state",
    )

    _line_uniq = models.Constraint(
        "UNIQUE(vehicle_id, line_id)", "This service of the car is on the list already."
    )
    _fault_uniq = models.Constraint(
        "UNIQUE(fault_id)", "This fault of the car is on the list already."
    )
    _one_of_both = models.Constraint(
        "CHECK ((line_id IS NULL) <> (fault_id IS NULL))",
        "A row is about a service or about a fault.",
    )

    @api.depends("fault_id")
    def _compute_kind(self):
        for need in self:
            need.kind = "fault" if need.fault_id else "service"

    @api.depends("line_id.name", "line_id.safety", "fault_id.name", "fault_id.safety")
    @api.depends_context("lang")
    def _compute_name(self):
        for need in self:
            about = need.fault_id or need.line_id
            need.name, need.safety = about.name, about.safety

    @api.model
    def _search_about(self, name, operator, value):
        """Return the domain of rows whose service or fault is so."""
        # Names are shown to who reads the row, as in _compute_name; which rows those are the rules say.
        about = Domain(name, operator, value)
        return Domain("line_id", "any!", about) | Domain("fault_id", "any!", about)

    def _search_name(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return self._search_about("name", operator, value)

    def _search_safety(self, operator, value):
        if operator != "in":
            return NotImplemented
        safe = self._search_about("safety", "=", True)
        return Domain.OR([safe if each else ~safe for each in value])

    @api.depends(
        "due_on",
        "due_km",
        "later_until",
        "vehicle_id.daily_km",
        "vehicle_id.last_mileage",
        "vehicle_id.last_mileage_date",
    )
    def _compute_expected_on(self):
        for need in self:
            by_km = need.due_km and need.vehicle_id._day_of(need.due_km)
            expected = min(filter(None, (need.due_on, by_km)), default=False)
            if expected and need.later_until:
                expected = max(expected, need.later_until)
            need.expected_on = expected

    @api.depends("expected_on")
    def _compute_state(self):
        now = today()
        soon = fields.Date.add(now, days=SOON_DAYS)
        for need in self:
            if need.expected_on and need.expected_on <= now:
                need.state = "due"
            elif need.expected_on and need.expected_on <= soon:
                need.state = "soon"
            else:
                need.state = "fine"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = today()
        soon = fields.Date.add(now, days=SOON_DAYS)
        domains = {
            "due": Domain("expected_on", "<=", now),
            "soon": Domain("expected_on", ">", now) & Domain("expected_on", "<=", soon),
            "fine": Domain("expected_on", "=", False) | Domain("expected_on", ">", soon),
        }
        return Domain.OR([domains[each] for each in value if each in domains])

    # ------------------------------------------------------------
    # What the customer decides
    # ------------------------------------------------------------

    def action_done(self):
        """The service was done today; it begins anew."""
        self._decide("done")

    def action_refuse(self):
        """The customer does not want it. What belongs to safety comes back at the next visit."""
        self._decide("refused")

    def action_later(self):
        """The customer wants it later; it is asked again in a month."""
        self._decide("later")

    def _decide(self, decision):
        self.check_access("read")
        if not self.env.su and not self.env.user._dealer_has_any(DECIDERS):
            raise AccessError(
                self.env._("What is done is decided by the service advisor with the customer.")
            )
        now = today()
        label = dict(self._fields["decision"]._description_selection(self.env))[decision]
        # The post was checked; the rows are the system's, so that nobody writes another decision.
        for need in self.sudo():
            km = need.vehicle_id._mileage_on(now)
            need.write(
                {
                    "decision": decision,
                    "decided_on": now,
                    "decided_km": km,
                    "decided_by_id": self.env.uid,
                    "later_until": decision == "later" and fields.Date.add(now, days=LATER_DAYS),
                }
            )
            need.vehicle_id.with_user(self.env.user).sudo().message_post(
                body=self.env._(
                    "Maintenance list – %(service)s: %(decision)s.",
                    service=need.name,
                    decision=label,
                )
            )
        self.vehicle_id._maintenance_refresh()

    # ------------------------------------------------------------
    # Working it out
    # ------------------------------------------------------------

    @api.model
    def _past_repairs(self, vehicles):
        """Return ``{fault: (times, day, km)}`` of the faults of these cars, in all stores.

        The same fault is the same record: who records the repair says so, as for the three guarantees.
        """
        self.env["dealer.service.order"].flush_model()
        self.env["dealer.service.repair"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT repair.fault_id, COUNT(*), MAX(job.opened_at),
                       (ARRAY_AGG(COALESCE(job.mileage, 0) ORDER BY job.opened_at DESC))[1]
                  FROM dealer_service_repair repair
                  JOIN dealer_service_order job ON job.id = repair.order_id
                 WHERE job.state <> 'cancelled' AND repair.vehicle_id IN %s
                 GROUP BY repair.fault_id
                """,
                tuple(vehicles.ids) or (None,),
            )
        )
        known = {fault: (times, local_day(at), km) for fault, times, at, km in rows}
        faults = self.env["dealer.vehicle.fault"].search([("vehicle_id", "in", vehicles.ids)])
        return {fault: known.get(fault.id, (0, None, 0)) for fault in faults}

    @api.model
    def _due_of_fault(self, fault, past, need):
        """Return the values of a row about a fault: it is asked about until somebody answers.

        What was never repaired is open; what was repaired is asked about at the next visit, for so
        long as a repeated fault is (``AGAIN_MONTHS``). An answer holds until it comes again.

        :param past: as of :meth:`_past_repairs`
        :param need: the row there is, or an empty one
        """
        times, day, km = past
        values = {"last_on": day or False, "last_km": km, "times": times}
        since = day or local_day(fault.create_date)
        answered = need.decided_on and need.decided_on >= since
        over = answered and (
            need.decision == "done" or (need.decision == "refused" and not fault.safety)
        )
        old = times and fields.Date.add(since, months=AGAIN_MONTHS) < today()
        values["due_on"] = not over and not old and since
        if need.decision == "later" and not answered:
            values["later_until"] = False  # it came again meanwhile
        return values

    @api.model
    def _past_work(self, vehicles):
        """Return ``{vehicle id: [(moment, km, text)]}`` of all lines of visits that took place.

        :param vehicles: their visits in all stores, as the system
        """
        self.env["dealer.service.order"].flush_model()
        self.env["dealer.service.order.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT job.vehicle_id, job.opened_at, COALESCE(job.mileage, 0),
                       LOWER(CONCAT_WS(' ', line.code, line.name))
                  FROM dealer_service_order_line line
                  JOIN dealer_service_order job ON job.id = line.order_id
                 WHERE job.state = 'closed' AND job.vehicle_id IN %s
                """,
                tuple(vehicles.ids) or (None,),
            )
        )
        found = {}
        for vehicle_id, *work in rows:
            found.setdefault(vehicle_id, []).append(tuple(work))
        return found

    def _due_of(self, line, past, start, need, instruments=()):
        """Return the values of a row: when the service was done last and when it is due next.

        :param past: list of (moment, km) at which it was done
        :param start: the day from which the car counts, or False
        :param need: the row there is, or an empty one
        :param instruments: list of (moment, km) as of ``dealer.vehicle._instrument_changes``
        """
        moment, km = max(past, default=(None, 0))
        day = moment and local_day(moment)
        if need.decision == "done" and (not day or need.decided_on > day):
            moment, day, km = None, need.decided_on, need.decided_km
        values = {"last_on": day or False, "last_km": km}
        base_day, base_km = day, km
        # Refused for good until the next time; what belongs to safety stays due.
        if need.decision == "refused" and not line.safety and (not day or need.decided_on > day):
            moment, base_day, base_km = None, need.decided_on, need.decided_km
        if base_day:
            every_km, every_months = line.every_km, line.every_months
        else:
            base_day, base_km = start, 0
            every_km = line.first_km or line.every_km
            every_months = line.first_months or line.every_months
        due_km = base_km + every_km if every_km and (base_km or not day) else 0
        # The km count on where an instrument was changed since; it is due by what the new one shows.
        values["due_km"] = due_km and due_km - sum(
            less
            for at, less in instruments
            if (at > moment if moment else not base_day or local_day(at) > base_day)
        )
        values["due_on"] = (
            base_day and every_months and fields.Date.add(base_day, months=every_months) or False
        )
        if need.decision == "later" and day and need.decided_on and day > need.decided_on:
            values["later_until"] = False  # it was done meanwhile
        return values
