import json
import time
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import HttpCase, tagged

from .common import TouchCase, at


class TestSms(TouchCase):
    """The provider, what the law asks for, and what customers write back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation.since = at(9).date()
        cls.domain = f"[('id', '=', {cls.relation.id})]"

    def receive(self, content, sequence="1", phone=None, moment=None):
        inbound = self.env["dealer.sms.simulator"]._sms_read_callback(
            json.dumps(
                [
                    {
                        "phone_number": phone or self.partner.phone,
                        "content": content,
                        "sequence_id": sequence,
                    }
                ]
            ).encode()
        )
        with freeze_time(moment or at(10)):
            self.env["dealer.touch"]._sms_received(inbound)

    def test_advertising_names_sender_and_refusal(self):
        self.run_rule(at(9), purpose="marketing", domain=self.domain)
        self.assertEqual(
            self.messages().content, f"【{self.store_a.name}】您好 {self.partner.name}拒收请回复R"
        )
        self.run_rule(at(9), purpose="service", domain=self.domain)
        self.assertNotIn("拒收", self.messages()[-1].content)

    def test_no_provider_no_message(self):
        self.setting("sms_provider", "")
        touch = self.run_rule(at(9), domain=self.domain)
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "no_provider"))
        self.setting("sms_provider", "provider")
        self.assertIsNone(self.env["dealer.sms.provider"]._chosen())

    def test_no_mobile_number(self):
        self.partner.phone = "0574-87654321"
        touch = self.run_rule(at(9), domain=self.domain)
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "no_address"))

    def test_refusal_holds_for_ever(self):
        self.run_rule(at(9), purpose="marketing", domain=self.domain)
        self.receive(" r ")
        refusal = self.env["dealer.touch.refusal"].search(
            [("phone", "=", self.partner.phone_normalized)]
        )
        self.assertEqual((refusal.source, refusal.company_id), ("sms", self.store_a.company_id))
        later = at(9, day=1500)
        self.relation.since = later.date()
        self.agree(self.customer, "marketing")  # a new consent does not bring the number back
        touch = self.run_rule(later, purpose="marketing", domain=self.domain)
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "refused"))
        safety = self.run_rule(later, purpose="safety", domain=self.domain)
        self.assertEqual(safety.state, "sent")

    def test_refusal_holds_for_the_number(self):
        """Whoever has the number on file, in whichever store."""
        self.receive("退订")
        self.assertEqual(self.env["dealer.touch.refusal"].search_count([]), 1)
        phone = self.partner.phone
        self.partner.phone = self.next_phone()
        other = self.make_agreed("newowner", self.store_b)
        other.partner.phone = phone
        other.relation.since = at(9).date()
        touch = self.run_rule(
            at(9), unit_id=self.store_b.id, domain=f"[('id', '=', {other.relation.id})]"
        )
        self.assertEqual(touch.reason_code, "refused")

    def test_refused_between_claim_and_sending(self):
        rule = self.make_rule(domain=self.domain, purpose="marketing")
        self.plan(rule, at(9))
        with freeze_time(at(9)):
            self.env["dealer.touch"]._drain()
        touch = self.touches(rule)
        self.assertEqual(touch.state, "queued")
        self.receive("R")
        self.drain(at(9))
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "refused"))
        self.assertFalse(self.messages())

    def test_an_answer_is_a_contact(self):
        touch = self.run_rule(at(9), domain=self.domain)
        self.receive("周末可以到店吗", "77")
        self.receive("周末可以到店吗", "77")  # delivered twice by the gateway
        self.assertEqual((touch.state, touch.answer), ("answered", "周末可以到店吗"))
        contact = self.env["dealer.interaction"].search([("external_id", "=", "sms:77")])
        self.assertEqual(
            (contact.partner_id, contact.evidence, contact.direction, contact.kind),
            (self.partner, "system", "in", "sms"),
        )
        self.assertFalse(self.env["dealer.touch.refusal"].search([]))

    def test_refusals_are_evidence(self):
        refusal = (
            self.env["dealer.touch.refusal"]
            .with_user(self.marketing_manager)
            .create({"phone": "139 7700 1234", "source": "sms", "text": "told by phone"})
        )
        self.assertEqual((refusal.phone, refusal.source), ("+8613977001234", "person"))
        with self.assertRaisesRegex(UserError, "for ever"):
            refusal.sudo(False).with_user(self.system).write({"text": "x"})

    def test_none_twice_after_a_crash(self):
        """A process died after the gateway took the message: the next one asks first."""
        rule = self.make_rule(domain=self.domain)
        self.plan(rule, at(9))
        with freeze_time(at(9)):
            self.env["dealer.touch"]._drain()
        touch = self.touches(rule)
        self.env["dealer.sms.simulator"].create(
            {"out_id": touch.claim_key, "phone": self.partner.phone_normalized, "content": "x"}
        )
        sent = type(self.env["dealer.sms.simulator"])._sms_send
        with patch.object(
            type(self.env["dealer.sms.simulator"]), "_sms_send", autospec=True, side_effect=sent
        ) as send:
            self.drain(at(9))
        self.assertFalse(send.called)
        self.assertEqual(touch.state, "sent")
        self.assertEqual(len(self.messages()), 1)


@tagged("post_install", "-at_install")
class TestSmsCallback(HttpCase):
    """The door of the gateway fails closed."""

    SECRET = "a secret of the gateway"

    def setUp(self):
        super().setUp()
        self.settings = self.env["ir.config_parameter"].sudo()
        self.settings.set_param("dealer_touch.sms_provider", "simulator")
        self.settings.set_param("dealer_touch.sms_secret", self.SECRET)
        self.body = json.dumps(
            [{"phone_number": "13977004321", "content": "R", "sequence_id": "9"}]
        ).encode()

    def post(self, body=None, secret=None, stamp=None, provider="simulator", headers=None):
        body = self.body if body is None else body
        stamp = stamp or str(int(time.time()))
        sign = self.env["dealer.sms.simulator"]._sms_signature
        headers = headers or {
            "Content-Type": "application/json",
            "X-Sms-Timestamp": stamp,
            "X-Sms-Signature": sign(secret or self.SECRET, stamp, body),
        }
        return self.url_open(f"/dealer/v1/sms/{provider}", data=body, headers=headers)

    def refused(self):
        return self.env["dealer.touch.refusal"].search_count(Domain("phone", "=", "+8613977004321"))

    def test_genuine(self):
        answer = self.post()
        self.assertEqual((answer.status_code, answer.json()["code"]), (200, 0))
        self.assertEqual(self.refused(), 1)
        self.assertEqual(self.post().status_code, 200)
        self.assertEqual(self.refused(), 1)

    def test_refused(self):
        for words, answer in (
            ("wrong secret", self.post(secret="guessed")),
            ("old", self.post(stamp=str(int(time.time()) - 3600))),
            ("no time", self.post(stamp="soon")),
            ("unsigned", self.post(headers={"Content-Type": "application/json"})),
        ):
            self.assertEqual(answer.status_code, 403, words)
        self.settings.set_param("dealer_touch.sms_secret", "")
        self.assertEqual(self.post(secret="x").status_code, 403, "no secret is set up")
        self.assertFalse(self.refused())

    def test_other_providers(self):
        self.assertEqual(self.post(provider="provider").status_code, 404)
        self.assertEqual(self.post(provider="nobody").status_code, 404)
        self.settings.set_param("dealer_touch.sms_provider", "")
        self.assertEqual(self.post().status_code, 404)
        self.assertFalse(self.refused())

    def test_bad_messages(self):
        for body in (
            b"{}",
            b"[1]",
            b"[",
            b'[{"phone_number": "x", "sequence_id": "1"}]',
            b'[{"phone_number": "13977004321"}]',
            '["\xff"]'.encode("latin-1"),
        ):
            self.assertEqual(self.post(body).status_code, 400, body)
        self.assertEqual(self.post(b"[" + b" " * 300_000 + b"]").status_code, 413)
        self.assertEqual(self.url_open("/dealer/v1/sms/simulator").status_code, 405)
