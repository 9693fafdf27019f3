from odoo import api, fields, models


class DealerCapacitySwap(models.TransientModel):
    """Let somebody else, or another bay, take a line of a booking over."""

    _name = "dealer.capacity.swap"
    _description = "Swap"

    line_id = fields.Many2one(
        "dealer.capacity.booking.line", required=True, ondelete="cascade", readonly=True
    )
    candidate_ids = fields.Many2many(
        "dealer.capacity.resource", compute="_compute_candidate_ids", string="Who Could"
    )
    resource_id = fields.Many2one(
        "dealer.capacity.resource", string="Instead", domain="[('id', 'in', candidate_ids)]"
    )

    @api.depends("line_id")
    def _compute_candidate_ids(self):
        for swap in self:
            line = swap.line_id
            resources = self.env["dealer.capacity.resource"].search(
                [
                    ("kind_id", "=", line.kind_id.id),
                    ("company_id", "=", line.company_id.id),
                    ("id", "!=", line.resource_id.id),
                ]
            )
            swap.candidate_ids = resources.filtered(
                lambda resource, line=line: line.skill_ids <= resource.skill_ids
            )

    def action_swap(self):
        """Swap."""
        self.ensure_one()
        self.line_id.booking_id.swap(self.line_id.id, self.resource_id.id)
        return {"type": "ir.actions.act_window_close"}
