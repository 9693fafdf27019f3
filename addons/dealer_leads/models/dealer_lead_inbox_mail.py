from odoo import models

from .dealer_lead_mail import UNREAD


class DealerLeadInbox(models.Model):
    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    def _phone_problem(self, error):
        if self.source == UNREAD and not (self.phone or "").strip():
            return self.env._(
                "No reader knows mails of this sender. Read the customer's words below and enter"
                " name and number."
            )
        return super()._phone_problem(error)
