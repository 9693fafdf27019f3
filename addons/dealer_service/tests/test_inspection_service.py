import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common_service import QUIET, ServiceCase

CHIEFS = {"service_manager", "general_manager", "group_executive", "system"}
DESK = CHIEFS | {"service_advisor", "care_agent", "care_manager"}


@tagged("post_install", "-at_install")
class TestInspectionService(ServiceCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = cls.env["dealer.inspection.service"]
        cls.mine = cls.make_customer("Mine")
        cls.car = cls.mine.vehicle
        cls.papers = cls.env["dealer.inspection.paper"].search([("needed", "=", True)])

    def ask(self, user=None, **values):
        services = self.services.with_user(user or self.service_advisor)
        return services.create({"vehicle_id": self.car.id, "pickup_place": "中山路", **values})

    def test_course(self):
        row = self.ask()
        self.assertEqual((row.state, row.sudo().partner_id), ("requested", self.mine.partner))
        row.action_accept()
        self.assertEqual(row.user_id, self.service_advisor)
        with self.assertRaisesRegex(UserError, "papers are missing"):
            row.action_pick_up()
        row.paper_ids = [Command.set(self.papers.ids)]
        row.action_pick_up()
        row.action_to_station()
        row.action_fail()
        row.action_to_station()
        self.assertFalse(self.car.last_inspection)
        row.action_pass()
        self.assertTrue(self.car.last_inspection)
        row.action_return()
        told = self.env["dealer.touch"].search(
            [("res_model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertTrue(told)
        self.assertEqual(told.partner_id, self.mine.partner)
        with self.assertRaisesRegex(UserError, "is over"):
            row.fee = 100
        with self.assertRaisesRegex(UserError, "by now"):
            row.action_cancel()

    def test_once_at_a_time(self):
        row = self.ask()
        with self.assertRaisesRegex(UserError, "under way already"):
            self.ask()
        row.action_cancel()
        self.ask()

    def test_nobody_forges(self):
        row = self.ask()
        for vals in ({"state": "passed"}, {"partner_id": self.env.user.partner_id.id}):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                row.write(vals)
            with self.assertRaisesRegex(UserError, "by its buttons"):
                self.ask(**vals)
        forged = self.services.with_user(self.service_advisor).with_context(default_state="passed")
        row.action_cancel()
        self.assertEqual(forged.create({"vehicle_id": self.car.id}).state, "requested")

    def test_car_of_nobody(self):
        with self.assertRaisesRegex(UserError, "owner first"):
            self.ask(vehicle_id=self.make_car().id)

    @mute_logger(*QUIET)
    def test_car_that_one_does_not_see(self):
        other = self.make_customer("Other", self.store_b)
        with self.assertRaises(AccessError):
            self.ask(vehicle_id=other.vehicle.id)

    def test_owner_asks_and_sees(self):
        user = self.mine.partner.sudo()._dealer_portal_user()
        user.password = "t_owner_password"
        self.authenticate(user.login, "t_owner_password")
        path = f"/my/vehicles/{self.car.id}"
        page = self.url_open(path).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page).group(1)
        today = self.store_a._clock_local(fields.Datetime.now()).date()
        form = {"csrf_token": token, "place": "万达广场", "when": f"{today}T09:00"}
        for wrong in ({}, {"when": "bald"}, {"place": " ", "when": f"{today}T09:00"}):
            answer = self.url_open(f"{path}/inspection", {**form, **wrong})
            self.assertEqual(answer.status_code, 422)
        tomorrow = today + timedelta(days=1)
        self.url_open(f"{path}/inspection", {**form, "when": f"{tomorrow}T09:00"})
        row = self.services.search([("vehicle_id", "=", self.car.id)])
        self.assertEqual((row.pickup_place, row.state), ("万达广场", "requested"))
        self.assertEqual(str(row.pickup_at), f"{tomorrow} 01:00:00")
        self.assertIn("万达广场", self.url_open(path).text)
        again = self.url_open(f"{path}/inspection", {**form, "when": f"{tomorrow}T10:00"})
        self.assertEqual(again.status_code, 422)
        foreign = self.make_customer("Theirs").vehicle
        answer = self.url_open(f"/my/vehicles/{foreign.id}/inspection", form)
        self.assertEqual(answer.status_code, 404)

    @mute_logger(*QUIET)
    def test_who_may_what(self):
        row = self.ask()
        paper = self.papers[0]
        for post in (*POSTS, "system"):
            mine = row.with_user(self.users[post])
            reads = post in DESK | {"technician"}
            self.assertEqual(mine.has_access("read"), reads, post)
            self.assertEqual(mine.has_access("write"), post in DESK, post)
            self.assertEqual(mine.browse().has_access("create"), post in DESK, post)
            self.assertFalse(mine.has_access("unlink"), post)
            self.assertEqual(
                paper.with_user(self.users[post]).has_access("write"), post in CHIEFS, post
            )
            if post not in DESK:
                with self.assertRaises(AccessError):
                    mine.action_accept()
        self.assertFalse(row.with_user(self.consultant_b).has_access("read"))
        users = self.env.ref("base.public_user")
        for post in API_POSTS:
            users |= self.make_machine(f"t_{post}", post)
        for user in users:
            self.assertFalse(row.with_user(user).has_access("read"), user.login)

    def test_menus(self):
        for post in (*POSTS, "system"):
            visible = self.env(user=self.users[post])["ir.ui.menu"]._visible_menu_ids()
            for name, posts in (("services", DESK | {"technician"}), ("papers", CHIEFS)):
                menu = self.env.ref(f"dealer_service.menu_inspection_{name}")
                shown = {menu.id, menu.parent_id.id} <= set(visible)
                self.assertEqual(shown, post in posts, f"{post} {name}")
