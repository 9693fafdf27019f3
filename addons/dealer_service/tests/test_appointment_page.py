import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase


@tagged("post_install", "-at_install")
class TestAppointmentPage(AppointmentCase, HttpCase):
    """The owner's pages: book, change, cancel; what is another's is not there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.owner.partner.sudo()._dealer_portal_user()
        cls.user.password = "t_owner_password"
        cls.stranger_row = cls.make(cls.second, at(15))

    def sign_in(self):
        self.authenticate(self.user.login, "t_owner_password")

    def token(self, answer):
        return re.search(r'name="csrf_token"[^>]*value="([^"]*)"', answer.text).group(1)

    def forms(self, answer, path):
        """Return the hidden fields of each form of a page that goes to ``path``."""
        found = []
        for action, body in re.findall(r"<form([^>]*)>(.*?)</form>", answer.text, re.DOTALL):
            if f'action="{path}"' in action:
                names = re.findall(r'type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', body)
                found.append(names)
        return found

    def times(self, **more):
        query = {
            "car": self.owner.vehicle.id,
            "store": self.store_a.id,
            "item": self.minor.id,
            "day": "2026-03-02",
            **more,
        }
        return self.url_open(
            "/my/appointments/times?" + "&".join(f"{k}={v}" for k, v in query.items())
        )

    def hold(self, page, moment):
        """Press the button of a time."""
        start = fields.Datetime.to_string(moment)
        (form,) = (
            form
            for form in self.forms(page, "/my/appointments/hold")
            if dict(form)["start"] == start
        )
        return self.url_open("/my/appointments/hold", data=form)

    def act(self, page, path, **values):
        return self.url_open(path, data={"csrf_token": self.token(page), **values})

    def mine(self):
        return self.appointments.search([("partner_id", "=", self.owner.partner.id)])

    def test_book_change_cancel(self):
        self.sign_in()
        page = self.url_open("/my/appointments/new")
        self.assertIn(self.owner.vehicle.plate, page.text)
        self.assertNotIn(self.second.vehicle.plate, page.text)
        page = self.hold(self.times(), at(9))
        row = self.mine()
        self.assertEqual((row.state, row.start), ("hold", at(9)))
        self.assertTrue(page.url.endswith(f"/my/appointments/{row.id}"))
        # The same by the clock of the store, wherever the phone is.
        self.assertIn("03-02 09:00", page.text)
        self.assertIn("UTC+8", page.text)
        base = f"/my/appointments/{row.id}"
        self.assertFalse(row._reminders_agreed())
        page = self.act(page, f"{base}/confirm", note="Brakes", remind="1")
        self.assertEqual((row.state, row.note, row.origin), ("confirmed", "Brakes", "page"))
        self.assertTrue(row._reminders_agreed())
        self.assertTrue(row.event_id)
        page = self.url_open(f"{base}/times?day=2026-03-03")
        page = self.act(page, f"{base}/move", start=fields.Datetime.to_string(at(10, day=1)))
        self.assertEqual((row.state, row.start), ("confirmed", at(10, day=1)))
        self.assertIn("03-03 10:00", page.text)
        self.act(page, f"{base}/cancel", reason="Trip")
        self.assertEqual((row.state, row.cancelled_by), ("cancelled", "customer"))
        self.assertEqual(row.cancel_reason, "Trip")

    def test_double_submit(self):
        self.sign_in()
        page = self.times()
        first, second = self.hold(page, at(9)), self.hold(page, at(9))
        self.assertEqual(first.url, second.url)
        self.assertEqual(len(self.mine()), 1)

    def test_another_time_gives_the_first_back(self):
        self.sign_in()
        page = self.times()
        self.hold(page, at(9))
        self.hold(page, at(10))
        row = self.mine()
        self.assertEqual((row.start, row.booking_id.start), (at(10), at(10)))
        # More services at the same time: what is held already is no obstacle.
        self.hold(self.times(item=f"{self.minor.id}&item={self.aircon.id}"), at(10))
        self.assertEqual(self.mine(), row)
        self.assertEqual((row.start, row.stop), (at(10), at(11, 30)))
        self.assertEqual(row.item_ids, self.minor | self.aircon)
        self.settle()
        self.assert_ledger()

    def test_hold_ran_out(self):
        self.sign_in()
        page = self.hold(self.times(), at(9))
        row = self.mine()
        row.booking_id.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        answer = self.act(page, f"/my/appointments/{row.id}/confirm")
        self.assertIn(answer.status_code, (404, 422))
        self.assertEqual(row.state, "hold")
        # Another one takes the time meanwhile; this customer chooses anew.
        self.make(self.third, at(9))
        self.hold(self.times(), at(10))
        self.assertEqual(self.mine()[:1].state, "hold")
        self.assertEqual(self.mine().filtered(lambda row: row.start == at(10)).state, "hold")

    def test_too_late_to_change(self):
        row = self.make(state="confirmed")
        self.sign_in()
        base = f"/my/appointments/{row.id}"
        page = self.url_open(base)
        with freeze_time(at(7, 30)):
            answer = self.act(page, f"{base}/cancel")
            self.assertEqual(answer.status_code, 422)
            self.assertIn("2 hours", answer.text)
            answer = self.act(page, f"{base}/move", start=fields.Datetime.to_string(at(14)))
            self.assertEqual(answer.status_code, 422)
        self.assertEqual((row.state, row.start), ("confirmed", at(9)))

    def test_sold_meanwhile(self):
        row = self.make(state="confirmed")
        self.owner.vehicle._set_owner(self.third.partner)
        self.sign_in()
        page = self.url_open(f"/my/appointments/{row.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("/cancel", page.text)
        self.assertNotIn(self.owner.vehicle.plate, self.url_open("/my/appointments/new").text)
        user = self.third.partner.sudo()._dealer_portal_user()
        user.password = "t_third_password"
        self.authenticate(user.login, "t_third_password")
        # The new owner sees nothing of what the old one had booked.
        self.assertNotIn(row.name, self.url_open("/my/appointments").text)
        self.assertEqual(self.url_open(f"/my/appointments/{row.id}").status_code, 404)

    def test_what_is_another_s(self):
        self.sign_in()
        page = self.url_open("/my/appointments/new")
        base = f"/my/appointments/{self.stranger_row.id}"
        for path in (base, f"{base}/times"):
            self.assertEqual(self.url_open(path).status_code, 404)
        for path in ("confirm", "cancel", "move"):
            self.assertEqual(self.act(page, f"{base}/{path}").status_code, 404)
        self.assertEqual(self.stranger_row.state, "booked")
        # Somebody else's car is not chosen by its number.
        answer = self.times(car=self.second.vehicle.id)
        self.assertEqual(answer.status_code, 422)
        calls = {
            "search_read": {},
            "web_search_read": {"specification": {}},
            "formatted_read_group": {"groupby": ["state"]},
        }
        for method, kwargs in calls.items():
            params = {"model": "dealer.appointment", "method": method, "args": [[]]}
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_access"):
                answer = self.url_open(
                    f"/web/dataset/call_kw/dealer.appointment/{method}",
                    json={"params": {**params, "kwargs": kwargs}},
                )
            self.assertIn("not allowed", answer.json()["error"]["data"]["message"])

    def test_add_a_car(self):
        self.sign_in()
        page = self.url_open("/my/appointments/new")
        answer = self.act(page, "/my/appointments/car", plate="浙")
        self.assertEqual(answer.status_code, 422)
        answer = self.act(page, "/my/appointments/car", plate=self.second.vehicle.plate)
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn(self.second.name_canary, answer.text)
        self.assertEqual(self.second.vehicle.current_owner_id, self.second.partner)
        self.act(page, "/my/appointments/car", plate="浙Z98765")
        cars = self.env["dealer.vehicle"].search([("plate", "=", "浙Z98765")])
        self.assertEqual(cars.current_owner_id, self.owner.partner)

    def test_link(self):
        row = self.make()
        page = self.url_open(f"/appointment/{row.access_token}")
        self.assertIn("03-02 09:00", page.text)
        for secret in (self.owner.name_canary, self.owner.partner.phone, row.plate):
            self.assertNotIn(secret, page.text)
        self.act(page, f"/appointment/{row.access_token}/confirm", remind="1")
        self.assertEqual(row.state, "confirmed")
        # Who has a link has no right to agree to messages.
        self.assertFalse(row._reminders_agreed())
        for token in ("x", row.access_token[:-1], self.stranger_row.access_token + "x", "0" * 500):
            self.assertEqual(self.url_open(f"/appointment/{token}").status_code, 404)
        with freeze_time(at(11, day=1)):
            self.assertEqual(self.url_open(f"/appointment/{row.access_token}").status_code, 404)

    def test_nobody_signed_in(self):
        for path in ("/my/appointments", "/my/appointments/new", "/my/appointments/times"):
            self.assertIn("/my/sign-in", self.url_open(path).url)
        answer = self.url_open(f"/my/appointments/{self.stranger_row.id}")
        self.assertIn("/my/sign-in", answer.url)

    def test_no_change_by_a_link_that_is_followed(self):
        row = self.make()
        for path in ("confirm", "cancel", "move"):
            answer = self.url_open(f"/appointment/{row.access_token}/{path}")
            self.assertEqual(answer.status_code, 405)
        self.assertEqual(row.state, "booked")
