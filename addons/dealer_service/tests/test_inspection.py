from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS

from ..tools.day import today
from .common_service import QUIET, ServiceCase


class TestInspection(ServiceCase):
    """When a car is to be inspected, by the rule in force; and the reminders of its owner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.rule = cls.env.ref("dealer_service.inspection_rule_private")

    def car(self, **values):
        return self.make_car(self.own, **values)

    @freeze_time("2026-06-01 04:00:00")
    def test_private_cars(self):
        for first, due, on_site in (
            ("2025-03-15", "2027-03-15", False),
            ("2020-09-01", "2026-09-01", True),
            ("2018-09-01", "2026-09-01", False),
            ("2016-06-01", "2026-06-01", True),
            ("2014-02-01", "2027-02-01", True),
        ):
            car = self.car(first_registration=first)
            self.assertEqual((str(car.inspection_due), car.inspection_on_site), (due, on_site))

    @freeze_time("2026-06-01 04:00:00")
    def test_minibus(self):
        car = self.car(first_registration="2010-03-01", inspection_kind="strict")
        self.assertEqual((str(car.inspection_due), car.inspection_on_site), ("2026-09-01", True))

    @freeze_time("2026-06-01 04:00:00")
    def test_inspected(self):
        car = self.car(first_registration="2024-07-10")
        self.assertEqual(str(car.inspection_due), "2026-07-10")
        # From three months before on the sticker can be had.
        car.with_user(self.service_advisor).action_inspected()
        self.assertEqual(
            (str(car.last_inspection), str(car.inspection_due)), ("2026-06-01", "2028-07-10")
        )

    @freeze_time("2026-06-01 04:00:00")
    def test_missed_one_stays_due(self):
        car = self.car(first_registration="2022-03-15", last_inspection="2024-03-01")
        self.assertEqual(str(car.inspection_due), "2026-03-15")

    def test_closed_order_is_an_inspection(self):
        car = self.car(first_registration=fields.Date.add(today(), months=-23))
        order = self.make_order(car, self.service_advisor, kind="inspection")
        order.action_close()
        self.assertEqual(car.last_inspection, today())
        self.assertEqual(car.inspection_due, fields.Date.add(car.first_registration, years=4))

    def test_unknown_registration_keeps_the_typed_day(self):
        car = self.car()
        car.inspection_due = "2030-01-01"
        car.color = "red"
        self.assertEqual(str(car.inspection_due), "2030-01-01")

    @freeze_time("2026-06-01 04:00:00")
    def test_a_new_rule(self):
        car = self.car(first_registration="2025-03-15")
        rule = self.rule.copy(
            {
                "valid_from": "2026-05-01",
                "step_ids": [Command.create({"up_to_years": 0, "every_months": 36})],
            }
        )
        self.assertEqual(str(car.inspection_due), "2028-03-15")
        rule.valid_from = "2026-07-01"  # not in force yet
        self.assertEqual(str(car.inspection_due), "2027-03-15")

    def test_rules_are_whole(self):
        for values in (
            {"on_site_years": "six"},
            {"step_ids": [Command.clear()]},
            {"step_ids": [Command.create({"sequence": 1, "up_to_years": 0, "every_months": 1})]},
        ):
            with self.assertRaises(ValidationError):
                self.rule.write(values)

    @mute_logger(*QUIET)
    def test_who_changes_rules(self):
        car = self.car(first_registration="2025-03-15")
        noters = {"service_advisor", "service_manager", "care_agent", "care_manager", "system"}
        for post in (*POSTS, "system"):
            user = self.users[post]
            rule = self.rule.with_user(user)
            self.assertEqual(rule.has_access("write"), post in ("group_executive", "system"), post)
            error = self.attempt(car.with_user(user).action_inspected)
            self.assertEqual(not error, post in noters, post)
            self.assertIsInstance(error, (AccessError, type(None)))

    # ------------------------------------------------------------------ reminders

    def touches(self, car):
        self.env.flush_all()
        rules = self.env["dealer.touch.rule"].search([("model", "=", "dealer.vehicle")])
        rules.since = self.now - timedelta(days=1)
        rules.write({"active": True})
        rules._plan_now()
        return self.env["dealer.touch"].search(
            [("res_model", "=", "dealer.vehicle"), ("res_id", "=", car.id)]
        )

    def test_reminders(self):
        day = today() + timedelta(days=1)
        car = self.car(
            first_registration=fields.Date.add(day + timedelta(days=45), years=-2),
            compulsory_insurance_due=day + timedelta(days=30),
            warranty_due=day + timedelta(days=30),
            service_due=day + timedelta(days=14),
        )
        self.env["dealer.maintenance.plan"].search([]).active = False
        car._maintenance_refresh()
        car.service_due = day + timedelta(days=14)
        touches = self.touches(car)
        self.assertEqual(
            set(touches.rule_id.mapped("anchor")),
            {"service_due", "insurance_due", "inspection_due", "warranty_due"},
        )
        self.assertEqual(touches.partner_id, self.own.partner)
        self.assertEqual(len(touches), 4)
        self.assertEqual(touches.unit_id, self.store_a)
        self.touches(car)
        self.assertEqual(len(self.touches(car)), 4)

    def test_insurance_three_times(self):
        rules = self.env["dealer.touch.rule"].search([("anchor", "=", "insurance_due")])
        self.assertEqual(sorted(rules.mapped("offset_number")), [-60, -30, -7])

    def test_sold_away_is_not_reminded(self):
        car = self.make_car(insurance_due=today() + timedelta(days=31))
        self.assertFalse(self.touches(car))
