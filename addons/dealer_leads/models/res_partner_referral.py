from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    def _dealer_reward_numbers(self):
        """Return the normalised numbers under which these customers are reached, as a set.

        Contacts of a customer and the customer they belong to are one household or company.
        """
        # Whose number it is is asked to refuse a reward, not to tell.
        partners = self.sudo()
        family = partners | partners.parent_id | partners.child_ids
        return {number for number in family.mapped("phone_normalized") if number}
