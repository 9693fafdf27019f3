from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common_insight import InsightCase
from .common_order import QUIET

WRITERS = {"marketing_manager", "general_manager", "group_executive", "system"}
READERS = {
    "sales_consultant",
    "sales_manager",
    "sales_director",
    "dcc_agent",
    "dcc_lead",
    "marketing_manager",
    "general_manager",
    "group_executive",
    "system",
}


class ShowroomCase(InsightCase):
    """A published car of store A, and a customer who agreed that it is counted what is looked at."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.views = cls.env["dealer.page.view"]
        cls.views.search([]).unlink()
        cls.car = cls.make_car("甲")
        cls.agree(cls.buyer)

    @classmethod
    def make_car(cls, series, **values):
        return cls.env["dealer.showroom.model"].create(
            {
                "brand": "大众",
                "series": series,
                "name": "好车",
                "unit_id": cls.store_a.id,
                "published": True,
                **values,
            }
        )

    @classmethod
    def agree(cls, customer, unit=None):
        return cls.env["dealer.consent"].create(
            {
                "partner_id": customer.partner.id,
                "unit_id": (unit or cls.store_a).id,
                "purpose": "profiling",
                "text_version": "x",
                "source": "form",
            }
        )

    def at(self, *moment):
        """Let it be a moment in UTC for the code under test."""
        return patch.object(fields.Datetime, "now", lambda *_args: datetime(*moment))

    def look(self, customer, *moment, car=None, times=1):
        with self.at(*moment):
            for _time in range(times):
                self.views._count(customer.relation[:1], car or self.car)

    def work(self, *moment):
        with self.at(*(moment or (2026, 5, 30, 1))):
            self.views._drain()
        self.env.invalidate_all()

    def tasks(self, customer=None):
        kind = self.env.ref("dealer_leads.mail_activity_type_bargain")
        return (
            self.env["mail.activity"].search(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_model", "in", ("crm.lead", "res.partner")),
                ],
                order="id",
            )
            - self.tasks_before
        )

    def setUp(self):
        super().setUp()
        self.tasks_before = self.env["mail.activity"]
        self.tasks_before = self.tasks()


class TestPageViews(ShowroomCase):
    def test_one_row_a_day_and_one_statement(self):
        relation, car = self.buyer.relation, self.car
        self.assertEqual(relation.unit_id.name, "Store A")
        self.views._count(relation, car)
        self.env.flush_all()
        with self.assertQueryCount(3):  # one statement between the two of a savepoint
            self.views._count(relation, car)
        for _time in range(1100):
            self.views._count(relation, car)
        self.views.invalidate_model()
        row = self.views.search([])
        self.assertEqual(len(row), 1)
        self.assertEqual(row.count, 999, "who clicks on and on fills nothing")
        self.assertEqual(row.partner_id, self.buyer.partner)
        self.assertEqual(row.company_id, self.store_a.company_id)

    def test_nobody_is_counted_without_consent(self):
        self.assertFalse(self.views._count(self.mate.relation, self.car))
        consent = self.agree(self.mate)
        self.assertTrue(self.views._count(self.mate.relation, self.car))
        consent.action_withdraw()
        self.env.flush_all()
        self.assertFalse(self.views._count(self.mate.relation, self.car))
        both = self.make_customer("Both", self.store_a | self.store_b, car=False)
        self.agree(both, self.store_b)
        self.env.flush_all()
        self.assertFalse(
            self.views._count(both.relation[0], self.car), "consent of another legal entity"
        )

    def test_day_is_the_one_of_the_store(self):
        self.look(self.buyer, 2026, 5, 1, 15, 59)  # 23:59 in China
        self.look(self.buyer, 2026, 5, 1, 16, 1)  # 0:01 on the next day
        self.assertEqual(self.views.search([]).mapped("day"), [date(2026, 5, 2), date(2026, 5, 1)])

    def test_three_days_in_a_row(self):
        for day in (1, 2):
            self.look(self.buyer, 2026, 5, day, 3, times=2)
        self.work()
        self.assertFalse(self.tasks())
        self.look(self.buyer, 2026, 5, 3, 15, 59)
        self.work()
        task = self.tasks()
        self.assertEqual(task.user_id, self.sales_consultant)
        self.assertEqual((task.res_model, task.res_id), ("crm.lead", self.lead.id))
        self.assertIn("大众 甲", task.summary)
        # once per streak: the same day again, the fourth day
        self.look(self.buyer, 2026, 5, 3, 15, 59)
        self.look(self.buyer, 2026, 5, 4, 3)
        self.work()
        self.assertEqual(self.tasks(), task)
        self.assertEqual(
            [(row.streak, row.invited) for row in self.views.search([], order="day")],
            [(1, False), (2, False), (3, True), (4, True)],
        )
        # a new streak after a gap
        for day in (8, 9, 10):
            self.look(self.buyer, 2026, 5, day, 3)
        self.work()
        self.assertEqual(len(self.tasks()), 2)

    def test_three_days_worked_off_at_once(self):
        for day in (1, 2, 3):
            self.look(self.buyer, 2026, 5, day, 3)
        self.work()
        self.assertEqual(len(self.tasks()), 1)

    def test_gap(self):
        for day in (1, 2, 4, 5):
            self.look(self.buyer, 2026, 5, day, 3)
        self.work()
        self.assertFalse(self.tasks())

    def test_other_cars_and_other_customers_are_no_streak(self):
        other = self.make_car("乙")
        self.agree(self.mate)
        self.look(self.buyer, 2026, 5, 1, 3)
        self.look(self.buyer, 2026, 5, 2, 3, car=other)
        self.look(self.mate, 2026, 5, 2, 3)
        self.look(self.buyer, 2026, 5, 3, 3)
        self.work()
        self.assertFalse(self.tasks())

    def test_wall_of_the_store_decides(self):
        # Three days in China, two by UTC.
        self.look(self.buyer, 2026, 5, 1, 15, 30)
        self.look(self.buyer, 2026, 5, 1, 16, 30)
        self.look(self.buyer, 2026, 5, 2, 16, 30)
        self.work()
        self.assertEqual(len(self.tasks()), 1)

    def three_days(self, customer):
        for day in (1, 2, 3):
            self.look(customer, 2026, 5, day, 3)
        self.work()

    def test_who_ordered_is_not_invited(self):
        order = self.make_order(self.buyer)
        order.sudo().state = "planned"
        self.three_days(self.buyer)
        self.assertFalse(self.tasks())

    def test_who_is_defeated_is_not_invited(self):
        self.lead.action_set_lost()
        self.three_days(self.buyer)
        self.assertFalse(self.tasks())

    def test_nobody_serves_the_customer(self):
        nobody = self.make_customer("Alone", car=False)
        self.agree(nobody)
        self.three_days(nobody)
        task = self.tasks()
        self.assertEqual(task.user_id, self.sales_manager)
        self.assertEqual((task.res_model, task.res_id), ("res.partner", nobody.partner.id))

    def test_observation_on_the_lead(self):
        self.three_days(self.buyer)
        rows = self.insights.search([("lead_id", "=", self.lead.id)], order="day")
        self.assertEqual(rows.mapped("strength"), [1, 2, 3])
        self.assertEqual(set(rows.mapped("source")), {"page"})
        self.assertFalse(rows.user_id)
        self.assertIn("Interest in a Car", self.lead.dealer_insight_summary)
        self.look(self.buyer, 2026, 5, 3, 4)
        self.work()
        again = self.insights.search([("lead_id", "=", self.lead.id)], order="day")
        self.assertEqual(again, rows, "the same day is the same observation")
        self.assertIn("2", again[-1].note)

    def test_timeline(self):
        self.look(self.buyer, 2026, 5, 1, 3, times=4)
        page = self.env["dealer.timeline"].with_user(self.sales_consultant)
        rows = page.search([("relation_id", "=", self.buyer.relation.id), ("kind", "=", "page")])
        self.assertEqual(rows.text, "大众 甲 × 4")

    def test_drain_costs_the_same_however_many(self):
        customers = [self.make_customer(f"C{number}", car=False) for number in range(12)]
        for customer in customers:
            self.agree(customer)
            self.make_lead(customer)

        def cost(some, day):
            for customer in some:
                self.look(customer, 2026, 5, day, 3)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.views._drain()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(customers[:1], 1)
        few = cost(customers[:2], 3)
        many = cost(customers, 5)
        self.assertLessEqual(many, few + 2)

    def test_merge_adds_up_and_can_be_undone(self):
        self.agree(self.mate)
        other = self.make_car("乙")
        for customer, times in ((self.buyer, 2), (self.mate, 3)):
            self.look(customer, 2026, 5, 1, 3, times=times)
        self.look(self.mate, 2026, 5, 2, 3, car=other)
        merge = self.buyer.partner._dealer_merge(self.mate.partner)
        rows = self.views.search([("relation_id", "=", self.buyer.relation.id)])
        self.assertEqual({(row.model_id, row.count) for row in rows}, {(self.car, 5), (other, 1)})
        merge.action_undo()
        rows = self.views.search([("relation_id", "=", self.buyer.relation.id)])
        self.assertEqual(rows.mapped("count"), [2])
        rows = self.views.search([("relation_id", "=", self.mate.relation.id)])
        self.assertEqual(sorted(rows.mapped("count")), [1, 3])

    def test_old_rows_are_forgotten(self):
        self.views._count(self.buyer.relation, self.car)
        with self.later(days=179):
            self.views._count(self.buyer.relation, self.car)
        today = fields.Date.today()
        with patch.object(fields.Date, "today", lambda *_args: today + timedelta(days=183)):
            self.views._gc_views()
        self.assertEqual(len(self.views.search([])), 1)


class TestShowroomRights(ShowroomCase):
    @mute_logger(*QUIET)
    def test_pages(self):
        article = self.env["dealer.showroom.article"].create(
            {"name": "T", "body": "<p>x</p>", "unit_id": self.store_a.id}
        )
        fact = self.env["dealer.showroom.fact"].create(
            {"model_id": self.car.id, "name": "a", "value": "b"}
        )
        for post in (*POSTS, "system"):
            for record in (self.car, article, fact):
                mine = record.with_user(self.users[post])
                self.assertTrue(mine.has_access("read"), post)
                for right in ("write", "unlink"):
                    self.assertEqual(mine.has_access(right), post in WRITERS, f"{post} {right}")

    @mute_logger(*QUIET)
    def test_pages_of_others(self):
        for_all = self.make_car("丙", unit_id=False)
        there = self.make_car("丁", unit_id=self.store_b.id)
        manager = self.marketing_manager
        self.assertTrue(for_all.with_user(manager).has_access("read"))
        self.assertFalse(for_all.with_user(manager).has_access("write"))
        self.assertTrue(for_all.with_user(self.group_executive).has_access("write"))
        self.assertFalse(there.with_user(manager).has_access("read"))
        fact = self.env["dealer.showroom.fact"].create(
            {"model_id": self.car.id, "name": "a", "value": "b"}
        )
        for car in (there, for_all):
            self.assertTrue(
                self.attempt(lambda car=car: fact.with_user(manager).write({"model_id": car.id})),
                car.series,
            )
        for unit in (False, self.store_b.id):
            self.assertTrue(
                self.attempt(lambda unit=unit: self.car.with_user(manager).write({"unit_id": unit}))
            )
            self.assertTrue(
                self.attempt(
                    lambda unit=unit: (
                        self.env["dealer.showroom.model"]
                        .with_user(manager)
                        .create({"brand": "a", "series": "b", "name": "c", "unit_id": unit})
                    )
                )
            )

    @mute_logger(*QUIET)
    def test_publish(self):
        self.car.published = False
        for user, may in ((self.sales_consultant, False), (self.marketing_manager, True)):
            error = self.attempt(lambda user=user: self.car.with_user(user).action_publish())
            self.assertEqual(not error, may, user.login)

    @mute_logger(*QUIET)
    def test_views_follow_the_customer(self):
        self.views._count(self.buyer.relation, self.car)
        row = self.views.search([])
        for post in (*POSTS, "system"):
            mine = row.with_user(self.users[post])
            whole = {"dcc_agent", "dcc_lead"}
            self.assertEqual(mine.has_access("read"), post in READERS - whole, post)
            for right in ("write", "create", "unlink"):
                self.assertFalse(mine.has_access(right), f"{post} {right}")
        for user in (self.teammate, self.stranger, self.consultant_b):
            self.assertFalse(row.with_user(user).has_access("read"), user.login)

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.views._count(self.buyer.relation, self.car)
        users = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (self.env.ref("base.public_user"), *users):
            for record in (self.car, self.views.search([], limit=1)):
                for right in ("read", "write", "create", "unlink"):
                    self.assertFalse(record.with_user(user).has_access(right), user.login)

    def test_what_is_written_is_clean(self):
        self.car.body = (
            '<p onclick="x()">a</p><script>alert(1)</script><iframe src="/x"></iframe>'
            '<a href="javascript:x()">b</a>'
        )
        for word in ("script", "onclick", "iframe", "javascript"):
            self.assertNotIn(word, self.car.body)
        for source in ("https://evil.example/a.png", "//evil.example/a.png"):
            with self.assertRaisesRegex(ValidationError, "other sites"):
                self.car.body = f'<img src="{source}">'
        for code in ("red", "#12345", "#1234567", "#fff;}", "url(//x)"):
            with self.assertRaisesRegex(ValidationError, "colour code"):
                self.env["dealer.showroom.colour"].create(
                    {"model_id": self.car.id, "name": "x", "code": code}
                )

    def test_offers_hold_on_the_day_of_the_store(self):
        offer = self.env["dealer.showroom.offer"].create(
            {
                "model_id": self.car.id,
                "name": "x",
                "valid_from": date(2026, 5, 2),
                "valid_to": date(2026, 5, 3),
            }
        )
        for moment, holds in (
            ((2026, 5, 1, 15, 59), False),
            ((2026, 5, 1, 16, 1), True),
            ((2026, 5, 3, 15, 59), True),
            ((2026, 5, 3, 16, 1), False),
        ):
            with self.at(*moment):
                self.assertEqual(offer in self.car._offers_today(self.store_a), holds, moment)

    def test_test_drive_is_linked_where_it_can_be_booked(self):
        url = self.car._drive_url(self.store_a)
        if "dealer.test.drive" in self.env:
            self.assertIn("/test-drive?series=%E7%94%B2&store=T-A", url)
        else:
            self.assertIsNone(url)
