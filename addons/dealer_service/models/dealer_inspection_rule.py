from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import inspection as tool

KINDS = [
    ("private", "Private Car up to 9 Seats"),
    ("strict", "Minibus, Changed Car, or Accident with Casualties"),
]


class DealerInspectionRule(models.Model):
    """The rhythm of the annual inspection (年检) of a kind of car, with its legal source."""

    _name = "dealer.inspection.rule"
    _description = "Inspection Rule"
    _order = "valid_from desc, id desc"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, string="Kind of Car", required=True)
    source = fields.Char(string="Legal Source", required=True)
    valid_from = fields.Date(required=True, help="The newest rule that is in force is followed.")
    step_ids = fields.One2many("dealer.inspection.step", "rule_id", string="Rhythm", copy=True)
    on_site_years = fields.Char(
        string="On Site at (years)", help="Ages with commas between them at which the car is shown."
    )
    on_site_after = fields.Integer(
        string="Always on Site after (years)", help="0: the car is shown each time."
    )
    active = fields.Boolean(default=True)

    @api.constrains("on_site_years", "step_ids")
    def _check_rhythm(self):
        for rule in self:
            if not all(part.strip().isdigit() for part in rule._on_site_parts()):
                raise ValidationError(
                    self.env._("Write the ages in whole years with commas between them, e.g. 6,10.")
                )
            ends = [step.up_to_years for step in rule.step_ids.sorted("sequence")]
            if not ends or ends[-1] or 0 in ends[:-1] or ends[:-1] != sorted(set(ends[:-1])):
                raise ValidationError(
                    self.env._(
                        "Write the steps in the order of age; the last one has no end, and only it."
                    )
                )

    def _on_site_parts(self):
        self.ensure_one()
        return [part for part in (self.on_site_years or "").replace("，", ",").split(",") if part]

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["dealer.vehicle"]._inspection_follow()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env["dealer.vehicle"]._inspection_follow()
        return result

    @api.model
    def _in_force(self, day):
        """Return ``{kind of car: rule}`` of what is in force on ``day``."""
        found = {}
        for rule in self.search([("valid_from", "<=", day)]):
            found.setdefault(rule.kind, rule)
        return found

    def _next(self, first_registration, after):
        """Return the next inspection after a day, see ``tools/inspection.py``; None without rule."""
        if not self:
            return None
        steps = [
            tool.Step(step.up_to_years or None, step.every_months)
            for step in self.step_ids.sorted("sequence")
        ]
        years = {int(part) for part in self._on_site_parts()}
        return tool.next_inspection(first_registration, steps, years, self.on_site_after, after)
