from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class DealerReferral(models.Model):
    """Recommendations that are told in person, not by the link."""

    _name = "dealer.referral"
    _inherit = "dealer.referral"

    reward_ids = fields.One2many("dealer.referral.reward", "referral_id", string="Rewards")
    # Written with each reward, so that of two at the same moment the second counts the first.
    rewarded_at = fields.Datetime(string="Last Reward", readonly=True)

    @api.model
    def _of_colleague(self, user, unit):
        """Return the link of a colleague of the store, made when there is none.

        :raise UserError: when the person does not work in this store
        """
        # Which colleagues work in a store is no secret.
        person = user.sudo()
        if not person.active or unit.company_id not in person.company_ids:
            raise UserError(self.env._("%s does not work in this store.", person.name))
        # Links are made by the system; whoever notes the recommendation was checked.
        links = self.sudo()
        link = links.search(
            Domain("user_id", "=", person.id) & Domain("unit_id", "=", unit.id), limit=1
        )
        return link or links.create(
            {"code": self._new_code(), "user_id": person.id, "unit_id": unit.id}
        )
