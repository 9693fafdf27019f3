from freezegun import freeze_time

from .common import TouchCase, at


class TestBudget(TouchCase):
    """Consent, quiet hours, so many a week; safety and answers pass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation.since = at(9).date()

    def one(self, moment=None, **values):
        touches = self.run_rule(moment or at(9), **values)
        return touches.filtered(lambda each: each.res_id == self.relation.id)

    def test_consent_by_purpose(self):
        self.assertEqual(self.one(purpose="care").state, "sent")
        self.partner.dealer_consent_ids.filtered(
            lambda consent: consent.purpose == "care"
        ).action_withdraw()
        touch = self.one(purpose="care")
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "no_consent"))
        self.assertIn("Care and Greetings", touch.reason)
        self.assertEqual(self.one(purpose="service").state, "sent")

    def test_consent_of_another_store_counts_for_nothing(self):
        customer = self.make_customer("two", self.store_a | self.store_b, car=False)
        self.agree(customer, "care")  # given to store A
        there = customer.relation.filtered(lambda each: each.unit_id == self.store_b)
        there.since = at(9).date()
        touch = self.run_rule(
            at(9), purpose="care", unit_id=self.store_b.id, domain=f"[('id', '=', {there.id})]"
        )
        self.assertEqual(touch.reason_code, "no_consent")

    def test_safety_needs_no_consent(self):
        self.partner.dealer_consent_ids.action_withdraw()
        self.assertEqual(self.one(purpose="safety").state, "sent")

    def test_answers_pass(self):
        self.partner.dealer_consent_ids.action_withdraw()
        rule = self.make_rule(anchor=False, quiet_from=0, quiet_to=23.5)
        with freeze_time(at(9)):
            touch = rule._plan_records(self.relation, answer=True)
            plain = rule._plan_records(self.make_agreed("plain").relation)
        self.drain(at(9))
        self.assertEqual(touch.state, "sent")
        self.assertEqual((plain.state, plain.reason_code), ("planned", "quiet"))

    def test_quiet_hours(self):
        rule = self.make_rule(hour=21, quiet_from=20, quiet_to=8.5)
        self.plan(rule, at(21))
        self.drain(at(21))
        touch = self.touches(rule)
        self.assertEqual((touch.state, touch.send_at), ("planned", at(8, 30, day=1)))
        self.assertIn("quiet hours", touch.reason)
        self.drain(at(8, 30, day=1))
        self.assertEqual(touch.state, "sent")
        self.assertFalse(touch.reason)

    def test_quiet_hours_by_day(self):
        rule = self.make_rule(hour=12.5, quiet_from=12, quiet_to=14)
        self.plan(rule, at(12))
        self.drain(at(12, 30))
        self.assertEqual(self.touches(rule).send_at, at(14))

    def test_so_many_a_week(self):
        self.setting("week_limit", 2)
        states = [self.one(at(9, minute)).state for minute in (0, 1, 2)]
        self.assertEqual(states, ["sent", "sent", "skipped"])
        last = self.env["dealer.touch"].search([("reason_code", "=", "budget")])
        self.assertIn("2 messages", last.reason)
        self.assertEqual(self.one(at(9, 3), purpose="safety").state, "sent")
        with freeze_time(at(10, day=7)):
            last.action_again()
        self.drain(at(10, day=7))
        self.assertEqual(last.state, "sent", "a week later there is room again")

    def test_so_many_of_one_channel(self):
        self.setting("week_limit.sms", 1)
        self.env["ir.mail_server"].create({"name": "test", "smtp_host": "localhost"})
        ways = [
            {"channel": "sms", "body": "x"},
            {"channel": "email", "subject": "x", "body": "x"},
        ]
        self.assertEqual(self.one(ways=ways).channel, "sms")
        self.assertEqual(self.one(at(9, 1), ways=ways).channel, "email")

    def test_the_lower_yields(self):
        """What matters more comes tomorrow: today's lower one makes room."""
        self.setting("week_limit", 1)
        higher = self.make_rule(offset_number=1, priority="2")
        lower = self.make_rule(priority="0")
        (higher | lower).write({"domain": f"[('id', '=', {self.relation.id})]"})
        for rule in (higher, lower):
            self.plan(rule, at(9))
        self.drain(at(9))
        touch = self.touches(lower)
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "budget"))
        self.assertIn("Yields", touch.reason)
        self.drain(at(9, day=1))
        self.assertEqual(self.touches(higher).state, "sent")

    def test_in_one_batch_the_higher_goes_first(self):
        self.setting("week_limit", 1)
        lower, higher = self.make_rule(priority="0"), self.make_rule(priority="3")
        for rule in (lower, higher):
            self.plan(rule, at(9))
        self.drain(at(9))
        self.assertEqual(self.touches(higher).state, "sent")
        self.assertEqual(self.touches(lower).reason_code, "budget")

    def test_two_of_one_rank_in_one_batch(self):
        """The higher one that is in the batch itself counts once, not twice."""
        self.setting("week_limit", 2)
        for priority in ("0", "3"):
            self.plan(self.make_rule(priority=priority), at(9))
        self.drain(at(9))
        self.assertEqual(len(self.messages()), 2)

    def test_staff_have_no_budget(self):
        self.setting("week_limit", 1)
        self.partner.dealer_consent_ids.action_withdraw()
        way = [{"channel": "activity", "subject": "x"}]
        for _turn in range(3):
            touch = self.one(addressee="staff", user_path="consultant_id", ways=way)
            self.assertEqual(touch.state, "sent")
