from odoo import api, models
from odoo.fields import Domain

from .dealer_visit_dcc import JUDGED


class DealerVisit(models.Model):
    """A recommended customer who comes earns the referrer a reward (B16)."""

    _name = "dealer.visit"
    _inherit = "dealer.visit"

    @api.model_create_multi
    def create(self, vals_list):
        visits = super().create(vals_list)
        visits._reward_referrals()
        return visits

    def write(self, vals):
        result = super().write(vals)
        if JUDGED & vals.keys():
            self._reward_referrals()
        return result

    def _reward_referrals(self):
        """Propose rewards for who came, and drop those of visits that were none."""
        # What a recommendation earns does not depend on who registers the guests.
        visits = self.sudo()
        rewards = self.env["dealer.referral.reward"].sudo()
        for reward in rewards.search(
            Domain("visit_id", "in", visits.ids) & Domain("is_live", "=", True)
        ):
            visit, lead = reward.visit_id, reward.lead_id
            if not visit._counts_as_arrival() or visit.partner_id != lead.partner_id:
                reward._drop(self.env._("The visit was registered by mistake."))
                # The customer may have come another time.
                lead._dealer_reward_past()
        came = visits.filtered(lambda visit: visit.partner_id and visit._counts_as_arrival())
        if not came:
            return
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search(
                Domain("partner_id", "in", came.partner_id.ids)
                & Domain("dealer_unit_id", "in", came.unit_id.ids)
                & Domain("dealer_referral_id", "!=", False)
                & Domain("won_status", "=", "pending")
            )
        )
        for lead in leads:
            visit = lead._dealer_first_visit()
            if visit:
                rewards._earn(lead, ["arrival"], visit.arrived_at, visit=visit)

    def _counts_as_arrival(self):
        self.ensure_one()
        return self.is_intent and self.state != "cancelled"
