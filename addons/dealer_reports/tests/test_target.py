from datetime import date

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ReportCase


@tagged("post_install", "-at_install")
class TestTarget(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.targets = cls.env["dealer.target"]

    def target(self, figure="orders", value=10, user=None, by=None, **values):
        return self.targets.with_user(by or self.general_manager).create(
            {
                "unit_id": self.store_a.id,
                "month": date(2026, 3, 1),
                "user_id": user and user.id,
                "figure": figure,
                "value": value,
                **values,
            }
        )

    def test_month_is_its_first_day(self):
        target = self.target(month="2026-03-17")
        self.assertEqual(target.month, date(2026, 3, 1))
        target.month = date(2026, 4, 30)
        self.assertEqual(target.month, date(2026, 4, 1))

    @mute_logger("odoo.sql_db")
    def test_once_a_figure(self):
        self.target()
        self.target(user=self.sales_consultant)
        for user in (None, self.sales_consultant):
            with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
                self.target(user=user, value=12)

    def test_bad_values(self):
        for figure, value, error in (
            ("orders", 0, CheckViolation),
            ("orders", -1, CheckViolation),
            ("answer_rate", 101, ValidationError),
        ):
            with (
                self.subTest(figure=figure, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                self.target(figure, value)
        self.assertEqual(self.target("answer_rate", 100).unit_sign, "%")

    def test_person_of_another_store(self):
        with self.assertRaisesRegex(ValidationError, self.consultant_b.name):
            self.target(user=self.consultant_b)

    def test_base_of_a_rate_has_no_target(self):
        keys = [
            key for key, _label in self.targets._fields["figure"]._description_selection(self.env)
        ]
        self.assertIn("order_rate", keys)
        self.assertNotIn("filed_visits", keys)
        self.assertNotIn("late_clocks", keys)

    def test_copy_keeps_what_is_there(self):
        rows = self.target() + self.target("deliveries", 8)
        self.target(month=date(2026, 4, 1), value=99)
        answer = rows.action_copy_to_next_month()
        self.assertEqual(answer["params"]["type"], "success")
        april = self.targets.search([("month", "=", date(2026, 4, 1))], order="figure")
        self.assertEqual(
            april.mapped(lambda row: (row.figure, row.value)), [("deliveries", 8), ("orders", 99)]
        )
        self.assertEqual(rows.action_copy_to_next_month()["params"]["type"], "warning")

    def test_year_end(self):
        self.target(month=date(2026, 12, 1)).action_copy_to_next_month()
        self.assertTrue(self.targets.search([("month", "=", date(2027, 1, 1))]))

    def test_of_stores_needs_all(self):
        """The sum of some stores is no target for all of them."""
        self.target(value=10)
        month, both = date(2026, 3, 1), (self.store_a + self.store_b).ids
        self.assertEqual(self.targets._of(self.store_a.ids, month), {"orders": 10})
        self.assertEqual(self.targets._of(both, month), {})
        self.targets.create(
            {"unit_id": self.store_b.id, "month": month, "figure": "orders", "value": 5}
        )
        self.assertEqual(self.targets._of(both, month), {"orders": 15})

    def test_of_people(self):
        self.target(value=6, user=self.sales_consultant)
        self.target(value=4, user=self.teammate)
        self.target("answer_rate", 80, user=self.sales_consultant)
        self.target("answer_rate", 90, user=self.teammate)
        people = [self.sales_consultant.id, self.teammate.id]
        self.assertEqual(
            self.targets._of(self.store_a.ids, date(2026, 3, 1), people),
            {"orders": 10, "answer_rate": 85},
        )

    def test_manager_sets_the_team_s(self):
        self.target(user=self.teammate, by=self.sales_manager)
        for user in (None, self.stranger):
            with self.assertRaises(AccessError):
                self.target(user=user, by=self.sales_manager)
        with self.assertRaises(AccessError):
            self.target(user=self.sales_consultant, by=self.sales_consultant)

    def test_manager_cannot_hand_a_target_on(self):
        """What a manager may not create is not made of a target of the team either."""
        target = self.target(user=self.teammate, by=self.sales_manager)
        for user in (self.env["res.users"], self.stranger):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                target.with_user(self.sales_manager).user_id = user
            self.assertEqual(target.user_id, self.teammate)
        target.with_user(self.sales_manager).value = 11

    def test_form(self):
        with Form(self.targets.with_user(self.general_manager)) as form:
            form.figure = "order_rate"
            form.value = 30
        self.assertEqual(form.record.unit_id, self.store_a)
        self.assertFalse(form.record.user_id)
