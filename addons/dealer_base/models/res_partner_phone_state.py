from odoo import fields, models


class ResPartner(models.Model):
    """Whether anybody can be reached under the number, as calls have shown (空号, B2)."""

    _name = "res.partner"
    _inherit = "res.partner"

    phone_state = fields.Selection(
        [("reached", "Reached"), ("empty", "Empty Number")],
        string="Number by Calls",
        readonly=True,
        copy=False,
        help="Empty: a call said that the number does not exist. A talk, or another number, takes"
        " it back.",
    )
    phone_state_date = fields.Datetime(string="Number Tried On", readonly=True, copy=False)

    _dealer_empty_number_idx = models.Index("(id) WHERE phone_state = 'empty'")

    def write(self, vals):
        changed = self.browse()
        if "phone" in vals:
            number = vals["phone"] and self._tidy_phone(vals["phone"])
            changed = self.filtered(
                lambda partner: (
                    partner.phone_state and (partner.phone or False) != (number or False)
                )
            )
        result = super().write(vals)
        if changed:
            changed.sudo().write({"phone_state": False, "phone_state_date": False})  # the system's
        return result
