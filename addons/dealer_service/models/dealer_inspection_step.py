from odoo import fields, models


class DealerInspectionStep(models.Model):
    _name = "dealer.inspection.step"
    _description = "Step of an Inspection Rule"
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one(
        "dealer.inspection.rule", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    up_to_years = fields.Integer(string="Up to (years)", help="0: for ever.")
    every_months = fields.Integer(string="Every (months)", required=True, default=12)

    _rhythm = models.Constraint(
        "CHECK (every_months > 0 AND COALESCE(up_to_years, 0) >= 0)",
        "The time between inspections is one month at least.",
    )
