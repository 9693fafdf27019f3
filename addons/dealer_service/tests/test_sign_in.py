import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessDenied
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import DealerCase


@tagged("post_install", "-at_install")
class SignInCase(DealerCase, HttpCase):
    """A browser that nobody is signed in with, and a gateway that shows what it was given."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("dealer_touch.sms_provider", "simulator")
        cls.owner = cls.make_customer("Owner")
        cls.number = cls.owner.partner.phone_normalized

    def field(self, answer, name):
        return re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text).group(1)

    def post(self, path, answer, **values):
        """Send the form of a page that was shown."""
        hidden = {"csrf_token": self.field(answer, "csrf_token")}
        for name in ("sheet", "redirect"):
            if f'name="{name}"' in answer.text:
                hidden[name] = self.field(answer, name)
        return self.url_open(path, data={**hidden, **values})

    def ask(self, phone):
        return self.post("/my/sign-in", self.url_open("/my/sign-in"), phone=phone)

    def code(self, number=None):
        """Return the last code that the gateway was given for a number."""
        message = self.env["dealer.sms.simulator"].search(
            [("phone", "=", number or self.number)], limit=1
        )
        return re.search(r"\d{6}", message.content).group()

    def wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06d}"


class TestSignIn(SignInCase):
    def test_known_customer(self):
        answer = self.post("/my/sign-in/code", self.ask(self.number), code=self.code())
        self.assertTrue(answer.url.endswith("/my/appointments"), answer.url)
        user = self.owner.partner.user_ids
        self.assertTrue(user.share)
        self.assertEqual(user.login, self.number)
        self.assertTrue(user.login_date)
        # Who is signed in is led on from the sign-in.
        self.assertTrue(self.url_open("/my/sign-in").url.endswith("/my/appointments"))

    def test_code_is_good_once(self):
        page = self.ask(self.number)
        code = self.code()
        self.post("/my/sign-in/code", page, code=code)
        self.assertFalse(self.env["dealer.sign.in.code"]._check(self.number, code))

    def test_wrong_and_void(self):
        page = self.ask(self.number)
        code = self.code()
        for _try in range(5):
            answer = self.post("/my/sign-in/code", page, code=self.wrong(code))
            self.assertEqual(answer.status_code, 422)
        # The right one comes too late: the code is void.
        answer = self.post("/my/sign-in/code", page, code=code)
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.owner.partner.user_ids)

    def test_five_minutes(self):
        codes = self.env["dealer.sign.in.code"]
        code = codes._issue(self.number)
        later = fields.Datetime.now() + timedelta(minutes=5, seconds=1)
        with patch.object(fields.Datetime, "now", lambda *_args: later):
            self.assertFalse(codes._check(self.number, code))
        self.assertTrue(codes._check(self.number, code))
        self.assertFalse(codes.search([("key", "ilike", self.number)]))

    def test_guessing_is_limited(self):
        self.env["ir.config_parameter"].set_param("dealer_service.sign_in_guess_number", "3")
        page = self.ask(self.number)
        code = self.code()
        for _try in range(3):
            self.post("/my/sign-in/code", page, code=self.wrong(code))
        answer = self.post("/my/sign-in/code", page, code=code)
        self.assertIn("Too many attempts", answer.text)

    def test_sending_is_limited(self):
        for _time in range(4):
            self.assertEqual(self.ask(self.number).status_code, 200)
        self.assertIn("Too many attempts", self.ask(self.number).text)
        # Another number of the same address still gets its code.
        self.assertEqual(self.ask("19900779988").status_code, 200)

    def test_nobody_is_told_who_is_a_customer(self):
        def words(answer):
            text = re.sub(r'value="[^"]*"', "", answer.text)
            return re.sub(r"csrf_token: \"[^\"]*\"|\d+\*+\d+|[0-9a-f]{7,}", "", text)

        self.assertEqual(words(self.ask(self.number)), words(self.ask("19900779998")))

    def test_unknown_number_becomes_a_customer_only_with_consent(self):
        number = "+8619900779997"
        page = self.post("/my/sign-in/code", self.ask("19900779997"), code=self.code(number))
        self.assertNotIn("checked=", page.text)
        values = {"name": "Wang", "store": str(self.store_a.id)}
        refused = self.post("/my/sign-in/register", page, **values)
        self.assertEqual(refused.status_code, 422)
        partners = self.env["res.partner"]
        self.assertFalse(partners._dealer_find_by_phone([number]))
        answer = self.post("/my/sign-in/register", refused, consent="1", **values)
        self.assertTrue(answer.url.endswith("/my/appointments"), answer.url)
        partner = partners._dealer_find_by_phone([number])[number]
        self.assertEqual(partner.dealer_consent_ids.mapped("purpose"), ["service"])
        self.assertEqual(partner.dealer_relation_ids.unit_id, self.store_a)

    def test_register_needs_a_proved_number(self):
        page = self.ask("19900779996")
        # The sheet of a code that was only sent proves nothing.
        answer = self.post(
            "/my/sign-in/register", page, name="x", consent="1", store=str(self.store_a.id)
        )
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(self.env["res.partner"]._dealer_find_by_phone(["+8619900779996"]))

    def test_nobody_of_the_house_by_a_code(self):
        self.service_advisor.partner_id.write({"is_dealer_customer": True, "phone": "19900779995"})
        number = self.service_advisor.partner_id.phone_normalized
        answer = self.post("/my/sign-in/code", self.ask(number), code=self.code(number))
        self.assertIn("by name and password", answer.text)
        with mute_logger("odoo.addons.base.models.res_users"), self.assertRaises(AccessDenied):
            users = self.env["res.users"]
            credential = users._dealer_sms_credential(self.service_advisor)
            self.service_advisor.with_user(self.service_advisor)._check_credentials(credential, {})

    def test_proof_is_signed_and_of_one_person(self):
        users = self.env["res.users"]
        one = self.owner.partner.sudo()._dealer_portal_user()
        two = self.make_customer("Two").partner.sudo()._dealer_portal_user()
        credential = users._dealer_sms_credential(one)
        good = one.with_user(one)._check_credentials(credential, {})
        self.assertEqual(good["uid"], one.id)
        for forged in (
            {**credential, "login": two.login},
            {"login": two.login, "type": "dealer_sms"},
            {"login": two.login, "type": "dealer_sms", "proof": credential["proof"][:-4] + "AAAA"},
        ):
            with self.assertRaises(AccessDenied):
                two.with_user(two)._check_credentials(forged, {})

    def test_bad_input(self):
        for phone in ("", "abc", "0574-66880001", "1" * 39):
            self.assertEqual(self.ask(phone).status_code, 422, phone)
        page = self.ask(self.number)
        answer = self.url_open(
            "/my/sign-in/code",
            data={"csrf_token": self.field(page, "csrf_token"), "sheet": "x", "code": "123456"},
        )
        self.assertEqual(answer.status_code, 422)

    def test_no_other_site(self):
        for target in ("https://evil.example", "//evil.example", "/my/\\evil.example", "/web"):
            answer = self.url_open(f"/my/sign-in?redirect={target}")
            self.assertEqual(self.field(answer, "redirect"), "/my/appointments")
