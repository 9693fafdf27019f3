import re
from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools.day import today
from .common_service import QUIET, ServiceCase

NOISE = (*QUIET, "odoo.http", "odoo.addons.base.models.ir_qweb")


class CostCase(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.car = cls.make_car(cls.owner)
        cls.refuels = cls.env["dealer.vehicle.refuel"]

    def refuel(self, days_ago=0, amount=300, **values):
        return self.refuels.create(
            {
                "vehicle_id": self.car.id,
                "date": today() - timedelta(days=days_ago),
                "litres": 40,
                "amount": amount,
                **values,
            }
        )

    def costs(self, owner=None):
        page = self.car._owner_page((owner or self.owner).partner)
        return {str(label): amount for label, amount in page["costs"]}, page["total"]


@tagged("post_install", "-at_install")
class TestVehicleCost(CostCase):
    def test_fuel_of_twelve_months(self):
        self.refuel(300, 250)
        self.refuel(10, 300.5)
        self.refuel(400, 9)
        self.assertEqual(self.costs(), ({"Fuel": 550.5}, 550.5))
        self.assertEqual(self.car.year_cost, 550.5)
        self.assertIn("550.50", self.car.year_cost_words)

    def test_premium_of_the_policy_in_force(self):
        ahead = today() + timedelta(days=100)
        self.car.write(
            {
                "compulsory_insurance_due": ahead,
                "compulsory_premium": 950,
                "commercial_insurance_due": today() - timedelta(days=1),
                "commercial_premium": 3000,
            }
        )
        self.assertEqual(self.costs(), ({"Insurance": 950}, 950))
        # The same day written again is the same policy; another day is another one.
        self.car.compulsory_insurance_due = ahead
        self.assertEqual(self.car.compulsory_premium, 950)
        self.car.compulsory_insurance_due = ahead + timedelta(days=365)
        self.assertFalse(self.car.compulsory_premium)
        self.car.write(
            {"commercial_insurance_due": ahead + timedelta(days=5), "commercial_premium": 2800}
        )
        self.assertEqual(self.costs(), ({"Insurance": 2800}, 2800))

    def test_the_next_owner_sees_nothing_of_it(self):
        self.car.write(
            {
                "commercial_insurance_due": today() + timedelta(days=100),
                "commercial_premium": 3000,
            }
        )
        self.refuel(20)
        later = self.make_customer("Later", car=False)
        self.car._set_owner(later.partner, today() - timedelta(days=10))
        mine = self.refuel(5, 111)
        self.assertEqual(mine.owner_id, later.partner)
        self.assertEqual(self.costs(later), ({"Fuel": 111}, 111))
        page = self.car._owner_page(later.partner)
        self.assertEqual([row["id"] for row in page["refuels"]], mine.ids)

    def test_mileage_goes_into_the_curve_and_is_questioned(self):
        row = self.refuel(20, mileage=5000)
        self.assertEqual(
            (row.reading_id.source, row.reading_id.state, self.car.last_mileage),
            ("refuel", "accepted", 5000),
        )
        back = self.refuel(0, mileage=400)
        self.assertEqual(back.reading_id.state, "questioned")
        self.assertEqual(self.car.last_mileage, 5000)
        reading = row.reading_id
        row.unlink()
        self.assertEqual(reading.state, "replaced")
        self.assertFalse(self.car.last_mileage)

    def test_staff_note_it(self):
        rows = self.refuels.with_user(self.service_advisor)
        row = rows.create(
            {
                "vehicle_id": self.car.id,
                "litres": 30,
                "amount": 200,
                "mileage": 800,
                "user_id": self.stranger.id,
                "owner_id": self.stranger.partner_id.id,
            }
        )
        self.assertEqual(row.user_id, self.service_advisor)
        self.assertEqual(row.sudo().owner_id, self.owner.partner)
        self.assertEqual(row.sudo().reading_id.user_id, self.service_advisor)
        row.unlink()

    def test_print(self):
        self.refuel(1, 333)
        reports = self.env["ir.actions.report"].with_user(self.service_advisor)
        html = reports._render_qweb_html("dealer_service.report_car_file", self.car.ids)[0]
        self.assertIn("333.00", html.decode())

    def test_nonsense(self):
        with self.assertRaises(ValidationError):
            self.refuel(-1)
        for values in ({"amount": 0}, {"litres": -1}, {"litres": 999}, {"mileage": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.refuel(**values).flush_recordset()


@tagged("post_install", "-at_install")
class TestRefuelPage(HttpCase, CostCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_customer("Other", consultant_id=cls.teammate.id)
        for login, customer in (("t_owner_1", cls.owner), ("t_owner_2", cls.other)):
            cls.env["res.users"].create(
                {
                    **cls.prepare_person(login, ["base.group_portal"], cls.store_a),
                    "partner_id": customer.partner.id,
                    "email": customer.partner.email,
                }
            )
        cls.form = {"date": str(today()), "litres": "41.5", "amount": "320.37", "mileage": "1,200"}

    def post(self, path, login="t_owner_1", **values):
        """Send the form with the token of the own session."""
        self.authenticate(login, login)
        own = self.env["dealer.vehicle"].search(
            [("current_owner_id.user_ids.login", "=", login)], limit=1
        )
        page = self.url_open(f"/my/vehicles/{own.id}")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text).group(1)
        return self.url_open(path, data={"csrf_token": token, **self.form, **values})

    def rows(self):
        return self.refuels.search([("vehicle_id", "=", self.car.id)])

    def test_noted_once_and_deleted(self):
        path = f"/my/vehicles/{self.car.id}/refuels"
        page = self.post(path).text
        self.assertEqual(self.post(path).status_code, 200)
        row = self.rows()
        self.assertEqual((row.litres, row.amount, row.mileage), (41.5, 320.37, 1200))
        self.assertEqual(row.owner_id, self.owner.partner)
        self.assertEqual(row.reading_id.source, "refuel")
        for words in ("320.37", "1,200", "41.5"):
            self.assertIn(words, page)
        staffs = self.refuel(3)
        with mute_logger(*NOISE):
            for wrong, login in ((row, "t_owner_2"), (staffs, "t_owner_1")):
                answer = self.post(f"{path}/{wrong.id}/delete", login)
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.rows(), row | staffs)
        self.post(f"{path}/{row.id}/delete")
        self.assertEqual(self.rows(), staffs)

    def test_nonsense(self):
        path = f"/my/vehicles/{self.car.id}/refuels"
        wrong = [
            {"date": ""},
            {"date": "2019-12-31"},
            {"date": str(today() + timedelta(days=1))},
            *({"litres": text} for text in ("", "0", "-3", "nan", "inf", "1e9", "四十", "301")),
            *({"amount": text} for text in ("", "0", "5001", "x")),
            *({"mileage": text} for text in ("x", "-5", "9999999")),
        ]
        for values in wrong:
            self.assertEqual(self.post(path, **values).status_code, 422, values)
        self.assertFalse(self.rows())

    @mute_logger(*NOISE)
    def test_not_the_car_of_another(self):
        path = f"/my/vehicles/{self.car.id}/refuels"
        self.assertEqual(self.post(path, "t_owner_2").status_code, 404)
        self.assertEqual(self.post(path, csrf_token="forged").status_code, 400)
        self.assertFalse(self.rows())

    def test_limit(self):
        self.env["ir.config_parameter"].set_param("dealer_service.refuels_a_day", 2)
        path = f"/my/vehicles/{self.car.id}/refuels"
        answers = [self.post(path, amount=str(100 + turn)).status_code for turn in range(3)]
        self.assertEqual(answers, [200, 200, 422])
        self.assertEqual(len(self.rows()), 2)
