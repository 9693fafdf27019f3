from datetime import timedelta

from freezegun import freeze_time

from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase


class TestAppointmentReminder(AppointmentCase):
    """The day before and two hours before; moved and cancelled with the appointment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("dealer_touch.sms_provider", "simulator")
        parameters.set_param("dealer_touch.week_limit", "0")
        parameters.set_param("dealer_touch.week_limit.sms", "0")
        cls.rules = {
            name: cls.env.ref(f"dealer_service.touch_rule_appointment_{name}")
            for name in ("day", "hours", "staff", "link")
        }
        others = cls.env["dealer.touch.rule"].search([])
        (others - cls.env["dealer.touch.rule"].union(*cls.rules.values())).active = False
        for rule in cls.rules.values():
            rule.since = at(0, day=-30)
        cls.env["dealer.consent"].create(
            {
                "partner_id": cls.owner.partner.id,
                "unit_id": cls.store_a.id,
                "purpose": "service",
                "text_version": "1",
            }
        )

    def pass_time(self, moment):
        """Plan and send as the crons do."""
        with freeze_time(moment):
            for rule in self.rules.values():
                if rule.anchor:
                    rule._plan_now()
            left = True
            while left:
                _done, left = self.env["dealer.touch"]._drain()

    def messages(self):
        number = self.owner.partner.phone_normalized
        return self.env["dealer.sms.simulator"].search([("phone", "=", number)], order="id")

    def test_day_and_hours_before(self):
        row = self.make(start=at(14, day=2))
        self.pass_time(at(13, day=1))
        self.assertFalse(self.messages())
        self.pass_time(at(14, 1, day=1))
        message = self.messages()
        self.assertIn("2026-03-04 14:00", message.content)
        self.assertIn(f"/appointment/{row.access_token}", message.content)
        # Nobody has confirmed: the advisor calls.
        self.assertEqual(row.activity_ids.user_id, self.service_advisor)
        self.pass_time(at(12, 1, day=2))
        self.assertEqual(len(self.messages()), 2)

    def test_confirmed_needs_no_call(self):
        row = self.make(start=at(14, day=2))
        self.pass_time(at(13, day=1))
        row._confirm()
        self.pass_time(at(14, 1, day=1))
        self.assertFalse(row.activity_ids)
        self.assertTrue(self.messages())

    def test_moved_and_cancelled(self):
        row = self.make(start=at(14, day=2))
        self.pass_time(at(13, day=1))
        row._move_to(at(15, day=3))
        self.pass_time(at(14, 1, day=1))
        self.assertFalse(self.messages())
        self.pass_time(at(15, 1, day=2))
        self.assertIn("2026-03-05 15:00", self.messages().content)
        row._cancel("customer", "Trip")
        self.pass_time(at(13, 1, day=3))
        self.assertEqual(len(self.messages()), 1)

    def test_no_consent_no_message(self):
        self.make(self.second, start=at(14, day=2))
        self.pass_time(at(14, 1, day=1))
        number = self.second.partner.phone_normalized
        self.assertFalse(self.env["dealer.sms.simulator"].search([("phone", "=", number)]))

    def test_link_by_hand(self):
        row = self.make(start=at(14, day=9))
        with freeze_time(at(10)):
            row.with_user(self.service_advisor).action_send_link()
        self.pass_time(at(10) + timedelta(minutes=1))
        self.assertIn(f"/appointment/{row.access_token}", self.messages().content)

    def test_figures(self):
        self.make(origin="page", state="confirmed")
        self.make(self.second, at(10))
        self.make(self.third, at(14))
        with freeze_time(at(10)):
            self.appointments.search([("partner_id", "=", self.owner.partner.id)])._arrive()
        with freeze_time(at(11, 1)):
            self.appointments._miss()
        figures = self.env["dealer.appointment.report"].with_user(self.service_manager)
        rows = figures._read_group(
            [("unit_id", "=", self.store_a.id)],
            ["unit_id"],
            ["__count", "online_share:avg", "no_show_share:avg"],
        )
        ((_unit, count, online, missed),) = rows
        # One of three was booked on the page; of two whose time came one did not come.
        self.assertEqual((count, round(online, 2), missed), (3, 33.33, 50))
