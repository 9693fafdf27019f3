from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """Complaints that come of a review or a call-back: about which visit, which car."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    source = fields.Selection(
        selection_add=[("request", "Service Request")],
        ondelete={"request": "set default"},
    )
    review_ids = fields.One2many("dealer.review", "complaint_id", string="Reviews", readonly=True)

    _about_idx = models.Index("(about_ref) WHERE about_ref IS NOT NULL")

    @api.model
    def _selection_about(self):
        kind = "dealer.service.order"
        return [*super()._selection_about(), (kind, self.env["ir.model"]._get(kind).name)]

    @api.model
    def _prepare_received(self, values):
        vals = super()._prepare_received(values)
        if values.get("source"):
            about = values.get("about")
            vals.update(
                source=values["source"],
                # Who has the link of a review, or answers a call, has not signed in.
                is_sender_proved=False,
                vehicle_id=(values.get("vehicle") or self.env["dealer.vehicle"]).id,
                about_ref=f"{about._name},{about.id}" if about else False,
            )
        return vals

    def action_open_review(self):
        """Open the review that this complaint came of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Review"),
            "res_model": "dealer.review",
            "res_id": self.review_ids[:1].id,
            "views": [[False, "form"]],
        }
