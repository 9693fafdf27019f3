from urllib.parse import parse_qs, urlsplit

from odoo.tests import tagged

from odoo.addons.dealer_complaint.tests.page import PageCase
from odoo.addons.dealer_wechat.controllers.sign_in import WHO
from odoo.addons.dealer_wechat.tests.common import FromMenu


@tagged("post_install", "-at_install")
class TestComplaintFromMenu(FromMenu, PageCase):
    """A follower complains from the menu of the chat; WeChat says who it is, nobody else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_follower()
        cls.partner = cls.customer.partner

    def enter(self, path="/complaint", bound=True):
        """Open a page from the menu; the customer's log-in is another addon's."""
        answer = self.open_from_menu(path)
        if bound:
            # Afterwards, so that nobody is logged in: the identity alone says who it is.
            self.fan._bind(self.partner, "phone")
            answer = self.url_open(path)
        return answer

    def log_in(self, login):
        """Log in on the phone on which the follower opened the page."""
        who = {"id": self.fan.id, "account": self.account.id}
        self.authenticate(login, login, session_extra={WHO: who})

    def look_at_snapshot(self, path="/complaint"):
        self.platform.answers["/sns/oauth2/access_token"] = [
            {"openid": "o_made_up", "is_snapshotuser": 1}
        ]
        return self.open_from_menu(path)

    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------

    def test_known_follower_types_no_number(self):
        page = self.enter().text
        self.assertIn("We know who you are", page)
        self.assertNotIn('name="name"', page)
        self.assertNotIn(self.partner.phone, page)
        case = self.sent_case(url="/complaint", phone="", name=None, store=self.store_a.code)
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.partner_name, self.partner.name)
        self.assertTrue(case.is_sender_proved)
        self.assertEqual(case.source, "wechat")
        self.assertEqual(case.wechat_identity_id, self.fan)
        self.assertEqual(case.company_id, self.store_a.company_id)
        consents = self.env["dealer.consent"].search([("partner_id", "=", self.partner.id)])
        self.assertIn(case.consent_version, consents.mapped("text_version"))

    def test_known_follower_who_is_logged_in(self):
        self.fan._bind(self.partner, "phone")
        self.log_in("t_portal")
        case = self.sent_case(url="/complaint", phone="")
        self.assertEqual((case.partner_id, case.source), (self.partner, "wechat"))
        self.assertEqual(case.wechat_identity_id, self.fan)
        self.assertTrue(case.is_sender_proved)

    def test_store_of_the_account_is_chosen(self):
        self.assertNotIn(f'value="{self.store_a.code}"/>', self.url_open("/complaint").text)
        page = self.enter().text
        self.assertIn(f'name="store" value="{self.store_a.code}"', page)
        self.assertNotIn(self.store_b.name, page)

    def test_unknown_follower_gives_the_number_which_binds_nobody(self):
        page = self.enter(bound=False).text
        self.assertNotIn("We know who you are", page)
        answer = self.send("/complaint", phone="")
        self.assert_nothing_new(answer, "Give a number to be called")
        case = self.sent_case(url="/complaint", phone=self.partner.phone)
        self.assertEqual(case.partner_id, self.partner)
        self.assertFalse(case.is_sender_proved)
        self.assertEqual((case.source, case.wechat_identity_id), ("wechat", self.fan))
        self.assertFalse(self.fan.partner_id)
        # Whose number was typed is not who looks now.
        answer = self.url_open("/my/complaints")
        self.assertNotIn(case.number, answer.text)

    def test_anonymous_leaves_no_trace(self):
        self.enter()
        case = self.sent_case(url="/complaint", anonymous="1", phone="")
        self.assertEqual((case.source, case.is_anonymous), ("wechat", True))
        self.assertFalse(case.partner_id | case.wechat_identity_id.partner_id)
        self.assertFalse(case.wechat_identity_id)
        self.assertFalse(case.is_sender_proved)

    def test_without_wechat_as_before(self):
        case = self.sent_case()
        self.assertEqual((case.source, case.is_sender_proved), ("page", False))
        self.assertFalse(case.wechat_identity_id)

    def test_personal_link_of_another_customer(self):
        """The link says whose complaint it is; the chat of who holds the phone is no way to answer."""
        link = self.other.partner.dealer_relation_ids._complaint_url().rpartition("/")[2]
        self.enter()
        case = self.sent_case(url=f"/complaint/{link}", phone="")
        self.assertEqual((case.partner_id, case.source), (self.other.partner, "wechat"))
        self.assertFalse(case.wechat_identity_id)

    def test_who_is_logged_in_is_who_is_logged_in(self):
        self.fan._bind(self.partner, "phone")
        self.log_in("t_portal_other")
        case = self.sent_case(url="/complaint", phone="")
        self.assertEqual((case.partner_id, case.source), (self.other.partner, "wechat"))
        self.assertFalse(case.wechat_identity_id)

    def test_staff_are_no_customer(self):
        self.partner = self.sales_consultant.partner_id
        self.assertNotIn("We know who you are", self.enter().text)
        answer = self.url_open("/my/complaints", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    # ------------------------------------------------------------
    # A snapshot
    # ------------------------------------------------------------

    def test_snapshot_only_reads(self):
        page = self.look_at_snapshot()
        self.assertEqual(urlsplit(page.url).path, "/complaint")
        self.assertIn("This is a preview by WeChat", page.text)
        self.assertIn(self.account._page_url("/complaint"), page.text)
        answer = self.send("/complaint")
        self.assert_nothing_new(answer, "Open the whole page to send the complaint")
        self.assertFalse(self.env["dealer.wechat.identity"].search([("value", "=", "o_made_up")]))
        # The whole page, by a person.
        self.platform.answers["/sns/oauth2/access_token"] = [{"openid": "o1"}]
        self.assertNotIn("This is a preview", self.open_from_menu("/complaint").text)
        self.assertEqual(self.sent_case(url="/complaint").wechat_identity_id, self.fan)

    def test_snapshot_of_the_own_page_only_reads(self):
        case = self.register()
        self.look_at_snapshot()
        for action, values in (
            ("write", {"text": "More"}),
            ("withdraw", {"sure": "1"}),
            ("rate", {"stars": "5"}),
        ):
            answer = self.act(case, action, case.access_token, **values)
            self.assertEqual(answer.status_code, 422, action)
            self.assertIn("you may look at it", answer.text)
        self.env.invalidate_all()
        self.assertEqual(case.case_state, "registered")
        self.assertFalse(case._customer_messages())

    def test_snapshot_does_not_inherit_who_was_there(self):
        case = self.register()
        self.enter()
        self.account = self.account.copy({"appid": "wxtest02", "original_id": "gh_test000002"})
        self.account.write({"new_secret": "s", "new_token": "t", "new_aes_key": "a" * 43})
        self.account.platform_url = "http://127.0.0.1:1"
        self.look_at_snapshot()
        self.assertNotIn(case.number, self.url_open("/my/complaints").text)

    # ------------------------------------------------------------
    # The own complaints
    # ------------------------------------------------------------

    def test_own_complaints_and_how_they_go_on(self):
        case = self.register()
        foreign = self.register(partner_id=self.other.partner.id, vehicle_id=False)
        page = self.enter("/my/complaints")
        self.assertEqual(urlsplit(page.url).path, "/my/complaints")
        self.assertIn(case.number, page.text)
        self.assertNotIn(foreign.number, page.text)
        self.assertIn("Taken Up", self.url_open(f"/my/complaints/{case.id}").text)
        answer = self.url_open(f"/my/complaints/{foreign.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        answer = self.act(case, "write", text="Still noisy")
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        self.assertIn("Still noisy", str(case._customer_messages().mapped("body")))
        answer = self.act(foreign, "write", text="Not mine")
        self.assertFalse(foreign._customer_messages())

    def test_known_follower_from_the_menu(self):
        case = self.register()
        self.fan._bind(self.partner, "phone")
        page = self.open_from_menu("/my/complaints")
        self.assertEqual(urlsplit(page.url).path, "/my/complaints")
        self.assertIn(case.number, page.text)

    def test_unknown_follower_says_who_it_is(self):
        self.enter(bound=False)
        answer = self.url_open("/my/complaints", allow_redirects=False)
        where = urlsplit(answer.headers["Location"])
        self.assertEqual(where.path, self.env["dealer.wechat.menu"]._sign_in_page())
        self.assertEqual(parse_qs(where.query), {"redirect": ["/my/complaints"]})
        self.assertNotEqual(self.url_open(where.path).status_code, 404)

    def test_visitor_logs_in_as_before(self):
        answer = self.url_open("/my/complaints", allow_redirects=False)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")

    def test_who_is_rebound_sees_what_is_then_the_own(self):
        case = self.register()
        self.enter("/my/complaints")
        self.fan._bind(self.other.partner, "hand")
        self.assertNotIn(case.number, self.url_open("/my/complaints").text)

    def test_pages_for_the_menu(self):
        pages = self.env["dealer.wechat.menu"]._pages()
        for path in ("/complaint", "/my/complaints"):
            self.assertIn(path, pages)
            self.assertEqual(self.url_open(path).status_code, 200, path)
