from odoo import api, models
from odoo.fields import Domain


class DealerVisit(models.Model):
    """What guests think is noted on the lead of their card."""

    _name = "dealer.visit"
    _inherit = ["dealer.visit", "dealer.insight.mixin"]

    _insight_source = "visit"

    @api.model
    def _insight_depends(self):
        return ["relation_id"]

    def _insight_lead(self):
        self.ensure_one()
        leads = self.env["crm.lead"]
        if not self.relation_id or not leads.has_access("read"):
            return leads
        of_guest = Domain("dealer_relation_id", "=", self.relation_id._origin.id)
        return leads.search(
            of_guest & Domain("won_status", "=", "pending"), order="id desc", limit=1
        )
