from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import hash_sign, mute_logger

from ..controllers.complaint_page import SHEET_SCOPE, TRAP
from ..tools.files import FileError, check_mail_file, check_photo
from .common import ComplaintCase
from .page import PageCase, photo

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 200


@tagged("post_install", "-at_install")
class TestFiles(ComplaintCase):
    def test_photos(self):
        for kind, mimetype in (
            ("JPEG", "image/jpeg"),
            ("PNG", "image/png"),
        ):
            self.assertEqual(check_photo(photo(kind)), mimetype)

    def test_hostile(self):
        cases = {
            "wrong_type": (SVG, b"<html><script>1</script></html>", EXE, b"%PDF-1.4", photo("GIF")),
            "empty": (b"",),
            "too_large": (photo("JPEG") + b"\x00" * 10 * 2**20,),
        }
        for code, contents in cases.items():
            for raw in contents:
                with self.assertRaises(FileError) as caught:
                    check_photo(raw)
                self.assertEqual(caught.exception.code, code, raw[:20])

    def test_head_of_a_photo_is_not_enough(self):
        with self.assertRaises(FileError):
            check_photo(photo("JPEG")[:12] + b"<script>alert(1)</script>")

    def test_unfolds_into_gigabytes(self):
        with self.assertRaises(FileError) as caught:
            check_photo(photo("PNG", (12_000, 11_000)))
        self.assertEqual(caught.exception.code, "too_large")

    def test_mail_files(self):
        self.assertEqual(check_mail_file(b"%PDF-1.4 x"), "application/pdf")
        for raw in (SVG, EXE, b"<html></html>"):
            with self.assertRaises(FileError):
                check_mail_file(raw)


