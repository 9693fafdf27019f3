from odoo import models

#: Where the customer lives decides whether the store is near.
PLACE = {"partner_latitude", "partner_longitude", "zip"}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if PLACE & vals.keys():
            # The mark is the system's, in all stores that know the customer.
            self.sudo().dealer_relation_ids._kinds_changed()
        return result
