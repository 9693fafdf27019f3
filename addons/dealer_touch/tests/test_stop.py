from odoo.tests import HttpCase, tagged

from .common import TouchCase, at


@tagged("post_install", "-at_install")
class TestStop(HttpCase, TouchCase):
    """The page where a customer says that it is enough: GET shows, POST writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation.since = at(9).date()
        rule = cls.make_rule(
            purpose="marketing",
            ways=[{"channel": "sms", "body": "{stop_link}"}],
            domain=f"[('id', '=', {cls.relation.id})]",
        )
        rule._plan(at(0), at(23))
        cls.touch = cls.env["dealer.touch"].search([("rule_id", "=", rule.id)])

    def setUp(self):
        super().setUp()
        self.drain(at(9))
        self.assertEqual(self.touch.state, "sent")
        self.address = f"/dealer/stop/{self.touch.access_token}"

    def standing(self):
        return set(
            self.partner.dealer_consent_ids.filtered(lambda each: not each.withdrawn_at).mapped(
                "purpose"
            )
        )

    def test_link_stands_in_the_words(self):
        self.assertIn(self.address, self.messages()[-1].content)

    def test_get_shows_and_writes_nothing(self):
        before = self.standing()
        answer = self.url_open(self.address)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.store_a.name, answer.text)
        self.assertNotIn(self.partner.name, answer.text)
        self.assertNotIn(self.partner.phone, answer.text)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.standing(), before)
        self.assertEqual(self.touch.state, "sent")

    def test_post_withdraws_the_purpose(self):
        self.assertEqual(self.standing(), {"marketing", "service", "care"})
        answer = self.url_open(self.address, data={"what": "purpose"})
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.standing(), {"service", "care"})
        self.assertEqual(self.touch.state, "answered")

    def test_one_click_of_a_mail_program(self):
        self.url_open(self.address, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(self.standing(), {"service", "care"})

    def test_everything(self):
        self.url_open(self.address, data={"what": "all"})
        self.assertFalse(self.standing())

    def test_unknown_tokens(self):
        for token in ("x" * 32, "short", "a" * 200, "%00" * 20):
            self.assertEqual(self.url_open(f"/dealer/stop/{token}").status_code, 404, token)
            answer = self.url_open(f"/dealer/stop/{token}", data={"what": "all"})
            self.assertEqual(answer.status_code, 404, token)
        self.assertEqual(self.standing(), {"marketing", "service", "care"})
