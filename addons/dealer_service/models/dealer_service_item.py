from odoo import api, fields, models

from ..tools.need import Line, joined


class DealerServiceItem(models.Model):
    """What a customer chooses from when he makes an appointment, with what it costs from and to."""

    _name = "dealer.service.item"
    _description = "Service to Choose"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Char(
        string="In a Few Words", translate=True, help="What the customer reads below the name."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: of all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    job_id = fields.Many2one(
        "dealer.capacity.job",
        string="What It Needs",
        required=True,
        index=True,
        ondelete="restrict",
        help="Bay, technician with skills, advisor: how long, and from when on.",
    )
    minutes = fields.Integer(string="Duration (min)", related="job_id.minutes")
    need_ids = fields.One2many(related="job_id.need_ids")
    price_from = fields.Float(digits=(10, 2))
    price_to = fields.Float(digits=(10, 2))
    online = fields.Boolean(
        string="Customers Choose It", default=True, help="Else only the store books it."
    )

    _prices = models.Constraint(
        "CHECK (price_from >= 0 AND price_to >= price_from)",
        "The higher price comes second, and none is below zero.",
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody changes the menu of other stores.
            self.check_access("write")
        if "job_id" in field_names:
            self.job_id.check_access("read")
        return result

    @api.onchange("price_from")
    def _onchange_price_from(self):
        self.price_to = max(self.price_from, self.price_to)

    @api.model
    def _of_store(self, unit, online=False):
        """Return the services of a store, in order; those of customers only where ``online``."""
        domain = [("unit_id", "in", (False, unit.id))]
        if online:
            domain.append(("online", "=", True))
        return self.search(domain)

    def _need(self):
        """Return ``(need, minutes)`` of all of them in one visit, see :func:`joined`."""
        return joined(
            [
                [
                    Line(
                        kind=line.kind_id.id,
                        person=line.kind_id.person,
                        skills=frozenset(line.skill_ids.ids),
                        units=line.units,
                        minutes=line.minutes,
                        offset=line.offset,
                    )
                    for line in item.job_id.need_ids
                ]
                for item in self
            ]
        )
