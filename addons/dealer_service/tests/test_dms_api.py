import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_dms import DmsCase

URL = "/dealer/v1/dms"


@tagged("post_install", "-at_install")
class TestDmsApi(DmsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls.make_machine("t_maker", "dms")
        cls.vendor = cls.make_machine("t_vendor", "lead_intake")
        cls.maker_b = cls.make_machine("t_maker_b", "dms")
        cls.maker_b.write(
            {
                "company_ids": [(6, 0, cls.store_b.company_id.ids)],
                "company_id": cls.store_b.company_id.id,
            }
        )
        cls.key, cls.vendor_key, cls.key_b = (
            cls.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
            for user in (cls.maker, cls.vendor, cls.maker_b)
        )

    def post(self, body, key=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.url_open(
            URL,
            data=raw,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {key or self.key}",
            },
        )

    def test_accepted_and_worked_off(self):
        rows = [
            self.order("R1", vehicle="V1", opened_at="2026-01-05T09:00:00"),
            self.car("V1", vin=self.next_vin(), customer="C1"),
            self.customer("C1", name="王小明", phone=self.dms_phone()),
            {"kind": "customer"},
        ]
        answer = self.post({"store": "T-A", "rows": rows})
        self.assertEqual(answer.status_code, 202, answer.text)
        told = answer.json()
        self.assertEqual(
            (told["received"], told["accepted"], told["rejected"], told["older"]), (4, 3, 1, 0)
        )
        self.assertEqual(len(told["results"][3]["errors"]), 2)
        self.rows._drain()
        stored = self.rows.browse(one["row_id"] for one in told["results"][:3])
        self.assertEqual(set(stored.mapped("state")), {"done"})
        self.assertEqual(stored[0].user_id, self.maker)
        again = self.post({"rows": rows[:3]}).json()  # the key speaks for one store
        self.assertEqual(again["unchanged"], 3)

    def test_asked_again(self):
        told = self.post({"rows": [self.customer("C1", name="王", phone="1")]}).json()
        row_id = told["results"][0]["row_id"]
        self.rows._drain()
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.url_open(f"{URL}/{row_id}", headers=headers)
        self.assertEqual(answer.json()["state"], "attention")
        self.assertTrue(answer.json()["needs_a_person"])
        self.assertNotIn("王", answer.text)
        other = self.url_open(f"{URL}/{row_id}", headers={"Authorization": f"Bearer {self.key_b}"})
        self.assertEqual(other.status_code, 404)

    def test_refused_at_the_door(self):
        row = self.customer("C1", name="王小明")
        for body, key, status, error in (
            ({"rows": [row]}, "x", 401, "unauthorized"),
            ({"rows": [row]}, self.vendor_key, 403, "forbidden"),
            ({"store": "T-B", "rows": [row]}, None, 403, "wrong_store"),
            ({"store": "T-A", "rows": [row]}, self.key_b, 403, "wrong_store"),
            ({"store": 7, "rows": [row]}, None, 400, "bad_store"),
            ({"store": "T-A", "rows": {}}, None, 400, "bad_rows"),
            ({"store": "T-A", "rows": [{}] * 1001}, None, 413, "too_many"),
            (b"[", None, 400, "not_json"),
            (b"x" * (4 * 1024 * 1024 + 1), None, 413, "too_large"),
        ):
            answer = self.post(body, key)
            self.assertEqual((answer.status_code, answer.json()["error"]), (status, error))
        self.assertFalse(self.rows.search([("external_id", "=", "C1")]))
        self.maker.company_ids = [(4, self.store_b.company_id.id)]
        self.assertEqual(self.post({"rows": [row]}).json()["error"], "bad_store")

    def test_shapes(self):
        good = {"opened_at": "2026-01-05T09:00:00"}
        for row, words in (
            ("text", "object"),
            (self.say("boat", "1"), "kind"),
            (self.customer(" "), "external_id"),
            (self.customer("x" * 65), "external_id"),
            ({"kind": "customer", "external_id": "1"}, "version or updated_at"),
            (self.customer("1", version=True), "version"),
            (self.customer("1", updated_at="yesterday"), "updated_at"),
            (self.customer("1", name=7), "name"),
            (self.car("1", mileage=-1), "mileage"),
            (self.car("1", mileage="12"), "mileage"),
            (self.car("1", mileage=3_000_000), "mileage"),
            (self.car("1", purchase_date="2026-13-01"), "purchase_date"),
            (self.order("1"), "opened_at: is needed"),
            (self.order("1", **good, type="吃饭"), "type: must be one of"),
            (self.order("1", **good, delivered_at="2026-01-04T09:00:00"), "before opened_at"),
            (self.order("1", **good, lines={}), "lines"),
            (self.order("1", **good, lines=[{"name": "x", "amount": -1}]), "lines 1, amount"),
            (self.order("1", **good, lines=[{"amount": 1}]), "name or code"),
            (self.order("1", **good, faults=[{"name": "x", "safety": "yes"}]), "faults 1, safety"),
            (self.order("1", **good, cancelled="no"), "cancelled"),
        ):
            result = self.post({"rows": [row]}).json()["results"][0]
            self.assertEqual(result["status"], "rejected", row)
            self.assertIn(words, " ".join(result["errors"]))
