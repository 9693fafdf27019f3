from datetime import timedelta

from ..tools.day import today
from .common_service import ServiceCase


class TestVehicleMileage(ServiceCase):
    """The estimate on the file of the car, and when it is worked out anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.car = cls.make_car(cls.own)

    def read_at(self, days_ago, mileage, car=None, **values):
        return self.env["dealer.vehicle.reading"].create(
            {
                "vehicle_id": (car or self.car).id,
                "date": self.now - timedelta(days=days_ago),
                "mileage": mileage,
                **values,
            }
        )

    def test_readings_tell(self):
        self.read_at(200, 1000)
        self.assertEqual(self.car.daily_km, 0)
        self.read_at(100, 6000)
        self.assertEqual(self.car.daily_km, 50)
        self.read_at(10, 10500)
        self.assertEqual(self.car.daily_km, 50)
        self.assertEqual(self.car.predicted_mileage, 11000)
        self.assertEqual(self.car._day_of(15000), today() + timedelta(days=80))

    def test_questioned_and_replaced_readings_are_left_out(self):
        self.read_at(200, 1000)
        self.read_at(100, 6000)
        wrong = self.read_at(50, 600)
        self.assertEqual((wrong.state, self.car.daily_km), ("questioned", 50))
        typed = self.read_at(40, 21000)
        self.assertEqual(self.car.daily_km, 20000 / 160)
        typed.action_replace(9000)
        self.assertEqual(self.car.daily_km, 50)

    def test_one_reading_and_the_first_plate(self):
        self.car.first_registration = today() - timedelta(days=100)
        self.read_at(0, 3000)
        self.assertEqual(self.car.daily_km, 30)

    def test_what_the_readings_do_not_tell_is_the_usual(self):
        self.read_at(10, 3000)
        self.assertEqual(self.car.daily_km, 0)
        self.assertEqual(self.car.predicted_mileage, 3000 + 10 * 40)
        self.env["ir.config_parameter"].set_param("dealer_service.default_daily_km", "25")
        self.car.invalidate_recordset(["predicted_mileage"])
        self.assertEqual(self.car.predicted_mileage, 3000 + 10 * 25)

    def test_no_reading_nothing_foreseen(self):
        self.assertEqual(self.car.predicted_mileage, 0)
        self.assertFalse(self.car._day_of(5000))
        self.assertEqual(self.car.mileage_curve(), {"readings": [], "forecast": []})

    def test_curve(self):
        self.read_at(200, 1000)
        self.read_at(100, 6000)
        self.read_at(50, 600)
        curve = self.car.with_user(self.sales_consultant).mileage_curve()
        self.assertEqual(
            [row[1:] for row in curve["readings"]], [(1000, False), (6000, False), (600, True)]
        )
        self.assertEqual(curve["forecast"][0][1], 6000)
        self.assertGreaterEqual(curve["forecast"][1][1], 6000 + 50 * 465)

    def test_cars_are_worked_out_together(self):
        def count(number):
            cars = self.env["dealer.vehicle"].browse()
            for _each in range(number):
                cars |= self.make_car()
            for car in cars:
                self.read_at(100, 100, car)
                self.read_at(1, 4060, car)
            self.env.flush_all()
            self.env.add_to_compute(cars._fields["daily_km"], cars)
            before = self.cr.sql_log_count
            cars.mapped("daily_km")
            return self.cr.sql_log_count - before

        self.assertEqual(count(1), count(12))

    def test_other_changes_compute_nothing(self):
        self.read_at(200, 1000)
        self.read_at(100, 6000)
        self.env.flush_all()
        self.env.cr.execute("UPDATE dealer_vehicle SET daily_km = 7 WHERE id = %s", [self.car.id])
        self.car.invalidate_recordset()
        self.car.write({"color": "red", "insurance_due": "2027-01-01"})
        self.make_order(self.car)
        self.env.flush_all()
        self.assertEqual(self.car.daily_km, 7)
