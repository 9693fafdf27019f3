import re
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.dealer_leads.models.dealer_lead_inbox_page import CONSENT_VERSION

from .common import LeadsCase

SHEET = re.compile(r'name="sheet" value="([^"]+)"')


class TestLeadPage(LeadsCase, HttpCase):
    """What customers do in a browser. The page does not wait for slow readers here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param("dealer_leads.page_seconds", "0")
        cls.customer = cls.make_customer("Known", consultant_id=cls.sales_consultant.id)

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def send(self, url="/lead", sheet=None, token=True, **values):
        opened = self.url_open(url)
        self.assertEqual(opened.status_code, 200)
        data = {
            "store": "T-A",
            "name": "王先生",
            "phone": "19900790001",
            "car": "速腾",
            "message": "最低多少钱",
            "consent": "1",
            "sheet": sheet or SHEET.search(opened.text)[1],
            **({"csrf_token": Request.csrf_token(self)} if token else {}),
            **values,
        }
        data = {name: value for name, value in data.items() if value is not None}
        with mute_logger("odoo.http"):
            return self.url_open(url, data=data, allow_redirects=False)

    def rows(self):
        self.env.invalidate_all()
        return self.inbox.search([("source", "in", ("webform", "referral"))], order="id")

    def assert_refused(self, answer, words=None):
        self.assertEqual(answer.status_code, 422, answer.text[:2000])
        self.assertFalse(self.rows())
        if words:
            self.assertIn(words, answer.text)

    def test_enquiry_becomes_a_lead(self):
        self.assertEqual(self.send().status_code, 303)
        row = self.rows()
        self.assertEqual(row.unit_id or row.store_code, "T-A")
        self.inbox._drain()
        lead = row.lead_id
        self.assertEqual(lead.dealer_unit_id, self.store_a)
        self.assertEqual(lead.partner_id.phone, "19900790001")
        self.assertEqual(lead.dealer_series, "速腾")
        consent = lead.partner_id.dealer_consent_ids
        self.assertEqual(consent.mapped("purpose"), ["service"], "the second box stayed unticked")
        self.assertEqual((consent.source, consent.text_version), ("form", CONSENT_VERSION))

    def test_second_box(self):
        self.send(marketing="1")
        self.inbox._drain()
        consents = self.rows().lead_id.partner_id.dealer_consent_ids
        self.assertEqual(set(consents.mapped("purpose")), {"service", "marketing"})

    def test_consent_is_not_taken_from_platforms(self):
        lead = self.prepare_lead(1, consent_version="x", consent_marketing=True)
        row = self.take_in(lead, source="webform")
        self.assertFalse(row.lead_id.partner_id.dealer_consent_ids)

    def test_boxes_are_unticked(self):
        page = self.url_open("/lead").text
        for box in ("consent", "marketing"):
            field = re.search(rf'<input[^>]*id="{box}"[^>]*>', page)[0]
            self.assertNotIn("checked", field)

    def test_known_or_not_the_answer_is_the_same(self):
        answers = [self.send(phone=phone) for phone in (self.customer.partner.phone, "19900790002")]
        told = {(answer.status_code, answer.headers["Location"]) for answer in answers}
        self.assertEqual(len(told), 1)
        page = self.url_open("/lead/thanks").text
        self.assertNotIn(self.customer.partner.name, page)
        self.inbox._drain()
        self.assertIn(self.customer.partner, self.rows().lead_id.partner_id)

    def test_what_is_to_be_mended(self):
        self.assert_refused(self.send(consent=None), "Please tick that you agree")
        self.assert_refused(self.send(phone="12345"), "is-invalid")
        self.assert_refused(self.send(phone="4008123123"), "hotline")
        self.assert_refused(self.send(name=""), "How may we address you?")
        self.assert_refused(self.send(store="T-EAST"), "Choose the store.")
        shown = self.send(message="<b>bold</b>", consent=None).text
        self.assertIn("&lt;b&gt;bold", shown)

    def test_machines(self):
        self.assert_refused(self.send(company_site="https://x.example"))
        self.assert_refused(self.send(sheet="forged"), "open for long")
        self.parameters.set_param("dealer_leads.page_seconds", "60")
        self.assert_refused(self.send(), "very fast")

    def test_csrf(self):
        self.assertEqual(self.send(token=False).status_code, 400)
        self.assertFalse(self.rows())

    def test_sent_twice(self):
        sheet = SHEET.search(self.url_open("/lead").text)[1]
        for _again in range(2):
            self.assertEqual(self.send(sheet=sheet).status_code, 303)
        self.assertEqual(len(self.rows()), 1)

    def test_limit_per_number(self):
        self.parameters.set_param("dealer_leads.limit_number", "2")
        for _each in range(2):
            self.assertEqual(self.send().status_code, 303)
        answer = self.send(phone="+86 199 0079 0001")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("several enquiries", answer.text)
        self.assertEqual(self.send(phone="19900790003").status_code, 303)
        self.assertEqual(len(self.rows()), 3)

    def test_limit_per_address(self):
        self.parameters.set_param("dealer_leads.limit_address", "2")
        for number in range(2):
            self.assertEqual(self.send(phone=f"1990079001{number}").status_code, 303)
        answer = self.send(phone="19900790019")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("from your network", answer.text)
        self.assertFalse(self.env["dealer.page.attempt"].search([("key", "ilike", "127.0")]))

    def test_referral_of_a_customer(self):
        link = (
            self.env["dealer.referral"]
            .with_user(self.sales_consultant)
            ._get_or_make(self.customer.relation.with_user(self.sales_consultant))
        )
        again = self.env["dealer.referral"]._get_or_make(self.customer.relation)
        self.assertEqual(again, link)
        page = self.url_open(f"/lead/{link.code}").text
        self.assertNotIn("Canary", page, "the page does not say who recommends")
        self.assertIn(self.store_a.name, page)
        self.assertEqual(self.send(f"/lead/{link.code}", store=None).status_code, 303)
        self.inbox._drain()
        lead = self.rows().lead_id
        self.assertEqual(lead.dealer_referral_id, link)
        self.assertEqual(lead.dealer_referrer_name, self.customer.partner.name)
        self.assertEqual(lead.source_id.dealer_code, "referral")
        self.assertEqual(lead.dealer_unit_id, self.store_a)
        self.assertEqual(link.lead_count, 1)

    def test_referral_of_a_colleague(self):
        action = (
            self.env["dealer.referral"]
            .with_user(self.sales_consultant)
            .with_company(self.store_a.company_id)
            .action_mine()
        )
        link = self.env["dealer.referral"].browse(action["res_id"])
        self.assertEqual(link.user_id, self.sales_consultant)
        self.assertEqual(link.referrer_name, self.sales_consultant.name)
        link.active = False
        self.assertEqual(self.send(f"/lead/{link.code}").status_code, 303)
        self.assertEqual(self.rows().source, "webform", "an ended link is a plain page")

    def test_who_sees_links(self):
        link = self.env["dealer.referral"]._get_or_make(self.customer.relation)
        for user, sees in (
            (self.sales_consultant, True),
            (self.sales_manager, True),
            (self.teammate, False),
            (self.consultant_b, False),
        ):
            self.assertEqual(link.with_user(user).has_access("read"), sees, user.login)
            self.assertFalse(link.with_user(user).has_access("write"), user.login)
        for user in (self.teammate, self.consultant_b, self.reception):
            model = self.env["dealer.referral"].with_user(user)
            relation = self.customer.relation.with_user(user)
            self.assertTrue(self.attempt(lambda model=model, row=relation: model._get_or_make(row)))

    def test_merged_customer_keeps_the_link(self):
        link = self.env["dealer.referral"]._get_or_make(self.customer.relation)
        other = self.make_customer("Other")
        other.partner._dealer_merge(self.customer.partner)
        self.assertEqual(link.relation_id, other.relation)

    def test_nothing_is_looked_up(self):
        """Whether a number is known is not even asked before the answer."""
        partners = type(self.env["res.partner"])
        with patch.object(partners, "_dealer_find_by_phone", side_effect=AssertionError):
            self.assertEqual(self.send().status_code, 303)
