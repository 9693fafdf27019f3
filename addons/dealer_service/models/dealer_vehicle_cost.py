from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.day import today

#: Each policy: until when it runs, and what was paid for it.
POLICIES = (
    ("compulsory_insurance_due", "compulsory_premium"),
    ("commercial_insurance_due", "commercial_premium"),
)


class DealerVehicle(models.Model):
    """What a car costs besides the workshop: insurance and fuel (D1)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    compulsory_premium = fields.Monetary(
        string="Compulsory Insurance Premium",
        help="Of the policy in force, with vehicle tax if it was paid with it. A new end of the"
        " policy empties it.",
    )
    commercial_premium = fields.Monetary(
        string="Commercial Insurance Premium",
        help="Of the policy in force. A new end of the policy empties it.",
    )
    refuel_ids = fields.One2many("dealer.vehicle.refuel", "vehicle_id", string="Refuellings")
    year_cost = fields.Monetary(string="Cost of the Year", compute="_compute_year_cost")
    year_cost_words = fields.Text(string="By Kind", compute="_compute_year_cost")

    _premiums = models.Constraint(
        "CHECK (compulsory_premium >= 0 AND commercial_premium >= 0)",
        "A premium cannot be below zero.",
    )

    @api.depends("unit_id")
    def _compute_currency_id(self):
        for vehicle in self:
            # What money a store counts in is no secret.
            company = vehicle.sudo().unit_id.company_id or self.env.company
            vehicle.currency_id = company.currency_id

    @api.depends(
        "compulsory_insurance_due",
        "compulsory_premium",
        "commercial_insurance_due",
        "commercial_premium",
        "current_owner_id",
        "refuel_ids.amount",
        "refuel_ids.date",
    )
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_year_cost(self):
        for vehicle in self:
            # Who may read the car may know what its print shows: visits of the own stores alone.
            car = vehicle.sudo()
            costs, vehicle.year_cost = car._year_cost(
                car._visits(None if self.env.su else self.env.companies), car.current_owner_id
            )
            vehicle.year_cost_words = "\n".join(
                f"{label}: {car.currency_id.format(amount)}" for label, amount in costs
            )

    def write(self, vals):
        stale = {
            premium: self.filtered(lambda car, due=due: car[due] != fields.Date.to_date(vals[due]))
            for due, premium in POLICIES
            if due in vals and premium not in vals
        }
        result = super().write(vals)
        for premium, cars in stale.items():
            # Another policy: what the one before cost says nothing of it.
            cars.filtered(premium)[premium] = 0
        return result

    @api.model
    def _dealer_merge_groups(self):
        groups = [
            group for group in super()._dealer_merge_groups() if group[0][0] not in dict(POLICIES)
        ]
        # A premium goes with its policy.
        return [*groups, *(((due,), (premium,)) for due, premium in POLICIES)]

    def _owner_on(self, day):
        """Return who was the owner on ``day``, or nobody."""
        self.ensure_one()
        day = fields.Date.to_date(day)
        return self.owner_ids.filtered(
            lambda line: line.date_from <= day and not (line.date_to and line.date_to <= day)
        )[:1].partner_id

    def _year_cost(self, orders, owner):
        """Besides what the workshop was paid: the policies in force, and what was noted of fuel.

        A premium is paid once for a year: that of the policy in force counts whole, if it began in
        the owner's time. Policies run for a year.
        """
        costs, total = super()._year_cost(orders, owner)
        now = today()
        line = self.owner_ids.filtered(lambda each: not each.date_to)[:1]
        since = line.date_from if owner and line.partner_id == owner else None
        premiums = sum(
            self[premium]
            for due, premium in POLICIES
            if since
            and self[due]
            and self[due] > now
            and fields.Date.subtract(self[due], years=1) >= since
        )
        fuel = sum(
            row.amount
            for row in self.refuel_ids
            if owner and row.owner_id == owner and row.date > fields.Date.subtract(now, years=1)
        )
        for label, amount in (
            (self.env._("Insurance"), premiums),
            (self.env._("Fuel"), fuel),
        ):
            if amount:
                costs.append((label, amount))
        return costs, total + premiums + fuel

    def _owner_page(self, owner, companies=None):
        page = super()._owner_page(owner, companies)
        rows = self.env["dealer.vehicle.refuel"].search(
            Domain("vehicle_id", "=", self.id)
            & Domain("owner_id", "=", owner.id if owner else False)
            & Domain("owner_id", "!=", False)
            & Domain("date", ">", fields.Date.subtract(today(), years=1)),
            limit=30,
        )
        page["refuels"] = [
            {
                "id": row.id,
                "day": row.date,
                "litres": row.litres,
                "amount": row.amount,
                "mileage": row.mileage,
                "doubtful": row.reading_id.state == "questioned",
                "own": row.user_id.partner_id == owner,
            }
            for row in rows
        ]
        page["today"] = today()
        return page
