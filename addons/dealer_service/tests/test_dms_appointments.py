from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase
from .common_dms import DmsCase

URL = "/dealer/v1/dms/appointments"


@tagged("post_install", "-at_install")
class TestDmsAppointments(AppointmentCase, DmsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls.make_machine("t_maker", "dms")
        cls.key = (
            cls.env["res.users.apikeys"]
            .with_user(cls.maker)
            .sudo()
            # The clock of these tests stands in the past; that of the database does not.
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=20_000))
        )
        cls.first = cls.make(cls.owner, at(9))
        cls.last = cls.make(cls.second, at(10))
        cls.env.flush_all()

    def ask(self, **query):
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.url_open(f"{URL}?{words}", headers={"Authorization": f"Bearer {self.key}"})

    def test_pages(self):
        answer = self.ask(limit=1).json()
        self.assertEqual([one["id"] for one in answer["appointments"]], self.first.ids)
        self.assertTrue(answer["more"])
        answer = self.ask(since=answer["cursor"], limit=1).json()
        self.assertEqual([one["id"] for one in answer["appointments"]], self.last.ids)
        answer = self.ask(since=answer["cursor"]).json()
        self.assertEqual((answer["appointments"], answer["more"]), ([], False))
        log = self.env["dealer.export.log"].search([("user_id", "=", self.maker.id)])
        self.assertEqual(sum(log.mapped("row_count")), 2)

    def test_the_maker_gets_what_it_has(self):
        partner, car = self.owner.partner, self.owner.vehicle
        self.deliver(
            self.customer("C1", name=partner.name, phone=partner.phone),
            self.car("V1", vin=car.vin, customer="C1"),
        )
        known, unknown = self.ask().json()["appointments"]
        self.assertEqual(
            (known["customer"], known["name"], known["phone"], known["vehicle"]),
            ("C1", partner.name, partner.phone, "V1"),
        )
        self.assertEqual((unknown["customer"], unknown["name"], unknown["phone"]), (None,) * 3)
        self.env["dealer.consent"].create(
            {
                "partner_id": self.second.partner.id,
                "unit_id": self.store_a.id,
                "purpose": "sharing",
                "text_version": "1",
            }
        )
        self.assertEqual(self.ask().json()["appointments"][1]["name"], self.second.partner.name)

    def test_refused(self):
        self.assertEqual(self.url_open(URL).status_code, 401)
        self.assertEqual(self.ask(since="gestern").json()["error"], "bad_since")
        self.assertEqual(self.ask(limit=0).json()["error"], "bad_limit")
        self.maker.write(
            {
                "company_id": self.store_b.company_id.id,
                "company_ids": [Command.set(self.store_b.company_id.ids)],
            }
        )
        self.assertEqual(self.ask().json()["appointments"], [])

    def test_file(self):
        rows = self.first.with_user(self.service_manager)
        with self.assertRaises(AccessError):
            rows._dms_csv()
        self.service_manager.group_ids += self.env.ref("base.group_allow_export")
        self.assertIn(self.first.name, rows._dms_csv())
        self.assertIn(str(self.first.id), rows.action_dms_export()["url"])
        self.service_advisor.group_ids += self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            self.first.with_user(self.service_advisor)._dms_csv()
        self.authenticate("t_service_manager", "t_service_manager")
        answer = self.url_open(f"/dealer/dms/appointments.csv?ids={self.first.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.first.name, answer.content.decode("utf-8-sig"))
        log = self.env["dealer.export.log"].search([("user_id", "=", self.service_manager.id)])
        self.assertTrue(log)
