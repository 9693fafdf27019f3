from odoo import fields, models

from ..tools.cells import cell_of, mask


class DealerCapacityBookingLine(models.Model):
    """What a booking takes of one resource. It names no customer: that a bay is taken is no secret."""

    _name = "dealer.capacity.booking.line"
    _description = "Booked Resource"
    _order = "start, id"
    _rec_name = "resource_id"

    booking_id = fields.Many2one(
        "dealer.capacity.booking", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="booking_id.company_id", store=True, index=True)
    resource_id = fields.Many2one("dealer.capacity.resource", required=True, ondelete="restrict")
    kind_id = fields.Many2one("dealer.capacity.kind", required=True, ondelete="restrict")
    skill_ids = fields.Many2many(
        "dealer.capacity.skill",
        "dealer_capacity_booking_line_skill_rel",
        "line_id",
        "skill_id",
        string="Skills Needed",
    )
    units = fields.Integer(required=True, default=1)
    minutes = fields.Integer(string="Asked For (min)", required=True)
    start = fields.Datetime(required=True)
    stop = fields.Datetime(string="End", required=True)

    _resource_time_idx = models.Index("(resource_id, stop)")
    _units_positive = models.Constraint("CHECK (units > 0)", "A booking takes at least one unit.")
    # What was done early may have used nothing of a resource that was to come later.
    _stop_after_start = models.Constraint("CHECK (stop >= start)", "An end comes after the start.")

    def _cells(self):
        """Return ``[(resource id, cell)]`` of what the line takes."""
        self.ensure_one()
        return [
            (self.resource_id.id, cell) for cell in range(cell_of(self.start), cell_of(self.stop))
        ]

    def _conflict(self, base, hours):
        """Return in words why the line cannot take place as booked, or False.

        :param int base: the cell from which ``hours`` count
        :param dict hours: ``{resource id: Hours}``
        """
        self.ensure_one()
        resource = self.resource_id
        if not resource.active:
            return self.env._("%s is out of service", resource.name)
        missing = self.skill_ids - resource.skill_ids
        if missing:
            return self.env._(
                "%(resource)s no longer has: %(skills)s",
                resource=resource.name,
                skills=", ".join(missing.mapped("name")),
            )
        first, last = cell_of(self.start) - base, cell_of(self.stop) - base
        taken, found = mask(first, last), hours[resource.id]
        ends = mask(first, first + 1) | mask(last - 1, last)
        if taken & ~found.whole or ends & taken & ~found.there:
            return self.env._("%s is closed or away", resource.name)
        return False

    def action_swap(self):
        """Show who could take the line over."""
        self.ensure_one()
        self.booking_id._check_change()
        swap = self.env["dealer.capacity.swap"].create({"line_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Swap"),
            "res_model": swap._name,
            "res_id": swap.id,
            "views": [(False, "form")],
            "target": "new",
        }
