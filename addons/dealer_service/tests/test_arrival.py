from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase


class TestArrival(AppointmentCase):
    """Monday at nine the owner drives up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner.vehicle.plate = "浙Z88A66"
        cls.row = cls.make()

    def arrive(self, plate, user=None, moment=None):
        with freeze_time(moment or at(8, 50)):
            arrival = (
                self.env["dealer.arrival"]
                .with_user(user or self.reception)
                .create({"unit_id": self.store_a.id, "plate": plate})
            )
            return arrival, arrival.appointment_ids

    def test_part_of_a_plate_does(self):
        for text in ("浙Z88A66", "z88a66", " Z·88 A66", "8a6", "88a66", "浙z 88-a66"):
            self.assertEqual(self.arrive(text)[1], self.row.with_user(self.reception), text)
        for text in ("a6", "", "%%%", "88B66"):
            self.assertFalse(self.arrive(text)[1], text)

    def test_the_clerk_checks_in(self):
        arrival, _rows = self.arrive("88a66")
        with freeze_time(at(8, 50)):
            action = arrival.action_check_in()
        self.assertEqual(action["res_id"], self.row.id)
        self.assertEqual((self.row.state, self.row.arrived_at), ("arrived", at(8, 50)))
        # Twice: nobody is waiting under this plate any more.
        with freeze_time(at(8, 51)):
            self.assertEqual(arrival.action_check_in()["res_model"], "dealer.arrival")
        arrival.plate = "8"
        with self.assertRaises(UserError):
            arrival.action_check_in()

    def test_two_that_fit_are_shown(self):
        self.second.vehicle.plate = "浙Z88A67"
        second = self.make(self.second, at(11))
        arrival, rows = self.arrive("88a6")
        self.assertEqual(rows, (self.row | second).with_user(self.reception))
        with freeze_time(at(8, 50)):
            self.assertEqual(arrival.action_check_in()["res_model"], "dealer.arrival")
        self.assertEqual(self.row.state, "booked")

    def test_tomorrow_is_not_today(self):
        self.assertFalse(self.arrive("88a66", moment=at(8, 50, day=1))[1])
        # Monday at the store is Sunday evening elsewhere.
        self.assertTrue(self.arrive("88a66", moment=at(0, 10))[1])

    def test_an_unknown_car_is_received(self):
        arrival, _rows = self.arrive("浙Z77 C55", self.service_advisor)
        self.assertTrue(arrival.unknown)
        action = arrival.action_walk_in()
        car = self.env["dealer.vehicle"].browse(action["context"]["default_vehicle_id"])
        self.assertEqual((car.plate, car.unit_id), ("浙Z77C55", self.store_a))
        # Once more finds the same file.
        self.assertEqual(arrival.action_walk_in()["context"]["default_vehicle_id"], car.id)
        part, _rows = self.arrive("77C", self.service_advisor, at(9, day=1))
        self.assertTrue(part.known)
        with self.assertRaises(UserError):
            part.action_walk_in()

    def test_who_may_not_receive(self):
        arrival, _rows = self.arrive("浙Z77C55")
        with self.assertRaises(AccessError):
            arrival.action_walk_in()
        # A car of another store's customer is neither shown nor doubled.
        there = self.make_customer("There", self.store_b)
        arrival, _rows = self.arrive(there.vehicle.plate, self.service_advisor)
        self.assertTrue(arrival.unknown)
        with self.assertRaises(UserError):
            arrival.action_walk_in()

    def test_what_the_car_needs(self):
        self.env["dealer.maintenance.plan"].search([]).active = False
        self.env["dealer.maintenance.plan"].create(
            {
                "name": "Plan",
                "unit_id": self.store_a.id,
                "line_ids": [
                    Command.create({"name": "Oil", "every_months": 6, "keywords": "oil"}),
                    Command.create(
                        {
                            "name": "Brakes",
                            "every_months": 24,
                            "keywords": "brake",
                            "safety": True,
                        }
                    ),
                ],
            }
        )
        self.owner.vehicle.first_registration = "2020-01-01"
        self.owner.vehicle._maintenance_refresh()
        self.row.invalidate_recordset()
        self.assertEqual(self.row.with_user(self.service_advisor).need_words, "Brakes、Oil")
        with self.assertRaises(AccessError):
            self.row.with_user(self.reception).read(["need_words"])
        need = self.owner.vehicle.maintenance_need_ids.filtered("safety")
        need.with_user(self.service_advisor).action_refuse()
        fault = self.env["dealer.vehicle.fault"].create(
            {"vehicle_id": self.owner.vehicle.id, "name": "Leak"}
        )
        for _turn in range(2):
            self.env["dealer.service.order"].create(
                {
                    "vehicle_id": self.owner.vehicle.id,
                    "unit_id": self.store_a.id,
                }
            )
            self.env["dealer.service.repair"].create(
                {
                    "order_id": self.env["dealer.service.order"]
                    .search([], limit=1, order="id desc")
                    .id,
                    "fault_id": fault.id,
                }
            )
        self.row.invalidate_recordset()
        self.assertEqual(
            self.row.with_user(self.service_advisor).need_words,
            "Leak came again (2 ×)、Brakes (refused last time)、Oil",
        )

    def test_needs_of_many_cost_the_same(self):
        rows = self.row | self.make(self.second, at(11)) | self.make(self.third, at(14))

        def ask(count):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            rows[:count].with_user(self.service_advisor).read(["need_words"])
            return self.env.cr.sql_log_count - start

        ask(1)
        self.assertLessEqual(ask(3), ask(1))

    def test_invited_before_winter(self):
        self.store_a.winter_check_on = "2020-11-20"
        rule = self.env.ref("dealer_service.touch_rule_winter")
        rule.since = "2026-01-01"
        with freeze_time("2026-11-19 02:00:00"):
            rule._plan_now()
        touch = self.env["dealer.touch"].search(
            [("rule_id", "=", rule.id), ("res_id", "=", self.owner.vehicle.id)]
        )
        self.assertEqual(len(touch), 1)
        self.assertEqual(str(touch.planned_at), "2026-11-20 02:00:00")
