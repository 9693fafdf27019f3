from odoo import api, fields, models


class DealerMaintenancePlanLine(models.Model):
    """A service of a plan: first at, then every so many kilometres or months, whichever comes first."""

    _name = "dealer.maintenance.plan.line"
    _description = "Line of a Maintenance Plan"
    _inherit = ["dealer.user.checks"]
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        "dealer.maintenance.plan", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Service", required=True, translate=True)
    every_km = fields.Integer(string="Every (km)")
    every_months = fields.Integer(string="Every (months)")
    first_km = fields.Integer(string="First At (km)", help="Empty: as every time.")
    first_months = fields.Integer(string="First At (months)", help="Empty: as every time.")
    safety = fields.Boolean(
        help="Refused once, it comes back at the next visit: brakes, steering, tyres."
    )
    keywords = fields.Char(
        required=True,
        help="Words with commas between them. Where one of them stands in a line of work or parts of"
        " a visit, this service was done then.",
    )

    _interval = models.Constraint(
        "CHECK (COALESCE(every_km, 0) >= 0 AND COALESCE(every_months, 0) >= 0"
        " AND COALESCE(every_km, 0) + COALESCE(every_months, 0) > 0)",
        "Say after how many kilometres or months the service is due.",
    )

    def _check_as_user(self, field_names):
        """Lines are changed by who may change their plan."""
        result = super()._check_as_user(field_names)
        self.plan_id._check_as_user(set())
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return result

    def unlink(self):
        if not self.env.su:
            self.plan_id._check_as_user(set())
        result = super().unlink()
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return result
