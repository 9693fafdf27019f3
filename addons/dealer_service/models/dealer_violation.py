from odoo import api, fields, models

from ..tools.day import local_day


class DealerViolation(models.Model):
    """A traffic violation of a customer's car, as a provider told it (D3).

    Only what the present owner agreed to is kept, and only what happened in the owner's time.
    """

    _name = "dealer.violation"
    _description = "Traffic Violation"
    _inherit = ["dealer.store.mixin"]
    _order = "occurred_at desc, id desc"
    _rec_name = "act"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    owner_id = fields.Many2one(
        "res.partner",
        compute="_compute_owner_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        help="The present owner of the car, if it happened in the owner's time.",
    )
    provider = fields.Char(required=True, readonly=True)
    external_id = fields.Char(string="Provider's Number", required=True, readonly=True)
    occurred_at = fields.Datetime(required=True, readonly=True)
    place = fields.Char(readonly=True)
    code = fields.Char(string="Code of the Act", readonly=True)
    act = fields.Char(required=True, readonly=True)
    points = fields.Integer(string="Penalty Points", readonly=True)
    fine = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        readonly=True,
        default=lambda self: self.env.ref("base.CNY"),  # fines are in the money of the law
    )
    state = fields.Selection(
        [("open", "Not Settled"), ("dealt", "Dealt With")],
        required=True,
        default="open",
        readonly=True,
    )
    found_on = fields.Date(
        required=True, readonly=True, index=True, help="The day from which the owner is reminded."
    )
    is_simulated = fields.Boolean(string="Simulated", compute="_compute_is_simulated")

    _external_uniq = models.Constraint(
        "UNIQUE(provider, external_id)", "The provider told this violation already."
    )

    @api.depends(
        "occurred_at",
        "vehicle_id.owner_ids.partner_id",
        "vehicle_id.owner_ids.date_from",
        "vehicle_id.owner_ids.date_to",
    )
    def _compute_owner_id(self):
        for row in self:
            current = row.vehicle_id.owner_ids.filtered(lambda line: not line.date_to)[:1]
            own = current and current.date_from <= local_day(row.occurred_at)
            row.owner_id = current.partner_id if own else False

    @api.depends("provider")
    def _compute_is_simulated(self):
        providers = self.env["dealer.violation.provider"]
        for row in self:
            provider = providers._by_name(row.provider or "")
            row.is_simulated = provider is not None and provider._violation_simulated

    @api.model
    def _take(self, provider, told, now_day):
        """Let what is kept of cars be what was told of them; the same told twice changes nothing.

        Call it as the system, for cars whose owners agreed.

        :param str provider: the name of who told it
        :param told: ``{car: [ViolationFound]}``; of the cars in it all that is open is told
        :return: the new rows
        """
        cars = self.env["dealer.vehicle"].union(*told)
        own = self.search([("vehicle_id", "in", cars.ids), ("provider", "=", provider)])
        since = {
            line.vehicle_id: line.date_from
            for line in cars.owner_ids.filtered(lambda line: not line.date_to)
        }
        wanted = {found.external_id: (car, found) for car, all_ in told.items() for found in all_}
        known = {
            row.external_id: row
            for row in self.search(
                [("provider", "=", provider), ("external_id", "in", list(wanted))]
            )
        }
        new, dealt, opened = [], self.browse(), self.browse()
        for external_id, (car, found) in wanted.items():
            row = known.get(external_id)
            if row and row.vehicle_id == car:
                if found.dealt_with and row.state == "open":
                    dealt |= row
                elif not found.dealt_with and row.state == "dealt":
                    opened |= row
            elif not row and car in since and since[car] <= local_day(found.occurred_at):
                new.append(
                    {
                        "vehicle_id": car.id,
                        "unit_id": car.unit_id.id,
                        "provider": provider,
                        "external_id": external_id,
                        "occurred_at": found.occurred_at,
                        "place": found.place,
                        "code": found.code,
                        "act": found.act,
                        "points": found.points,
                        "fine": found.fine,
                        "state": "dealt" if found.dealt_with else "open",
                        "found_on": now_day,
                    }
                )
        dealt |= own.filtered(lambda row: row.state == "open" and row.external_id not in wanted)
        dealt.state = "dealt"
        opened.state = "open"
        return self.create(new)
