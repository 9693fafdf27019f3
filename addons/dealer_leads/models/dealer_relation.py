from odoo import models
from odoo.fields import Domain


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def _after_assign(self, values):
        """Hand the open leads on together with the customer."""
        result = super()._after_assign(values)
        if "consultant_id" in values:
            # The right to hand the customer over was checked; leads follow the customer.
            leads = self.env["crm.lead"].sudo()
            leads.search(
                Domain("dealer_relation_id", "in", self.ids) & Domain("won_status", "=", "pending")
            ).with_context(mail_auto_subscribe_no_notify=True).user_id = values["consultant_id"]
        return result
