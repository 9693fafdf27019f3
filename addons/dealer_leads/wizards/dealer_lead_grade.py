from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerLeadGrade(models.TransientModel):
    """Grade one lead or many, with the reason (B6)."""

    _name = "dealer.lead.grade"
    _description = "Grade Leads"

    lead_ids = fields.Many2many("crm.lead", string="Leads", required=True)
    lead_count = fields.Integer(compute="_compute_lead_count", string="Number of Leads")
    grade_id = fields.Many2one(
        "dealer.grade", required=True, domain="[('kind', '=', 'open')]", ondelete="cascade"
    )
    criteria = fields.Char(related="grade_id.criteria")
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "crm.lead" and not values.get("lead_ids"):
            values["lead_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    @api.depends("lead_ids")
    def _compute_lead_count(self):
        for wizard in self:
            wizard.lead_count = len(wizard.lead_ids)

    def action_grade(self):
        """Set the grade of all chosen leads."""
        self.ensure_one()
        leads = self.lead_ids
        if not leads:
            raise UserError(self.env._("Tick the leads first."))
        if self.grade_id.kind != "open":
            raise UserError(
                self.env._("This grade follows from what happens; it is not chosen by hand.")
            )
        leads.check_access("write")
        leads._dealer_check_open()
        asked = leads.filtered(lambda lead: lead.dealer_grade_kind == "asked")
        if asked:
            raise UserError(
                self.env._("The manager still decides about the defeat of “%s”.", asked[0].name)
            )
        leads._dealer_set_grade(self.grade_id.code, self.reason)
        return {"type": "ir.actions.act_window_close"}
