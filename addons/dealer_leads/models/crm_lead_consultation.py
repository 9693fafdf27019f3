from odoo import api, fields, models

#: What closes or opens a lead.
COURSE = {"active", "lost_reason_id", "probability", "stage_id"}


class CrmLead(models.Model):
    """Questions about a customer, and what became of them (B14)."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_consultation_ids = fields.One2many(
        "dealer.consultation", "lead_id", string="Consultations"
    )
    dealer_consultation_count = fields.Integer(
        compute="_compute_dealer_consultation_count", string="Number of Consultations"
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("dealer_consultation_ids")
    def _compute_dealer_consultation_count(self):
        rows, counts = self.env["dealer.consultation"], {}
        if rows.has_access("read"):
            counts = dict(rows._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["__count"]))
        for lead in self:
            lead.dealer_consultation_count = counts.get(lead._origin, 0)

    def _dealer_documents(self):
        return super()._dealer_documents() | {"dealer.consultation": ["unit_id", "relation_id"]}

    def write(self, vals):
        result = super().write(vals)
        of_stores = COURSE & vals.keys() and self.filtered("dealer_unit_id")
        if of_stores:
            # What became of the customer does not depend on who closes the lead.
            self.env["dealer.consultation"].sudo()._measure(of_stores.sudo())
        return result

    def action_dealer_consultations(self):
        """Open the questions about this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_consultation_action"
        )
        return {
            **action,
            "domain": [("lead_id", "=", self.id)],
            "context": {"default_lead_id": self.id},
        }

    def action_dealer_ask(self):
        """Open the form of a new question about this customer."""
        self.ensure_one()
        return {
            "name": self.env._("Ask an Expert"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.consultation",
            "views": [(self.env.ref("dealer_leads.dealer_consultation_view_form").id, "form")],
            "context": {"default_lead_id": self.id},
        }
