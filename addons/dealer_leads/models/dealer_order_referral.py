from odoo import fields, models
from odoo.fields import Domain


class DealerOrder(models.Model):
    """Orders and deliveries of recommended customers earn rewards; cancelled ones drop them."""

    _name = "dealer.order"
    _inherit = "dealer.order"

    def _follow(self, reason):
        result = super()._follow(reason)
        self._reward_referrals()
        return result

    def _reward_referrals(self):
        """Propose and drop rewards by what the orders are now; called as the system."""
        rewards = self.env["dealer.referral.reward"]
        of_orders = rewards.search(
            Domain("order_id", "in", self.ids) & Domain("is_live", "=", True)
        ).grouped("order_id")
        for order in self.filtered("lead_id"):
            held = of_orders.get(order, rewards)
            if order.state == "cancelled":
                held._drop(self.env._("Order %s was cancelled.", order.name))
                # Another car of the customer may stand for it.
                others = order.lead_id.dealer_order_ids - order
                others.filtered(
                    lambda other: other.state in ("ordered", "planned", "delivered")
                )._reward_referrals()
                continue
            if order.state not in ("ordered", "planned", "delivered"):
                continue
            if order.state != "delivered":
                held.filtered(lambda reward: reward.event == "delivery")._drop(
                    self.env._("The delivery of %s was taken back.", order.name)
                )
            lead = order.lead_id
            if not lead.dealer_referral_id:
                continue
            rewards._earn(lead, ["order"], order._ordered_moment(), order=order)
            if order.state == "delivered":
                rewards._earn(lead, ["delivery"], order.delivered_at, order=order)

    def _ordered_moment(self):
        """Return when it was ordered: the day is kept, not the hour."""
        self.ensure_one()
        today = self._today()
        now = fields.Datetime.now()
        if not self.ordered_on or self.ordered_on == today:
            return now
        return now - (today - self.ordered_on)
