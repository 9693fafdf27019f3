from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import guarantee as tool
from ..tools.mileage import driven

#: What the clock of the three guarantees depends on.
WATCHED = {
    "agreed_at",
    "completed_at",
    "excluded_hours",
    "mileage",
    "opened_at",
    "repair_ids",
    "state",
    "unit_id",
    "vehicle_id",
}


class DealerServiceOrder(models.Model):
    """What of a visit counts for the three guarantees: faults, and the days the repair took."""

    _name = "dealer.service.order"
    _inherit = "dealer.service.order"

    repair_ids = fields.One2many(
        "dealer.service.repair", "order_id", string="Quality Faults", copy=False
    )
    agreed_at = fields.Datetime(
        string="Repair Agreed",
        copy=False,
        help="The days of repair count from here (Order 43, Art. 40). Empty: from when it came in.",
    )
    completed_at = fields.Datetime(
        string="Repair Completed", copy=False, help="Empty: it still goes on, and the days count."
    )
    excluded_hours = fields.Float(
        string="Hours Not Counted",
        copy=False,
        aggregator=False,
        help="Only what Art. 24 leaves out. Waiting for any other part counts.",
    )
    exclusion = fields.Selection(
        [
            ("special_part", "Transport of a Special Part for this VIN"),
            ("battery", "Transport of the Traction Battery"),
            ("rescue", "Rescue Car on the Road"),
        ],
        string="Not Counted Because",
        copy=False,
    )
    repair_days = fields.Integer(
        string="Days of Repair",
        compute="_compute_repair_days",
        help="Each begun 24 hours are a day (Order 43, Art. 40).",
    )

    _excluded = models.Constraint(
        "CHECK (excluded_hours >= 0 AND (COALESCE(excluded_hours, 0) = 0 OR exclusion IS NOT NULL))",
        "Hours are left out for one of the reasons that the rules name: choose it.",
    )
    _completion = models.Constraint(
        "CHECK (completed_at IS NULL OR completed_at >= COALESCE(agreed_at, opened_at))",
        "A repair is completed after it was agreed upon.",
    )

    @api.depends("agreed_at", "opened_at", "completed_at", "excluded_hours", "repair_ids", "state")
    def _compute_repair_days(self):
        now = fields.Datetime.now()
        for order in self:
            counts = order.repair_ids and order.state != "cancelled" and order.opened_at
            order.repair_days = order._repair().days(now) if counts else 0

    @api.constrains("agreed_at", "completed_at")
    def _check_repair_times(self):
        latest = fields.Datetime.now() + timedelta(hours=1)
        for order in self:
            if any(at and at > latest for at in (order.agreed_at, order.completed_at)):
                raise ValidationError(
                    self.env._(
                        "When a repair was agreed upon or completed cannot lie in the future."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered("repair_ids").vehicle_id._guarantee_refresh()
        return orders

    def write(self, vals):
        watched = WATCHED & vals.keys()
        cars = self.filtered("repair_ids").vehicle_id if watched else self.vehicle_id.browse()
        result = super().write(vals)
        if watched:
            (cars | self.filtered("repair_ids").vehicle_id)._guarantee_refresh()
        return result

    def action_close(self):
        result = super().action_close()
        for order in self.filtered(lambda order: order.repair_ids and not order.completed_at):
            # The right was checked; what is handed over is repaired.
            order.sudo().completed_at = order.closed_at
        return result

    def action_complete_repair(self):
        """The repair is completed now: no more days count."""
        self.check_access("write")
        for order in self:
            order._check_open()
        self.filtered("repair_ids").completed_at = fields.Datetime.now()

    def _repair(self, local=None, changed=()):
        """Return the visit as the clock counts it.

        :param local: function from naive UTC to the wall of the store; default as it is
        :param changed: the car's instruments, as of ``dealer.vehicle._instrument_changes``
        """
        self.ensure_one()
        local = local or (lambda moment: moment)
        return tool.Repair(
            agreed_at=local(self.agreed_at or self.opened_at),
            completed_at=self.completed_at and local(self.completed_at) or None,
            faults=tuple(
                tool.Fault(
                    key=repair.fault_id.id,
                    system=repair.fault_id.system or None,
                    part=repair.fault_id.part or None,
                    safety=repair.fault_id.safety,
                    acute=repair.fault_id.acute or None,
                    remedy=repair.remedy,
                )
                for repair in self.repair_ids
            ),
            mileage=driven(self.mileage, self.opened_at, changed) if self.mileage else None,
            excluded=timedelta(hours=self.excluded_hours or 0),
        )
