from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Rewards of a customer who recommends; whom he recommended is read in the reward."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.referral.reward": [
            "amount",
            "decided_by_id",
            "earned_at",
            "event",
            "gift",
            "paid_at",
            "paid_by_id",
            "relation_id",
            "rule_id",
            "state",
        ],
        "dealer.referral.rule": ["name"],
    }

    kind = fields.Selection(selection_add=[("reward", "Referral Reward")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "reward_earned": self._reward_source(
                SQL("reward.earned_at"),
                SQL("CASE WHEN reward.state = 'paid' THEN 'approved' ELSE reward.state END"),
                SQL("reward.decided_by_id"),
                SQL("TRUE"),
            ),
            "reward_paid": self._reward_source(
                SQL("reward.paid_at"),
                SQL("'paid'"),
                SQL("reward.paid_by_id"),
                SQL("reward.paid_at IS NOT NULL"),
            ),
        }

    @api.model
    def _reward_source(self, moment, state, user, condition):
        name = self.env["dealer.referral.rule"]._field_to_sql("rule", "name")
        return TimelineSource(
            "dealer.referral.reward",
            SQL(
                """
                SELECT reward.id, %(moment)s, 'reward', %(state)s, NULL,
                       CONCAT_WS(' · ', %(name)s, NULLIF(reward.gift, ''),
                                 CASE WHEN reward.amount > 0
                                      THEN CONCAT('¥', ROUND(reward.amount, 2)) END),
                       FALSE, %(user)s, reward.relation_id, NULL, NULL, NULL,
                       'dealer.referral.reward', reward.id
                  FROM dealer_referral_reward reward
                  JOIN dealer_referral_rule rule ON rule.id = reward.rule_id
                 WHERE %(condition)s
                """,
                moment=moment,
                state=state,
                name=name,
                user=user,
                condition=condition,
            ),
            ("dealer.referral.reward", "state"),
        )

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"reward": "fa-gift"}
