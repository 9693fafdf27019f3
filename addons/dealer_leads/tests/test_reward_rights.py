from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_order import QUIET
from .common_reward import RewardCase

#: Whose customer was recommended, as in dealer_base. Letters: r read, a approve, p note the payment.
REWARDS = """
                    own    team   house  prospect pool   other
    sales_consultant r...   ....   ....   -        -      ....
    sales_manager    r...   r...   ....   -        -      ....
    sales_director   rap.   rap.   rap.   -        -      ....
    dcc_agent        r...   ....   ....   -        -      ....
    dcc_lead         r...   r...   ....   -        -      ....
    reception        -      ....   ....   -        -      ....
    service_advisor  ....   ....   ....   -        -      ....
    service_manager  ....   ....   ....   -        -      ....
    technician       -      ....   ....   -        -      ....
    care_agent       -      ....   ....   -        -      ....
    care_manager     -      ....   ....   -        -      ....
    marketing_user   -      ....   ....   -        -      ....
    marketing_manager -     ....   ....   -        -      ....
    general_manager  -      rap.   rap.   -        -      ....
    group_executive  -      rap.   rap.   -        -      ....
    system           -      r...   r...   -        -      ....
    """
#: Rule of: own store, all stores, another store. Letters: r read, w write, c create, d delete.
RULES = """
                    own    team   house  prospect pool   other
    sales_consultant r...   -      r...   -        -      ....
    sales_manager    r...   -      r...   -        -      ....
    sales_director   rwc.   -      r...   -        -      ....
    dcc_agent        r...   -      r...   -        -      ....
    dcc_lead         r...   -      r...   -        -      ....
    reception        ....   -      ....   -        -      ....
    service_advisor  ....   -      ....   -        -      ....
    service_manager  ....   -      ....   -        -      ....
    technician       ....   -      ....   -        -      ....
    care_agent       ....   -      ....   -        -      ....
    care_manager     ....   -      ....   -        -      ....
    marketing_user   ....   -      ....   -        -      ....
    marketing_manager ....  -      ....   -        -      ....
    general_manager  rwc.   -      r...   -        -      ....
    group_executive  rwcd   -      rwcd   -        -      ....
    system           rwcd   -      rwcd   -        -      ....
    """


class TestRewardRights(RoleMatrix, RewardCase):
    """Post × reward × whose × what, every cell tried out."""

    matrix = {"dealer.referral.reward": REWARDS, "dealer.referral.rule": RULES}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.make_rule(amount=300)
        cls.rules = {
            "own": cls.make_rule(event="arrival"),
            "house": cls.make_rule(event="arrival", unit_id=False),
            "other": cls.make_rule(event="arrival", unit_id=cls.store_b.id),
        }
        rule_b = cls.make_rule(unit_id=cls.store_b.id)
        friend_b = cls.make_customer(
            "FriendB", cls.store_b, car=False, consultant_id=cls.consultant_b.id
        )
        cls.referrer = cls.make_customer("Unserved", car=False, consultant_id=cls.stranger.id)
        cls.links = {
            cls.store_a: cls.env["dealer.referral"]._get_or_make(cls.referrer.relation),
            cls.store_b: cls.env["dealer.referral"]._get_or_make(friend_b.relation),
        }
        cls.rule_of = {cls.store_a: cls.rule, cls.store_b: rule_b}
        cls.own = {
            post: cls.make_customer(f"Own{post}", car=False, **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.columns = {
            "team": cls.make_customer("Team", car=False, consultant_id=cls.teammate.id),
            "house": cls.make_customer("House2", car=False, consultant_id=cls.stranger.id),
            "other": cls.make_customer(
                "There", cls.store_b, car=False, consultant_id=cls.consultant_b.id
            ),
        }

    def setUp(self):
        super().setUp()
        self.by_customer = {}

    def reward_of(self, post, column):
        customer = self.own.get(post) if column == "own" else self.columns.get(column)
        if column == "team" and post == "dcc_lead":
            customer = self.own["dcc_agent"]
        if not customer:
            return None
        if customer.tag not in self.by_customer:
            relation = customer.relation
            lead = self.make_lead(
                customer, user_id=(relation.consultant_id | relation.dcc_agent_id)[:1].id
            )
            unit = relation.unit_id
            lead.dealer_referral_id = self.links[unit]
            self.by_customer[customer.tag] = self.rewards.create(
                {
                    "rule_id": self.rule_of[unit].id,
                    "event": "order",
                    "referral_id": self.links[unit].id,
                    "relation_id": self.links[unit].relation_id.id,
                    "lead_id": lead.id,
                    "unit_id": unit.id,
                    "kind": "money",
                    "amount": 300,
                }
            )
        return self.by_customer[customer.tag]

    def _probe_dealer_referral_reward(self, env, post, column):
        reward = self.reward_of(post, column)
        if not reward:
            return None
        mine = reward.with_env(env)

        def pay():
            reward.sudo().write({"state": "approved"})
            mine._pay(self.today, "1")

        return reward, {"a": mine.action_approve, "p": pay}

    def _probe_dealer_referral_rule(self, env, post, column):
        rule = self.rules.get(column)
        if not rule:
            return None
        rules = self.env["dealer.referral.rule"]
        values = {"name": "新", "unit_id": rule.unit_id.id, "event": "arrival", "amount": 10}
        return rule, {
            "w": lambda: rule.with_env(env).write({"amount": 20}),
            "c": lambda: rules.with_env(env).create(values),
        }

    def test_rewards(self):
        self.check_model("dealer.referral.reward")

    def test_rules(self):
        self.check_model("dealer.referral.rule")

    @mute_logger(*QUIET)
    def test_rule_moves_nowhere(self):
        rule = self.rules["own"].with_user(self.sales_director)
        for unit in (self.store_b, self.env["dealer.unit"]):
            self.assertTrue(self.attempt(lambda unit=unit: rule.write({"unit_id": unit.id})))

    def test_referrer_sees_the_own(self):
        reward = self.reward_of("sales_consultant", "own")
        self.assertTrue(reward.with_user(self.stranger).has_access("read"), "the referrer is his")
        self.assertFalse(reward.with_user(self.teammate).has_access("read"))

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        for post in POSTS:
            self.reward_of(post, "own")
        models = ("dealer.referral.reward", "dealer.referral.rule")
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
