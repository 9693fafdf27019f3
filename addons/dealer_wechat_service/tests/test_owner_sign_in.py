from urllib.parse import urlsplit

from odoo.tests import tagged

from odoo.addons.dealer_service.tests.test_sign_in import SignInCase
from odoo.addons.dealer_wechat.tests.common import FromMenu


@tagged("post_install", "-at_install")
class TestOwnerSignIn(FromMenu, SignInCase):
    """A follower opens the own pages; the number is typed once, or never."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_follower()

    def test_known_follower_is_signed_in(self):
        self.fan._bind(self.owner.partner, "phone")
        answer = self.open_from_menu("/my/appointments")
        self.assertEqual(urlsplit(answer.url).path, "/my/appointments")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self.owner.partner.user_ids.login_date)

    def test_who_is_not_known_types_the_number_once(self):
        answer = self.open_from_menu("/my/appointments")
        self.assertEqual(urlsplit(answer.url).path, "/my/sign-in")
        sent = self.post("/my/sign-in", answer, phone=self.number)
        answer = self.post("/my/sign-in/code", sent, code=self.code())
        self.assertTrue(answer.url.endswith("/my/appointments"), answer.url)
        self.assertEqual(self.fan.partner_id, self.owner.partner)
        self.assertEqual(self.fan.bound_how, "phone")

    def test_wrong_code_binds_nobody(self):
        answer = self.open_from_menu("/my/appointments")
        sent = self.post("/my/sign-in", answer, phone=self.number)
        self.post("/my/sign-in/code", sent, code=self.wrong(self.code()))
        self.assertFalse(self.fan.partner_id)

    def test_bound_one_is_not_bound_to_another(self):
        other = self.make_customer("Other").partner
        self.fan._bind(other, "hand")
        self.fan.partner_id.user_ids.active = False
        self.url_open("/web/session/logout")
        answer = self.ask(self.number)
        self.post("/my/sign-in/code", answer, code=self.code())
        self.assertEqual(self.fan.partner_id, other)

    def test_staff_are_not_signed_in(self):
        self.fan._bind(self.sales_consultant.partner_id, "hand")
        answer = self.open_from_menu("/my/appointments")
        self.assertEqual(urlsplit(answer.url).path, "/my/sign-in")

    def test_pages_for_the_menu(self):
        pages = self.env["dealer.wechat.menu"]._pages()
        self.assertIn("/my/appointments", pages)
        for path in pages:
            self.assertNotEqual(self.url_open(path).status_code, 404, path)
