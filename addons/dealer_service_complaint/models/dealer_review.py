from odoo import fields, models


class DealerReview(models.Model):
    _name = "dealer.review"
    _inherit = "dealer.review"

    complaint_id = fields.Many2one(
        "helpdesk.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def action_open_complaint(self):
        """Open the complaint that came of this review."""
        self.ensure_one()
        return self.complaint_id._clock_open_action()
