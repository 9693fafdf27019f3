from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS

from ..tools.day import today
from .common_service import QUIET, ServiceCase

OIL = {
    "name": "Oil",
    "every_km": 10000,
    "every_months": 12,
    "first_km": 5000,
    "first_months": 6,
    "keywords": "engine oil，OIL-1",
}
BRAKES = {"name": "Brakes", "every_km": 20000, "safety": True, "keywords": "brake"}


class TestMaintenance(ServiceCase):
    """Plans, what follows from them for a car, and what the customer decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.plans = cls.env["dealer.maintenance.plan"]
        cls.plans.search([]).active = False
        cls.plan = cls.make_plan(lines=[OIL, BRAKES])
        cls.today = today()
        cls.start = cls.today - timedelta(days=100)
        cls.car = cls.make_car(cls.own, brand="Zed", series="One", first_registration=cls.start)

    @classmethod
    def make_plan(cls, lines=(), **values):
        return cls.plans.create(
            {
                "name": "Plan",
                "unit_id": False,
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )

    def need(self, name="Oil", car=None):
        needs = (car or self.car).maintenance_need_ids
        return needs.filtered(lambda need: need.name == name)

    def read_at(self, days_ago, mileage, car=None):
        return self.env["dealer.vehicle.reading"].create(
            {
                "vehicle_id": (car or self.car).id,
                "date": self.now - timedelta(days=days_ago),
                "mileage": mileage,
            }
        )

    def visit(self, days_ago, mileage, line="Engine oil 5W-30"):
        order = self.make_order(
            self.car,
            self.service_advisor,
            days_ago=days_ago,
            mileage=mileage,
            line_ids=[Command.create({"name": line})],
        )
        order.action_close()
        return order

    # ------------------------------------------------------------------ which plan

    def test_the_plan_that_fits_best(self):
        car = self.car

        def plan():
            return self.plans._by_vehicle(car)[car]

        self.assertEqual(plan(), self.plan)
        brand = self.make_plan(brands="Other, zed")
        self.assertEqual(plan(), brand)
        series = self.make_plan(series="two，ONE")
        self.assertEqual(plan(), series)
        own = self.make_plan(unit_id=self.store_a.id)
        self.assertEqual(plan(), own)
        self.make_plan(unit_id=self.store_b.id, series="One")
        self.assertEqual(plan(), own)
        own.energy = "electric"
        self.assertEqual(plan(), series)
        self.plans.search([]).active = False
        self.assertFalse(plan())

    def test_electric(self):
        electric = self.make_plan(energy="electric")
        model = self.env["fleet.vehicle.model"].create(
            {
                "name": "E",
                "brand_id": self.env["fleet.vehicle.model.brand"].create({"name": "Zed"}).id,
                "default_fuel_type": "electric",
            }
        )
        self.car.model_id = model
        self.assertEqual(self.plans._by_vehicle(self.car)[self.car], electric)

    # ------------------------------------------------------------------ what is due

    def test_a_new_car_counts_from_its_first_day(self):
        need = self.need()
        self.assertEqual((need.due_km, need.last_on), (5000, False))
        self.assertEqual(need.due_on, fields.Date.add(self.start, months=6))
        self.assertEqual(need.expected_on, need.due_on)
        self.assertEqual(self.car.service_due, need.due_on)
        # 4,000 km in 100 days: the 5,000 come in 25 days, before the six months.
        self.read_at(0, 4000)
        self.assertEqual(need.expected_on, self.today + timedelta(days=25))
        self.assertEqual(need.state, "soon")
        self.assertEqual(self.car.service_due, need.expected_on)

    def test_work_done_begins_anew(self):
        self.visit(20, 4800)
        need = self.need()
        self.assertEqual((need.last_km, need.due_km), (4800, 14800))
        self.assertEqual(need.last_on, self.today - timedelta(days=20))
        self.assertEqual(need.due_on, fields.Date.add(need.last_on, months=12))
        self.assertFalse(self.need("Brakes").last_on)

    def test_found_by_the_code_too(self):
        order = self.visit(20, 4800, line="Wash")
        self.assertFalse(self.need().last_on)
        order.with_user(self.service_manager).action_reopen()
        order.line_ids.code = "Oil-1"
        order.action_close()
        self.assertTrue(self.need().last_on)

    def test_a_new_instrument(self):
        """What was done at 78,000 is due 10,000 km later: at 8,000 of an instrument that came at 80,000."""
        self.visit(60, 78_000)
        self.assertEqual(self.need().due_km, 88_000)
        self.read_at(40, 80_000)
        new = self.read_at(39, 0)
        self.assertEqual((new.state, self.need().due_km), ("questioned", 88_000))
        new.with_user(self.service_manager).action_accept()
        self.assertEqual((self.need().due_km, self.need().last_km), (8_000, 78_000))
        # Brakes are due at 20,000 km and were never done: they are overdue by the old instrument.
        self.assertEqual(self.need("Brakes").due_km, 20_000 - 80_000)
        self.assertEqual(self.need("Brakes").state, "due")
        self.read_at(0, 1_000)
        self.assertEqual(self.car._day_of(8_000), self.need().expected_on)
        # What is done from now on counts by the new one.
        self.visit(0, 1_000)
        self.assertEqual((self.need().due_km, self.need().last_km), (11_000, 1_000))
        # It was no new instrument after all.
        new.with_user(self.service_manager).action_replace(80_040)
        self.assertEqual(self.car.last_mileage, 1_000)

    def test_decided_before_and_after_a_new_instrument(self):
        self.read_at(20, 50_000)
        with freeze_time(self.now - timedelta(days=15)):
            self.need().with_user(self.service_advisor).action_done()
        km = self.need().decided_km
        self.assertEqual(self.need().due_km, km + 10_000)
        self.read_at(12, km + 100)
        self.read_at(11, 0).action_accept()
        self.assertEqual(self.need().due_km, 10_000 - 100)
        with freeze_time(self.now - timedelta(days=5)):
            self.need().with_user(self.service_advisor).action_done()
        self.assertEqual(self.need().due_km, self.need().decided_km + 10_000)

    def test_open_and_cancelled_visits_prove_nothing(self):
        order = self.make_order(self.car, line_ids=[Command.create({"name": "Engine oil"})])
        self.car._maintenance_refresh()
        self.assertFalse(self.need().last_on)
        order.action_close()
        self.assertTrue(self.need().last_on)

    def test_no_plan_leaves_the_typed_day(self):
        self.plan.active = False
        self.car._maintenance_refresh()
        self.assertFalse(self.car.maintenance_need_ids)
        self.car.service_due = "2030-01-01"
        self.car._maintenance_refresh()
        self.assertEqual(str(self.car.service_due), "2030-01-01")

    def test_states_part_all_rows(self):
        self.read_at(0, 4000)
        needs = self.env["dealer.maintenance.need"]
        mine = [("vehicle_id", "=", self.car.id)]
        found = [needs.search([*mine, ("state", "=", state)]) for state in ("due", "soon", "fine")]
        self.assertEqual([len(each) for each in found], [0, 1, 1])
        self.assertEqual(needs.search([*mine, ("state", "!=", "soon")]), found[0] | found[2])

    # ------------------------------------------------------------------ decisions

    def test_done(self):
        self.read_at(0, 21000)
        self.need().with_user(self.service_advisor).action_done()
        need = self.need()
        self.assertEqual((need.last_on, need.due_km), (self.today, 31000))
        self.assertEqual(
            (need.decision, need.decided_by_id, need.decided_on),
            ("done", self.service_advisor, self.today),
        )
        self.assertIn("Oil", self.car.message_ids[0].body)
        self.assertEqual(self.car.message_ids[0].author_id, self.service_advisor.partner_id)

    def test_refused_safety_comes_back(self):
        self.read_at(0, 21000)
        (self.need() | self.need("Brakes")).with_user(self.service_advisor).action_refuse()
        self.assertEqual(self.need().state, "fine")
        self.assertEqual(self.need().due_km, 31000)
        brakes = self.need("Brakes")
        self.assertEqual((brakes.state, brakes.decision), ("due", "refused"))
        self.assertEqual(self.car.service_due, brakes.expected_on)

    def test_later(self):
        self.read_at(0, 21000)
        self.need().with_user(self.service_manager).action_later()
        need = self.need()
        self.assertEqual(need.expected_on, self.today + timedelta(days=30))
        self.assertEqual(need.state, "soon")
        self.assertFalse(need.last_on)

    @mute_logger(*QUIET)
    def test_who_decides(self):
        self.read_at(0, 21000)
        need = self.need()
        for post in (*POSTS, "system"):
            mine = need.with_user(self.users[post])
            error = self.attempt(mine.action_later)
            decides = post in ("service_advisor", "service_manager", "system")
            self.assertEqual(not error, decides, f"{post}: {error}")
            self.assertIsInstance(error, (AccessError, type(None)))
            self.assertTrue(self.attempt(lambda mine=mine: mine.write({"decision": "done"})))

    # ------------------------------------------------------------------ who changes plans

    @mute_logger(*QUIET)
    def test_plans(self):
        mine = self.make_plan(lines=[OIL], unit_id=self.store_a.id)
        theirs = self.make_plan(unit_id=self.store_b.id)
        for post in (*POSTS, "system"):
            user = self.users[post]
            chief = post in ("group_executive", "system")
            for plan, may in (
                (self.plan, chief),
                (mine, chief or post == "service_manager"),
                (theirs, False),
            ):
                for change in (
                    lambda plan=plan, user=user: plan.with_user(user).write({"name": "x"}),
                    lambda plan=plan, user=user: plan.with_user(user).write(
                        {"line_ids": [Command.create(BRAKES)]}
                    ),
                ):
                    error = self.attempt(change)
                    self.assertEqual(not error, may, f"{post} {plan.unit_id.name}: {error}")
        line = self.plan.line_ids[0].with_user(self.service_manager)
        for change in (line.unlink, lambda: line.write({"every_km": 1})):
            self.assertIsInstance(self.attempt(change), AccessError)
        self.assertIsInstance(
            self.attempt(lambda: mine.with_user(self.service_manager).write({"unit_id": False})),
            AccessError,
        )

    def test_copy_for_the_store(self):
        action = self.plan.with_user(self.service_manager).action_copy_for_store()
        copied = self.plans.browse(action["res_id"])
        self.assertEqual((copied.unit_id, len(copied.line_ids)), (self.store_a, 2))
        self.assertEqual(self.plans._by_vehicle(self.car)[self.car], copied)

    # ------------------------------------------------------------------ many cars

    def test_changed_plans_are_followed_by_the_cron(self):
        self.assertFalse(self.car.maintenance_stale)
        self.plan.line_ids.filtered(lambda line: line.name == "Oil").first_km = 3000
        self.assertTrue(self.car.maintenance_stale)
        self.assertEqual(self.need().due_km, 5000)
        with self.enter_registry_test_mode():
            self.env.ref("dealer_service.ir_cron_maintenance").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.car.maintenance_stale)
        self.assertEqual(self.need().due_km, 3000)

    def test_cost_does_not_grow_with_cars(self):
        def count(number):
            cars = self.env["dealer.vehicle"]
            for _each in range(number):
                cars |= self.make_car(self.own, brand="Zed", first_registration=self.start)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            cars._maintenance_refresh()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(9))

    def test_list_and_print(self):
        self.read_at(0, 21000)
        car = self.car.with_user(self.service_advisor)
        action = car.action_maintenance_list()
        needs = self.env["dealer.maintenance.need"].with_user(self.service_advisor)
        self.assertEqual(needs.search(action["domain"]), self.car.maintenance_need_ids)
        self.assertEqual(
            car.action_print_maintenance()["report_name"], "dealer_service.report_maintenance"
        )
        html = self.env["ir.actions.report"].with_user(self.service_advisor)
        html = html._render_qweb_html("dealer_service.report_maintenance", self.car.ids)[0].decode()
        for words in (self.car.plate, "Oil", "Brakes", "Safety", "□ Do it"):
            self.assertIn(words, html)

    # ------------------------------------------------------------------ faults

    def fault(self, name="Jerks", **values):
        return self.env["dealer.vehicle.fault"].create(
            {"vehicle_id": self.car.id, "name": name, **values}
        )

    def repaired(self, fault, days_ago, mileage=0):
        order = self.make_order(self.car, days_ago=days_ago, mileage=mileage)
        self.env["dealer.service.repair"].create({"order_id": order.id, "fault_id": fault.id})
        order.action_close()
        return order

    def test_faults_stand_on_the_list(self):
        due = self.car.service_due
        fault = self.fault()
        need = self.need("Jerks")
        self.assertEqual((need.kind, need.state, need.times), ("fault", "due", 0))
        self.repaired(fault, 40)
        self.repaired(fault, 20)
        self.assertEqual((need.times, need.state), (2, "due"))
        self.assertEqual(need.last_on, self.today - timedelta(days=20))
        # The owner is not called in for it, and reads nothing of it.
        self.assertEqual(self.car.service_due, due)
        page = self.car._owner_page(self.own.partner)
        self.assertNotIn("Jerks", [row["name"] for row in page["needs"]])
        # A visit that was called off proves nothing; what came long ago is history.
        order = self.make_order(self.car)
        self.env["dealer.service.repair"].create({"order_id": order.id, "fault_id": fault.id})
        self.assertEqual(need.times, 3)
        order.action_cancel()
        self.assertEqual(need.times, 2)
        self.repaired(self.fault("Squeaks"), 400)
        old = self.need("Squeaks")
        self.assertEqual((old.state, old.times), ("fine", 1))

    def test_what_is_answered_about_a_fault_holds_until_it_comes_again(self):
        fault = self.fault()
        self.repaired(fault, 20)
        need = self.need("Jerks").with_user(self.service_advisor)
        need.action_later()
        self.assertEqual(need.state, "soon")
        need.action_refuse()
        self.assertEqual(need.state, "fine")
        fault.safety = True
        self.assertEqual(need.state, "due")
        need.action_done()
        self.assertEqual(need.state, "fine")
        with freeze_time(self.now + timedelta(days=3)):
            order = self.make_order(self.car, opened_at=fields.Datetime.now())
            self.env["dealer.service.repair"].create({"order_id": order.id, "fault_id": fault.id})
            self.assertEqual((need.state, need.times), ("due", 2))

    def test_faults_on_the_print_for_after_sales_alone(self):
        self.repaired(self.fault(), 20)
        self.repaired(self.fault("Squeaks"), 400)
        for user, reads in ((self.service_advisor, True), (self.sales_consultant, False)):
            reports = self.env["ir.actions.report"].with_user(user)
            html = reports._render_qweb_html("dealer_service.report_maintenance", self.car.ids)[0]
            needs = self.env["dealer.maintenance.need"].with_user(user)
            found = needs.search([("vehicle_id", "=", self.car.id)])
            self.assertTrue(found)
            for name in ("Jerks", "Squeaks"):
                self.assertEqual(name in html.decode(), reads)
                self.assertEqual(name in found.mapped("name"), reads)
            self.assertEqual(bool(needs.search([("name", "=", "Jerks")])), reads)
            self.assertTrue(needs.search([("safety", "=", True)]))

    def test_a_safe_search(self):
        fault = self.fault(safety=True)
        needs = self.env["dealer.maintenance.need"].search(
            [("safety", "=", True), ("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual(needs.fault_id, fault)
        self.assertEqual(set(needs.mapped("kind")), {"service", "fault"})

    def test_merged_files_have_one_list(self):
        twin = self.make_car(self.own, brand="Zed")
        self.visit(20, 4800)
        self.car._dealer_merge(twin, "one car")
        self.assertEqual(len(self.car.maintenance_need_ids), 2)
        self.assertEqual(self.need().last_km, 4800)

    def test_shipped_plans(self):
        shipped = self.plans.with_context(active_test=False).search([("id", "<", self.plan.id)])
        shipped.active = True
        self.plan.active = False
        for brand, first, every in (
            ("大众", 5000, 10000),
            ("丰田", 5000, 5000),
            ("长安", 5000, 7500),
            ("哈弗", 3000, 5000),
        ):
            car = self.make_car(self.own, brand=brand, first_registration=self.start)
            oil = car.maintenance_need_ids.filtered(lambda need: "机油" in need.line_id.keywords)
            self.assertEqual(oil.due_km, first, brand)
            self.assertEqual(oil.line_id.every_km, every, brand)
            self.assertTrue(car.maintenance_need_ids.filtered("safety"))
