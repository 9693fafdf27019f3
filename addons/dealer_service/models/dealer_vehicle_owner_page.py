from odoo import fields, models
from odoo.fields import Domain

from ..tools.day import local_day, today


class DealerVehicle(models.Model):
    """What the owner of a car may know of it: the page “My Cars” and its print (D1)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def _own_domain(self, user):
        """Return the domain of the cars whose present owner is the person who is logged in."""
        return Domain("current_owner_id", "=", user.partner_id.id)

    def _owner_card(self):
        """Return what stands of the car in the list of the owner's cars."""
        self.ensure_one()
        now = today()
        dates = [
            (self.env._("Next maintenance"), self.service_due),
            (self.env._("Insurance until"), self.insurance_due),
            (self.env._("Annual inspection until"), self.inspection_due),
            (self.env._("Warranty until"), self.warranty_due),
        ]
        return {
            "id": self.id,
            "plate": self.plate or self.vin,
            "car": " ".join(filter(None, (self.brand, self.series, self.color))),
            "vin": self.vin,
            "mileage": self.last_mileage,
            "mileage_on": self.last_mileage_date and local_day(self.last_mileage_date),
            "predicted": self.predicted_mileage,
            "dates": [
                {"label": label, "day": day, "late": day < now, "soon": (day - now).days <= 30}
                for label, day in dates
                if day
            ],
        }

    def _owner_page(self, owner, companies=None):
        """Return all that ``owner`` may know of this car, as plain values.

        The work that was done stays with the car. What a former owner said and paid is left out.
        Call it in sudo, for the present owner, or for staff who may read the car.

        :param companies: those whose visits are shown, to staff; the owner sees all
        :return: :meth:`_owner_card` with ``history``, ``needs``, ``costs``, ``total``, ``currency``
        """
        self.ensure_one()
        kinds = dict(
            self.env["dealer.service.order"]._fields["kind"]._description_selection(self.env)
        )
        orders = self._visits(companies)
        history = []
        for order in orders:
            own = bool(owner) and order.owner_id == owner
            history.append(
                {
                    "day": local_day(order.opened_at),
                    "kind": kinds[order.kind],
                    "mileage": order.mileage,
                    "store": order.unit_id.name,
                    "open": order.state == "open",
                    "work": order.work_done or ", ".join(order.line_ids.mapped("name")),
                    "words": own and order.customer_words,
                    "amount": own and order.amount_customer,
                }
            )
        costs, total = self._year_cost(orders, owner)
        return {
            **self._owner_card(),
            "history": history,
            "needs": [
                {"name": need.name, "day": need.expected_on, "km": need.due_km, "state": need.state}
                for need in self.maintenance_need_ids
                if need.expected_on and need.line_id
            ][:8],
            "costs": costs,
            "total": total,
            "currency": self.currency_id,
        }

    def _visits(self, companies=None):
        """Return the workshop orders of this car that were not called off.

        :param companies: those whose visits are looked for; none given: of all
        """
        self.ensure_one()
        domain = Domain("vehicle_id", "=", self.id) & Domain("state", "!=", "cancelled")
        if companies is not None:
            domain &= Domain("company_id", "in", companies.ids)
        return self.env["dealer.service.order"].search(domain)

    def _year_cost(self, orders, owner):
        """Return what ``owner`` paid for this car in the last twelve months, by kind.

        :return: list of (label, amount) without what cost nothing, and their sum
        """
        since = fields.Date.subtract(today(), years=1)
        labels = {
            "labour": self.env._("Labour"),
            "part": self.env._("Parts"),
            "other": self.env._("Other"),
        }
        sums = dict.fromkeys(labels, 0)
        for order in orders:
            if not owner or order.owner_id != owner or local_day(order.opened_at) <= since:
                continue
            for line in order.line_ids:
                if line.paid_by == "customer":
                    sums[line.kind] += line.amount
        costs = [(labels[kind], amount) for kind, amount in sums.items() if amount]
        return costs, sum(sums.values())

    def action_print_car_file(self):
        """Print the file of the car as its owner sees it."""
        self.check_access("read")
        return self.env.ref("dealer_service.action_report_car_file").report_action(self)
