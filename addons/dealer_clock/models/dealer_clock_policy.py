import logging

from psycopg2 import Error as PsycopgError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ..tools.quiet import awake
from ..tools.term import Term

_logger = logging.getLogger(__name__)

#: What passes while a clock runs.
BASES = [("working", "Opening Hours"), ("wall", "Round the Clock")]


class DealerClockPolicy(models.Model):
    """By when something must be done with a record, and who is told when it is not."""

    _name = "dealer.clock.policy"
    _description = "Clock Policy"
    _inherit = ["dealer.user.checks", "dealer.cache.mixin"]
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Char(
        required=True,
        help="What is measured, as programs name it, e.g. first_response. A record has one running"
        " clock of a kind; the first policy of that kind that fits the record is taken.",
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Applies To",
        required=True,
        ondelete="cascade",
        domain="[('transient', '=', False)]",
    )
    model = fields.Char(related="model_id.model", string="Model Name", store=True, index=True)
    domain = fields.Char(required=True, default="[]")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: all stores. A policy of the store itself comes before one of all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    minutes = fields.Integer(required=True, default=30, help="Time to do it.")
    duration = fields.Char(compute="_compute_duration", string="In Words")
    basis = fields.Selection(
        BASES,
        string="Counts",
        required=True,
        default="working",
    )
    can_pause = fields.Boolean(
        string="May Pause", help="Legal terms run on; others may wait for the customer."
    )
    quiet_from = fields.Float(default=21.0, help="Store time. Nobody is called in quiet hours.")
    quiet_to = fields.Float(default=8.0)
    step_ids = fields.One2many("dealer.clock.step", "policy_id", string="Ladder", copy=True)
    clock_count = fields.Integer(compute="_compute_clock_count", string="Running Clocks")

    _minutes_positive = models.Constraint(
        "CHECK (minutes > 0)", "Give at least one minute to do it."
    )
    _quiet_hours = models.Constraint(
        "CHECK (quiet_from >= 0 AND quiet_from < 24 AND quiet_to >= 0 AND quiet_to < 24)",
        "Quiet hours lie between 0:00 and 24:00.",
    )

    @api.depends("minutes", "basis")
    @api.depends_context("lang")
    def _compute_duration(self):
        for policy in self:
            days, rest = divmod(policy.minutes, 24 * 60)
            hours, minutes = divmod(policy.minutes, 60)
            if policy.basis == "wall" and days and not rest:
                policy.duration = self.env._("%s days", days)
            elif hours and not minutes:
                policy.duration = self.env._("%s h", hours)
            elif hours:
                policy.duration = self.env._(
                    "%(hours)s h %(minutes)s min", hours=hours, minutes=minutes
                )
            else:
                policy.duration = self.env._("%s min", minutes)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_clock_count(self):
        counts = dict(
            self.env["dealer.clock"]._read_group(
                [("policy_id", "in", self.ids), ("stopped_at", "=", False)],
                ["policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.clock_count = counts.get(policy, 0)

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for policy in self:
            # Whoever sets a policy need not have a right on the list of models.
            model = policy.sudo().model_id.model
            if model not in self.env or not hasattr(self.env[model], "_clock_start"):
                raise ValidationError(
                    self.env._("%s have no clocks. Choose another kind of record.", policy.name)
                )
            try:
                policy._domain().validate(self.env[model])
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of %(policy)s cannot be read: %(error)s",
                        policy=policy.name,
                        error=error,
                    )
                ) from error
        self.step_ids._check_who()

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a policy to where the own reach ends.
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _check_unused(self):
        # Whose clocks they are does not matter; nobody deletes what was measured.
        clocks = self.env["dealer.clock"].sudo()
        used = clocks.search([("policy_id", "in", self.ids)], limit=1).policy_id
        if used:
            raise UserError(
                self.env._(
                    "“%s” has measured already. Archive it; its clocks and figures stay.", used.name
                )
            )

    def _domain(self):
        self.ensure_one()
        return Domain(safe_eval(self.domain or "[]"))

    def _term(self):
        """Return this policy as plain data."""
        self.ensure_one()
        return Term(
            id=self.id,
            unit_id=self.unit_id.id,
            domain=self.domain,
            minutes=self.minutes,
            basis=self.basis,
            quiet_from=self.quiet_from,
            quiet_to=self.quiet_to,
            rungs=tuple(step._rung() for step in self.step_ids),
        )

    @api.model
    @ormcache("model", "kind")
    def _terms(self, model, kind):
        """Return the terms in use for records of ``model``, those of a store itself first."""
        # Which policy holds does not depend on who works on the record.
        policies = self.sudo().search(Domain("model", "=", model) & Domain("kind", "=", kind))
        return tuple(policy._term() for policy in policies.sorted(lambda row: not row.unit_id))

    @api.model
    def _match(self, records, kind):
        """Return ``{term: records}``: for each record the first term of ``kind`` that fits.

        Records whose store has a term of its own take that one first.
        """
        units = {record.id: record._clock_unit().id for record in records}
        left, result = records, {}
        for term in self._terms(records._name, kind):
            fitting = left
            if term.unit_id:
                fitting = left.filtered(
                    lambda record, unit_id=term.unit_id: units[record.id] == unit_id
                )
            if term.domain != "[]":
                # Whether a filter fits does not depend on who works on the record; nothing of it is shown.
                fitting = self._fitting(term, fitting.sudo()).sudo(records.env.su)
            if fitting:
                result[term] = fitting
                left -= fitting
        return result

    @api.model
    def _fitting(self, term, records):
        """Return those of ``records`` that the filter of ``term`` fits.

        A filter may name a field whose addon has gone: then it fits nothing, and no work stops.
        """
        try:
            return records.filtered_domain(Domain(safe_eval(term.domain or "[]")))
        except PsycopgError:
            # The database is not the filter's fault, and the transaction is gone.
            raise
        except Exception:
            _logger.warning("Clock policy %s: its filter cannot be applied", term.id, exc_info=True)
            return records.browse()

    def _awake(self, moment, unit):
        """Return ``moment``, or the end of the quiet hours it lies in (naive UTC).

        Quiet hours hold for whom a step calls; the clock itself runs on.
        """
        self.ensure_one()
        return awake(moment, unit._clock_zone(), self.quiet_from, self.quiet_to)

    def action_clocks(self):
        """Open the running clocks of this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_clock.dealer_clock_action")
        action["domain"] = [("policy_id", "=", self.id)]
        return action
