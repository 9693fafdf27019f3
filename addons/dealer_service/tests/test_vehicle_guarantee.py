from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common_service import ServiceCase


class TestVehicleGuarantee(ServiceCase):
    """The three guarantees on the file of a car: what counts, who is told, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.car = cls.make_car(cls.own, invoice_date=cls.now.date() - timedelta(days=300))
        cls.fault = cls.make_fault("Jerks", system="gearbox", part="valve body")

    @classmethod
    def make_fault(cls, name, car=None, **values):
        return cls.env["dealer.vehicle.fault"].create(
            {"vehicle_id": (car or cls.car).id, "name": name, **values}
        )

    def repair(self, days_ago, days=0, fault=None, user=None, remedy="repaired", **values):
        """Make a repair that took ``days`` days less an hour; None: it goes on, a minute into the next day."""
        if days is not None:
            begun = self.now - timedelta(days=days_ago)
            values["completed_at"] = begun + timedelta(days=days, hours=-1)
        return self.make_order(
            values.pop("vehicle_id", self.car),
            user or self.service_advisor,
            days_ago=days_ago + (0 if days is not None else 1 / 1440),
            kind="claim",
            repair_ids=[Command.create({"fault_id": (fault or self.fault).id, "remedy": remedy})],
            **values,
        )

    def watch(self, code, car=None):
        return self.env["dealer.guarantee.watch"].search(
            [("vehicle_id", "=", (car or self.car).id), ("code", "=", code)]
        )

    def told(self, user):
        """Return how often the person was told, open tasks and old ones."""
        return (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search(
                [("user_id", "=", user.id), ("res_model", "=", "dealer.guarantee.watch")],
                order="id",
            )
        )

    # ------------------------------------------------------------------ counting

    def test_days_of_repair(self):
        order = self.repair(100, 10)
        self.assertEqual(order.repair_days, 10)
        days = self.watch("days")
        self.assertEqual((days.used, days.share, days.level, days.article), (10, 32, 0, 24))
        self.assertEqual(days.unit_id, self.store_a)
        self.repair(60, 9)
        self.assertEqual((days.used, days.share, days.level), (19, 61, 60))
        self.assertIn("19 of 30 days", days.sentence)
        self.assertIn("12 more", days.sentence)
        self.assertEqual(self.car.guarantee_level, 60)

    def test_longer_than_thirty_days(self):
        self.repair(100, 31)
        days = self.watch("days")
        self.assertEqual(days.level, 100)
        self.assertIn("more than 30", days.sentence)

    def test_transport_is_left_out_with_a_reason(self):
        order = self.repair(100, 10)
        order.write({"excluded_hours": 48, "exclusion": "special_part"})
        self.assertEqual((order.repair_days, self.watch("days").used), (8, 8))
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            order.exclusion = False
            self.env.flush_all()
        self.assertIn("_excluded", str(caught.exception))

    def test_handing_over_completes_the_repair(self):
        order = self.repair(3, None)
        self.assertEqual(order.repair_days, 4)
        order.action_close()
        self.assertEqual(order.completed_at, order.closed_at)

    def test_completed_by_the_button(self):
        order = self.repair(5, None)
        self.assertEqual(self.watch("loaner").level, 100)
        order.action_complete_repair()
        self.assertFalse(self.watch("loaner"))
        self.assertEqual(order.state, "open")

    def test_called_off_and_taken_out(self):
        first, second = self.repair(100, 10), self.repair(60, 5)
        self.assertEqual(self.watch("days").used, 15)
        first.repair_ids.unlink()
        self.assertEqual(self.watch("days").used, 5)
        second.action_cancel()
        self.assertFalse(self.watch("days"))

    def test_the_same_fault(self):
        for days_ago in (90, 80, 70):
            self.repair(days_ago, 1)
        self.repair(60, 1, self.make_fault("Radio"))
        same = self.watch("same_fault")
        self.assertEqual(same.mapped("used"), [3, 1])
        self.assertEqual(same.mapped("level"), [60, 0])
        self.assertIn("“Jerks”: repaired 3 times", same[0].sentence)

    def test_every_right_says_its_sentence(self):
        early = self.make_car(self.own, invoice_date=self.now.date() - timedelta(days=6))
        engine = self.make_fault(
            "Knocks", early, system="engine", part="head", safety=True, acute="fuel_leak"
        )
        for days_ago in (4, 3, 2, 1):
            self.repair(days_ago, 0.5, engine, remedy="assembly", vehicle_id=early, mileage=0)
        codes = ("early_exchange", "early_assembly", "early_safety", "safety", "assembly")
        for code in codes:
            self.assertEqual(self.watch(code, early).level, 100, code)
        rows = self.env["dealer.guarantee.watch"].search([("vehicle_id", "=", early.id)])
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
            for row in rows.with_context(lang=lang):
                row.invalidate_recordset(["sentence"])
                self.assertNotIn("%(", row.sentence)
                self.assertIn(str(row.article), row.sentence)

    def test_company_car_has_no_clock(self):
        self.repair(100, 25)
        self.assertTrue(self.watch("days"))
        self.car.private_use = False
        self.assertFalse(self.watch("days"))
        self.assertFalse(self.car.guarantee_end)
        self.assertEqual(self.car.guarantee_level, 0)

    def test_periods(self):
        self.repair(100, 25)
        self.car.invoice_date = self.now.date() - timedelta(days=900)
        self.assertFalse(self.watch("days"))
        self.car.delivery_date = self.now.date() - timedelta(days=290)
        self.assertTrue(self.watch("days"))
        self.assertEqual(self.car.guarantee_start, self.car.delivery_date)
        self.assertEqual(self.car.guarantee_end, fields.Date.add(self.car.delivery_date, years=2))

    def test_never_less_than_the_law(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.car.guarantee_months = 12
            self.env.flush_all()
        self.assertIn("_guarantee_terms", str(caught.exception))

    def test_other_stores_count(self):
        self.repair(100, 10)
        self.make_order(
            self.car,
            days_ago=50,
            unit_id=self.store_b.id,
            repair_ids=[Command.create({"fault_id": self.fault.id})],
            completed_at=self.now - timedelta(days=41),
        )
        days = self.watch("days")
        self.assertEqual((days.used, days.unit_id), (19, self.store_b))

    def test_a_new_instrument(self):
        """The period ends with 50,000 km that were driven, whatever the new instrument shows."""
        self.repair(100, 2, mileage=49_500)
        self.assertEqual(self.watch("same_fault").used, 1)
        readings = self.env["dealer.vehicle.reading"]
        values = {"vehicle_id": self.car.id, "date": self.now - timedelta(days=50), "mileage": 0}
        readings.create(values).with_user(self.service_manager).action_accept()
        self.assertEqual(self.watch("same_fault").used, 1)
        # 49,500 and 600: this repair comes after the period, which is over.
        self.repair(10, 2, mileage=600)
        self.assertEqual(self.car.last_mileage, 600)
        self.assertFalse(self.watch("same_fault"))

    # ------------------------------------------------------------------ who is told

    def test_told_once_at_each_level(self):
        chiefs = (self.service_manager, self.general_manager)
        self.repair(100, 10)
        for chief in chiefs:
            self.assertFalse(self.told(chief))
        self.repair(60, 9)
        for chief in chiefs:
            self.assertEqual(len(self.told(chief)), 1)
            self.assertIn("60%", self.told(chief).summary)
        self.car._guarantee_refresh()
        self.repair(50, 1, self.make_fault("Radio"))  # 20 days: still the same level
        for chief in chiefs:
            self.assertEqual(len(self.told(chief)), 1)
        self.repair(40, 6, self.make_fault("Seat"))  # 26 days
        for chief in chiefs:
            (activity,) = self.told(chief)
            self.assertIn("80%", activity.summary)
            self.assertIn("26 of 30", activity.note)
        self.assertFalse(self.told(self.service_advisor))

    def test_who_is_told_can_finish_the_task(self):
        self.repair(60, 20)
        activity = self.told(self.service_manager).with_user(self.service_manager)
        activity.action_feedback("Called the customer")
        self.assertFalse(activity.active)
        row = self.watch("days")
        self.assertIn("Called the customer", row.message_ids[0].body)
        self.car._guarantee_refresh()
        self.assertEqual(len(self.told(self.service_manager)), 1)

    def test_corrected_and_near_again_is_told_again(self):
        order = self.repair(60, 20)
        self.assertEqual(self.watch("days").told_level, 60)
        order.completed_at = order.opened_at + timedelta(days=3)
        self.assertEqual(self.watch("days").told_level, 0)
        order.completed_at = order.opened_at + timedelta(days=20)
        self.assertEqual(self.watch("days").told_level, 60)

    def test_a_false_alarm_is_taken_back(self):
        """A visit that is written down later looks as if it lasted until today, until its end is entered."""
        order = self.make_order(
            self.car,
            days_ago=60,
            kind="claim",
            repair_ids=[Command.create({"fault_id": self.fault.id})],
        )
        days = self.told(self.service_manager).filtered(
            lambda task: task.res_id == self.watch("days").id
        )
        self.assertIn("100%", days.summary)
        order.completed_at = order.opened_at + timedelta(days=20)
        (task,) = self.told(self.service_manager)
        self.assertEqual(task.res_id, self.watch("days").id)
        self.assertIn("60%", task.summary)
        order.completed_at = order.opened_at + timedelta(days=2)
        self.assertFalse(self.told(self.service_manager))

    # ------------------------------------------------------------------ the cron

    def test_days_go_on(self):
        order = self.repair(1, None)
        self.assertEqual(self.watch("loaner").level, 0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE dealer_service_order SET opened_at = opened_at - interval '3 days' WHERE id = %s",
            [order.id],
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("dealer_service.ir_cron_guarantee").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.watch("loaner").level, 80)

    def test_the_cron_looks_at_what_moves_only(self):
        self.repair(60, 20)
        due = self.env["dealer.guarantee.watch"]._due_cars()
        self.assertNotIn(self.car, due)
        self.repair(1, None)
        due = self.env["dealer.guarantee.watch"]._due_cars()
        self.assertIn(self.car, due)

    def test_cost_does_not_grow_with_cars(self):
        def count(number):
            cars = self.env["dealer.vehicle"]
            for _each in range(number):
                car = self.make_car(self.own, invoice_date="2026-01-01")
                self.repair(60, 2, self.make_fault("x", car), vehicle_id=car)
                cars |= car
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            cars._guarantee_refresh()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(9))

    # ------------------------------------------------------------------ the back door

    def test_fault_of_another_car(self):
        other = self.make_fault("Other", self.make_car(self.own))
        with self.assertRaisesRegex(ValidationError, "another car"):
            self.repair(5, 1, other)

    def test_repairs_of_a_record_stay(self):
        order = self.repair(5, 1)
        order.action_close()
        repair = order.repair_ids
        for change in (
            lambda: repair.write({"remedy": "assembly"}),
            repair.unlink,
            lambda: repair.copy({"fault_id": self.make_fault("New").id}),
            lambda: order.write({"completed_at": False}),
        ):
            with self.assertRaisesRegex(UserError, "kept as it is"):
                change()

    def test_future(self):
        order = self.repair(5, None)
        with self.assertRaisesRegex(ValidationError, "future"):
            order.completed_at = self.now + timedelta(days=1)

    def test_merged_files_count_together(self):
        twin = self.make_car(self.own, invoice_date=self.car.invoice_date)
        self.repair(100, 10)
        self.repair(60, 9, self.make_fault("Jerks", twin), vehicle_id=twin)
        self.assertEqual((self.watch("days").used, self.watch("days", twin).used), (10, 9))
        merge = self.car._dealer_merge(twin, "one car")
        self.assertEqual(self.watch("days").used, 19)
        merge.action_undo()
        self.assertEqual((self.watch("days").used, self.watch("days", twin).used), (10, 9))
