from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_dms import DmsCase


@tagged("post_install", "-at_install")
class TestDms(DmsCase):
    def statuses(self, *rows):
        return [status for _id, status in self.rows._receive(self.store_a, list(rows))]

    # ------------------------------------------------------------ receiving

    def test_twice_is_once(self):
        row = self.customer("C1", name="陈一", phone=self.dms_phone())
        self.assertEqual(self.statuses(row), ["accepted"])
        self.assertEqual(self.statuses(dict(row)), ["unchanged"])
        self.deliver(row)
        self.assertEqual(len(self.rows.search([("external_id", "=", "C1")])), 1)

    def test_older_never_takes_the_place_of_newer(self):
        phone = self.dms_phone()
        new = self.customer("C1", name="新名", phone=phone, updated_at="2026-03-02T10:00:00+08:00")
        old = self.customer("C1", name="旧名", phone=phone, updated_at="2026-03-01T10:00:00+08:00")
        row = self.deliver(new)
        self.assertEqual(self.statuses(old), ["older"])
        self.assertEqual(row.partner_id.name, "新名")
        self.assertEqual(self.statuses(old, new, new), ["older", "unchanged", "unchanged"])

    def test_newest_of_one_delivery_counts(self):
        rows = [self.customer("C1", name=name, version=v) for name, v in (("二", 2), ("一", 1))]
        self.assertEqual(self.statuses(*rows), ["accepted", "older"])
        self.assertEqual(self.deliver().browse(), self.rows)
        self.assertEqual(self.rows.search([("external_id", "=", "C1")]).customer_name, "二")

    def test_stores_have_numbers_of_their_own(self):
        a = self.deliver(self.customer("C1", name="陈一", phone=self.dms_phone()))
        b = self.deliver(
            self.customer("C1", name="陈二", phone=self.dms_phone()), unit=self.store_b
        )
        self.assertNotEqual(a.partner_id, b.partner_id)
        self.assertEqual(b.partner_id.dealer_relation_ids.unit_id, self.store_b)

    def test_nothing_is_lost_between(self):
        """Stored, then the work stops: the next drain does it."""
        self.rows._receive(self.store_a, [self.customer("C1", name="陈一")])
        row = self.rows.search([("external_id", "=", "C1")])
        self.assertEqual((row.state, bool(row.partner_id)), ("new", False))
        self.rows._drain()
        self.assertEqual(row.state, "done")
        self.assertTrue(row.partner_id)

    def test_one_bad_row_stops_nobody(self):
        model = type(self.rows)
        take = model._take_customers

        def fail(rows, unit):
            if "C2" in rows.mapped("external_id"):
                raise ValueError("broken")
            return take(rows, unit)

        with (
            patch.object(model, "_take_customers", fail),
            mute_logger("odoo.addons.dealer_base.models.dealer_queue_mixin"),
        ):
            rows = self.deliver(*(self.customer(f"C{n}", name=f"陈{n}") for n in (1, 2, 3)))
        self.assertEqual(rows.mapped("state"), ["done", "failed", "done"])
        self.assertIn("broken", rows[1].error)
        rows[1].with_user(self.general_manager).action_retry()
        self.assertEqual(rows[1].state, "done")

    def test_queries_do_not_grow_with_rows(self):
        def ask(first, number):
            rows = []
            for n in range(first, first + number):
                rows.append(self.customer(f"C{n}", name=f"陈{n}", phone=self.dms_phone()))
                rows.append(
                    self.car(f"V{n}", vin=self.next_vin(), customer=f"C{n}", mileage=1000 + n)
                )
                rows.append(
                    self.order(
                        f"R{n}",
                        vehicle=f"V{n}",
                        opened_at="2026-01-05T09:00:00",
                        delivered_at="2026-01-05T17:00:00",
                        lines=[{"name": "机油", "amount": 300}],
                    )
                )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.deliver(*rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        ask(0, 25)
        few, many = ask(100, 25), ask(200, 50)
        # A number of the store is drawn for each customer, a reading judged for each mileage.
        self.assertLess((many - few) / 25, 12)

    # ------------------------------------------------------------ customers

    def test_known_customer_is_found_by_number(self):
        known = self.make_customer("Own")
        row = self.deliver(
            self.customer("C1", name=known.partner.name, phone=known.partner.phone, city="宁波")
        )
        self.assertEqual((row.state, row.partner_id), ("done", known.partner))
        self.assertEqual(known.partner.city, "宁波")
        self.assertFalse(row.difference_ids)  # nothing of ours stood there

    def test_dms_wins_and_the_difference_is_listed(self):
        known = self.make_customer("Own")
        row = self.deliver(
            self.customer(
                "C1", name=known.partner.name, phone=known.partner.phone, street="中山路1号"
            )
        )
        self.assertEqual(known.partner.street, "中山路1号")
        line = row.difference_ids
        self.assertEqual(
            (line.field_name, line.ours, line.theirs, line.nature, line.state),
            ("street", "streetOwn", "中山路1号", "overwritten", "open"),
        )
        # The next word of the DMS changes only what was the DMS's own.
        self.deliver(self.customer("C1", name=known.partner.name, street="中山路2号"))
        self.assertEqual(known.partner.street, "中山路2号")
        self.assertEqual(row.difference_ids, line)

    def test_empty_says_nothing(self):
        known = self.make_customer("Own")
        email = known.partner.email
        self.deliver(
            self.customer("C1", name=known.partner.name, phone=known.partner.phone, email="")
        )
        self.assertEqual(known.partner.email, email)

    def test_take_back_holds_until_the_dms_says_something_else(self):
        known = self.make_customer("Own")
        said = {"name": known.partner.name, "phone": known.partner.phone}
        row = self.deliver(self.customer("C1", **said, street="甲"))
        line = row.difference_ids.with_user(self.general_manager)
        line.action_take_back()
        self.assertEqual(known.partner.street, "streetOwn")
        self.deliver(self.customer("C1", **said, street="甲"))
        self.assertEqual(known.partner.street, "streetOwn")
        self.deliver(self.customer("C1", **said, street="乙"))
        self.assertEqual(known.partner.street, "乙")
        with self.assertRaisesRegex(UserError, "decided by now"):
            line.action_file()

    def test_take_back_of_what_was_changed_since(self):
        known = self.make_customer("Own")
        said = {"name": known.partner.name, "phone": known.partner.phone}
        row = self.deliver(self.customer("C1", **said, street="甲"))
        known.partner.street = "丙"
        with self.assertRaisesRegex(UserError, "was changed since"):
            row.difference_ids.with_user(self.general_manager).action_take_back()

    def test_number_of_somebody_else(self):
        known = self.make_customer("Own")
        row = self.deliver(self.customer("C1", name="李四", phone=known.partner.phone))
        self.assertEqual(row.state, "attention")
        self.assertIn(known.partner.name, row.error)
        self.assertNotEqual(known.partner.name, "李四")
        row.with_user(self.general_manager).action_other_person()
        self.assertEqual((row.state, row.partner_id.name), ("done", "李四"))
        self.assertTrue(row.partner_id.phone_shared)
        self.assertNotEqual(row.partner_id, known.partner)
        # and it stays so
        self.deliver(self.customer("C1", name="李四", phone=known.partner.phone, city="宁波"))
        self.assertEqual((row.state, row.partner_id.city), ("done", "宁波"))
        self.assertFalse(row.difference_ids)

    def test_decided_by_who_does_not_see_the_customer(self):
        """Someone without a car is none of after-sales: the row leaves the manager's sight."""
        known = self.make_customer("Own")
        row = self.deliver(self.customer("C1", name="李四", phone=known.partner.phone))
        action = row.with_user(self.service_manager).action_other_person()
        self.assertEqual(row.state, "done")
        self.assertFalse(row.with_user(self.service_manager).has_access("read"))
        self.assertEqual(action["res_model"], row._name)

    def test_the_same_person_after_all(self):
        known = self.make_customer("Own")
        row = self.deliver(self.customer("C1", name="李四", phone=known.partner.phone))
        row.with_user(self.general_manager).action_same_person()
        self.assertEqual((row.state, row.partner_id), ("done", known.partner))
        self.assertEqual(known.partner.name, "李四")
        self.assertEqual(row.difference_ids.field_name, "name")
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            row.with_user(self.general_manager).action_same_person()

    def test_customer_of_another_store_is_not_named(self):
        other = self.make_customer("Other", self.store_b)
        row = self.deliver(self.customer("C1", name="李四", phone=other.partner.phone))
        self.assertEqual(row.state, "attention")
        self.assertNotIn(other.partner.name, row.error)

    def test_title_is_no_other_name(self):
        phone = self.dms_phone()
        row = self.deliver(self.customer("C1", name="王小明", phone=phone))
        again = self.deliver(self.customer("C2", name="王先生", phone=phone))
        self.assertEqual(again.partner_id, row.partner_id)
        self.assertEqual(row.partner_id.name, "王小明")

    def test_name_and_number_changed_at_once(self):
        phone, other = self.dms_phone(), self.dms_phone()
        row = self.deliver(self.customer("C1", name="王小明", phone=phone))
        self.deliver(self.customer("C1", name="李四", phone=other))
        self.assertEqual((row.partner_id.name, row.partner_id.phone), ("王小明", phone))
        self.assertEqual(set(row.difference_ids.mapped("nature")), {"doubt"})
        self.deliver(self.customer("C1", name="李四", phone=other, city="宁波"))
        self.assertEqual(len(row.difference_ids), 2)  # asked once
        lines = row.difference_ids.with_user(self.general_manager)
        lines.filtered(lambda line: line.field_name == "name").action_decline()
        lines.filtered(lambda line: line.field_name == "phone").action_accept()
        self.assertEqual((row.partner_id.name, row.partner_id.phone), ("王小明", other))

    def test_two_new_ones_with_one_number(self):
        phone = self.dms_phone()
        rows = self.deliver(
            self.customer("C1", name="王小明", phone=phone),
            self.customer("C2", name="王小明", phone=phone),
            self.customer("C3", name="李四", phone=phone),
        )
        self.assertEqual(rows.mapped("state"), ["done", "done", "attention"])
        self.assertEqual(rows[0].partner_id, rows[1].partner_id)

    def test_bad_number_is_corrected_by_hand(self):
        row = self.deliver(self.customer("C1", name="王小明", phone="12345"))
        self.assertEqual(row.state, "attention")
        mine = row.with_user(self.general_manager)
        with self.assertRaisesRegex(UserError, "stays as it came"):
            mine.payload = {}
        mine.phone = self.dms_phone()
        mine.action_retry()
        self.assertEqual((row.state, row.partner_id.phone), ("done", row.phone))
        with self.assertRaisesRegex(UserError, "worked off already"):
            mine.phone = self.dms_phone()

    def test_without_name(self):
        row = self.deliver(self.customer("C1", phone=self.dms_phone()))
        self.assertEqual(row.state, "attention")

    # ------------------------------------------------------------ cars

    def test_car_with_owner_and_mileage(self):
        rows = self.deliver(
            self.car(
                "V1",
                vin=self.next_vin(),
                plate=self.dms_plate(),
                customer="C1",
                owner_since="2025-03-01",
                brand="大众",
                series="速腾",
                mileage=12000,
                mileage_at="2026-01-05T09:00:00+08:00",
            ),
            self.customer("C1", name="王小明", phone=self.dms_phone()),
        )
        car, customer = rows[0].vehicle_id, rows[1].partner_id
        self.assertEqual(rows.mapped("state"), ["done", "done"])
        self.assertEqual(car.current_owner_id, customer)
        self.assertEqual(str(car.owner_ids.date_from), "2025-03-01")
        self.assertEqual((car.last_mileage, car.reading_ids.source), (12000, "dms"))
        self.assertEqual(customer.dealer_relation_ids.stage, "owner")

    def test_same_mileage_once_and_backwards_is_questioned(self):
        vin = self.next_vin()
        say = {"vin": vin, "mileage_at": "2026-01-05T09:00:00"}
        car = self.deliver(self.car("V1", mileage=12000, **say)).vehicle_id
        self.deliver(self.car("V1", mileage=12000, **say, color="白"))
        self.assertEqual(len(car.reading_ids), 1)
        self.deliver(self.car("V1", vin=vin, mileage=900, mileage_at="2026-02-05T09:00:00"))
        self.assertEqual(car.last_mileage, 12000)
        self.assertEqual(
            car.reading_ids.filtered(lambda one: one.mileage == 900).state, "questioned"
        )

    def test_car_waits_for_its_customer(self):
        row = self.deliver(self.car("V1", vin=self.next_vin(), customer="C1"))
        self.assertEqual((row.state, row.waits_for), ("waiting", "customer:C1"))
        self.assertTrue(row.vehicle_id)
        self.deliver(self.customer("C1", name="王小明"))
        self.assertEqual((row.state, row.vehicle_id.current_owner_id.name), ("done", "王小明"))

    def test_new_owner_with_a_day(self):
        known = self.make_customer("Own")
        car = known.vehicle
        known.owner.date_from = "2024-01-01"
        row = self.deliver(
            self.customer("C1", name="王小明"),
            self.car("V1", vin=car.vin, customer="C1", owner_since="2026-01-10"),
        )[1]
        self.assertEqual(car.current_owner_id.name, "王小明")
        self.assertEqual(str(known.owner.date_to), "2026-01-10")  # the history stays
        line = row.difference_ids
        self.assertEqual((line.field_name, line.nature), ("owner", "overwritten"))

    def test_new_owner_without_a_day_is_a_doubt(self):
        known = self.make_customer("Own")
        row = self.deliver(
            self.customer("C1", name="王小明"), self.car("V1", vin=known.vehicle.vin, customer="C1")
        )[1]
        self.assertEqual(known.vehicle.current_owner_id, known.partner)
        line = row.difference_ids.with_user(self.general_manager)
        self.assertEqual((line.field_name, line.nature), ("owner", "doubt"))
        self.assertEqual((line.ours_shown, line.theirs_shown), (known.partner.name, "王小明"))
        self.deliver(self.car("V1", vin=known.vehicle.vin, customer="C1", color="白"))
        self.assertEqual(row.difference_ids, line)
        line.action_accept()
        self.assertEqual(known.vehicle.current_owner_id.name, "王小明")

    def test_vin_of_another_car(self):
        vin = self.next_vin()
        first = self.deliver(self.car("V1", vin=vin)).vehicle_id
        row = self.deliver(self.car("V2", vin=self.next_vin()))
        before = row.vehicle_id.vin
        self.deliver(self.car("V2", vin=vin))
        self.assertEqual((first.vin, row.vehicle_id.vin), (vin, before))
        self.assertEqual(
            (row.difference_ids.field_name, row.difference_ids.nature), ("vin", "doubt")
        )

    def test_plate_finds_a_car_without_vin(self):
        plate, vin = self.dms_plate(), self.next_vin()
        car = self.make_car(plate=plate)
        row = self.deliver(self.car("V1", vin=vin, plate=plate))
        self.assertEqual((row.vehicle_id, car.vin), (car, vin))

    def test_plate_of_another_car_is_a_doubt(self):
        known = self.make_customer("Own").vehicle
        row = self.deliver(self.car("V1", vin=self.next_vin(), plate=known.plate))
        self.assertNotEqual(row.vehicle_id, known)
        self.assertFalse(row.vehicle_id.plate)
        self.assertEqual(
            (row.difference_ids.field_name, row.difference_ids.nature), ("plate", "doubt")
        )

    def test_bad_vin_and_no_name_of_a_car(self):
        rows = self.deliver(self.car("V1", vin="SHORT"), self.car("V2", brand="大众"))
        self.assertEqual(rows.mapped("state"), ["attention", "attention"])
        rows[0].with_user(self.general_manager).vin = self.next_vin()
        rows[0].with_user(self.general_manager).action_retry()
        self.assertEqual(rows[0].state, "done")
        rows[0].with_user(self.general_manager).action_open_file()

    # ------------------------------------------------------------ screens

    def test_state_of_the_exchange(self):
        self.deliver(
            self.customer("C1", name="王小明"),
            self.customer("C2", name="李四", phone="12345"),
            self.car("V1", vin=self.next_vin(), customer="C9"),
        )
        unit = self.store_a.with_user(self.general_manager)
        self.assertEqual(
            (unit.dms_row_count, unit.dms_attention_count, unit.dms_waiting_count), (3, 1, 1)
        )
        self.assertTrue(unit.dms_last_call)
        for action in (
            unit.action_dms_rows(),
            unit.action_dms_attention(),
            unit.action_dms_differences(),
        ):
            self.assertEqual(action["domain"], [("unit_id", "=", unit.id)])
