from odoo import api, fields, models


class DealerVisit(models.Model):
    """Test drives of guests."""

    _name = "dealer.visit"
    _inherit = "dealer.visit"

    dealer_drive_count = fields.Integer(
        compute="_compute_dealer_drive_count", string="Number of Test Drives"
    )

    def _drive_domain(self):
        """Return the domain of the drives that belong to the visits, or are booked for the day."""
        return [
            ("relation_id", "in", self.relation_id.ids),
            ("state", "not in", ("cancelled", "no_show")),
        ]

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("relation_id")
    def _compute_dealer_drive_count(self):
        drives = self.env["dealer.test.drive"]
        counts = {}
        if self.relation_id and drives.has_access("read"):
            counts = dict(drives._read_group(self._drive_domain(), ["relation_id"], ["__count"]))
        for visit in self:
            visit.dealer_drive_count = counts.get(visit.relation_id, 0)

    def action_dealer_drives(self):
        """Open the test drives of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_test_drive_action"
        )
        return {**action, "domain": self._drive_domain(), "context": {}}

    def action_dealer_book_drive(self):
        """Show when a car and a companion are free for these guests."""
        self.ensure_one()
        return self.env["dealer.test.drive.book"]._open_for(
            self.partner_id, self.unit_id, series=self.series
        )
