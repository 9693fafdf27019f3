import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase


@tagged("post_install", "-at_install")
class TestWaitingPage(AppointmentCase, HttpCase):
    """The owner waits for a time, is written to, takes it or passes it on; what is another's is not there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("dealer_touch.sms_provider", "simulator")
        cls.rule = cls.env.ref("dealer_service.touch_rule_waiting_offer")
        (cls.env["dealer.touch.rule"].search([]) - cls.rule).active = False
        cls.waiting = cls.env["dealer.capacity.waiting"]
        cls.user = cls.owner.partner.sudo()._dealer_portal_user()
        cls.user.password = "t_owner_password"
        cls.stranger = cls.second.partner.sudo()._dealer_portal_user()
        cls.stranger.password = "t_second_password"
        # Monday morning has passed for everybody who is not on the list.
        cls.startClassPatcher(freeze_time(at(9)))

    def setUp(self):
        super().setUp()
        self.closed = self.close(at(8), at(17, 30, day=20))
        self.settle()

    def wait(self, customer=None, first=0, last=7, part="any"):
        customer = customer or self.owner
        return self.waiting._page_wait(
            customer.partner,
            customer.vehicle,
            self.store_a,
            self.minor,
            at(9, day=first).date(),
            at(9, day=last).date(),
            part,
        )

    def offer(self, *rows):
        """Open the shop and let the list be looked at."""
        self.closed.unlink()
        self.settle()
        for row in rows:
            self.assertEqual(row.state, "offered")

    def send(self):
        left = True
        while left:
            _done, left = self.env["dealer.touch"]._drain()

    def messages(self, customer):
        number = customer.partner.phone_normalized
        return self.env["dealer.sms.simulator"].search([("phone", "=", number)], order="id")

    def made(self, row):
        return self.appointments.search([("vehicle_id", "=", row.vehicle_id.id)])

    def token(self, answer):
        return re.search(r'name="csrf_token"[^>]*value="([^"]*)"', answer.text).group(1)

    def act(self, page, path, **values):
        return self.url_open(path, data={"csrf_token": self.token(page), **values})

    def test_waits_sees_withdraws(self):
        self.authenticate(self.user.login, "t_owner_password")
        chosen = (
            f"car={self.owner.vehicle.id}&store={self.store_a.id}&item={self.minor.id}"
            f"&item={self.aircon.id}"
        )
        page = self.url_open(f"/my/appointments/times?{chosen}")
        self.assertIn("/my/appointments/wait?", page.text)
        page = self.url_open(f"/my/appointments/wait?{chosen}")
        sent = {
            "car": self.owner.vehicle.id,
            "store": self.store_a.id,
            "item": [self.minor.id, self.aircon.id],
            "first": "2026-03-03",
            "last": "2026-03-04",
            "day_part": "morning",
        }
        answer = self.act(page, "/my/appointments/wait", **sent)
        row = self.waiting.search([("vehicle_id", "=", self.owner.vehicle.id)])
        self.assertTrue(answer.url.endswith(f"/my/waiting/{row.id}"))
        self.assertEqual(row.item_ids, self.minor | self.aircon)
        self.assertEqual((row.date_from, row.date_to), (at(0, day=1), at(0, day=3)))
        self.assertEqual((row.day_part, row.by_customer), ("morning", True))
        self.assertNotEqual(row.user_id, self.user)
        # Pressed twice it is one wish.
        self.act(page, "/my/appointments/wait", **sent)
        self.assertEqual(len(self.waiting.search([("partner_id", "=", row.partner_id.id)])), 1)
        page = self.url_open("/my/appointments")
        self.assertIn(f"/my/waiting/{row.id}", page.text)
        page = self.url_open(f"/my/waiting/{row.id}")
        self.act(page, f"/my/waiting/{row.id}/end")
        self.assertEqual(row.state, "ended")
        self.assertNotIn(f"/my/waiting/{row.id}", self.url_open("/my/appointments").text)

    def test_bad_wishes(self):
        with self.assertRaisesRegex(UserError, "first one first"):
            self.wait(first=4, last=3)
        with self.assertRaisesRegex(UserError, "first one first"):
            self.wait(first=-3)
        with self.assertRaisesRegex(UserError, "30 days"):
            self.wait(last=40)
        with self.assertRaisesRegex(UserError, "another owner"):
            self.waiting._page_wait(
                self.second.partner,
                self.owner.vehicle,
                self.store_a,
                self.minor,
                at(9).date(),
                at(9).date(),
                "any",
            )

    def test_part_of_the_day(self):
        row = self.wait(part="afternoon")
        self.offer(row)
        self.assertEqual(row.offered_start, at(13))

    def test_time_to_answer(self):
        row = self.wait()
        self.offer(row)
        # Not before the answer is due, and he has to come.
        self.assertGreaterEqual(row.offered_start, row.offered_until)

    def test_offer_reaches_him_and_is_taken(self):
        row = self.wait()
        self.offer(row)
        self.send()
        message = self.messages(self.owner)
        self.assertIn(f"/waiting/{row.access_token}", message.content)
        self.assertIn(self.clock(row.offered_start), message.content)
        base = f"/waiting/{row.access_token}"
        page = self.url_open(base)
        self.assertNotIn(self.owner.name_canary, page.text)
        self.assertNotIn(self.owner.vehicle.plate, page.text)
        start = row.offered_start
        answer = self.act(page, f"{base}/accept")
        made = self.made(row)
        self.assertEqual((made.state, made.origin, made.start), ("confirmed", "waiting", start))
        self.assertTrue(answer.url.endswith(f"/appointment/{made.access_token}"))
        # Twice: he is led to what he has.
        answer = self.act(page, f"{base}/accept")
        self.assertTrue(answer.url.endswith(f"/appointment/{made.access_token}"))
        self.assertEqual(self.made(row), made)
        self.assert_ledger()

    def test_declined_goes_to_the_next(self):
        # One advisor, one customer at a time; only this hour suits both.
        first, later = self.wait(last=0), self.wait(self.second, last=0)
        self.offer(first)
        base = f"/waiting/{first.access_token}"
        start = first.offered_start
        page = self.url_open(base)
        answer = self.act(page, f"{base}/decline")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(first.state, "lapsed")
        # What both gave back is free again, the earliest first, for who comes next.
        later.action_end()
        third = self.wait(self.third, last=0)
        self.settle()
        self.assertEqual(third.offered_start, start)
        # Declined twice changes nothing; he may wait on.
        self.act(answer, f"{base}/decline")
        self.act(answer, f"{base}/again")
        self.assertEqual(first.state, "waiting")

    def test_too_late(self):
        row = self.wait()
        self.offer(row)
        base = f"/waiting/{row.access_token}"
        page = self.url_open(base)
        with freeze_time(row.offered_until + timedelta(minutes=1)):
            # The system has not noted it yet: the clock counts.
            answer = self.act(page, f"{base}/accept")
            self.assertEqual(answer.status_code, 422)
            self.assertIn("no longer kept", answer.text)
            self.assertFalse(self.made(row))
            self.settle()
            self.assertEqual(row.state, "lapsed")
            self.assertEqual(self.act(page, f"{base}/accept").status_code, 422)
            self.assertFalse(self.made(row))
            self.act(page, f"{base}/again")
            self.assertEqual(row.state, "waiting")
        with freeze_time(row.link_until + timedelta(minutes=1)):
            self.assertEqual(self.url_open(base).status_code, 410)

    def test_expires_while_accepting(self):
        row = self.wait()
        self.offer(row)
        row.booking_id._release("Not confirmed in time")
        with self.assertRaisesRegex(UserError, "no longer kept"):
            row._page_accept()
        self.assertFalse(self.made(row))

    def test_car_has_an_appointment_meanwhile(self):
        row = self.wait()
        self.offer(row)
        self.make(start=at(15, day=1))
        base = f"/waiting/{row.access_token}"
        answer = self.act(self.url_open(base), f"{base}/accept")
        self.assertEqual(answer.status_code, 422)
        self.assertEqual((row.state, len(self.made(row))), ("offered", 1))

    def test_found_a_time_himself(self):
        row = self.wait()
        self.closed.unlink()
        held = self.appointments._page_hold(
            self.owner.partner, self.owner.vehicle, self.store_a, self.minor, at(15), "k"
        )
        held._page_confirm()
        self.assertEqual(row.state, "ended")

    def test_car_was_sold(self):
        row = self.wait()
        self.offer(row)
        row.vehicle_id._set_owner(self.second.partner)
        with self.assertRaisesRegex(UserError, "another owner"):
            row._page_accept()
        self.assertFalse(self.made(row))

    @mute_logger("odoo.http")
    def test_strangers(self):
        row = self.wait()
        self.offer(row)
        base = f"/waiting/{row.access_token}"
        page = self.url_open(base)
        self.assertEqual(self.url_open(f"{base}x").status_code, 410)
        self.assertIn("/my/sign-in", self.url_open(f"/my/waiting/{row.id}").url)
        self.authenticate(self.stranger.login, "t_second_password")
        self.assertEqual(self.url_open(f"/my/waiting/{row.id}").status_code, 404)
        self.assertEqual(self.url_open(base).status_code, 403)
        own = self.url_open("/my/appointments/new")
        self.assertEqual(self.act(own, f"{base}/accept").status_code, 403)
        self.assertEqual(self.act(own, f"/my/waiting/{row.id}/accept").status_code, 404)
        self.assertEqual((row.state, page.status_code), ("offered", 200))
        self.assertFalse(self.made(row))

    def test_each_offer_has_its_link(self):
        row = self.wait()
        self.offer(row)
        former = row.access_token
        row._page_decline()
        with freeze_time(at(9, 5)):
            row._page_again()
            self.settle()
            self.assertEqual(row.state, "offered")
            self.assertNotEqual(row.access_token, former)
            self.assertEqual(self.url_open(f"/waiting/{former}").status_code, 410)

    def test_nobody_is_woken(self):
        row = self.wait()
        with freeze_time(at(23)):
            self.offer(row)
            self.send()
            self.assertFalse(self.messages(self.owner))
            self.assertEqual(row.offered_until, at(8, 30, day=1))
        with freeze_time(at(8, 1, day=1)):
            self.send()
            self.assertEqual(len(self.messages(self.owner)), 1)
            row._page_accept()
        self.assertEqual(self.made(row).state, "confirmed")

    def test_taken_before_it_was_sent(self):
        row = self.wait()
        with freeze_time(at(23)):
            self.offer(row)
            row._page_accept()
        with freeze_time(at(8, 1, day=1)):
            self.send()
        self.assertFalse(self.messages(self.owner))
        self.assertEqual(fields.Datetime.now(), at(9))
