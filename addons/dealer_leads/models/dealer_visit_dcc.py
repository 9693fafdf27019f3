from odoo import api, fields, models

#: What changes whether a visit answers an invitation.
JUDGED = {"relation_id", "state", "purpose", "unit_id"}


class DealerVisit(models.Model):
    """A visit answers the invitation of the same customer (B8)."""

    _name = "dealer.visit"
    _inherit = "dealer.visit"

    dealer_invitation_ids = fields.One2many("dealer.dcc.invitation", "visit_id", readonly=True)
    has_story = fields.Boolean(compute="_compute_has_story")

    @api.depends("dealer_invitation_ids")
    @api.depends_context("uid")
    def _compute_has_story(self):
        model = self.env["dealer.dcc.invitation"]
        told = model.has_access("read") and model.search([("visit_id", "in", self.ids)]).visit_id
        for visit in self:
            visit.has_story = bool(told) and visit._origin in told

    @api.model_create_multi
    def create(self, vals_list):
        visits = super().create(vals_list)
        visits._answer_invitations()
        return visits

    def write(self, vals):
        result = super().write(vals)
        if JUDGED & vals.keys():
            self._answer_invitations()
        return result

    def _answer_invitations(self):
        """Recognise who was invited, here or by another store, and take back what was none."""
        # Whether an invitation is answered does not depend on who registers the guests.
        visits = self.sudo()
        invitations = self.env["dealer.dcc.invitation"].sudo()
        wrong = invitations.search([("visit_id", "in", visits.ids)]).filtered(
            lambda row: not row.visit_id._answers(row)
        )
        wrong._arrive_not()
        came = visits.filtered(
            lambda visit: visit.partner_id and visit.is_intent and visit.state != "cancelled"
        )
        if not came:
            return
        for invitation in invitations._of_visits(came):
            for visit in came.filtered(
                lambda visit, row=invitation: (
                    visit.partner_id == row.partner_id and visit.arrived_at >= row.invited_at
                )
            ):
                if visit._answers(invitation):
                    invitation._arrive(visit)
                    break
                invitation._seen_elsewhere(visit)

    def _answers(self, invitation):
        """Whether this visit is one for which the invitation was made."""
        self.ensure_one()
        return (
            self.state != "cancelled"
            and self.is_intent
            and self.partner_id == invitation.partner_id
            and self.unit_id == invitation.unit_id
        )

    def action_dealer_story(self):
        """Open the invitation on which the guests came, with what the call centre knows."""
        self.ensure_one()
        row = self.env["dealer.dcc.invitation"].search([("visit_id", "=", self.id)], limit=1)
        return row._open_action()
