import re
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.dealer_violation_provider import ViolationCar, ViolationFound
from .common_service import QUIET, ServiceCase

NOISE = (*QUIET, "odoo.http", "odoo.addons.base.models.ir_qweb")
ASKING = "odoo.addons.dealer_service.models.dealer_vehicle_violation"
#: Two in the morning of 2026-11-10 at the stores.
NIGHT = datetime(2026, 11, 9, 18)


def found(number, day="2026-11-01", dealt=False, **values):
    """Return a violation as a provider tells it."""
    moment = datetime.fromisoformat(f"{day} 04:00:00")
    values = {"place": "人民路", "code": "1039", "act": "违停", "points": 0, "fine": 150, **values}
    return ViolationFound(number, moment, dealt_with=dealt, **values)


class ViolationCase(ServiceCase):
    """A provider that tells what the test put down, and a car whose owner agreed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dealer.violation"].search([]).unlink()
        cls.env["dealer.consent"].search([("purpose", "=", "violations")]).action_withdraw()
        cls.choose("simulator")
        cls.owner = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.car = cls.owner.vehicle
        cls.car.owner_ids.date_from = "2026-01-01"
        cls.agree(cls.owner)

    def setUp(self):
        super().setUp()
        self.told, self.asked = {}, []
        simulator = self.env.registry["dealer.violation.simulator"]
        self.startPatcher(patch.object(simulator, "_violation_find", self.tell))

    def tell(self, car):
        self.asked.append(car.plate)
        told = self.told.get(car.plate, [])
        if isinstance(told, Exception):
            raise told
        return told

    @classmethod
    def choose(cls, name):
        cls.env["ir.config_parameter"].set_param("dealer_service.violation_provider", name)

    @classmethod
    def agree(cls, customer, *purposes):
        return cls.env["dealer.consent"].create(
            [
                {
                    "partner_id": customer.partner.id,
                    "unit_id": customer.vehicle.unit_id.id,
                    "purpose": purpose,
                    "text_version": "1",
                }
                for purpose in purposes or ("service", "violations")
            ]
        )

    def night(self, moment=NIGHT, **values):
        """Run the cron; its commits are none here."""
        progress = patch.object(
            self.env.registry["ir.cron"], "_commit_progress", return_value=float("inf")
        )
        with freeze_time(moment), progress:
            self.env["dealer.vehicle"]._cron_violations(**values)
        return self.car.violation_ids


@tagged("post_install", "-at_install")
class TestViolation(ViolationCase):
    def test_found_once_and_dealt_with(self):
        self.told[self.car.plate] = [found("1"), found("2", "2026-10-01", points=6)]
        rows = self.night()
        self.assertEqual(rows.mapped("external_id"), ["1", "2"])
        self.assertEqual(rows.mapped("state"), ["open", "open"])
        self.assertEqual(rows.owner_id, self.owner.partner)
        self.assertEqual(rows.unit_id, self.store_a)
        self.assertEqual(str(rows[0].found_on), "2026-11-10")
        self.assertEqual(rows.currency_id.name, "CNY")
        self.assertEqual(self.car.violation_open_count, 2)
        # The next night: one is told as dealt with, the other is not told any more.
        self.told[self.car.plate] = [found("1", dealt=True)]
        self.assertEqual(self.night(NIGHT + timedelta(days=1)), rows)
        self.assertEqual(rows.mapped("state"), ["dealt", "dealt"])
        self.assertEqual(str(rows[0].found_on), "2026-11-10")

    def test_once_a_night(self):
        self.night()
        self.night(NIGHT + timedelta(hours=1))
        self.assertEqual(self.asked, [self.car.plate])
        self.night(NIGHT + timedelta(days=1))
        self.assertEqual(len(self.asked), 2)

    def test_no_provider(self):
        for name in ("", "provider", "nothing"):
            self.choose(name)
            self.night()
        self.assertFalse(self.asked)

    def test_who_did_not_agree_is_not_asked_for(self):
        half = self.make_customer("Half", consultant_id=self.sales_consultant.id)
        self.agree(half, "service")
        elsewhere = self.make_customer("Elsewhere", consultant_id=self.sales_consultant.id)
        self.agree(elsewhere).write({"unit_id": self.store_b.id})
        self.night()
        self.assertEqual(self.asked, [self.car.plate])

    def test_withdrawn(self):
        self.told[self.car.plate] = [found("1")]
        self.assertTrue(self.night())
        self.owner.partner.dealer_consent_ids.action_withdraw()
        self.assertFalse(self.night(NIGHT + timedelta(days=1)))
        self.assertEqual(len(self.asked), 1)

    def test_time_of_a_former_owner(self):
        self.told[self.car.plate] = [found("1"), found("2", "2025-12-31")]
        rows = self.night()
        self.assertEqual(rows.mapped("external_id"), ["1"])
        later = self.make_customer("Later", car=False, consultant_id=self.sales_consultant.id)
        later.vehicle = self.car
        self.agree(later)
        self.car._set_owner(later.partner, fields.Date.to_date("2026-11-05"))
        self.assertFalse(rows.owner_id)
        self.assertFalse(self.car._owner_card()["violations"])
        self.told[self.car.plate] += [found("3", "2026-11-06")]
        rows = self.night(NIGHT + timedelta(days=1))
        self.assertEqual(rows.mapped("external_id"), ["3"])
        self.assertEqual(rows.owner_id, later.partner)

    @mute_logger(ASKING)
    def test_a_failure_stops_nobody_and_is_tried_again(self):
        other = self.make_customer("Other", consultant_id=self.sales_consultant.id)
        other.vehicle.owner_ids.date_from = "2026-01-01"
        self.agree(other)
        self.told = {self.car.plate: UserError("busy"), other.vehicle.plate: [found("9")]}
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertFalse(self.night(limit=1))
        triggers = self.env["ir.cron.trigger"].search([]) - triggers
        self.assertTrue(other.vehicle.violation_ids)
        self.assertEqual(self.car.violations_error, "busy")
        self.assertFalse(self.car.violations_asked_at)
        self.assertEqual(triggers.mapped("call_at"), [NIGHT + timedelta(minutes=20)])
        # Asked again in the same night, three times at most; then in the next one.
        for minutes in (10, 20, 40, 60, 80):
            self.night(NIGHT + timedelta(minutes=minutes))
        self.assertEqual(self.asked.count(self.car.plate), 3)
        self.assertEqual(self.asked.count(other.vehicle.plate), 1)
        self.told[self.car.plate] = [found("1")]
        self.assertTrue(self.night(NIGHT + timedelta(days=1)))
        self.assertFalse(self.car.violations_error)

    @mute_logger(ASKING)
    def test_what_was_open_stays_open_while_nobody_answers(self):
        self.told[self.car.plate] = [found("1")]
        rows = self.night()
        self.told[self.car.plate] = OSError("no route")
        self.night(NIGHT + timedelta(days=1))
        self.assertEqual(rows.state, "open")
        self.assertEqual(self.car.violations_error, "OSError: no route")

    def test_reminded_once(self):
        self.told[self.car.plate] = [found("1"), found("2", dealt=True)]
        rows = self.night()
        rule = self.env.ref("dealer_service.touch_rule_violation")
        rule.since = "2026-01-01"
        touches = self.env["dealer.touch"]
        for hours in (1, 24, 48):
            with freeze_time(NIGHT + timedelta(hours=hours)):
                rule._plan_now()
        touch = touches.search([("rule_id", "=", rule.id), ("res_id", "in", rows.ids)])
        self.assertEqual(touch.res_id, rows.filtered(lambda row: row.state == "open").id)
        self.assertEqual(touch.partner_id, self.owner.partner)
        self.assertEqual(str(touch.planned_at), "2026-11-10 02:00:00")
        words = touch._words(["violation_plate", "violation_act", "violation_time"])
        self.assertEqual(words["violation_plate"], self.car.plate)
        self.assertEqual(words["violation_time"], "2026-11-01 12:00")
        # Another owner is told nothing of it.
        self.car._set_owner(self.make_customer("New", car=False).partner, "2026-11-10")
        self.assertFalse(touch._words(["violation_act"])["violation_act"])


@tagged("post_install", "-at_install")
class TestViolationSimulator(ServiceCase):
    def test_made_up_from_the_plate(self):
        simulator = self.env["dealer.violation.simulator"]
        car = self.make_car(plate="浙B6G360")
        asked = ViolationCar(car.plate, "", "")
        with freeze_time(NIGHT):
            first, again = simulator._violation_find(asked), simulator._violation_find(asked)
        self.assertTrue(first)
        self.assertEqual(first, again)
        with freeze_time(NIGHT + timedelta(days=20)):
            later = {row.external_id for row in simulator._violation_find(asked)}
        self.assertLessEqual({row.external_id for row in first}, later)
        other = simulator._violation_find(ViolationCar("浙B0P901", "", ""))
        self.assertFalse({row.external_id for row in other} & later)
        with self.assertRaises(UserError):
            simulator._violation_find(ViolationCar("浙B19999", "", ""))
        row = self.env["dealer.violation"].new({"provider": "simulator"})
        self.assertTrue(row.is_simulated)


@tagged("post_install", "-at_install")
class TestViolationPage(HttpCase, ViolationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_customer("Other", consultant_id=cls.teammate.id)
        for login, customer in (("t_owner_1", cls.owner), ("t_owner_2", cls.other)):
            cls.env["res.users"].create(
                {
                    **cls.prepare_person(login, ["base.group_portal"], cls.store_a),
                    "partner_id": customer.partner.id,
                    "email": customer.partner.email,
                }
            )

    def press(self, login, act, car=None, **values):
        """Press a button of the page, with the token of the own session."""
        self.authenticate(login, login)
        own = self.env["dealer.vehicle"].search(
            [("current_owner_id.user_ids.login", "=", login)], limit=1
        )
        page = self.url_open(f"/my/vehicles/{own.id}")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text).group(1)
        return self.url_open(
            f"/my/vehicles/{(car or self.car).id}/violations/{act}",
            data={"csrf_token": token, **values},
        )

    def test_the_owner_sees_them(self):
        self.told[self.car.plate] = [found("1", act="闯红灯", points=6, fine=200)]
        self.night()
        self.authenticate("t_owner_1", "t_owner_1")
        page = self.url_open(f"/my/vehicles/{self.car.id}").text
        for words in ("闯红灯", "2026-11-01 12:00", "人民路", "200.00", "Simulated"):
            self.assertIn(words, page)
        self.assertIn("Open traffic violations", self.url_open("/my/vehicles").text)
        self.choose("")
        self.assertIn("闯红灯", self.url_open(f"/my/vehicles/{self.car.id}").text)

    def test_agree_and_stop(self):
        car = self.other.vehicle
        car.owner_ids.date_from = "2026-01-01"
        self.agree(self.other, "service", "sharing")
        self.told[car.plate] = [found("7", act="压线")]
        self.authenticate("t_owner_2", "t_owner_2")
        self.assertIn("I Agree", self.url_open(f"/my/vehicles/{car.id}").text)
        self.night()
        self.assertNotIn(car.plate, self.asked)
        self.press("t_owner_2", "agree", car)
        self.assertTrue(car._violations_are_agreed())
        self.night()
        self.assertIn("压线", self.url_open(f"/my/vehicles/{car.id}").text)
        page = self.press("t_owner_2", "stop", car).text
        self.assertNotIn("压线", page)
        self.assertFalse(car.violation_ids)
        self.assertFalse(car._violations_are_agreed())
        # Of being served and reminded, or of other partners, the owner did not say a word.
        consents = self.env["dealer.consent"]
        for purpose in ("service", "sharing"):
            self.assertTrue(consents._partners_with(self.other.partner, purpose, car.unit_id))

    @mute_logger(*NOISE)
    def test_not_the_car_of_another(self):
        for act in ("agree", "stop", "nonsense"):
            answer = self.press("t_owner_2", act)
            self.assertEqual(answer.status_code, 404)
        self.assertTrue(self.car._violations_are_agreed())
        answer = self.press("t_owner_1", "stop", csrf_token="forged")
        self.assertEqual(answer.status_code, 400)
        self.assertTrue(self.car._violations_are_agreed())
