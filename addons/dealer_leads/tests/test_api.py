import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import LeadsCase

URL = "/dealer/v1/leads"


@tagged("post_install", "-at_install")
class TestLeadsApi(LeadsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.make_machine("t_vendor", "lead_intake")
        cls.other_machine = cls.make_machine("t_other_vendor", "lead_intake")
        cls.gate = cls.make_machine("t_gate", "gate")
        cls.key, cls.other_key, cls.gate_key = (
            cls.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
            for user in (cls.machine, cls.other_machine, cls.gate)
        )

    def post(self, body, key=None, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.url_open(
            URL,
            data=raw,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {key or self.key}",
                **headers,
            },
        )

    def body(self, *leads):
        return {"source": "testmedia", "leads": list(leads)}

    def test_accepted(self):
        answer = self.post(self.body(self.prepare_lead(1), self.prepare_lead(2)))
        self.assertEqual(answer.status_code, 202)
        told = answer.json()
        self.assertEqual(told["received"], 2)
        rows = self.inbox.search([("source", "=", "testmedia")], order="id")
        self.assertEqual(
            told["results"],
            [
                {
                    "external_id": row.external_id,
                    "status": "accepted",
                    "inbox_id": row.id,
                    "errors": [],
                }
                for row in rows
            ],
        )
        self.assertEqual(rows.user_id, self.machine)
        self.assertEqual(rows[0].payload["message"], "最低多少钱")

    def test_sent_twice_and_in_overlapping_halves(self):
        leads = [self.prepare_lead(number) for number in range(6)]
        first = self.post(self.body(*leads[:4])).json()["results"]
        second = self.post(self.body(*leads[2:])).json()["results"]
        again = self.post(self.body(*leads)).json()["results"]
        self.assertEqual(
            [result["status"] for result in second], ["duplicate"] * 2 + ["accepted"] * 2
        )
        ids = [result["inbox_id"] for result in first[:4] + second[2:]]
        self.assertEqual([result["inbox_id"] for result in again], ids)
        self.assertEqual({result["status"] for result in again}, {"duplicate"})
        self.assertEqual(self.inbox.search_count([("source", "=", "testmedia")]), 6)

    def test_same_lead_twice_in_one_message(self):
        results = self.post(self.body(self.prepare_lead(1), self.prepare_lead(1))).json()["results"]
        self.assertEqual([result["status"] for result in results], ["accepted", "duplicate"])
        self.assertEqual(results[0]["inbox_id"], results[1]["inbox_id"])

    def test_one_bad_lead_refuses_only_itself(self):
        bad = [{"name": "no id"}, "text", self.prepare_lead(3, phone=139), None]
        answer = self.post(self.body(self.prepare_lead(1), *bad, self.prepare_lead(2)))
        self.assertEqual(answer.status_code, 202)
        results = answer.json()["results"]
        self.assertEqual(
            [result["status"] for result in results], ["accepted", *["rejected"] * 4, "accepted"]
        )
        for result in results[1:5]:
            self.assertTrue(result["errors"])
            self.assertIsNone(result["inbox_id"])
        self.assertEqual(self.inbox.search_count([("source", "=", "testmedia")]), 2)

    def test_no_number_is_accepted_and_waits(self):
        result = self.post(self.body(self.prepare_lead(1, phone=""))).json()["results"][0]
        self.assertEqual(result["status"], "accepted")
        self.inbox._drain()
        self.assertEqual(self.inbox.browse(result["inbox_id"]).state, "attention")

    def test_unauthorized(self):
        for headers in (
            {"Authorization": ""},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {self.key}"},
            {"Authorization": "Bearer "},
        ):
            answer = self.post(self.body(self.prepare_lead(1)), **headers)
            self.assertEqual(answer.status_code, 401, headers)
            self.assertIn("message", answer.json())
        self.assertFalse(self.inbox.search_count([("source", "=", "testmedia")]))

    def test_cookie_is_no_key(self):
        self.general_manager.group_ids |= self.env.ref("dealer_base.group_lead_intake")
        self.authenticate(self.general_manager.login, self.general_manager.login)
        answer = self.url_open(
            URL,
            data=json.dumps(self.body(self.prepare_lead(1))),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(answer.status_code, 401)

    def test_forbidden(self):
        self.assertEqual(
            self.post(self.body(self.prepare_lead(1)), key=self.gate_key).status_code, 403
        )

    def test_expired_and_archived(self):
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = now() - interval '1 day' WHERE user_id = %s",
            [self.machine.id],
        )
        self.assertEqual(self.post(self.body(self.prepare_lead(1))).status_code, 401)
        self.other_machine.active = False
        self.assertEqual(
            self.post(self.body(self.prepare_lead(1)), key=self.other_key).status_code, 401
        )

    def test_bad_messages_say_where(self):
        for raw, word in (
            (b" ", "line 1"),
            (b'{"source": "x", "leads": [}', "column 27"),
            (b"\xff\xfe", "byte 0"),
            (b'{"source": "x", "leads": [{"external_id": NaN}]}', "NaN"),
            (b"[" * 20000, "JSON"),
            (b"[]", "object"),
            (b'"x"', "object"),
            (b"{}", "source"),
            (b'{"source": 7, "leads": []}', "source"),
            (b'{"source": "x"}', "leads"),
            (b'{"source": "x", "leads": {}}', "leads"),
        ):
            answer = self.post(raw)
            self.assertEqual(answer.status_code, 400, raw[:40])
            self.assertIn(word, answer.json()["message"], raw[:40])

    def test_form_is_told_to_send_json(self):
        answer = self.post(
            self.body(self.prepare_lead(1)), **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.assertEqual((answer.status_code, answer.json()["error"]), (400, "bad_content_type"))

    def test_too_large(self):
        answer = self.post(self.body(*(self.prepare_lead(number) for number in range(1001))))
        self.assertEqual(answer.status_code, 413)
        self.assertIn("1001", answer.json()["message"])
        answer = self.post(self.body(self.prepare_lead(1, message="x" * 1024 * 1024)))
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self.inbox.search_count([("source", "=", "testmedia")]))

    def test_thousand_leads(self):
        leads = [self.prepare_lead(number) for number in range(1000)]
        answer = self.post(self.body(*leads))
        self.assertEqual((answer.status_code, answer.json()["received"]), (202, 1000))

    def test_empty_list(self):
        answer = self.post(self.body())
        self.assertEqual((answer.status_code, answer.json()), (202, {"received": 0, "results": []}))

    def test_characters_that_no_database_holds(self):
        lead = self.prepare_lead(
            1, name="王\x00明\ud800", message="'; DROP TABLE crm_lead; -- %s %(x)s"
        )
        result = self.post(self.body(lead)).json()["results"][0]
        self.assertEqual(result["status"], "accepted")
        row = self.inbox.browse(result["inbox_id"])
        self.assertEqual(row.customer_name, "王明")
        self.inbox._drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.lead_id.dealer_message, lead["message"])

    def test_what_became_of_it(self):
        results = self.post(
            self.body(self.prepare_lead(1), self.prepare_lead(2, phone="12345"))
        ).json()["results"]
        self.inbox._drain()
        rows = self.inbox.browse(result["inbox_id"] for result in results)
        told = [self.ask(row.id).json() for row in rows]
        self.assertEqual([answer["state"] for answer in told], ["done", "attention"])
        self.assertEqual(told[0]["lead_id"], rows[0].lead_id.id)
        self.assertEqual(told[0]["store"], self.store_a.code)
        self.assertIn("12345", told[1]["error"])
        self.assertNotIn("19900780001", str(told[0]), "the answer holds no customer's data")

    def test_nobody_else_is_told(self):
        row = self.receive(self.prepare_lead(1))
        row.user_id = self.machine
        self.assertEqual(self.ask(row.id).status_code, 200)
        self.assertEqual(self.ask(row.id, self.other_key).status_code, 404)
        self.assertEqual(self.ask(row.id, self.gate_key).status_code, 403)
        self.assertEqual(self.ask(row.id, "wrong").status_code, 401)
        self.assertEqual(self.ask(999999999).status_code, 404)

    def ask(self, inbox_id, key=None):
        return self.url_open(
            f"{URL}/{inbox_id}", headers={"Authorization": f"Bearer {key or self.key}"}
        )

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_key_reads_nothing_by_rpc(self):
        self.take_in(self.prepare_lead(1))
        for model in (
            "crm.lead",
            "dealer.lead.inbox",
            "res.partner",
            "res.users",
            "dealer.relation",
        ):
            answer = self.url_open(
                f"/json/2/{model}/search_read",
                data=json.dumps({"domain": []}),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
            )
            self.assertGreaterEqual(answer.status_code, 400, model)
            self.assertNotIn("19900780001", answer.text)
