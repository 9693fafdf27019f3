from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from ..tools.vin import complete_vin
from .common import DealerCase


class TestVehicle(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.vehicle = cls.own.vehicle

    def make_vehicle(self, **values):
        return self.env["dealer.vehicle"].create({"unit_id": self.store_a.id, **values})

    # ------------------------------------------------------------------ VIN and plate

    def test_stored_form(self):
        vin = self.next_vin()
        vehicle = self.make_vehicle(vin=f" {vin[:8].lower()} {vin[8:]} ", plate="浙z·a12 34")
        self.assertEqual(vehicle.vin, vin)
        self.assertEqual(vehicle.plate, "浙ZA1234")
        vehicle.write({"plate": " ", "vin": vin.lower()})
        self.assertFalse(vehicle.plate)
        self.assertEqual(vehicle.vin, vin)

    def test_check_digit_binds_cars_made_in_china(self):
        for start, binding in (("LZZ", True), ("HZZ", True), ("WVW", False)):
            good = complete_vin(f"{start}TEST00T0777777")
            wrong = "0" if good[8] != "0" else "1"
            bad = good[:8] + wrong + good[9:]
            self.assertEqual(self.make_vehicle(vin=good).vin, good)
            if not binding:
                self.assertEqual(self.make_vehicle(vin=bad).vin, bad)
                continue
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_vehicle(vin=bad)

    def test_wrong_forms_are_said(self):
        for values in ({"vin": "LZZ"}, {"plate": "ABC"}, {"vin": "I" * 17}):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_vehicle(**values)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.vehicle.plate = "浙"

    def test_sentence_in_the_language_of_the_user(self):
        """A refusal is a sentence for the reader, in the reader's language."""
        with self.assertRaises(ValidationError) as refusal, self.cr.savepoint():
            self.make_vehicle(vin="LZZ")
        self.assertIn("17", str(refusal.exception))

    def test_unique_or_empty(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_vehicle(vin=self.vehicle.vin)
        self.make_vehicle(plate=self.next_plate())
        self.make_vehicle(plate=self.next_plate())

    def test_found_by_something(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.make_vehicle(color="red")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.vehicle.write({"vin": False, "plate": False})

    def test_name(self):
        self.vehicle.write({"brand": "大众", "series": "朗逸"})
        self.assertEqual(self.vehicle.display_name, f"{self.vehicle.plate} 大众 朗逸")
        found = self.env["dealer.vehicle"].name_search(self.vehicle.vin)
        self.assertEqual([row[0] for row in found], self.vehicle.ids)

    def test_minimal_car_of_a_consultant(self):
        """A model is optional, and nobody needs rights on the shop's own cars."""
        brand = self.env["fleet.vehicle.model.brand"].create({"name": "Brand"})
        model = self.env["fleet.vehicle.model"].create({"name": "Series", "brand_id": brand.id})
        vehicle = (
            self.env["dealer.vehicle"]
            .with_user(self.sales_consultant)
            .create({"plate": self.next_plate(), "model_id": model.id})
        )
        self.assertEqual(vehicle.unit_id, self.store_a)
        self.assertEqual(vehicle.brand, "Brand")

    def test_model_year(self):
        vehicle = self.make_vehicle(vin=complete_vin("LZZTEST00R0777778"))
        self.assertEqual(vehicle.model_year, 2024)

    # ------------------------------------------------------------------ owners

    def test_owner_history(self):
        self.assertEqual(self.vehicle.current_owner_id, self.own.partner)
        self.own.owner.date_from = "2020-01-01"
        line = self.vehicle._set_owner(self.team.partner, "2024-05-01")
        self.assertEqual(self.vehicle.current_owner_id, self.team.partner)
        self.assertEqual(str(self.own.owner.date_to), "2024-05-01")
        self.assertFalse(self.own.partner.is_vehicle_owner)
        self.assertTrue(self.team.partner.is_vehicle_owner)
        self.assertEqual(self.vehicle._set_owner(self.team.partner), line, "twice is once")
        self.assertEqual(len(self.vehicle.owner_ids), 2)

    def test_one_owner_at_a_time(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["dealer.vehicle.owner"].create(
                {
                    "vehicle_id": self.vehicle.id,
                    "partner_id": self.team.partner.id,
                    "date_from": "2020-01-01",
                }
            )
        self.own.owner.date_from = "2022-01-01"
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["dealer.vehicle.owner"].create(
                {
                    "vehicle_id": self.vehicle.id,
                    "partner_id": self.team.partner.id,
                    "date_from": "2021-01-01",
                    "date_to": "2023-01-01",
                }
            )
        before = self.env["dealer.vehicle.owner"].create(
            {
                "vehicle_id": self.vehicle.id,
                "partner_id": self.team.partner.id,
                "date_from": "2020-01-01",
                "date_to": "2022-01-01",
            }
        )
        self.assertEqual(self.vehicle.current_owner_id, self.own.partner)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            before.date_to = "2019-01-01"

    def test_sight_follows_the_owner(self):
        """With the car goes the sight of it; the new owner's consultant sees it at once."""
        self.assertFalse(self.vehicle.with_user(self.teammate).has_access("read"))
        self.own.owner.date_from = "2020-01-01"
        self.vehicle._set_owner(self.team.partner)
        self.vehicle.invalidate_recordset()
        self.assertTrue(self.vehicle.with_user(self.teammate).has_access("read"))
        self.assertFalse(self.vehicle.with_user(self.sales_consultant).has_access("read"))

    def test_nobody_takes_a_hidden_car(self):
        """Not even one that has no owner now, and belongs to another store."""
        hidden = self.env["dealer.vehicle"].create(
            {"plate": self.next_plate(), "unit_id": self.store_b.id}
        )
        env = self.env(user=self.sales_consultant)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            error = self.attempt(
                lambda: env["dealer.vehicle.owner"].create(
                    {"vehicle_id": hidden.id, "partner_id": self.own.partner.id}
                )
            )
        self.assertIsInstance(error, AccessError)

    def test_car_with_owner_in_one_go(self):
        vehicle = (
            self.env["dealer.vehicle"]
            .with_user(self.sales_consultant)
            .create(
                {
                    "plate": self.next_plate(),
                    "owner_ids": [Command.create({"partner_id": self.own.partner.id})],
                }
            )
        )
        self.assertEqual(vehicle.current_owner_id, self.own.partner)
        self.assertIn(vehicle.plate, self.own.relation.plate_numbers)

    def test_changes_are_tracked(self):
        """The chatter keeps what the plate was."""
        vehicle = self.vehicle.with_context(tracking_disable=False, mail_notrack=False)
        self.cr.precommit.run()  # what was created in this transaction is not tracked
        old = vehicle.plate
        vehicle.plate = self.next_plate()
        self.env.flush_all()
        self.cr.precommit.run()
        values = vehicle.message_ids.tracking_value_ids
        self.assertIn(old, values.mapped("old_value_char"))
