import json
from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CallsCase

URL = "/dealer/v1/calls"


@tagged("post_install", "-at_install")
class TestCallsApi(CallsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.make_machine("t_vendor", "lead_intake")
        cls.key, cls.key_b, cls.vendor_key = (
            cls.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
            for user in (cls.switchboard, cls.switchboard_b, cls.vendor)
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

    def send(self, *calls, key=None):
        answer = self.post({"calls": list(calls)}, key=key)
        self.assertEqual(answer.status_code, 202, answer.text)
        return answer.json()["results"]

    def ask(self, row_id, key=None):
        return self.url_open(
            f"{URL}/{row_id}", headers={"Authorization": f"Bearer {key or self.key}"}
        )

    def rows(self):
        return self.calls.search([("sender_id", "in", (self.switchboard | self.switchboard_b).ids)])

    def test_accepted(self):
        results = self.send(self.prepare_call(1, extra="kept"), self.prepare_call(2))
        rows = self.rows().sorted("id")
        self.assertEqual(
            results,
            [
                {"call_id": row.call_id, "status": "accepted", "id": row.id, "errors": []}
                for row in rows
            ],
        )
        row = rows[0]
        self.assertEqual(row.state, "new")
        self.assertEqual(row.sender_id, self.switchboard)
        self.assertEqual(row.start, datetime(2026, 1, 7, 2, 0))
        self.assertEqual((row.caller, row.callee), ("8001", self.customer.partner.phone))
        self.assertEqual((row.seconds, row.answered), (95, True))
        self.assertEqual(row.recording_url, "https://rec.example/1.mp3")
        self.assertEqual(row.payload["extra"], "kept")

    def test_sent_twice_and_in_overlapping_halves(self):
        calls = [self.prepare_call(number) for number in range(6)]
        first = self.send(*calls[:4])
        second = self.send(*calls[2:])
        again = self.send(*calls)
        self.assertEqual(
            [result["status"] for result in second], ["duplicate"] * 2 + ["accepted"] * 2
        )
        ids = [result["id"] for result in first + second[2:]]
        self.assertEqual([result["id"] for result in again], ids)
        self.assertEqual({result["status"] for result in again}, {"duplicate"})
        self.calls._drain()
        self.send(*calls)
        self.calls._drain()
        contacts = self.env["dealer.interaction"].search([("external_id", "=like", "C-0000_")])
        self.assertEqual((len(self.rows()), len(contacts)), (6, 6))

    def test_twice_in_one_message_and_the_first_content_stands(self):
        results = self.send(self.prepare_call(1), self.prepare_call(1, seconds=7))
        self.assertEqual([result["status"] for result in results], ["accepted", "duplicate"])
        self.assertEqual(results[0]["id"], results[1]["id"])
        self.assertEqual(self.send(self.prepare_call(1, seconds=9))[0]["status"], "duplicate")
        self.assertEqual(self.rows().seconds, 95)

    def test_number_of_another_sender_is_refused_and_says_nothing(self):
        mine = self.send(self.prepare_call(1))[0]
        theirs = self.send(self.prepare_call(1), self.prepare_call(2), key=self.key_b)
        self.assertEqual([result["status"] for result in theirs], ["rejected", "accepted"])
        self.assertIn("another interface", theirs[0]["errors"][0])
        self.assertIsNone(theirs[0]["id"])
        self.assertEqual(self.rows().filtered(lambda row: row.call_id == "C-00001").id, mine["id"])

    def test_wrong_calls_refuse_only_themselves(self):
        wrong = {
            "from": ({"from_": 8001}, {"from_": None}, {"from_": "1" * 65}),
            "to": ({"to": ["x"]}, {"from_": " ", "to": ""}),
            "call_id": ({"call_id": ""}, {"call_id": 7}, {"call_id": "x" * 129}),
            "start": (
                {"start": "yesterday"},
                {"start": 17},
                {"start": None},
                {"start": "0001-01-01T00:00:00+14:00"},
            ),
            "seconds": (
                {"seconds": -1},
                {"seconds": 86401},
                {"seconds": "95"},
                {"seconds": 9.5},
                {"seconds": True},
                {"seconds": None},
            ),
            "answered": ({"answered": 1}, {"answered": "true"}, {"answered": None}),
            "recording": (
                {"recording": "ftp://rec.example/1"},
                {"recording": "javascript:alert(1)"},
                {"recording": "java\nscript:alert(1)"},
                {"recording": "https://"},
                {"recording": "https://["},
                {"recording": "https://rec.example/a b"},
                {"recording": 7},
                {"recording": "https://rec.example/" + "x" * 2048},
            ),
        }
        for word, cases in wrong.items():
            for values in cases:
                results = self.send(self.prepare_call(1, **values), self.prepare_call(2))
                self.assertEqual(results[0]["status"], "rejected", f"{word}: {values}")
                self.assertIn(word, results[0]["errors"][0])
                self.assertIn(results[1]["status"], ("accepted", "duplicate"))
        for nothing in (None, "x", [], 7):
            self.assertEqual(self.send(nothing)[0]["status"], "rejected")
        self.assertEqual(self.rows().mapped("call_id"), ["C-00002"])

    def test_missing_fields(self):
        result = self.send({})[0]
        self.assertEqual(len(result["errors"]), 6, result)
        bare = self.prepare_call(1)
        del bare["recording"]
        self.assertEqual(self.send(bare)[0]["status"], "accepted")

    def test_future_and_time_zones(self):
        now = datetime.now(UTC)
        late, soon = now + timedelta(minutes=6), now + timedelta(minutes=4)
        self.assertEqual(
            [
                result["status"]
                for result in self.send(
                    self.prepare_call(1, start=late.isoformat()),
                    self.prepare_call(2, start=soon.isoformat()),
                    self.prepare_call(3, start="2026-01-07T10:00:00"),
                    self.prepare_call(4, start="2026-01-07T02:00:00Z"),
                    # China's clock without its zone is right, another zone's would lie ahead
                    self.prepare_call(5, start=(now + timedelta(hours=8)).isoformat()[:19]),
                )
            ],
            ["rejected", *["accepted"] * 4],
        )
        rows = self.rows().sorted("call_id")
        self.assertEqual(rows[1].start, rows[2].start)
        self.assertEqual(rows[1].start, datetime(2026, 1, 7, 2, 0))

    def test_unanswered_with_seconds_is_taken(self):
        result = self.send(self.prepare_call(1, answered=False, seconds=40))[0]
        self.assertEqual(result["status"], "accepted")

    def test_unauthorized_and_forbidden(self):
        for authorization in ("", "Bearer wrong", f"Basic {self.key}", "Bearer "):
            answer = self.post({"calls": [self.prepare_call(1)]}, Authorization=authorization)
            self.assertEqual(answer.status_code, 401, authorization)
        for key in (self.vendor_key,):
            self.assertEqual(self.post({"calls": []}, key=key).status_code, 403)
            self.assertEqual(self.ask(1, key).status_code, 403)
        leads = self.url_open(
            "/dealer/v1/leads",
            data=json.dumps({"source": "x", "leads": []}),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
        )
        self.assertEqual(leads.status_code, 403)
        self.assertFalse(self.rows())

    def test_cookie_is_no_key(self):
        self.general_manager.group_ids |= self.env.ref("dealer_base.group_calls")
        self.authenticate(self.general_manager.login, self.general_manager.login)
        answer = self.url_open(
            URL,
            data=json.dumps({"calls": [self.prepare_call(1)]}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(answer.status_code, 401)

    def test_bad_messages_say_where(self):
        for raw, word in (
            (b" ", "line 1"),
            (b'{"calls": [}', "column 12"),
            (b"\xff\xfe", "byte 0"),
            (b'{"calls": [{"seconds": NaN}]}', "NaN"),
            (b"[]", "object"),
            (b"{}", "calls"),
            (b'{"calls": {}}', "calls"),
        ):
            answer = self.post(raw)
            self.assertEqual(answer.status_code, 400, raw[:40])
            self.assertIn(word, answer.json()["message"], raw[:40])

    def test_too_large(self):
        answer = self.post({"calls": [self.prepare_call(number) for number in range(1001)]})
        self.assertEqual((answer.status_code, answer.json()["error"]), (413, "too_many"))
        answer = self.post({"calls": [self.prepare_call(1, note="x" * 1024 * 1024)]})
        self.assertEqual((answer.status_code, answer.json()["error"]), (413, "too_large"))
        self.assertFalse(self.rows())
        self.assertEqual(len(self.send(*(self.prepare_call(n) for n in range(1000)))), 1000)

    def test_empty_list(self):
        answer = self.post({"calls": []})
        self.assertEqual((answer.status_code, answer.json()), (202, {"received": 0, "results": []}))

    def test_what_became_of_it(self):
        results = self.send(self.prepare_call(1), self.prepare_call(2, to="19900669999"))
        self.calls._drain()
        told = [self.ask(result["id"]).json() for result in results]
        self.assertEqual(
            [(answer["state"], answer["reason"]) for answer in told],
            [("done", None), ("unmatched", "customer_unknown")],
        )
        self.assertEqual(told[0]["store"], self.store_a.code)
        for secret in (self.customer.partner.phone, "19900669999", self.sales_consultant.name):
            self.assertNotIn(secret, str(told))
        row_id = results[0]["id"]
        self.assertEqual(self.ask(row_id, self.key_b).status_code, 404)
        self.assertEqual(self.ask(row_id, "wrong").status_code, 401)
        self.assertEqual(self.ask(999999999).status_code, 404)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_key_reads_nothing_by_rpc(self):
        self.ring(self.prepare_call(1))
        for model in ("dealer.call", "dealer.call.number", "dealer.interaction", "res.partner"):
            answer = self.url_open(
                f"/json/2/{model}/search_read",
                data=json.dumps({"domain": []}),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
            )
            self.assertGreaterEqual(answer.status_code, 400, model)
            self.assertNotIn(self.customer.partner.phone, answer.text)
