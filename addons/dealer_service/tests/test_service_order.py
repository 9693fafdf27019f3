from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_service import QUIET, ServiceCase

LINES = [
    {"kind": "labour", "name": "Oil change", "quantity": 1.5, "price_unit": 80},
    {"kind": "part", "code": "06K", "name": "Filter", "quantity": 2, "price_unit": 62},
    {"kind": "part", "name": "Valve", "price_unit": 430, "paid_by": "warranty"},
]


class TestServiceOrder(ServiceCase):
    """A visit to the workshop and what follows from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.next = cls.make_customer("Next", consultant_id=cls.teammate.id)
        cls.car = cls.make_car(cls.own)

    def order(self, **values):
        return self.make_order(self.car, self.service_advisor, **values)

    def test_advisor_opens_it_in_the_form(self):
        with Form(self.env["dealer.service.order"].with_user(self.service_advisor)) as form:
            form.vehicle_id = self.car.with_user(self.service_advisor)
            form.mileage = 12000
            form.customer_words = "Brakes squeak"
        order = form.record
        self.assertRegex(order.name, r"^T-A-W\d\d-00001$")
        self.assertEqual(order.advisor_id, self.service_advisor)
        self.assertEqual(order.unit_id, self.store_a)
        self.assertEqual(order.customer_id, self.own.partner)
        self.assertEqual(order.sudo().relation_id, self.own.relation)
        self.assertEqual(self.car.service_order_count, 1)

    def test_amounts(self):
        order = self.order(line_ids=[Command.create(line) for line in LINES])
        self.assertEqual(order.line_ids.mapped("amount"), [120, 124, 430])
        self.assertEqual((order.amount_total, order.amount_customer), (674, 244))

    # ------------------------------------------------------------------ mileage

    def test_mileage_goes_into_the_curve(self):
        order = self.order(days_ago=3, mileage=12000)
        reading = order.reading_id
        self.assertEqual(
            (reading.mileage, reading.source, reading.state, reading.user_id),
            (12000, "workshop", "accepted", self.service_advisor),
        )
        self.assertEqual(reading.date, order.opened_at)
        self.assertEqual(self.car.last_mileage, 12000)

    def test_corrected_mileage_replaces_the_reading(self):
        order = self.order(days_ago=3, mileage=12000)
        first = order.reading_id
        order.mileage = 12100
        self.assertEqual((first.state, first.replaced_by_id), ("replaced", order.reading_id))
        self.assertEqual(self.car.last_mileage, 12100)
        order.write({"mileage": 12100})
        self.assertEqual(len(self.car.reading_ids), 2)

    def test_mistyped_mileage_is_questioned_and_the_order_stands(self):
        self.order(days_ago=30, mileage=12000)
        order = self.order(mileage=1300)
        self.assertEqual(order.reading_id.state, "questioned")
        self.assertEqual(self.car.last_mileage, 12000)

    def test_no_mileage_no_reading(self):
        self.assertFalse(self.order().reading_id)
        self.assertFalse(self.car.reading_ids)

    # ------------------------------------------------------------------ a record

    def test_handed_over_is_a_record(self):
        order = self.order(line_ids=[Command.create(LINES[0])])
        order.action_close()
        self.assertEqual(order.state, "closed")
        self.assertAlmostEqual(order.closed_at, fields.Datetime.now(), delta=timedelta(seconds=60))
        self.assertEqual(order.keep_until, fields.Date.add(order.closed_at.date(), years=6))
        line = order.line_ids
        for change in (
            lambda: order.write({"customer_words": "x"}),
            lambda: order.write({"line_ids": [Command.create(LINES[1])]}),
            lambda: line.write({"price_unit": 1}),
            line.unlink,
            lambda: line.copy(),
            order.action_close,
            order.action_cancel,
        ):
            with self.assertRaisesRegex(UserError, "kept as it is"):
                change()

    def test_line_does_not_leave_a_record(self):
        order = self.order(line_ids=[Command.create(LINES[0])])
        order.action_close()
        other = self.order()
        with self.assertRaisesRegex(UserError, "kept as it is"):
            order.line_ids.write({"order_id": other.id})

    def test_only_the_manager_opens_it_again(self):
        order = self.order()
        order.action_close()
        with self.assertRaisesRegex(UserError, "service manager"):
            order.action_reopen()
        order.with_user(self.service_manager).action_reopen()
        order.customer_words = "corrected"
        self.assertEqual((order.state, order.closed_at), ("open", False))
        self.assertIn("Opened again", order.message_ids[0].body)

    @mute_logger(*QUIET)
    def test_nobody_deletes_it(self):
        order = self.order()
        for user in (self.service_advisor, self.service_manager, self.system):
            with self.assertRaises(AccessError):
                order.with_user(user).unlink()
        for close in (False, True):
            if close:
                order.action_close()
            with self.assertRaisesRegex(UserError, "six years"):
                order.sudo().unlink()

    def test_after_six_years_it_may_go(self):
        order = self.order(days_ago=2300)
        order.sudo().write({"state": "closed", "closed_at": self.now - timedelta(days=2299)})
        order.sudo().unlink()
        self.assertFalse(order.exists())

    def test_car_with_history_is_not_deleted(self):
        self.order()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.car.unlink()
            self.env.flush_all()
        self.assertIn("service", str(caught.exception).lower())

    def test_cancel(self):
        order = self.order(line_ids=[Command.create(LINES[0])])
        with self.assertRaisesRegex(UserError, "lines of work"):
            order.action_cancel()
        order.line_ids.unlink()
        order.action_cancel()
        self.assertEqual(order.state, "cancelled")

    # ------------------------------------------------------------------ the back door

    def test_forged_values_are_dropped(self):
        orders = self.env["dealer.service.order"].with_user(self.service_advisor)
        order = orders.with_context(default_state="closed", default_external_id="E1").create(
            {
                "vehicle_id": self.car.id,
                "name": "X",
                "source": "dms",
                "closed_at": self.now,
            }
        )
        self.assertEqual(
            (order.state, order.source, order.external_id, order.closed_at),
            ("open", "own", False, False),
        )
        self.assertNotEqual(order.name, "X")
        for values in ({"state": "closed"}, {"source": "dms"}, {"name": "X"}):
            with self.assertRaisesRegex(UserError, "buttons"):
                order.write(values)

    def test_order_of_the_dms_is_changed_there(self):
        order = self.make_order(self.car, source="dms", external_id="D-1")
        with self.assertRaisesRegex(UserError, "maker's system"):
            order.with_user(self.service_advisor).customer_words = "x"
        with self.assertRaisesRegex(UserError, "maker's system"):
            order.with_user(self.service_manager).action_reopen()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.make_order(self.car, source="dms", external_id="D-1")
        self.assertIn("_external_uniq", str(caught.exception))

    def test_same_number_in_another_store(self):
        self.make_order(self.car, source="dms", external_id="D-1")
        self.make_order(self.car, source="dms", external_id="D-1", unit_id=self.store_b.id)

    def test_car_is_not_exchanged_once_its_mileage_is_on_file(self):
        order = self.order(mileage=12000)
        with self.assertRaisesRegex(UserError, "new one for the other car"):
            order.vehicle_id = self.next.vehicle

    def test_future(self):
        with self.assertRaisesRegex(ValidationError, "appointment"):
            self.order(days_ago=-1)

    # ------------------------------------------------------------------ the next owner

    def test_history_stays_and_the_former_owner_is_not_named(self):
        before = self.order(days_ago=100)
        self.car._set_owner(self.next.partner, fields.Date.today() - timedelta(days=50))
        after = self.order(days_ago=10)
        self.assertEqual(before.sudo().owner_id, self.own.partner)
        self.assertEqual(after.sudo().owner_id, self.next.partner)
        # The consultant of the new owner sees the history and no name of the former one.
        seen = (before | after).with_user(self.teammate)
        seen.invalidate_recordset()
        self.assertEqual(
            [order["customer_id"] for order in seen.read(["customer_id"])],
            [False, (self.next.partner.id, self.next.partner.display_name)],
        )
        self.assertFalse(
            seen.search([("customer_id", "ilike", self.own.name_canary), ("id", "in", seen.ids)])
        )
        self.assertEqual(
            seen.search([("customer_id", "ilike", self.next.name_canary)]), seen.browse(after.id)
        )
        for name in ("owner_id", "relation_id"):
            with self.assertRaises(AccessError):
                seen.read([name])
            with self.assertRaises(AccessError):
                seen.search([(name, "!=", False)])
        # The former consultant sees the car no longer.
        self.assertFalse(
            self.env["dealer.service.order"]
            .with_user(self.sales_consultant)
            .search([("vehicle_id", "=", self.car.id)])
        )

    def test_chatter_names_no_owner(self):
        order = self.order().with_user(self.service_advisor)
        order.message_post(body="Called the owner", message_type="comment")
        self.assertFalse(order._message_get_suggested_recipients())

    def test_customers_visits(self):
        order = self.order()
        partner = self.own.partner.with_user(self.service_advisor)
        self.assertEqual(partner.service_order_count, 1)
        action = partner.action_service_orders()
        orders = self.env["dealer.service.order"].with_user(self.service_advisor)
        self.assertEqual(orders.search(action["domain"]), order)

    def test_timeline(self):
        order = self.order(kind="repair", customer_words="Brakes squeak")
        self.env.flush_all()
        rows = (
            self.env["dealer.timeline"]
            .with_user(self.service_advisor)
            .timeline_page("res.partner", self.own.partner.id, kinds=["service"])["rows"]
        )
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0]["summary"], f"{self.car.plate} · {order.name} · Brakes squeak")

    def test_list_costs_the_same_whatever_its_length(self):
        fields_read = {
            "name": {},
            "vehicle_id": {"fields": {"display_name": {}}},
            "customer_id": {"fields": {"display_name": {}}},
            "amount_total": {},
        }

        def count(number):
            for _each in range(number):
                self.order()
            self.env.flush_all()
            self.env.invalidate_all()
            orders = self.env["dealer.service.order"].with_user(self.service_advisor)
            before = self.cr.sql_log_count
            found = orders.web_search_read([], fields_read, limit=80)
            self.assertGreaterEqual(found["length"], number)
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(1), count(10))

    def test_insurance_is_the_policy_that_ends_first(self):
        car = self.car
        car.insurance_due = "2027-05-01"
        self.assertEqual(str(car.insurance_due), "2027-05-01")
        car.write(
            {"compulsory_insurance_due": "2027-03-01", "commercial_insurance_due": "2027-04-01"}
        )
        self.assertEqual(str(car.insurance_due), "2027-03-01")
        car.compulsory_insurance_due = "2028-03-01"
        self.assertEqual(str(car.insurance_due), "2027-04-01")

    def test_new_store_has_numbers_of_its_own(self):
        self.assertNotEqual(self.store_a.service_sequence_id, self.store_b.service_sequence_id)
        number = self.store_b._next_service_number()
        self.assertRegex(number, r"^T-B-W\d\d-00001$")