@tagged("post_install", "-at_install")
class TestComplaintPage(PageCase):
    def test_received(self):
        case = self.sent_case(plate=self.customer.vehicle.plate, occurred="2024-03-04T10:30")
        self.assertEqual(
            (case.source, case.case_state, case.stage_id.case_state, case.is_case),
            ("page", "received", "received", True),
        )
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertEqual(case.vehicle_id, self.customer.vehicle)
        self.assertEqual(case.partner_name, "王先生")
        self.assertEqual(fields.Datetime.to_string(case.occurred_at), "2024-03-04 02:30:00")
        self.assertEqual(case.dealer_unit_id, self.store_a)
        self.assertEqual(case.team_id, self.store_a.complaint_team_id)
        self.assertFalse(case.is_sender_proved)
        self.assertTrue(case.consent_version)
        self.assertEqual(case._clock_open().kind, "case_register")
        self.assertEqual(case.event_ids.mapped("kind"), ["created"])
        self.assertFalse(case.user_id)

    def test_thanks(self):
        answer = self.send()
        thanks = self.url_open(answer.headers["Location"])
        case = self.cases()
        self.assertIn(case.number, thanks.text)
        self.assertIn("Customer care calls you by", thanks.text)
        self.assertIn(f"/my/complaints/{case.id}?access_token={case.access_token}", thanks.text)
        wrong = self.url_open(f"/complaint/thanks/{case.id}?access_token=x")
        self.assertNotIn(case.number, wrong.text)

    def test_known_or_not_looks_the_same(self):
        """Nobody learns by the page whose number is a customer's."""
        known = self.send()
        unknown = self.send(phone="13812345678")
        pages = [
            self.url_open(answer.headers["Location"]).text.replace(case.number, "")
            for answer, case in zip((known, unknown), self.cases(), strict=True)
        ]
        for page in pages:
            self.assertNotIn(self.customer.name_canary, page)
            self.assertIn("Customer care calls you by", page)
        self.assertEqual(self.cases().mapped("partner_id"), self.customer.partner)
        self.assertEqual(self.cases()[1].contact_phone, "+8613812345678")

    def test_customer_of_another_store(self):
        stranger = self.make_customer("west", self.store_b)
        case = self.sent_case(phone=stranger.partner.phone)
        self.assertFalse(case.partner_id)
        self.assertTrue(case.contact_phone)

    def test_anonymous(self):
        case = self.sent_case(anonymous="1")
        self.assertTrue(case.is_anonymous)
        self.assertFalse(case.partner_id or case.partner_name or case.contact_phone)
        status = case._customer_status()
        self.assertIn("nobody calls", status["text"])
        self.assertNotIn(self.customer.partner.phone[3:], str(case.event_ids.mapped("words")))

    def test_what_is_missing(self):
        for values, words in (
            ({"facts": " "}, "Tell us what happened."),
            ({"consent": None}, "Please tick that you agree"),
            ({"phone": ""}, "Give a number to be called"),
            ({"phone": "123"}, "123"),
            ({"store": "NO-SUCH"}, "Choose the store."),
            ({"occurred": "2999-01-01T10:00"}, "not a day to come"),
            ({"occurred": "<script>"}, "This is no date."),
        ):
            with self.subTest(str(values)):
                self.assert_nothing_new(self.send(**values), words)

    def test_what_was_typed_stays_and_is_harmless(self):
        answer = self.send(facts='</textarea><script>alert("x")</script>', consent=None)
        self.assert_nothing_new(answer)
        self.assertNotIn("<script>alert", answer.text)
        self.assertIn("&lt;script&gt;alert", answer.text)

    def test_photos(self):
        case = self.sent_case(
            files=[
                ("photos", ("../evil.html", photo(), "text/html")),
                ("photos", ("b.png", photo("PNG"), "image/png")),
            ]
        )
        files = case.attachment_ids.sorted("name")
        self.assertEqual(files.mapped("name"), ["photo-1.jpg", "photo-2.png"])
        self.assertEqual(files.mapped("mimetype"), ["image/jpeg", "image/png"])
        self.assertEqual(case.event_ids.mapped("kind").count("file"), 2)
        page = self.url_open(f"/my/complaints/{case.id}?access_token={case.access_token}").text
        url = f"/my/complaints/{case.id}/file/{files[0].id}?access_token={case.access_token}"
        self.assertIn(url, page)
        answer = self.url_open(url)
        self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url.replace("access_token=", "x=")).status_code, 404)

    def test_hostile_photos(self):
        for name, raw, words in (
            ("a.jpg", SVG, "is no photo"),
            ("a.png", b"<html><script>1</script></html>", "is no photo"),
            ("a.jpeg", EXE, "is no photo"),
            ("a.jpg", photo() + b"\x00" * 10 * 2**20, "too large"),
            ("a.jpg", b"", "is empty"),
        ):
            with self.subTest(name):
                answer = self.send(files=[("photos", (name, raw, "image/jpeg"))])
                self.assert_nothing_new(answer, words)
        many = [("photos", (f"{n}.jpg", photo(), "image/jpeg")) for n in range(6)]
        self.assert_nothing_new(self.send(files=many), "at most 5 photos")

    def test_sent_twice(self):
        token = self.open_sheet()
        first = self.send(token=token)
        second = self.send(token=token)
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self.cases()), 1)

    def test_machine_fills_in_the_trap(self):
        self.assert_nothing_new(self.send(**{TRAP: "http://spam.example"}))

    def test_machine_sends_at_once(self):
        self.parameters.set_param("dealer_complaint.page_seconds", "60")
        self.assert_nothing_new(self.send(), "very fast")
        # A person who needed two minutes; the sheet was opened then.
        opened = fields.Datetime.now() - timedelta(minutes=2)
        content = {"key": "f" * 32, "at": fields.Datetime.to_string(opened)}
        token = hash_sign(self.env, SHEET_SCOPE, content, expiration_hours=1)
        self.assertEqual(self.send(token=token).status_code, 303)

    def test_sheet_is_not_forged(self):
        for token in ("x", "AAAA", self.open_sheet()[:-4] + "AAAA"):
            self.assert_nothing_new(self.send(token=token), "open for long")

    def test_csrf(self):
        data = {**self.prepare_sheet(), "sheet": self.open_sheet()}
        with mute_logger("odoo.http"):
            answer = self.url_open("/complaint", data=data)
        self.assert_nothing_new(answer, status=400)

    def test_too_much_from_one_address(self):
        self.parameters.set_param("dealer_complaint.limit_address", "2")
        for _turn in range(2):
            self.assertEqual(self.send().status_code, 303)
        answer = self.send()
        self.assertEqual(answer.status_code, 422)
        self.assertIn("from your network", answer.text)
        self.assertEqual(len(self.cases()), 2)
        address = self.env["dealer.page.attempt"].search([("id", ">", 0)]).mapped("key")
        self.assertFalse([key for key in address if "127.0.0.1" in key])

    def test_too_much_with_one_number(self):
        self.parameters.set_param("dealer_complaint.limit_phone", "1")
        self.assertEqual(self.send().status_code, 303)
        self.assertIn("several complaints", self.send().text)
        self.assertEqual(self.send(phone="13812345678").status_code, 303)
        self.assertEqual(len(self.cases()), 2)

    def test_personal_link(self):
        url = self.customer.relation._complaint_url()
        path = url[url.index("/complaint/") :]
        page = self.url_open(path).text
        self.assertIn(self.store_a.name, page)
        self.assertNotIn(self.customer.name_canary, page)
        self.assertNotIn(self.customer.partner.phone, page)
        case = self.sent_case(url=path, phone="", name="", store=None)
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertTrue(case.is_sender_proved)
        consent = self.env["dealer.consent"].search(
            [("partner_id", "=", self.customer.partner.id), ("source", "=", "form")]
        )
        self.assertEqual(consent.text_version, case.consent_version)
        self.assertIn("has run out", self.url_open(path[:-5] + "AAAAA").text)
        self.customer.relation.with_user(self.general_manager).action_end()
        self.assertIn("has run out", self.url_open(path).text)

    def test_signed_in(self):
        self.authenticate("t_portal", "t_portal")
        case = self.sent_case(phone="", name="")
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertTrue(case.is_sender_proved)

    def test_signed_in_and_anonymous(self):
        self.authenticate("t_portal", "t_portal")
        case = self.sent_case(anonymous="1")
        self.assertFalse(case.partner_id)
        self.assertFalse(case.is_sender_proved)

    def test_source_is_offered(self):
        self.parameters.set_param("dealer_complaint.source_url", "https://git.example/suite")
        self.assertIn('href="https://git.example/suite"', self.url_open("/complaint").text)
        self.parameters.set_param("dealer_complaint.source_url", "")
        self.assertNotIn("Source code", self.url_open("/complaint").text)

    def test_store_is_chosen_or_preset(self):
        self.assertIn('name="store" value="T-A"', self.url_open("/complaint?store=T-A").text)
        page = self.url_open("/complaint").text
        for unit in (self.store_a, self.store_b):
            self.assertIn(f'value="{unit.code}"', page)
        self.assertNotIn('value="T-HQ"', page)

    def test_no_client_calls_the_door(self):
        self.authenticate("t_care_agent", "t_care_agent")
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw",
                {
                    "model": "helpdesk.ticket",
                    "method": "_receive_complaint",
                    "args": [{}],
                    "kwargs": {},
                },
            )
        self.assertFalse(self.cases())


