from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_service.tools.day import today

#: The word by which the lead inbox knows these leads.
SOURCE = "repurchase"
#: So many cars are looked at in one go.
BATCH = 500
#: A car makes one lead a year.
YEAR = timedelta(days=365)


class DealerRepurchaseRule(models.Model):
    """When the owner of a car that comes to the workshop may think of a new one.

    Such owners become leads by the lead inbox, with all that it does: one customer per number, an open
    lead is joined, the bound consultant first.
    """

    _name = "dealer.repurchase.rule"
    _description = "Repurchase Rule"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    years = fields.Integer(string="Age from (Years)", help="0: the age does not matter.")
    mileage = fields.Integer(string="Mileage from (km)", help="0: the mileage does not matter.")
    visited_months = fields.Integer(
        string="Last Visit within (Months)",
        required=True,
        default=24,
        help="Owners whose car was longer away are no service customers any more.",
    )
    rest_months = fields.Integer(
        string="Not after a New Car (Months)",
        required=True,
        default=24,
        help="Whoever ordered a car with us since then is not asked.",
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")

    _numbers = models.Constraint(
        "CHECK (years >= 0 AND mileage >= 0 AND visited_months > 0 AND rest_months >= 0)",
        "Years, kilometres and months cannot be below zero.",
    )

    @api.constrains("years", "mileage")
    def _check_limits(self):
        for rule in self:
            if not rule.years and not rule.mileage:
                raise ValidationError(
                    self.env._("Give “%s” an age or a mileage: else every owner fits.", rule.name)
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a rule to where the own reach ends.
            self.check_access("write")
        return result

    # ------------------------------------------------------------
    # Who fits
    # ------------------------------------------------------------

    def _car_domain(self):
        """Return the domain of the cars that are old enough, or were driven far enough."""
        self.ensure_one()
        born = today() - relativedelta(years=self.years)
        age = Domain("purchase_date", "<=", born) | (
            Domain("purchase_date", "=", False) & Domain("first_registration", "<=", born)
        )
        driven = Domain("last_mileage", ">=", self.mileage)
        parts = [part for wanted, part in ((self.years, age), (self.mileage, driven)) if wanted]
        visits = Domain("state", "=", "closed") & Domain("closed_at", ">=", self._visited_since())
        if self.unit_id:
            visits &= Domain("unit_id", "=", self.unit_id.id)
        return (
            Domain("current_owner_id", "!=", False)
            & Domain("service_order_ids", "any", visits)
            & Domain.OR(parts)
        )

    def _visited_since(self):
        self.ensure_one()
        return fields.Datetime.now() - relativedelta(months=self.visited_months)

    def _last_visits(self, cars):
        """Return ``{car: order}``: the last visit that the owner of today made."""
        self.ensure_one()
        domain = Domain("vehicle_id", "in", cars.ids) & Domain("state", "=", "closed")
        domain &= Domain("closed_at", ">=", self._visited_since())
        if self.unit_id:
            domain &= Domain("unit_id", "=", self.unit_id.id)
        result = {}
        for order in self.env["dealer.service.order"].search(
            domain, order="closed_at desc, id desc"
        ):
            if order.owner_id == order.vehicle_id.current_owner_id:
                result.setdefault(order.vehicle_id, order)
        return result

    def _willing(self, visits):
        """Return the cars whose owner may be asked.

        The owner agreed to such messages with this store, did not refuse to be called, has a number,
        and did not buy from us lately.
        """
        self.ensure_one()
        consents, callbacks = self.env["dealer.consent"], self.env["dealer.callback"]
        since = today() - relativedelta(months=self.rest_months)
        cars = self.env["dealer.vehicle"]
        for unit in {order.unit_id for order in visits.values()}:
            of_unit = cars.browse().union(
                *(car for car, order in visits.items() if order.unit_id == unit)
            )
            partners = of_unit.current_owner_id.filtered("phone_normalized")
            partners = consents._partners_with(partners, "marketing", unit)
            partners -= callbacks._partners_refusing(partners, unit)
            bought = self.env["dealer.order"].search(
                Domain("partner_id", "in", partners.ids)
                & Domain("state", "in", ("ordered", "planned", "delivered"))
                & Domain("ordered_on", ">=", since)
            )
            partners -= bought.partner_id
            cars |= of_unit.filtered(lambda car, may=partners: car.current_owner_id in may)
        return cars

    def _not_asked_lately(self, cars):
        """Return the cars that made no lead within a year, whatever the rule."""
        year = today().year
        keys = {self._key(car, each): car for car in cars for each in (year, year - 1)}
        rows = self.env["dealer.lead.inbox"].search_fetch(
            Domain("source", "=", SOURCE)
            & Domain("external_id", "in", list(keys))
            & Domain("received_at", ">", fields.Datetime.now() - YEAR),
            ["external_id"],
        )
        return cars - cars.browse().union(*(keys[row.external_id] for row in rows))

    @api.model
    def _key(self, car, year):
        """Return the number of the lead at its source: one per car and year, also of two runs at once."""
        return f"car-{car.id}-{year}"

    def _prepare_lead(self, car, order):
        """Return the lead as the inbox takes it; a hook."""
        self.ensure_one()
        owner = car.current_owner_id
        lang = order.company_id.partner_id.lang
        words = self.with_context(lang=lang).env._(
            "Owner of %(car)s, %(km)s km, bought %(day)s; last in the workshop on %(visit)s.",
            car=car.display_name,
            km=car.last_mileage,
            day=car.purchase_date or car.first_registration or "–",
            visit=order.unit_id._clock_local(order.closed_at).date(),
        )
        return {
            "external_id": self._key(car, today().year),
            "name": owner.name,
            "phone": owner.phone,
            "brand": car.brand or None,
            "store": order.unit_id.code,
            "message": words,
        }

    # ------------------------------------------------------------
    # The work
    # ------------------------------------------------------------

    def _run(self, after=0, limit=BATCH):
        """Make leads of the next cars.

        :param int after: id of the car where the last batch ended
        :return: ``(number of new leads, id of the last car or None at the end)``
        """
        self.ensure_one()
        # Owners of all the store are looked at by the system, and told to nobody.
        rule = self.sudo()
        cars = rule.env["dealer.vehicle"].search(
            rule._car_domain() & Domain("id", ">", after), order="id", limit=limit
        )
        last = cars[-1:].id if len(cars) == limit else None
        visits = rule._last_visits(rule._not_asked_lately(cars))
        chosen = rule._willing(visits)
        leads = [rule._prepare_lead(car, visits[car]) for car in chosen]
        received = rule.env["dealer.lead.inbox"]._receive(SOURCE, leads)
        return sum(is_new for _row, is_new in received.values()), last

    @api.model
    def _cron_run(self):
        """Look for owners who may think of a new car, rule by rule, batch by batch."""
        cron = self.env["ir.cron"]
        # Rules of all stores are run by the system.
        for rule in self.sudo().search([("active", "=", True)]):
            last = 0
            while last is not None:
                made, last = rule._run(last)
                if not cron._commit_progress(made):
                    return
