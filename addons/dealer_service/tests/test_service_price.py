import re
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from ..tools.day import today
from .common_appointment import AppointmentCase
from .common_service import QUIET

CHIEFS = {"service_manager", "general_manager", "group_executive", "system"}
DESK = CHIEFS | {"service_advisor", "care_agent", "care_manager"}


@tagged("post_install", "-at_install")
class TestServicePrice(AppointmentCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prices = cls.env["dealer.service.price"]
        cls.prices.search([]).active = False
        cls.price = cls.make_price(parts=300, labour=120)

    @classmethod
    def make_price(cls, **values):
        return cls.prices.create(
            {
                "item_id": cls.minor.id,
                "unit_id": cls.store_a.id,
                "brand": "大众",
                "series": "速腾",
                "valid_until": today() + timedelta(days=30),
                **values,
            }
        )

    def ask(self, **values):
        return self.env["dealer.price.enquiry"]._ask(
            self.owner.partner,
            values.get("unit", self.store_a),
            values.get("service", "换轮胎"),
            "",
            "速腾",
            "",
        )

    # ------------------------------------------------------------ prices

    def test_own_store_goes_before_all_stores(self):
        self.make_price(unit_id=False, parts=1)
        self.assertEqual(self.prices._of(self.store_a, self.minor, "大众", "速腾"), self.price)
        self.assertEqual(self.prices._of(self.store_b, self.minor, "大众", "速腾").parts, 1)

    def test_past_its_day_is_not_shown(self):
        self.price.valid_until = today() - timedelta(days=1)
        self.assertFalse(self.prices._of(self.store_a, self.minor, "大众", "速腾"))
        self.assertFalse(self.prices._series(self.store_a))

    def test_page(self):
        store = self.store_a.id
        answer = self.url_open(f"/service/prices?store={store}&series=大众/速腾")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("420", answer.text)
        self.assertIn("/my/sign-in?redirect=", answer.text)
        self.assertIn("/my/service/price?", answer.text)  # nothing is on file for the other service
        self.assertNotIn("420", self.url_open(f"/service/prices?store={store}").text)
        hostile = self.url_open("/service/prices?store=x&series=<script>alert(1)</script>/a")
        self.assertEqual(hostile.status_code, 200)
        self.assertNotIn("<script>alert(1)", hostile.text)

    def test_asking_needs_the_sign_in(self):
        answer = self.url_open("/my/service/price?item=1", allow_redirects=False)
        self.assertIn(answer.status_code, (302, 303))
        self.assertIn("/my/sign-in", answer.headers["Location"])

    def test_customer_asks_on_the_page(self):
        user = self.owner.partner.sudo()._dealer_portal_user()
        user.password = "t_owner_password"
        self.owner.vehicle.write({"brand": "大众", "series": "速腾"})
        self.authenticate(user.login, "t_owner_password")
        page = self.url_open(f"/service/prices?store={self.store_a.id}")
        self.assertIn("420", page.text)  # the own car is chosen
        self.assertIn("/my/appointments/new?", page.text)
        ask = self.url_open(f"/my/service/price?store={self.store_a.id}&series=大众/速腾").text
        self.assertIn("大众 速腾", ask)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', ask).group(1)
        form = {"store": self.store_a.id, "service": "", "series": "速腾", "csrf_token": token}
        self.assertEqual(self.url_open("/my/service/price/send", form).status_code, 422)
        self.url_open("/my/service/price/send", {**form, "service": "换轮胎"})
        row = self.env["dealer.price.enquiry"].search([("partner_id", "=", self.owner.partner.id)])
        self.assertEqual((row.service, row.unit_id, row.state), ("换轮胎", self.store_a, "open"))
        self.assertTrue(row.clock_due_at)

    # ------------------------------------------------------------ enquiries

    def test_asked_twice_is_one_enquiry(self):
        row = self.ask()
        self.assertEqual(self.ask(), row)
        self.assertNotEqual(self.ask(service="补漆"), row)

    def test_answer(self):
        row = self.ask().with_user(self.service_advisor)
        with self.assertRaisesRegex(UserError, "Enter parts"):
            row.action_send()
        row.write({"parts": 800, "labour": 100, "valid_until": today() - timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "today at least"):
            row.action_send()
        row.valid_until = today() + timedelta(days=7)
        row.action_send()
        self.assertEqual((row.state, row.answered_by_id), ("answered", self.service_advisor))
        self.assertFalse(row.clock_due_at)
        touch = self.env["dealer.touch"].search(
            [("res_model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertEqual(touch.partner_id, self.owner.partner)
        self.assertIn("900", touch._words(["price_answer"])["price_answer"])
        for change in (lambda: row.write({"parts": 1}), row.action_send):
            with self.assertRaisesRegex(UserError, "sent already"):
                change()

    def test_nobody_changes_the_question(self):
        with self.assertRaisesRegex(UserError, "stays as it is"):
            self.ask().with_user(self.service_manager).write({"service": "x"})
        with self.assertRaises(UserError):
            self.env["dealer.price.enquiry"].with_user(self.service_manager).create({})

    # ------------------------------------------------------------ rights

    @mute_logger(*QUIET)
    def test_who_may_what(self):
        mine, others = self.ask(), self.ask(unit=self.store_b)
        theirs = self.make_price(unit_id=self.store_b.id, series="探岳")
        everywhere = self.make_price(unit_id=False)
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            for row, right in ((mine, post in DESK), (others, False)):
                for operation in ("read", "write"):
                    self.assertEqual(row.with_env(env).has_access(operation), right, post)
                self.assertFalse(row.with_env(env).has_access("unlink"), post)
            readers = DESK | {"technician"}
            price = self.price.with_env(env)
            self.assertEqual(price.has_access("read"), post in readers, post)
            self.assertEqual(price.has_access("write"), post in CHIEFS, post)
            self.assertFalse(theirs.with_env(env).has_access("read"), post)
            self.assertEqual(
                everywhere.with_env(env).has_access("write"),
                post in ("group_executive", "system"),
                post,
            )
            if post in CHIEFS - {"group_executive", "system"}:
                with self.assertRaises(AccessError):
                    price.unit_id = self.store_b
        users = self.env.ref("base.public_user")
        for post in API_POSTS:
            users |= self.make_machine(f"t_{post}", post)
        for user in users:
            for row in (mine, self.price):
                self.assertFalse(row.with_user(user).has_access("read"), user.login)

    def test_menus(self):
        for post in (*POSTS, "system"):
            visible = self.env(user=self.users[post])["ir.ui.menu"]._visible_menu_ids()
            for name, posts in (("price_enquiries", DESK), ("service_prices", CHIEFS)):
                menu = self.env.ref(f"dealer_service.menu_{name}")
                self.assertEqual(menu.id in visible, post in posts, f"{post} {name}")
