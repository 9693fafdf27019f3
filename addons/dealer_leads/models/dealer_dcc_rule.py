from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: What each seat of the call centre does (FACTS §1.3).
SEATS = [
    ("inbound", "Inbound"),
    ("outbound", "Outbound"),
    ("direct", "Direct Sale"),
]


class DealerDccRule(models.Model):
    """Which leads flow into the pool of the call centre (DCC, B8)."""

    _name = "dealer.dcc.rule"
    _description = "Inflow of the Call Centre"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: all stores that have DCC agents.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("source", "By Source"),
            ("overflow", "Nobody Took It"),
            ("uninvited", "Not Invited"),
        ],
        required=True,
        default="source",
        help="By source: leads of these sources that nobody serves, at once. Nobody took it: what"
        " the showroom did not take in time. Not invited: whoever serves it, nobody invited the"
        " customer for so long.",
    )
    source_ids = fields.Many2many("utm.source", string="Sources")
    first = fields.Boolean(
        string="Before the Showroom",
        help="Leads of these sources are not given to consultants by turn: the call centre invites"
        " first. Who serves the customer already is asked all the same.",
    )
    minutes = fields.Integer(default=30, help="Minutes after receipt.")
    days = fields.Integer(default=30, help="Days without an invitation.")
    seat = fields.Selection(SEATS, required=True, default="outbound")
    waiting_count = fields.Integer(compute="_compute_waiting_count", string="In the Pool")

    _times = models.Constraint(
        "CHECK (minutes >= 1 AND days >= 1)", "Enter at least 1 minute and 1 day."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_count(self):
        counts = dict(
            self.env["dealer.dcc.entry"]._read_group(
                [("rule_id", "in", self.ids), ("state", "=", "waiting")], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.waiting_count = counts.get(rule, 0)

    @api.constrains("kind", "source_ids")
    def _check_sources(self):
        for rule in self:
            if rule.kind == "source" and not rule.source_ids:
                raise ValidationError(
                    self.env._("Choose the sources whose leads flow into the pool.")
                )

    @api.constrains("unit_id")
    def _check_unit(self):
        if self.unit_id.filtered(lambda unit: unit.kind != "store"):
            raise ValidationError(self.env._("A pool belongs to a store, not to a division."))

    @api.model
    def _of_kind(self, kind):
        """Return the rules of a kind in their order; those of single stores come first."""
        return self.search([("kind", "=", kind)]).sorted(lambda rule: not rule.unit_id)

    def _for_source(self, unit, source):
        """Return the first of these rules that takes leads of ``source`` in store ``unit``."""
        for rule in self:
            if source in rule.source_ids and rule.unit_id in (unit, unit.browse()):
                return rule
        return self.browse()

    def _units(self):
        """Return the stores for which these rules, all of one kind, are looked at."""
        if any(not rule.unit_id for rule in self):
            return self.env["dealer.unit"].search([("kind", "=", "store")])
        return self.unit_id

    def _due(self, unit, limit):
        """Return the leads of a store that this rule lets into the pool now, locked.

        Both questions are answered by a partial index over what may become due: their cost is that
        of the leads that enter, not of those that are open.
        """
        self.ensure_one()
        leads = self.env["crm.lead"]
        domain = leads._dealer_pool_domain() & Domain("dealer_unit_id", "=", unit.id)
        now = fields.Datetime.now()
        if self.kind == "overflow":
            since = now - timedelta(minutes=self.minutes)
            domain &= Domain("user_id", "=", False) & Domain("dealer_received_at", "<=", since)
            order = "dealer_received_at, id"
        else:
            domain &= Domain("dealer_invite_since", "<=", now - timedelta(days=self.days))
            order = "dealer_invite_since, id"
        found = leads.search(domain, limit=limit, order=order).try_lock_for_update()
        return found.filtered_domain(domain)
