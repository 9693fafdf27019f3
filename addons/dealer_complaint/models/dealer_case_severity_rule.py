from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval


@lru_cache(maxsize=512)
def _domain(text):
    """Return the condition that ``text`` says; it names no user and no time, so it stays the same."""
    return Domain(safe_eval(text))


class DealerCaseSeverityRule(models.Model):
    """What makes a complaint more severe; the name of the rule stands on the screen."""

    _name = "dealer.case.severity.rule"
    _description = "Severity Rule"
    _inherit = ["dealer.cache.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(
        [("raised", "Raised"), ("major", "Major")], required=True, default="raised"
    )
    domain = fields.Char(required=True, default="[]")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.user._dealer_setting_company(),
    )

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                _domain(rule.domain).validate(self.env["helpdesk.ticket"])
            except (ValueError, TypeError, SyntaxError) as error:
                raise ValidationError(
                    self.env._("The condition of “%s” cannot be read.", rule.name)
                ) from error

    @api.model
    @ormcache()
    def _conditions(self):
        """Return ``(severity, condition, company)`` of all rules; every new complaint asks for them."""
        # How severe a complaint is does not depend on who writes it down.
        rules = self.sudo().search([("active", "=", True)])
        return tuple((rule.severity, rule.domain, rule.company_id.id) for rule in rules)

    @api.model
    def _severities(self, ticket):
        """Return the severities of the rules that hold for ``ticket``."""
        return [
            severity
            for severity, domain, company_id in self._conditions()
            if company_id in (False, ticket.company_id.id)
            and ticket.filtered_domain(_domain(domain))
        ]

    def _fits(self, ticket):
        """Whether the rule holds for ``ticket``."""
        self.ensure_one()
        if self.company_id and self.company_id != ticket.company_id:
            return False
        return bool(ticket.filtered_domain(_domain(self.domain)))
