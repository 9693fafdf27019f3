import random
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Domain

from .common import TouchCase, at


class TestPlanner(TouchCase):
    """When which touch is planned, to the minute; and nothing twice."""

    def planned(self, rule, low=None, high=None):
        rule._plan(low or datetime(2000, 1, 1), high or datetime(2040, 1, 1))
        return self.touches(rule).mapped("planned_at")

    def test_a_date_at_its_hour(self):
        """A date begins in the store's zone: nine in Shanghai is one in UTC."""
        rule = self.make_rule(hour=9)
        self.relation.since = "2026-03-01"
        self.assertEqual(self.planned(rule), [datetime(2026, 3, 1, 1)])
        touch = self.touches(rule)
        self.assertEqual(touch.res_id, self.relation.id)
        self.assertEqual(touch.partner_id, self.partner)
        self.assertEqual(touch.relation_id, self.relation)
        self.assertEqual(touch.company_id, self.store_a.company_id)
        self.assertEqual(touch.valid_until, touch.planned_at + timedelta(days=2))

    def test_zone_of_the_store(self):
        self.store_a.calendar_id.tz = "Asia/Urumqi"
        self.assertEqual(self.planned(self.make_rule(hour=9)), [datetime(2026, 3, 1, 3)])

    def test_offsets(self):
        self.relation.since = "2026-01-31"
        for number, unit, expected in (
            (7, "days", datetime(2026, 2, 7, 1)),
            (-30, "days", datetime(2026, 1, 1, 1)),
            (1, "months", datetime(2026, 2, 28, 1)),
            (-2, "months", datetime(2025, 11, 30, 1)),
            (90, "minutes", datetime(2026, 1, 31, 2, 30)),
        ):
            with self.subTest(number=number, unit=unit):
                rule = self.make_rule(offset_number=number, offset_unit=unit)
                self.assertEqual(self.planned(rule), [expected])

    def test_29th_of_february(self):
        """Counted from the day itself: in a leap year it comes back."""
        self.relation.since = "2024-02-29"
        rule = self.make_rule(repeat="yearly")
        self.assertEqual(
            [moment.date() for moment in self.planned(rule, high=datetime(2029, 1, 1))],
            [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)],
        )

    def test_every_few_days(self):
        self.relation.since = "2026-02-20"
        rule = self.make_rule(repeat="every", repeat_days=3, domain="[('stage', '=', 'prospect')]")
        self.assertEqual(
            [moment.date().day for moment in self.planned(rule, high=datetime(2026, 3, 1))],
            [20, 23, 26],
        )
        self.relation.stage = "owner"
        self.assertEqual(len(self.planned(rule, high=datetime(2026, 3, 8))), 3)

    def test_a_moment_keeps_its_time_on_the_wall(self):
        """Days after a moment: at the same time of the store's day; minutes are exact."""
        interactions = self.env["dealer.interaction"]
        type(interactions).start.index, before = True, type(interactions).start.index
        self.addCleanup(setattr, type(interactions).start, "index", before)
        self.customer.interaction.start = datetime(2026, 2, 1, 8, 40, 30)
        values = {
            "model_id": self.env.ref("dealer_base.model_dealer_interaction").id,
            "anchor": "start",
            "domain": f"[('id', '=', {self.customer.interaction.id})]",
        }
        rule = self.make_rule(offset_number=3, **values)
        self.assertEqual(self.planned(rule), [datetime(2026, 2, 4, 8, 40, 30)])
        rule = self.make_rule(offset_number=-30, offset_unit="minutes", **values)
        self.assertEqual(self.planned(rule), [datetime(2026, 2, 1, 8, 10, 30)])

    def test_birthday_by_the_lunar_calendar(self):
        """The stored next birthday carries it, whichever calendar it goes by."""
        with freeze_time("2026-03-01"):
            self.partner.write({"birth_calendar": "lunar", "birth_month": 1, "birth_day": 15})
            self.env.flush_all()
        self.assertEqual(self.partner.next_birthday, date(2026, 3, 3))  # the 15th of the 1st month
        rule = self.make_rule(anchor="partner_id.next_birthday")
        self.assertEqual(self.planned(rule), [datetime(2026, 3, 3, 1)])
        self.drain(datetime(2026, 3, 3, 1))
        with freeze_time("2026-03-04"):
            self.env["res.partner"]._cron_next_birthday()
        self.assertEqual(len(self.planned(rule)), 2)

    def test_a_later_consultant_is_the_one(self):
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.planned(rule)
        self.assertEqual(self.touches(rule).user_id, self.sales_consultant)

    def test_only_the_own_store(self):
        other = self.make_agreed("other", self.store_b).relation
        other.since = "2026-03-01"
        rule = self.make_rule()
        self.planned(rule)
        self.assertNotIn(other.id, self.touches(rule).mapped("res_id"))
        everywhere = self.make_rule(unit_id=False, domain=f"[('id', '=', {other.id})]")
        self.planned(everywhere)
        self.assertEqual(self.touches(everywhere).company_id, self.store_b.company_id)

    def test_without_a_store_nothing(self):
        car = self.env["dealer.vehicle"].create({"vin": self.next_vin(), "unit_id": False})
        car.insurance_due = "2026-03-01"
        rule = self.make_rule(
            unit_id=False,
            model_id=self.env.ref("dealer_base.model_dealer_vehicle").id,
            anchor="insurance_due",
            partner_path="current_owner_id",
            domain=f"[('id', '=', {car.id})]",
        )
        self.assertEqual(self.planned(rule), [])
        car.unit_id = self.store_a
        self.assertEqual(len(self.planned(rule)), 1)

    def test_twice_plans_nothing_twice(self):
        rule = self.make_rule()
        first = self.planned(rule)
        self.assertEqual(rule._plan(datetime(2000, 1, 1), datetime(2040, 1, 1)), 0)
        self.assertEqual(self.planned(rule), first)
        rule.offset_number = 3  # another offset is no other occasion
        self.assertEqual(self.planned(rule), first)

    def test_any_split_of_time_plans_the_same(self):
        """The same touches, in whatever pieces the planner looks at the time, even overlapping."""
        randomly = random.Random(7)
        low, high = datetime(2026, 1, 1), datetime(2026, 4, 1)
        others = self.env["dealer.relation"]
        for number in range(12):
            others |= self.make_agreed(f"split{number}").relation
            age = randomly.randrange(100) if number % 2 else randomly.randrange(800)
            others[-1:].since = date(2026, 4, 1) - timedelta(days=age)
        domain = f"[('id', 'in', {others.ids})]"
        for values in (
            {"offset_number": -3},
            {"offset_number": 1, "offset_unit": "months"},
            {"repeat": "yearly", "offset_number": 2},
            {"repeat": "every", "repeat_days": 11},
        ):
            whole = self.make_rule(domain=domain, **values)
            whole._plan(low, high)
            expected = self.occasions(whole)
            self.assertTrue(expected, values)
            for _split in range(3):
                rule = self.make_rule(domain=domain, **values)
                cuts = sorted(
                    low + timedelta(minutes=randomly.randrange(90 * 1440)) for _cut in range(6)
                )
                pieces = list(zip([low, *cuts], [*cuts, high], strict=True))
                randomly.shuffle(pieces)
                for start, end in pieces:
                    rule._plan(max(low, start - timedelta(hours=randomly.randrange(48))), end)
                self.assertEqual(self.occasions(rule), expected, values)

    def occasions(self, rule):
        return {(row.res_id, row.occurrence, row.planned_at) for row in self.touches(rule)}

    def test_window_and_what_was_missed(self):
        """Two days ahead, and back for as long as it is valid; nothing from before the rule."""
        rule = self.make_rule(hour=9, valid_days=2)
        self.relation.since = "2026-03-05"
        self.plan(rule, at(8, day=0))
        self.assertFalse(self.touches(rule))
        self.plan(rule, at(10, day=1))
        self.assertEqual(len(self.touches(rule)), 1)
        late = self.make_rule(valid_days=2)
        self.plan(late, at(8, day=5))
        self.assertEqual(len(self.touches(late)), 1, "missed by two days less an hour")
        later = self.make_rule(valid_days=2)
        self.plan(later, at(10, day=5))
        self.assertFalse(self.touches(later))
        new = self.make_rule(valid_days=30, since=at(10, day=3))
        self.plan(new, at(12, day=3))
        self.assertFalse(self.touches(new), "was due before the rule began")

    def test_cron_goes_on_after_a_broken_rule(self):
        broken, good = self.make_rule(name="broken"), self.make_rule(name="good")
        self.env.cr.execute(
            "UPDATE dealer_touch_rule SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s",
            [broken.id],
        )
        broken.invalidate_recordset()
        self.relation.since = at(12).date()
        with freeze_time(at(8)), self.enter_registry_test_mode():
            self.env.ref("dealer_touch.ir_cron_plan").method_direct_trigger()
        self.assertIn("gone", broken.problem)
        self.assertFalse(good.problem)
        self.assertEqual(len(self.touches(good)), 1)
        self.assertFalse(self.env["dealer.touch.rule"]._to_plan(at(8, 5)) & (broken | good))
        self.assertTrue(self.env["dealer.touch.rule"]._to_plan(at(8, 20)) & good)

    def test_queries_of_planning(self):
        """One statement a rule, whatever it plans."""
        rule = self.make_rule(domain="[('stage', '!=', 'lapsed')]")
        for number in range(30):
            self.make_agreed(f"many{number}").relation.since = "2026-03-02"
        self.env.flush_all()
        rule._domain()
        with self.assertQueryCount(1):
            rule._plan(at(0), at(23))
        self.assertGreaterEqual(len(self.touches(rule)), 30)

    def test_planned_by_programs(self):
        rule = self.make_rule(anchor=False)
        self.assertEqual(rule._plan(at(0), at(23)), 0)
        with freeze_time(at(10)):
            touch = rule._plan_records(self.relation, answer=True)
            self.assertEqual(rule._plan_records(self.relation, answer=True), touch)
            self.assertTrue(touch.is_answer)
        self.drain(at(10))
        self.assertEqual(touch.state, "sent")
        lapsed = self.make_rule(anchor=False, domain="[('stage', '=', 'lapsed')]")
        with freeze_time(at(10)):
            self.assertFalse(lapsed._plan_records(self.relation))

    def test_job_and_cron(self):
        rule = self.make_rule()
        self.relation.since = at(12).date()
        jobs = Domain("identity_key", "=", "dealer_queue:dealer.touch")
        with freeze_time(at(10)), self.enter_registry_test_mode():
            self.env.ref("dealer_touch.ir_cron_plan").method_direct_trigger()
            self.assertEqual(self.env["queue.job"].search_count(jobs), 1)
            self.env.ref("dealer_touch.ir_cron_send").method_direct_trigger()
        self.assertEqual(self.touches(rule).state, "sent")
