from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.dealer_clock.tests.common import at

from .page import PageCase, photo

SECRETS = ("FactsOfStaff", "FeelingsOfStaff", "OpinionOfStaff", "NoteOfStaff")


@tagged("post_install", "-at_install")
class TestPortal(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.make_case(cls.customer)
        cls.strange = cls.make_case(cls.other)

    @classmethod
    def make_case(cls, customer):
        """Take in a complaint of a customer who is signed in."""
        return cls.tickets._receive_complaint(
            {
                "unit": cls.store_a,
                "facts": f"Words{customer.tag}",
                "partner": customer.partner,
            }
        )

    def work_on(self, case):
        """Let staff work on it and leave what customers do not read."""
        now = fields.Datetime.now()
        case.with_user(self.care_agent).action_register()
        case.with_user(self.care_agent).write({"feelings": "FeelingsOfStaff"})
        case.with_user(self.care_agent).message_post(body="NoteOfStaff")
        for name, user in (
            ("care_opinion", self.care_manager),
            ("gm_opinion", self.general_manager),
        ):
            self.step(case, name, user, now, opinion="OpinionOfStaff")
        self.step(
            case,
            "dispatch",
            self.service_manager,
            now,
            opinion="OpinionOfStaff",
            handler_id=self.service_advisor.id,
        )

    def to_end(self, case):
        now = fields.Datetime.now()
        self.work_on(case)
        case.with_user(self.service_advisor).action_start()
        self.name_cause(case)
        self.step(case, "return", self.service_advisor, now)
        self.step(case, "check", self.care_manager, now)
        self.step(case, "satisfied", self.care_agent, now)

    # ------------------------------------------------------------ reading

    def test_list_and_counter(self):
        self.authenticate("t_portal", "t_portal")
        page = self.url_open("/my/complaints").text
        self.assertIn(self.mine.number, page)
        self.assertNotIn(self.strange.number, page)
        count = self.make_jsonrpc_request("/my/counters", {"counters": ["complaint_count"]})
        self.assertEqual(count["complaint_count"], 1)
        home = self.url_open("/my/home").text
        self.assertIn('href="/my/complaints"', home)
        self.assertIn('<span class="badge text-bg-primary">1</span>', home)

    def test_own_page(self):
        self.work_on(self.mine)
        self.mine.with_user(self.care_agent).message_post(
            body="AnswerOfStaff", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.authenticate("t_portal", "t_portal")
        page = self.url_open(f"/my/complaints/{self.mine.id}").text
        for words in ("Wordscase", "AnswerOfStaff", "Our answer is ready by"):
            self.assertIn(words, page)
        staff = self.care_agent | self.care_manager | self.service_advisor | self.general_manager
        for secret in (*SECRETS, *staff.mapped("name")):
            self.assertNotIn(secret, page)

    def test_guessing(self):
        """Ids of others, of plain tickets and of none answer alike, with and without a sign-in."""
        ticket = self.tickets.create(
            {"name": "x", "description": "x", "company_id": self.env.ref("base.main_company").id}
        )
        token = self.mine.access_token
        for login in ("t_portal", None):
            self.authenticate(login, login)
            for case_id in (self.strange.id, ticket.id, 999_999_999):
                for query in ("", "?access_token=x", f"?access_token={token}"):
                    answer = self.url_open(
                        f"/my/complaints/{case_id}{query}", allow_redirects=False
                    )
                    self.assertEqual(answer.status_code, 303, (login, case_id, query))
                    self.assertNotIn("complaints", answer.headers["Location"])

    def test_token(self):
        page = self.url_open(f"/my/complaints/{self.mine.id}?access_token={self.mine.access_token}")
        self.assertIn("Wordscase", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "same-origin")

    def test_no_other_door(self):
        """By RPC, by helpdesk_mgmt's own pages and by Odoo's chatter there is no complaint."""
        self.work_on(self.mine)
        mine = self.mine.with_user(self.portal)
        self.assertFalse(self.tickets.with_user(self.portal).search([("id", "=", self.mine.id)]))
        for action in (
            lambda: mine.read(["name"]),
            lambda: mine.read(["facts", "feelings", "handler_id"]),
            lambda: mine.write({"name": "x"}),
            lambda: mine.event_ids.read(["words"]),
            lambda: mine.message_post(body="x"),
        ):
            with self.assertRaises(AccessError):
                action()
        self.authenticate("t_portal", "t_portal")
        self.assertNotIn(self.mine.number, self.url_open("/my/tickets").text)
        token = self.mine.access_token
        for query in ("", f"?access_token={token}"):
            answer = self.url_open(f"/my/ticket/{self.mine.id}{query}", allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertIn(f"/my/complaints/{self.mine.id}{query}", answer.headers["Location"])
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                "/mail/chatter_fetch",
                {"thread_model": "helpdesk.ticket", "thread_id": self.mine.id, "token": token},
            )
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                "/mail/message/post",
                {
                    "thread_model": "helpdesk.ticket",
                    "thread_id": self.mine.id,
                    "post_data": {"body": "x"},
                    "token": token,
                },
            )
        self.assertFalse(self.mine.message_ids.filtered(lambda message: message.body == "x"))

    def test_typed_number_proves_nothing(self):
        """What a stranger wrote under my number is not mine before care has called."""
        case = self.sent_case()
        self.assertEqual(case.partner_id, self.customer.partner)
        self.authenticate("t_portal", "t_portal")
        self.assertNotIn(case.number, self.url_open("/my/complaints").text)
        case.with_user(self.care_agent).action_register()
        self.assertIn(case.number, self.url_open("/my/complaints").text)

    def test_words_of_every_step(self):
        """No step is without words, and none shows the words of the office."""
        for state, _label in self.mine._fields["case_state"].selection:
            self.env.cr.execute(
                "UPDATE helpdesk_ticket SET case_state = %s WHERE id = %s", (state, self.mine.id)
            )
            self.mine.invalidate_recordset()
            status = self.mine._customer_status()
            self.assertTrue(status["title"] and status["text"], state)
            self.assertIn(status["progress"], (1, 2, 3, 4))
            self.assertNotIn("opinion", status["text"].lower())

    def test_with_the_general_manager(self):
        with freeze_time(at(9)):
            case = self.tickets._receive_complaint({"unit": self.store_a, "facts": "x"})
            case.with_user(self.care_agent).action_register()
            self.assertIn("by", case._customer_status()["text"])
        with freeze_time(at(10, day=1)):
            self.env["dealer.clock"]._drain()
            self.assertIn("general manager", case._customer_status()["text"])

    # ------------------------------------------------------------ doing

    def test_add_words_and_photo(self):
        self.work_on(self.mine)
        self.authenticate("t_portal", "t_portal")
        answer = self.act(
            self.mine,
            "write",
            text="<b>more</b> of it",
            files=[("photos", ("a.jpg", photo(), "image/jpeg"))],
        )
        self.assertEqual(answer.status_code, 303)
        message = self.mine._customer_messages()[-1:]
        self.assertIn("&lt;b&gt;more&lt;/b&gt;", message.body)
        self.assertEqual(message.attachment_ids.mimetype, "image/jpeg")
        self.assertEqual(message.author_id, self.customer.partner)
        self.assertIn(self.service_advisor.partner_id, message.notified_partner_ids)
        kinds = self.mine.event_ids.mapped("kind")
        self.assertTrue({"message", "file"} <= set(kinds))

    def test_add_nothing_or_hostile(self):
        self.authenticate("t_portal", "t_portal")
        before = self.mine._customer_messages()
        self.assertEqual(self.act(self.mine, "write", text=" ").status_code, 422)
        answer = self.act(
            self.mine, "write", text="x", files=[("photos", ("a.jpg", b"<svg/>", "image/jpeg"))]
        )
        self.assertIn("is no photo", answer.text)
        self.assertEqual(self.mine._customer_messages(), before)

    def test_strangers_act_on_nothing(self):
        for login in ("t_portal_other", None, "t_care_agent"):
            self.authenticate(login, login)
            for action in ("write", "withdraw", "rate"):
                answer = self.act(self.mine, action, text="x", sure="1", stars="1")
                self.assertIn(answer.status_code, (303, 422), (login, action))
        self.env.invalidate_all()
        self.assertEqual(self.mine.case_state, "received")
        self.assertFalse(self.mine._customer_messages() or self.mine.rated_at)

    def test_csrf(self):
        self.authenticate("t_portal", "t_portal")
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/my/complaints/{self.mine.id}/withdraw", data={"sure": "1"})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.mine.case_state, "received")

    def test_withdraw(self):
        self.authenticate("t_portal", "t_portal")
        self.assertIn("Tick that you are sure", self.act(self.mine, "withdraw").text)
        answer = self.act(self.mine, "withdraw", text="Found the reason", sure="1")
        self.assertEqual(answer.status_code, 303, answer.text[:5000])
        self.env.invalidate_all()
        self.assertEqual(self.mine.case_state, "withdrawn")
        step = self.mine.step_ids
        self.assertEqual((step.step, step.user_id), ("withdraw", self.portal))
        self.assertEqual(step.opinion, "Found the reason")
        self.assertFalse(self.mine._clock_open())
        again = self.act(self.mine, "write", text="more")
        self.assertIn("This complaint is closed", again.text)

    def test_no_forged_door(self):
        """The door for customers is no context that a client can send."""
        case = self.mine.with_user(self.service_manager).with_context(case_customer=True)
        with self.assertRaises(AccessError):
            case._transition("withdraw", "x")
        own = self.strange.sudo().with_context(case_customer=object())
        with self.assertRaises(AccessError):
            own.with_user(self.portal).sudo()._transition("withdraw", "x")

    def test_rate(self):
        self.authenticate("t_portal", "t_portal")
        self.assertEqual(self.act(self.mine, "rate", stars="5").status_code, 422)
        self.to_end(self.mine)
        for stars in ("0", "6", "", "x", "²"):
            self.assertEqual(self.act(self.mine, "rate", stars=stars).status_code, 422, stars)
        self.act(self.mine, "rate", stars="2", text="Too slow")
        self.env.invalidate_all()
        self.assertEqual((self.mine.customer_stars, self.mine.customer_remark), (2, "Too slow"))
        self.assertEqual(self.mine.case_state, "called_back")
        self.assertEqual(self.act(self.mine, "rate", stars="5").status_code, 422)
        notice = self.env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", self.mine.id),
                ("partner_ids", "in", self.care_manager.partner_id.ids),
            ]
        )
        self.assertIn("2 of 5 stars", notice.subject)
        self.assertIn("rated", self.mine.event_ids.mapped("kind"))

    def test_rate_after_it_was_filed(self):
        self.to_end(self.mine)
        self.step(self.mine, "sign", self.general_manager, fields.Datetime.now())
        self.mine.with_user(self.care_agent).action_file()
        token = self.mine.access_token
        self.assertEqual(self.act(self.mine, "rate", token=token, stars="5").status_code, 303)
        self.env.invalidate_all()
        self.assertEqual((self.mine.customer_stars, self.mine.case_state), (5, "filed"))
        self.assertIsNone(self.env["dealer.case.event"]._first_break(self.mine)[1])

    def test_helpdesk_form_of_a_store(self):
        """helpdesk_mgmt's form checks no files; where the company is a store it leads to ours."""
        self.portal.write(
            {
                "company_ids": [(4, self.store_a.company_id.id)],
                "company_id": self.store_a.company_id.id,
            }
        )
        self.authenticate("t_portal", "t_portal")
        before = self.cases()
        answer = self.url_open(
            "/submitted/ticket",
            data={"csrf_token": Request.csrf_token(self), "subject": "x", "description": "x"},
            files=[("attachment", ("a.html", b"<script/>", "text/html"))],
            allow_redirects=False,
        )
        self.assertIn("/complaint", answer.headers["Location"])
        self.assertEqual(self.cases(), before)

    # ------------------------------------------------------------ who reads what

    def test_role_matrix(self):
        """Outside of the house nobody reads, writes, creates or deletes any of it."""
        public = self.env.ref("base.public_user")
        self.work_on(self.mine)
        attempt = self.env["dealer.page.attempt"].create({"key": "k", "at": fields.Datetime.now()})
        rows = {
            "helpdesk.ticket": self.mine,
            "dealer.case.event": self.mine.event_ids[:1],
            "dealer.case.payload": self.mine.event_ids[:1].payload_ids,
            "dealer.page.attempt": attempt,
        }
        for user in (public, self.portal):
            for model, record in rows.items():
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        record.with_user(user).has_access(operation),
                        f"{user.login} may {operation} {model}",
                    )
        for user in self.users.values():
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(attempt.with_user(user).has_access(operation), user.login)
