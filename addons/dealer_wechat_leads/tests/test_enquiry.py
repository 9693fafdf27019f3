from urllib.parse import urlsplit

from odoo.tests import HttpCase

from odoo.addons.dealer_leads.tests import test_lead_page
from odoo.addons.dealer_leads.tests.common import LeadsCase
from odoo.addons.dealer_wechat.tests.common import FromMenu


class TestEnquiry(FromMenu, LeadsCase, HttpCase):
    """A follower asks for the lowest price from the menu of the chat."""

    send = test_lead_page.TestLeadPage.send
    rows = test_lead_page.TestLeadPage.rows

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("dealer_leads.page_seconds", "0")
        cls.make_follower(user_id=cls.teammate.id)

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def test_enquiry_is_the_consultants_by_whose_code_the_follower_came(self):
        answer = self.open_from_menu("/lead%3Fabout%3Dprice")
        self.assertEqual(urlsplit(answer.url).path, "/lead")
        self.assertIn("about=price", answer.url)
        self.assertEqual(self.send(about="price").status_code, 303)
        row = self.rows()
        self.assertEqual(row.wechat_identity_id, self.fan)
        self.inbox._drain()
        self.assertEqual(row.lead_id.user_id, self.teammate)
        self.assertEqual(row.lead_id.dealer_relation_id.consultant_id, self.teammate)
        self.assertFalse(self.fan.partner_id, "a typed number binds nobody")

    def test_who_serves_the_customer_goes_before_the_code(self):
        known = self.make_customer("Known", consultant_id=self.sales_consultant.id)
        self.open_from_menu("/lead")
        self.send(phone=known.partner.phone)
        self.inbox._drain()
        self.assertEqual(self.rows().lead_id.user_id, self.sales_consultant)

    def test_talk_is_kept_while_the_lead_is_open(self):
        known = self.make_customer("Known", consultant_id=self.sales_consultant.id)
        self.fan.partner_id = known.partner
        self.assertFalse(self.fan._talk_held())
        self.send(phone=known.partner.phone)
        self.inbox._drain()
        lead = self.rows().lead_id
        self.assertEqual(self.fan._talk_held(), self.fan)
        lead.action_set_lost()
        self.assertFalse(self.fan._talk_held())

    def test_code_of_somebody_who_left(self):
        self.teammate.active = False
        self.open_from_menu("/lead")
        self.send()
        self.inbox._drain()
        self.assertNotEqual(self.rows().lead_id.user_id, self.teammate)

    def test_without_wechat_as_before(self):
        self.assertEqual(self.send().status_code, 303)
        self.assertFalse(self.rows().wechat_identity_id)

    def test_pages_for_the_menu(self):
        pages = self.env["dealer.wechat.menu"]._pages()
        self.assertIn("/test-drive", pages)
        for path in ("/lead?about=price", "/showroom", "/test-drive"):
            self.assertEqual(self.url_open(path).status_code, 200, path)
