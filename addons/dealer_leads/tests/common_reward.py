from .common_order import OrderCase


class RewardCase(OrderCase):
    """A customer of a colleague recommends; the lead is that of the sales consultant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rewards = cls.env["dealer.referral.reward"]
        cls.env["dealer.referral.rule"].search([]).active = False
        cls.friend = cls.make_customer("Friend", car=False, consultant_id=cls.teammate.id)
        cls.link = cls.env["dealer.referral"]._get_or_make(cls.friend.relation)
        cls.lead.dealer_referral_id = cls.link

    @classmethod
    def make_rule(cls, **values):
        return cls.env["dealer.referral.rule"].create(
            {
                "name": "老客户推荐",
                "unit_id": cls.store_a.id,
                "who": "customer",
                "event": "order",
                "amount": 300,
                **values,
            }
        )

    @classmethod
    def colleague(cls, user):
        return cls.env["dealer.referral"]._of_colleague(user, cls.store_a)

    def ordered(self, lead=None, **values):
        """Place an order on the lead as its consultant."""
        lead = lead or self.lead
        order = self.make_order(self.buyer, lead_id=lead.id, **{"vin": self.next_vin(), **values})
        order.action_order()
        return order

    def rewards_of(self, lead=None):
        return self.rewards.search([("lead_id", "=", (lead or self.lead).id)], order="id")

    def as_user(self, reward, user):
        return reward.with_user(user)
