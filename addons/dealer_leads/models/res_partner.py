from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    # Guests at the reception say the last digits of their number.
    _dealer_phone_trgm_idx = models.Index(
        lambda registry: (
            "USING gin (phone_normalized gin_trgm_ops) WHERE is_dealer_customer"
            if registry.has_trigram
            else ""
        )
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("phone"):
            # Call records of a number that a customer has from now on wait for just this.
            customers = self.filtered("is_dealer_customer")
            self.env["dealer.call"]._rematch(customers.mapped("phone_normalized"))
        return result
