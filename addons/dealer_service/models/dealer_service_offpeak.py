from odoo import api, fields, models

DAYS = [
    ("all", "Every Day"),
    ("week", "Monday to Friday"),
    ("weekend", "Saturday and Sunday"),
]


class DealerServiceOffpeak(models.Model):
    """When it costs less: at hours in which the shop has room, so that the peak gets lower."""

    _name = "dealer.service.offpeak"
    _description = "Off-Peak Price"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first one that fits counts.")
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
    item_ids = fields.Many2many(
        "dealer.service.item",
        "dealer_service_offpeak_item_rel",
        "offpeak_id",
        "item_id",
        string="Services",
        help="Empty: all services.",
    )
    days = fields.Selection(DAYS, required=True, default="week")
    hour_from = fields.Float(string="From", default=0, help="Store time at which the work begins.")
    hour_to = fields.Float(string="To", default=24)
    most_heat = fields.Integer(
        string="Taken at Most (%)",
        default=100,
        help="Only while no more than this share of the bays is taken at that time.",
    )
    percent = fields.Integer(string="Discount (%)", required=True, default=10)

    _sensible = models.Constraint(
        "CHECK (percent BETWEEN 1 AND 90 AND most_heat BETWEEN 0 AND 100"
        " AND hour_from >= 0 AND hour_to > hour_from AND hour_to <= 24)",
        "A discount is 1 to 90 %, a share taken 0 to 100 %, and hours lie between 0:00 and 24:00.",
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody changes the prices of other stores.
            self.check_access("write")
        return result

    @api.model
    def _of_store(self, unit):
        """Return the rules of a store, in order."""
        return self.search([("unit_id", "in", (False, unit.id))])

    def _fits(self, local, heat):
        """Whether the rule fits a start by the wall of the store and the share taken (%)."""
        self.ensure_one()
        if self.days != "all" and (local.weekday() >= 5) != (self.days == "weekend"):
            return False
        hour = local.hour + local.minute / 60
        return self.hour_from <= hour < self.hour_to and heat <= self.most_heat

    def _quote(self, items, local, heat):
        """Return ``(price from, price to, percent)`` of services that begin then.

        :param datetime local: the start by the wall of the store
        :param int heat: the share of the bays that is taken then (%)
        """
        fitting = self.filtered(lambda rule: rule._fits(local, heat))
        low = high = most = 0
        for item in items:
            rule = fitting.filtered(lambda rule, item=item: item in (rule.item_ids or item))[:1]
            share = 1 - (rule.percent or 0) / 100
            low += item.price_from * share
            high += item.price_to * share
            most = max(most, rule.percent or 0)
        return round(low, 2), round(high, 2), most
