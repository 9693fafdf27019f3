from odoo import models


class DealerLeadLog(models.TransientModel):
    """What was said in a call is noted on the lead: the log itself does not stay."""

    _name = "dealer.lead.log"
    _inherit = ["dealer.lead.log", "dealer.insight.mixin"]

    _insight_source = "call"

    def _insight_document(self):
        lead = self._insight_lead()
        return lead._name, lead._origin.id
