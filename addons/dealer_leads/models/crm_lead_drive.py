from odoo import api, fields, models


class CrmLead(models.Model):
    """Test drives of a lead."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_drive_ids = fields.One2many("dealer.test.drive", "lead_id", string="Trial Drives")
    dealer_drive_count = fields.Integer(
        compute="_compute_dealer_drive_count", string="Number of Test Drives"
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("dealer_drive_ids")
    def _compute_dealer_drive_count(self):
        drives = self.env["dealer.test.drive"]
        counts = {}
        if drives.has_access("read"):
            counts = dict(
                drives._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["__count"])
            )
        for lead in self:
            lead.dealer_drive_count = counts.get(lead._origin, 0)

    def action_dealer_drives(self):
        """Open the test drives of this lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_test_drive_action"
        )
        return {**action, "domain": [("lead_id", "=", self.id)], "context": {}}

    def action_dealer_book_drive(self):
        """Show when a car and a companion are free for this customer."""
        self.ensure_one()
        return self.env["dealer.test.drive.book"]._open_for(
            self.partner_id, self.dealer_unit_id, lead=self, series=self.dealer_series
        )

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # Who may merge leads need not see the drives; they stay with the customer.
        of_stores = opportunities.sudo().filtered("dealer_unit_id")
        of_stores.dealer_drive_ids.lead_id = self
        return result
