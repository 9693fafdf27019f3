from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import DealerCase


class TestReading(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.vehicle = cls.env["dealer.vehicle"].create(
            {"plate": cls.next_plate(), "unit_id": cls.store_a.id}
        )
        cls.vehicle._set_owner(cls.own.partner, "2020-01-01")
        cls.now = fields.Datetime.now()

    def read_at(self, days_ago, mileage, user=None, **values):
        model = self.env["dealer.vehicle.reading"]
        return (model.with_user(user) if user else model).create(
            {
                "vehicle_id": self.vehicle.id,
                "date": self.now - timedelta(days=days_ago),
                "mileage": mileage,
                **values,
            }
        )

    def test_plausible(self):
        readings = self.read_at(30, 10000) | self.read_at(20, 11000) | self.read_at(10, 12000)
        self.assertEqual(set(readings.mapped("state")), {"accepted"})
        self.assertEqual(self.vehicle.last_mileage, 12000)
        self.assertEqual(self.vehicle.last_mileage_date, readings[-1].date)

    def test_goes_back(self):
        self.read_at(30, 10000)
        wrong = self.read_at(20, 9000)
        self.assertEqual(wrong.state, "questioned")
        self.assertIn("10000", wrong.doubt)
        self.assertEqual(self.vehicle.last_mileage, 10000, "doubtful readings do not count")

    def test_jumps(self):
        self.env["ir.config_parameter"].set_param("dealer_base.max_daily_km", "1000")
        self.read_at(30, 10000)
        self.assertEqual(self.read_at(29, 11001).state, "questioned")
        self.assertEqual(self.read_at(28, 11000).state, "accepted")
        # Two on one day count as a day.
        self.assertEqual(self.read_at(27.9, 11900).state, "accepted")

    def test_later_entered(self):
        """A reading entered afterwards must fit between its neighbours."""
        self.read_at(30, 10000)
        self.read_at(10, 12000)
        self.assertEqual(self.read_at(20, 13000).state, "questioned")
        self.assertEqual(self.read_at(20, 11000).state, "accepted")

    def test_batch_in_any_order(self):
        """Readings that come in one message are judged in the order of their time."""
        readings = self.env["dealer.vehicle.reading"].create(
            [
                {
                    "vehicle_id": self.vehicle.id,
                    "date": self.now - timedelta(days=days),
                    "mileage": mileage,
                }
                for days, mileage in ((1, 12000), (30, 10000), (15, 11000))
            ]
        )
        self.assertEqual(set(readings.mapped("state")), {"accepted"})

    def test_refused(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.read_at(-1, 10000)
        error = None
        with mute_logger("odoo.sql_db"):
            error = self.attempt(lambda: self.read_at(1, -1))
        self.assertTrue(error)

    def test_kept_as_taken(self):
        reading = self.read_at(30, 10000)
        for user in (self.sales_consultant, self.service_advisor, self.general_manager):
            with mute_logger(
                "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_access"
            ):
                mine = reading.with_user(user)
                for values in ({"mileage": 1}, {"state": "questioned"}, {"date": "2020-01-01"}):
                    error = self.attempt(lambda mine=mine, values=values: mine.write(values))
                    self.assertIsInstance(error, (AccessError, UserError))

    def test_verdict_is_not_the_clients(self):
        """Nobody brings the verdict along, or another person's name, not even by a default."""
        self.read_at(30, 10000)
        forged = {"state": "accepted", "doubt": False, "user_id": self.technician.id}
        context = {f"default_{name}": value for name, value in forged.items()}
        model = self.env["dealer.vehicle.reading"].with_user(self.service_advisor)
        for values, defaults in ((forged, {}), ({}, context)):
            reading = model.with_context(**defaults).create(
                {"vehicle_id": self.vehicle.id, "mileage": 1, **values}
            )
            self.assertEqual(reading.state, "questioned")
            self.assertEqual(reading.user_id, self.service_advisor)

    def test_accept(self):
        self.read_at(30, 10000)
        reading = self.read_at(20, 500)
        self.assertEqual(reading.state, "questioned")
        reading.with_user(self.service_advisor).action_accept()
        self.assertEqual(reading.state, "accepted")
        with mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_access"):
            error = self.attempt(reading.with_user(self.sales_consultant).action_accept)
        self.assertIsInstance(error, AccessError)

    def test_replace(self):
        reading = self.read_at(20, 100000)
        corrected = reading.with_user(self.service_advisor).action_replace(10000)
        self.assertEqual(reading.state, "replaced")
        self.assertEqual(reading.replaced_by_id, corrected)
        self.assertEqual(corrected.date, reading.date)
        self.assertEqual(corrected.state, "accepted")
        self.assertEqual(self.vehicle.last_mileage, 10000)
