from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from .dealer_maintenance_plan import ALL_STORES


class DealerKindRule(models.Model):
    """From which numbers on a customer is loyal, nearby, choosing, occasional, or about to leave (D10).

    The defaults are habits of the trade, not law: half a year between two visits, at risk from about nine
    months, gone after twelve. A manager changes them; the rule of the own store goes before that of all.
    """

    _name = "dealer.kind.rule"
    _description = "Rule for Kinds of Customers"
    _inherit = ["dealer.user.checks"]
    _order = "unit_id, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores that have no rule of their own.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    window_months = fields.Integer(
        string="Looks Back (months)", required=True, default=24, aggregator=False
    )
    loyal_visits = fields.Integer(
        string="Loyal from (visits)", required=True, default=3, aggregator=False
    )
    loyal_share = fields.Integer(
        string="Loyal from (% done here)", required=True, default=75, aggregator=False
    )
    few_visits = fields.Integer(
        string="Occasional below (visits)", required=True, default=2, aggregator=False
    )
    choosing_share = fields.Integer(
        string="Choosing below (% done here)", required=True, default=50, aggregator=False
    )
    near_km = fields.Integer(string="Near up to (km)", required=True, default=10, aggregator=False)
    grace_days = fields.Integer(
        string="Maintenance missed after (days)", required=True, default=30, aggregator=False
    )
    usual_days = fields.Integer(
        string="Rhythm if unknown (days)",
        required=True,
        default=182,
        aggregator=False,
        help="For who came once only and whose car has no plan with months.",
    )
    shortest_days = fields.Integer(
        string="Shortest rhythm (days)",
        required=True,
        default=60,
        aggregator=False,
        help="Who came back for the same trouble after some days is not lost after some weeks.",
    )
    watch_percent = fields.Integer(
        string="Watch from (% of rhythm)", required=True, default=120, aggregator=False
    )
    risk_percent = fields.Integer(
        string="At risk from (% of rhythm)", required=True, default=150, aggregator=False
    )
    lost_percent = fields.Integer(
        string="Lost from (% of rhythm)", required=True, default=200, aggregator=False
    )
    explanation = fields.Text(compute="_compute_explanation")

    _unit_uniq = models.UniqueIndex(
        "(COALESCE(unit_id, 0)) WHERE active",
        "This store has a rule already. Change that one.",
    )
    _window = models.Constraint(
        "CHECK (window_months BETWEEN 1 AND 120)",
        "Look back for one month at least, ten years at most.",
    )
    _counts = models.Constraint(
        "CHECK (few_visits > 0 AND loyal_visits >= few_visits AND near_km >= 0 AND grace_days >= 0)",
        "Who is loyal comes at least as often as who is not occasional; nothing is below zero.",
    )
    _shares = models.Constraint(
        "CHECK (choosing_share >= 0 AND loyal_share >= choosing_share AND loyal_share <= 100)",
        "Shares lie between 0 and 100 %; that of the loyal is not below that of the choosing.",
    )
    _rhythm = models.Constraint(
        "CHECK (shortest_days > 0 AND usual_days >= shortest_days AND usual_days <= 3650)",
        "A rhythm has a day at least; the usual one is not below the shortest.",
    )
    _steps = models.Constraint(
        "CHECK (watch_percent >= 100 AND risk_percent > watch_percent AND lost_percent > risk_percent"
        " AND lost_percent <= 1000)",
        "Watch, at risk, lost follow each other: from 100 % of the rhythm on, each above the one before.",
    )

    @api.constrains("unit_id")
    def _check_unit(self):
        if self.unit_id.filtered(lambda unit: unit.kind != "store"):
            raise ValidationError(self.env._("Choose a store, or none for all stores."))

    def _check_as_user(self, field_names):
        """The rule of all stores is the group's; a store has its own."""
        result = super()._check_as_user(field_names)
        if not self.env.user._dealer_has_any(ALL_STORES) and self.filtered(
            lambda rule: not rule.unit_id
        ):
            raise AccessError(
                self.env._(
                    "This rule holds for all stores. Make one for your store: it goes before this one."
                )
            )
        return result

    @api.depends(
        "window_months",
        "loyal_visits",
        "loyal_share",
        "few_visits",
        "choosing_share",
        "near_km",
        "grace_days",
        "usual_days",
        "shortest_days",
        "watch_percent",
        "risk_percent",
        "lost_percent",
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for rule in self:
            rule.explanation = "\n".join((*rule._kind_words(), *rule._lapse_words()))

    def _kind_words(self):
        """Return what the kinds mean, with the numbers in force."""
        self.ensure_one()
        return (
            self.env._(
                "Visits count on different days of the last %(months)s months. “Done here” is the share of"
                " the maintenance that was done in this store: of that done here or in a sister store and"
                " that overdue for more than %(days)s days by the plan of the car.",
                months=self.window_months,
                days=self.grace_days,
            ),
            self.env._(
                "Loyal: at least %(visits)s visits and at least %(share)s %% done here.",
                visits=self.loyal_visits,
                share=self.loyal_share,
            ),
            self.env._("Occasional: fewer than %(visits)s visits.", visits=self.few_visits),
            self.env._(
                "Choosing: comes, but less than %(share)s %% is done here; or comes from afar without being"
                " loyal.",
                share=self.choosing_share,
            ),
            self.env._(
                "Nearby: comes, is not loyal, and lives within %(km)s km of the store (by the places on the"
                " map; where they are not known, in the same postal district: the first four digits).",
                km=self.near_km,
            ),
        )

    def _lapse_words(self):
        """Return what the lapse risk means, with the numbers in force."""
        self.ensure_one()
        return (
            self.env._(
                "Lapse is measured by the customer's own rhythm: the median of the days between the visits,"
                " %(shortest)s at least. Who came once counts by the plan of the car, else by %(usual)s days.",
                shortest=self.shortest_days,
                usual=self.usual_days,
            ),
            self.env._(
                "Watch from %(watch)s %% of the rhythm without a visit, at risk from %(risk)s %%, lost from"
                " %(lost)s %%.",
                watch=self.watch_percent,
                risk=self.risk_percent,
                lost=self.lost_percent,
            ),
        )

    @api.model
    def _of_user(self):
        """Return the rule in force in the store that the user works in, readable for all posts."""
        unit = self.env["dealer.unit"]._current()
        # Thresholds are no secret; who reads customers reads by which rule they are judged.
        return self.sudo().search([("unit_id", "in", (unit.id, False))], order="unit_id", limit=1)

    # ------------------------------------------------------------
    # What changes, is counted anew
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._count_anew(rules.unit_id.ids)
        return rules

    def write(self, vals):
        before = self._reach()
        result = super().write(vals)
        self._count_anew({*before, *self._reach()})
        return result

    def unlink(self):
        before = self._reach()
        result = super().unlink()
        self._count_anew(before)
        return result

    def _reach(self):
        """Return the ids of the stores that the rules hold for; 0 for all."""
        return [rule.unit_id.id or 0 for rule in self]

    @api.model
    def _count_anew(self, unit_ids):
        """Mark the customers of these stores in one statement, and wake the job."""
        units = list(unit_ids)
        if not units:
            units = [0]
        everywhere = not all(units)
        relations = self.env["dealer.relation"]
        relations.flush_model(["kinds_stale"])
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_relation SET kinds_stale = TRUE"
                " WHERE active AND kinds_stale IS NOT TRUE AND (%s OR unit_id = ANY(%s))",
                everywhere,
                units,
            )
        )
        relations.invalidate_model(["kinds_stale"])
        relations._kinds_wake()
