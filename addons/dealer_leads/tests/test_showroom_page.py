from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import hash_sign, mute_logger

from odoo.addons.dealer_leads.models.dealer_relation_page_view import LINK_SCOPE

from .test_showroom import ShowroomCase

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0"}
BOT = {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}


class TestShowroomPage(ShowroomCase, HttpCase):
    """What visitors do in a browser."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.hidden = self.make_car("藏", published=False)

    def page(self, path, **kw):
        return self.url_open(path, headers=PHONE, **kw)

    def seen(self, car=None, headers=None, **params):
        answer = self.url_open(
            "/showroom/seen",
            json={"params": params or {"car_id": (car or self.car).id}},
            headers=headers or PHONE,
        )
        return answer.json().get("result")

    def become(self, customer=None):
        """Open the personal link of a customer."""
        url = (customer or self.buyer).relation._showroom_url()
        answer = self.page(url[url.index("/showroom") :], allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertNotIn("me=", answer.headers["Location"])
        return answer

    def rows(self):
        self.env.invalidate_all()
        return self.views.search([])

    def test_car(self):
        self.car.write({"price_from": 189900, "price_to": 268900})
        page = self.page(f"/showroom/car/{self.car.id}?store=T-A")
        self.assertEqual(page.status_code, 200)
        self.assertIn("<title>大众 甲 | Store A</title>", page.text)
        self.assertIn("18.99", page.text)
        self.assertIn("about=price", page.text)
        self.assertNotIn("Canary", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

    def test_store_choice(self):
        self.make_car("别处", unit_id=self.store_b.id)
        self.make_car("处处", unit_id=False)
        here = self.page("/showroom?store=T-A").text
        for series, shown in (("甲", True), ("处处", True), ("别处", False), ("藏", False)):
            self.assertEqual(f"大众 {series}" in here, shown, series)
        everywhere = self.page("/showroom?store=").text
        self.assertIn("大众 别处", everywhere)

    def test_unpublished(self):
        for path in (
            f"/showroom/car/{self.hidden.id}",
            f"/showroom/picture/car/{self.hidden.id}",
            "/showroom/car/999999999",
            "/showroom/car/99999999999999999999",
            "/showroom/article/99999999999999999999",
            "/showroom/picture/users/1",
            "/showroom/picture/car/0",
        ):
            self.assertEqual(self.page(path).status_code, 404, path)
        self.assertNotIn("大众 藏", self.page("/showroom?store=").text)
        self.authenticate("t_marketing_manager", "t_marketing_manager")
        preview = self.page(f"/showroom/car/{self.hidden.id}")
        self.assertEqual(preview.status_code, 200)
        self.assertIn("Preview", preview.text)

    def test_unknown_visitor_is_not_counted(self):
        page = self.page(f"/showroom/car/{self.car.id}")
        self.assertIn("Call Me Back", page.text)
        self.assertIs(self.seen(), False)
        self.assertFalse(self.rows())

    def test_personal_link(self):
        self.sales_consultant.partner_id.phone = "139 5742 0001"
        self.become()
        page = self.page(f"/showroom/car/{self.car.id}")
        self.assertIn(self.sales_consultant.name, page.text)
        self.assertIn("tel:13957420001", page.text)
        self.assertNotIn(self.buyer.partner.name, page.text, "nothing of the file is shown")
        self.assertNotIn(self.buyer.partner.phone, page.text)
        self.assertEqual(self.page("/showroom/consultant").status_code, 200)
        self.assertTrue(self.seen())
        self.assertTrue(self.seen())
        row = self.rows()
        self.assertEqual((row.relation_id, row.count), (self.buyer.relation, 2))

    def test_machines_are_not_counted(self):
        self.become()
        self.assertFalse(self.seen(headers=BOT))
        self.assertFalse(self.seen(headers={"User-Agent": ""}))
        self.opener.cookies.clear()
        self.assertFalse(self.seen())
        self.assertFalse(self.rows())

    def test_forged_links(self):
        url = self.buyer.relation._showroom_url()
        token = url.partition("me=")[2]
        for forged in (token[:-4] + "AAAA", "x", "", "a" * 5000, "%00", "ünïcode"):
            page = self.page("/showroom", params={"me": forged})
            self.assertEqual(page.status_code, 200, forged)
            self.assertIn("Call Me Back", page.text)
        old = hash_sign(
            self.env, LINK_SCOPE, {"relation": self.buyer.relation.id}, expiration_hours=-1
        )
        self.assertIn("Call Me Back", self.page("/showroom", params={"me": old}).text)
        self.assertIn(self.sales_consultant.name, self.page("/showroom", params={"me": token}).text)

    def test_portal_customer(self):
        portal = self.env.ref("base.group_portal")
        self.env["res.users"].create(
            {
                "login": "t_portal_buyer",
                "password": "t_portal_buyer",
                "partner_id": self.buyer.partner.id,
                "group_ids": [(6, 0, portal.ids)],
            }
        )
        self.authenticate("t_portal_buyer", "t_portal_buyer")
        self.assertIn(self.sales_consultant.name, self.page("/showroom").text)
        self.assertTrue(self.seen())
        self.assertEqual(self.rows().partner_id, self.buyer.partner)

    def test_colleagues_are_not_counted(self):
        self.authenticate("t_sales_consultant", "t_sales_consultant")
        self.assertFalse(self.seen())

    @mute_logger("odoo.http")
    def test_rubbish(self):
        self.become()
        for value in (None, "1", 1.5, True, -1, 0, 2**31, 2**70, [1], {"a": 1}, self.hidden.id):
            self.assertFalse(self.seen(car_id=value), value)
        self.assertFalse(self.rows())
        self.assertEqual(self.url_open("/showroom/seen", headers=PHONE).status_code, 405)

    def agree_on_page(self, agree, **values):
        data = {
            "agree": agree,
            "store": "T-A",
            "csrf_token": Request.csrf_token(self),
            **values,
        }
        with mute_logger("odoo.http"):
            return self.url_open(
                "/showroom/consent", data=data, headers=PHONE, allow_redirects=False
            )

    def test_consent_is_given_and_withdrawn(self):
        self.become(self.mate)
        self.page("/showroom")
        self.assertFalse(self.seen())
        self.assertEqual(self.agree_on_page("1").status_code, 303)
        self.assertEqual(self.agree_on_page("1").status_code, 303)
        domain = [("partner_id", "=", self.mate.partner.id), ("purpose", "=", "profiling")]
        consent = self.env["dealer.consent"].search(domain)
        self.assertEqual((len(consent), consent.source, consent.state), (1, "form", "given"))
        self.assertTrue(self.seen())
        self.agree_on_page("0")
        self.env.invalidate_all()
        self.assertEqual(consent.state, "withdrawn")
        self.assertFalse(self.seen())

    def test_consent_of_nobody(self):
        self.page("/showroom")
        before = self.env["dealer.consent"].search_count([])
        self.assertEqual(self.agree_on_page("1").status_code, 404)
        self.become(self.mate)
        self.assertEqual(self.agree_on_page("1", csrf_token="x").status_code, 400)
        self.assertEqual(self.agree_on_page("1", store="T-B").status_code, 404)
        self.assertEqual(self.env["dealer.consent"].search_count([]), before)

    def test_lowest_price(self):
        form = self.page("/lead?store=T-A&car=大众+甲&about=price").text
        self.assertIn("大众 甲", form)
        self.assertIn("What is the lowest price?", form)
        self.assertIn('name="about"', form)
        row = self.receive(self.prepare_lead(1), source="webform")
        row.asked_price = True
        self.inbox._drain()
        self.inbox.invalidate_model()
        insight = self.insights.search([("lead_id", "=", row.lead_id.id)])
        self.assertEqual((insight.kind, insight.source), ("price", "page"))
        self.assertEqual(row.lead_id.dealer_price_sensitivity, 3)
