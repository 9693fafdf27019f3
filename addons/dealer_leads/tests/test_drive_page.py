import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time
from odoo.tools import mute_logger

from odoo.addons.dealer_leads.controllers.drive_page import CONSENT_VERSION

from .common_drive import DriveCase

SHEET = re.compile(r'name="sheet" value="([^"]+)"')
TIME = re.compile(r'name="start"[^>]*value="([^"]+)"')


class TestDrivePage(DriveCase, HttpCase):
    """What customers do in a browser. The page does not wait for slow readers here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param("dealer_leads.page_seconds", "0")
        cls.day = fields.Date.to_string(
            cls.drives.new({"unit_id": cls.store_a.id})._today() + timedelta(days=2)
        )

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def open(self, **values):
        values = {"store": "T-A", "series": "速腾", "day": self.day, **values}
        page = self.url_open("/test-drive?" + "&".join(f"{k}={v}" for k, v in values.items()))
        self.assertEqual(page.status_code, 200)
        return page.text

    def times(self, **values):
        return TIME.findall(self.open(**values))

    def send(self, sheet=None, **values):
        page = self.open()
        data = {
            "store": "T-A",
            "series": "速腾",
            "day": self.day,
            "who": "",
            "start": TIME.findall(page)[0],
            "name": "王先生",
            "phone": "19900790001",
            "consent": "1",
            "sheet": sheet or SHEET.search(page)[1],
            "csrf_token": Request.csrf_token(self),
            **values,
        }
        data = {name: value for name, value in data.items() if value is not None}
        with mute_logger("odoo.http"):
            return self.url_open("/test-drive", data=data, allow_redirects=False)

    def rows(self):
        self.env.invalidate_all()
        return self.inbox.search([("source", "=", "testdrive")], order="id")

    def test_booked_and_confirmed(self):
        start = self.times()[0]
        answer = self.send(start=start)
        self.assertEqual(answer.status_code, 303, answer.text[:2000])
        row = self.rows()
        booking = row.drive_booking_id
        self.assertEqual(booking.state, "held")
        thanks = self.url_open(answer.headers["Location"]).text
        for words in ("速腾", self.store_a.name, "driving licence"):
            self.assertIn(words, thanks)
        self.assertNotIn("19900790001", thanks)
        self.inbox._drain()
        drive = self.drives.search([("booking_id", "=", booking.id)])
        self.assertEqual(drive.partner_id.phone, "19900790001")
        self.assertEqual(drive.lead_id, row.lead_id)
        self.assertEqual(fields.Datetime.to_string(drive.start), start)
        self.assertEqual(drive.car_id, self.car)
        self.assertIn(drive.user_id, self.sales_consultant | self.teammate | self.stranger)
        self.assertEqual((booking.state, drive.state), ("confirmed", "booked"))
        self.assertEqual(booking.partner_id, drive.partner_id)
        self.assertTrue(drive.event_id)
        consent = drive.partner_id.dealer_consent_ids
        self.assertEqual((consent.purpose, consent.text_version), ("service", CONSENT_VERSION))
        # Worked off once more: no second drive.
        row._book_drives()
        self.assertEqual(self.drives.search_count([("lead_id", "=", row.lead_id.id)]), 1)

    def test_consultant_of_choice(self):
        who = self.companions[self.teammate]
        page = self.open()
        self.assertIn(self.teammate.name, page)
        self.assertNotIn(self.consultant_b.name, page, "who works in another store")
        for private in (self.teammate.login, self.teammate.email):
            self.assertNotIn(f">{private}<", page)
        self.assertEqual(self.send(who=str(who.id)).status_code, 303)
        self.assertIn(who, self.rows().drive_booking_id.resource_ids)
        # Of another store nobody can be chosen: whoever is free rides along.
        foreign = self.companions[self.consultant_b]
        self.send(who=str(foreign.id), phone="19900790002")
        self.assertNotIn(foreign, self.rows().drive_booking_id.resource_ids)

    def test_taken_twice(self):
        start = self.times()[0]
        self.assertEqual(self.send(start=start).status_code, 303)
        answer = self.send(start=start, phone="19900790002")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("taken just now", answer.text)
        self.assertTrue(TIME.findall(answer.text), "the next times are there")
        self.assertNotIn(start, TIME.findall(answer.text))
        self.assertIn('value="19900790002"', answer.text, "nothing is lost")
        self.assertEqual(len(self.rows()), 1)

    def test_sent_twice(self):
        sheet = SHEET.search(self.open())[1]
        start = self.times()[0]
        for _again in range(2):
            self.assertEqual(self.send(sheet=sheet, start=start).status_code, 303)
        self.assertEqual(len(self.rows()), 1)
        held = self.env["dealer.capacity.booking"].search_count([("state", "=", "held")])
        self.assertEqual(held, 1)

    def test_what_is_to_be_mended(self):
        for values, words in (
            ({"consent": None}, "Please tick that you agree"),
            ({"phone": "12345"}, "is-invalid"),
            ({"name": ""}, "How may we address you?"),
            ({"start": ""}, "Choose a time."),
            ({"start": "tomorrow"}, "Choose a time."),
            ({"start": "2020-01-01 00:00:00"}, "taken just now"),
            ({"start": "2126-01-01 00:00:00"}, "taken just now"),
            ({"company_site": "https://x.example"}, "Something went wrong"),
            ({"sheet": "forged"}, "open for long"),
        ):
            with self.subTest(**values):
                answer = self.send(**values)
                self.assertEqual(answer.status_code, 422)
                self.assertIn(words, answer.text)
        self.assertEqual(self.send(csrf_token=None).status_code, 400)
        self.assertEqual(self.send(series="nothing").status_code, 422)
        self.assertEqual(self.send(store="T-EAST").status_code, 422)
        self.assertEqual(self.send(name="x" * 70000).status_code, 413)
        self.assertFalse(self.rows())
        self.assertFalse(self.env["dealer.capacity.booking"].search([("state", "=", "held")]))

    def test_boxes_are_unticked(self):
        page = self.open()
        for box in ("consent", "marketing"):
            field = re.search(rf'<input[^>]*id="{box}"[^>]*>', page)[0]
            self.assertNotIn("checked", field)

    def test_limit_per_number(self):
        self.parameters.set_param("dealer_leads.limit_number", "1")
        self.assertEqual(self.send().status_code, 303)
        answer = self.send()
        self.assertEqual(answer.status_code, 422)
        self.assertIn("several enquiries", answer.text)

    def test_only_what_is_free(self):
        drive = self.make_drive(start=fields.Datetime.to_datetime(self.times()[0]))
        self.assertNotIn(fields.Datetime.to_string(drive.start), self.times())
        self.env["dealer.capacity.exception"].create(
            {
                "type": "closed",
                "unit_id": self.store_a.id,
                "resource_id": self.car.id,
                "start": drive.start - timedelta(days=2),
                "stop": drive.start + timedelta(days=2),
            }
        )
        page = self.open()
        self.assertFalse(TIME.findall(page))
        self.assertIn("Nothing is free on this day", page)

    def test_store_without_cars(self):
        self.assertIn("no test drive car", self.open(store="T-C", series=""))

    def test_hold_expires_before_the_lead(self):
        self.assertEqual(self.send().status_code, 303)
        row = self.rows()
        start = row.drive_start
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            # Somebody else took the time meanwhile.
            self.make_drive(start=start)
            self.env["dealer.capacity.booking"]._drain()
            self.inbox._drain()
        self.assertEqual(row.state, "done")
        self.assertFalse(self.drives.search([("lead_id", "=", row.lead_id.id)]))
        notes = row.lead_id.message_ids.mapped("body")
        self.assertTrue(any("no longer held" in note for note in notes), notes)

    def test_hold_expires_and_the_time_is_still_free(self):
        self.assertEqual(self.send().status_code, 303)
        row = self.rows()
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.env["dealer.capacity.booking"]._drain()
            self.inbox._drain()
        drive = self.drives.search([("lead_id", "=", row.lead_id.id)])
        self.assertEqual(drive.start, row.drive_start)
        self.assertEqual(drive.booking_id.state, "confirmed")

    def test_thanks_needs_the_link(self):
        answer = self.url_open("/test-drive/thanks?booked=1", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def test_nothing_is_looked_up(self):
        """Whether a number is known is not even asked before the answer."""
        partners = type(self.env["res.partner"])
        with patch.object(partners, "_dealer_find_by_phone", side_effect=AssertionError):
            self.assertEqual(self.send().status_code, 303)
