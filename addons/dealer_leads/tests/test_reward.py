from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_order import QUIET
from .common_reward import RewardCase


class TestReward(RewardCase):
    """What a recommendation earns, once, and what is refused (B16)."""

    # ------------------------------------------------------------------ earned

    def test_order_and_delivery_earn_by_their_rules(self):
        self.make_rule()
        self.make_rule(event="delivery", kind="voucher", amount=200, gift="机油保养券一张")
        self.make_rule(who="staff", amount=999)
        self.make_rule(unit_id=self.store_b.id, amount=998)
        self.make_rule(valid_to=self.day(-1), amount=997)
        self.make_rule(valid_from=self.day(1), amount=996)
        order = self.ordered()
        reward = self.rewards_of()
        self.assertEqual(
            (reward.state, reward.amount, reward.relation_id, reward.order_id),
            ("proposed", 300, self.friend.relation, order),
        )
        self.assertEqual(reward.company_id, self.store_a.company_id)
        order._deliver()
        self.assertEqual(self.rewards_of().mapped("event"), ["order", "delivery"])
        self.assertEqual(self.rewards_of()[1].gift, "机油保养券一张")

    def test_two_orders_earn_once(self):
        self.make_rule()
        self.ordered()
        self.ordered()
        self.assertEqual(len(self.rewards_of()), 1)

    def test_rule_of_the_store_comes_before_that_of_all(self):
        self.make_rule(unit_id=False, amount=100)
        everywhere = self.make_rule(unit_id=False, event="delivery", amount=150)
        own = self.make_rule()
        order = self.ordered()
        self.assertEqual(self.rewards_of().rule_id, own)
        order._deliver()
        self.assertEqual(self.rewards_of().rule_id, own | everywhere)

    def test_arrival(self):
        self.make_rule(event="arrival", amount=50)
        visits = self.env["dealer.visit"].with_user(self.reception)
        service = visits.create(
            {"relation_id": self.buyer.relation.id, "party_size": 1, "purpose": "service"}
        )
        self.assertFalse(self.rewards_of(), "who brings the car for repair is no arrival")
        service._cancel("wrong")
        visit = visits.create({"relation_id": self.buyer.relation.id, "party_size": 2})
        reward = self.rewards_of()
        self.assertEqual((reward.state, reward.visit_id), ("proposed", visit))
        visit._cancel("somebody else")
        self.assertEqual((reward.state, reward.is_live), ("cancelled", False))
        visits.create({"relation_id": self.buyer.relation.id, "party_size": 1})
        self.assertEqual(self.rewards_of().mapped("state"), ["cancelled", "proposed"])

    def test_who_was_never_recommended_earns_nobody_anything(self):
        self.make_rule()
        self.lead.dealer_referral_id = False
        self.ordered()
        self.assertFalse(self.rewards_of())

    # ------------------------------------------------------------------ dropped

    def test_cancelled_before_payment(self):
        self.make_rule()
        order = self.ordered()
        reward = self.rewards_of()
        order._cancel(self.reason)
        self.assertEqual((reward.state, reward.is_live), ("cancelled", False))
        self.assertIn(order.name, reward.reason)
        again = self.ordered()
        self.assertEqual(self.rewards_of().filtered("is_live").order_id, again)

    def test_another_car_stands_for_the_cancelled_one(self):
        self.make_rule()
        first, second = self.ordered(), self.ordered()
        first._cancel(self.reason)
        live = self.rewards_of().filtered("is_live")
        self.assertEqual((live.state, live.order_id), ("proposed", second))

    def test_cancelled_after_payment_is_to_come_back(self):
        self.make_rule()
        order = self.ordered()
        reward = self.rewards_of().with_user(self.sales_director)
        reward.action_approve()
        reward._pay(self.today, "转账 20260101")
        with self.assertRaisesRegex(UserError, "Only a reward whose order was cancelled"):
            reward._take_back("现金退回")
        order._cancel(self.reason)
        self.assertEqual((reward.state, reward.claw_back), ("paid", True))
        again = self.ordered()
        self.assertFalse(reward.claw_back, "the next order earns what was paid")
        self.assertEqual((reward.order_id, len(self.rewards_of())), (again, 1))
        again._cancel(self.reason)
        reward._take_back("现金退回")
        self.assertEqual((reward.state, reward.is_live), ("returned", False))
        self.ordered()
        self.assertEqual(self.rewards_of().mapped("state"), ["returned", "proposed"])

    def test_delivery_taken_back(self):
        self.make_rule(event="delivery")
        order = self.ordered()
        order._deliver()
        reward = self.rewards_of()
        order.with_user(self.sales_manager).action_undo_delivery()
        self.assertEqual(reward.state, "cancelled")

    # ------------------------------------------------------------------ refused by the system

    def refused(self, words, **values):
        """Order, and expect one refused reward whose reason holds ``words``."""
        self.ordered(**values)
        reward = self.rewards_of()[-1:]
        self.assertEqual((reward.state, reward.doubt), ("refused", True), reward.reason)
        self.assertIn(words, reward.reason)
        return reward

    def test_nobody_recommends_a_customer_to_oneself(self):
        self.make_rule(who="staff")
        self.lead.dealer_referral_id = self.colleague(self.sales_consultant)
        self.refused("nobody recommends a customer to oneself")

    def test_colleague_recommends(self):
        self.make_rule(who="staff")
        self.lead.dealer_referral_id = self.colleague(self.teammate)
        self.ordered()
        self.assertEqual(self.rewards_of().user_id, self.teammate)
        self.assertEqual(self.rewards_of().state, "proposed")

    def test_household_of_the_colleague(self):
        self.make_rule(who="staff")
        self.teammate.dealer_house_numbers = f"8009, {self.buyer.partner.phone}"
        self.lead.dealer_referral_id = self.colleague(self.teammate)
        self.refused("or of the household")

    def test_own_number(self):
        self.make_rule()
        self.friend.partner.phone_shared = True
        self.friend.partner.phone = self.buyer.partner.phone
        self.refused("nobody recommends oneself")

    def test_number_of_who_serves_the_customer(self):
        self.make_rule()
        self.sales_consultant.dealer_house_numbers = self.friend.partner.phone
        self.refused("who serves this customer")

    def test_who_left_gets_nothing(self):
        self.make_rule(who="staff")
        self.lead.dealer_referral_id = self.colleague(self.teammate)
        self.teammate.active = False
        self.refused("does not work here")

    def another_lead(self, tag):
        customer = self.make_customer(tag, car=False, consultant_id=self.sales_consultant.id)
        lead = self.make_lead(customer)
        lead.dealer_referral_id = self.link
        return customer, lead

    def order_of(self, tag):
        customer, lead = self.another_lead(tag)
        order = self.make_order(customer, lead_id=lead.id, vin=self.next_vin())
        order.action_order()
        return self.rewards_of(lead)

    def test_cap_of_a_referrer(self):
        self.make_rule(cap=1, cap_period="year")
        self.ordered()
        second = self.order_of("Second")
        self.assertEqual(second.state, "refused")
        self.assertIn("1 a Year", second.reason)
        self.rewards_of().order_id._cancel(self.reason)
        self.assertEqual(self.order_of("Third").state, "proposed", "a cancelled one does not count")

    def test_days_between(self):
        self.make_rule(min_days=7)
        self.ordered()
        second = self.order_of("Soon")
        self.assertIn("less than 7 days", second.reason)
        self.rewards_of().earned_at = fields.Datetime.now() - timedelta(days=8)
        self.assertEqual(self.order_of("Later").state, "proposed")

    # ------------------------------------------------------------------ decided

    @mute_logger(*QUIET)
    def test_limit_of_the_director(self):
        self.make_rule(amount=501)
        self.ordered()
        reward = self.rewards_of()
        director, boss = (
            reward.with_user(self.sales_director),
            reward.with_user(self.general_manager),
        )
        self.assertFalse(director.can_decide)
        with self.assertRaisesRegex(AccessError, "above 500 yuan"):
            director.action_approve()
        self.assertTrue(boss.can_decide)
        boss.action_approve()
        self.assertEqual((reward.state, reward.decided_by_id), ("approved", self.general_manager))
        with self.assertRaisesRegex(UserError, "now “To Pay”"):
            boss.action_approve()

    @mute_logger(*QUIET)
    def test_nobody_decides_about_the_own(self):
        self.make_rule(who="staff")
        self.lead.dealer_referral_id = self.colleague(self.sales_director)
        self.ordered()
        reward = self.rewards_of().with_user(self.sales_director)
        for action in (
            reward.action_approve,
            lambda: reward._refuse("no"),
            lambda: reward._pay(self.today, "1"),
        ):
            with self.assertRaisesRegex(AccessError, "the own reward"):
                action()
        reward.with_user(self.general_manager).action_approve()

    @mute_logger(*QUIET)
    def test_own_as_a_customer(self):
        self.make_rule()
        self.sales_director.dealer_house_numbers = self.friend.partner.phone
        self.ordered()
        with self.assertRaisesRegex(AccessError, "the own reward"):
            self.rewards_of().with_user(self.sales_director).action_approve()

    def test_refused_and_paid_need_words(self):
        self.make_rule()
        self.ordered()
        reward = self.rewards_of().with_user(self.sales_director)
        with self.assertRaisesRegex(UserError, "why the reward is refused"):
            reward._refuse("  ")
        reward.action_approve()
        with self.assertRaisesRegex(UserError, "number of the receipt"):
            reward._pay(self.today, "")
        with self.assertRaisesRegex(UserError, "today or before"):
            reward._pay(self.day(2), "1")
        step = (
            self.env["dealer.referral.step"]
            .with_user(self.sales_director)
            .create(
                {
                    "reward_id": reward.id,
                    "step": "pay",
                    "paid_on": self.today,
                    "evidence": "收据 18",
                }
            )
        )
        step.action_do()
        self.assertEqual(
            (reward.state, reward.paid_by_id, reward.evidence),
            ("paid", self.sales_director, "收据 18"),
        )

    @mute_logger("odoo.sql_db")
    def test_rule_in_use_is_not_deleted(self):
        rule = self.make_rule()
        self.ordered()
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()
        for values in ({"amount": 0}, {"kind": "points"}, {"cap": -1}):
            self.assertTrue(self.attempt(lambda values=values: rule.write(values)), values)

    # ------------------------------------------------------------------ told in person

    def entry(self, user=None, **values):
        return (
            self.env["dealer.referral.entry"]
            .with_user(user or self.sales_consultant)
            .create({"lead_id": self.lead.id, **values})
        )

    def test_noted_by_number(self):
        self.make_rule()
        self.lead.dealer_referral_id = False
        own = self.make_customer("Mine", car=False, consultant_id=self.sales_consultant.id)
        entry = self.entry(phone=own.partner.phone)
        self.assertEqual(entry.found, own.partner.name)
        self.ordered()
        self.assertFalse(self.rewards_of())
        entry.action_do()
        self.assertEqual(self.lead.dealer_referrer_name, own.partner.name)
        self.assertEqual(self.lead.dealer_referred_by_id, self.sales_consultant)
        self.assertEqual(self.rewards_of().relation_id, own.relation, "the order came before")

    def test_customers_of_colleagues_are_not_found(self):
        entry = self.entry(phone=self.mate.partner.phone)
        self.assertNotIn("Canary", entry.found)
        with self.assertRaisesRegex(UserError, "ask the manager"):
            entry.action_do()
        entry = self.entry(self.sales_manager, phone=self.mate.partner.phone)
        self.assertEqual(entry.found, self.mate.partner.name)
        entry.action_do()
        self.assertEqual(self.lead.dealer_referral_id.relation_id, self.mate.relation)

    def test_noted_colleague(self):
        entry = self.entry(who="staff", user_id=self.teammate.id)
        self.assertIn(self.teammate, entry.candidate_ids)
        self.assertNotIn(self.consultant_b, entry.candidate_ids)
        entry.action_do()
        self.assertEqual(self.lead.dealer_referral_id.user_id, self.teammate)
        with self.assertRaisesRegex(UserError, "does not work in this store"):
            self.entry(who="staff", user_id=self.consultant_b.id).action_do()

    def test_not_changed_after_approval(self):
        self.make_rule()
        self.ordered()
        self.rewards_of().with_user(self.sales_director).action_approve()
        with self.assertRaisesRegex(UserError, "was approved"):
            self.entry(who="staff", user_id=self.teammate.id).action_do()

    @mute_logger(*QUIET)
    def test_forged_by_nobody(self):
        self.make_rule()
        self.ordered()
        reward = self.rewards_of()
        for user in (self.sales_consultant, self.sales_director, self.general_manager, self.system):
            mine = reward.with_user(user)
            for values in ({"state": "approved"}, {"amount": 5000}, {"relation_id": 1}):
                self.assertTrue(self.attempt(lambda row=mine, values=values: row.write(values)))
            self.assertTrue(self.attempt(lambda row=mine: row.copy()))
            self.assertTrue(self.attempt(lambda row=mine: row.unlink()))
        lead = self.lead.with_user(self.sales_consultant)
        other = self.colleague(self.sales_consultant)
        with self.assertRaisesRegex(UserError, "by the button"):
            lead.dealer_referral_id = other
        forged = lead.with_context(default_dealer_referral_id=other.id).create(
            {"name": "x", "partner_id": self.buyer.partner.id, "dealer_referral_id": other.id}
        )
        self.assertFalse(forged.dealer_referral_id)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["res.users"].browse(self.teammate.id).dealer_house_numbers = "not a number"

    # ------------------------------------------------------------------ told

    def test_timeline_of_the_referrer(self):
        self.make_rule()
        self.ordered()
        reward = self.rewards_of().with_user(self.sales_director)
        reward.action_approve()
        reward._pay(self.today, "1")
        lines = (
            self.env["dealer.timeline"]
            .with_user(self.teammate)
            .search([("relation_id", "=", self.friend.relation.id), ("kind", "=", "reward")])
        )
        self.assertEqual(set(lines.mapped("state")), {"approved", "paid"})
        text = " ".join(lines.mapped("text"))
        self.assertIn("300", text)
        self.assertNotIn("CanaryBuyer", text, "whom he recommended is not told")

    def test_names_are_masked_for_who_does_not_serve_them(self):
        self.make_rule()
        self.ordered()
        reward = self.rewards_of()
        self.assertEqual(reward.with_user(self.sales_consultant).guest, self.buyer.partner.name)
        self.assertEqual(reward.with_user(self.teammate).guest, "C**")

    def test_leads_of_one_customer_merged(self):
        self.make_rule()
        self.ordered()
        other = self.make_lead(self.buyer)
        other.dealer_referral_id = self.link
        other.dealer_order_ids = self.make_order(self.buyer, lead_id=other.id, vin=self.next_vin())
        other.dealer_order_ids.action_order()
        (self.lead | other)._merge_opportunity(auto_unlink=False)
        live = self.rewards.search([("referral_id", "=", self.link.id), ("is_live", "=", True)])
        self.assertEqual(len(live), 1)

    def test_query_budget(self):
        self.make_rule()
        self.ordered()
        self.order_of("More")
        rewards = self.rewards.with_user(self.sales_director)
        names = ["referrer_name", "guest", "car", "amount", "state", "can_decide"]
        rewards.search_fetch([], names, limit=1).read(names)
        self.env.invalidate_all()
        with self.assertQueryCount(13):
            rewards.search_fetch([("lead_id", "!=", False)], names).read(names)