@tagged("post_install", "-at_install")
class TestTellTheBoss(PageCase):
    def test_told_in_the_same_request(self):
        """Leadership hears it within 5 seconds: measured by the times of request and notice."""
        self.general_manager.notification_type = "inbox"
        self.group_executive.notification_type = "inbox"
        token = self.open_sheet()
        began = fields.Datetime.now()
        case = self.sent_case(token=token, tell_boss="1")
        self.assertTrue(case.tell_boss)
        events = self.env["dealer.clock.event"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", case.id)]
        )
        leaders = self.general_manager | self.group_executive
        self.assertEqual(events.user_ids, leaders)
        notices = self.env["mail.notification"].search(
            [
                ("res_partner_id", "in", leaders.partner_id.ids),
                ("notification_type", "=", "inbox"),
                ("mail_message_id.date", ">=", began),
            ]
        )
        self.assertEqual(notices.res_partner_id, leaders.partner_id)
        for moment in (*events.mapped("at"), *notices.mapped("mail_message_id.date")):
            self.assertLess(moment - began, timedelta(seconds=5))
        self.assertEqual((case.severity, case.severity_reason), ("raised", "Told the boss"))
        told = case.event_ids.filtered(lambda event: event.kind == "told")
        self.assertIn(self.general_manager.name, told.words)
        self.assertIsNone(self.env["dealer.case.event"]._first_break(case)[1])

    def test_note_on_the_screen(self):
        """A note on the screen of each leader goes out with the request."""
        case = self.sent_case(tell_boss="1")
        notes = self.env["bus.bus"].search([("message", "like", "simple_notification")])
        leaders = self.general_manager | self.group_executive
        for leader in leaders:
            mine = notes.filtered(
                lambda note, leader=leader: f'"res.partner",{leader.partner_id.id}' in note.channel
            )
            self.assertTrue(mine.filtered(lambda note: case.number in note.message), leader.login)

    def test_nobody_is_told_unasked(self):
        case = self.sent_case()
        self.assertFalse(case.tell_boss)
        self.assertFalse(case._clock_open("case_boss"))
        self.assertEqual(case.severity, "normal")

    def test_until_the_general_manager_answers(self):
        case = self.sent_case(tell_boss="1")
        case.with_user(self.care_agent).action_register()
        self.assertTrue(case._clock_open("case_boss"))
        now = fields.Datetime.now()
        self.step(case, "care_opinion", self.care_manager, now)
        self.step(case, "gm_opinion", self.general_manager, now)
        self.assertFalse(case._clock_open("case_boss"))

    def test_staff_does_not_clear_it(self):
        case = self.sent_case(tell_boss="1")
        for vals in ({"tell_boss": False}, {"customer_stars": 5}, {"is_sender_proved": True}):
            error = self.attempt(lambda vals=vals: case.with_user(self.care_manager).write(vals))
            self.assertTrue(error, vals)
