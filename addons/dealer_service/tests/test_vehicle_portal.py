from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_service import QUIET, ServiceCase

NOISE = (*QUIET, "odoo.http", "odoo.addons.base.models.ir_qweb")


@tagged("post_install", "-at_install")
class TestVehiclePortal(HttpCase, ServiceCase):
    """“My Cars”: the present owner's own cars, and nothing of anybody else by any door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.make_customer("Mine", consultant_id=cls.sales_consultant.id)
        cls.theirs = cls.make_customer("Theirs", consultant_id=cls.teammate.id)
        cls.owner, cls.stranger_owner = cls.env["res.users"].create(
            [
                {
                    **cls.prepare_person(login, ["base.group_portal"], cls.store_a),
                    "partner_id": customer.partner.id,
                    "email": customer.partner.email,
                }
                for login, customer in (("t_owner_1", cls.mine), ("t_owner_2", cls.theirs))
            ]
        )
        cls.car, cls.foreign = cls.mine.vehicle, cls.theirs.vehicle
        cls.order = cls.visit(cls.car, 10, "Wordsmine")
        cls.other_order = cls.visit(cls.foreign, 10, "Wordstheirs")

    @classmethod
    def visit(cls, car, days_ago, words, price=80, **values):
        car.owner_ids.date_from = "2020-01-01"
        order = cls.make_order(
            car,
            days_ago=days_ago,
            mileage=0,
            customer_words=words,
            work_done=f"Work{words}",
            line_ids=[
                Command.create({"name": "Oil change", "price_unit": price}),
                Command.create({"name": "Filter", "kind": "part", "price_unit": 62}),
                Command.create({"name": "Free", "price_unit": 98765, "paid_by": "warranty"}),
            ],
            **values,
        )
        order.action_close()
        return order

    def page(self, url, login="t_owner_1"):
        self.authenticate(login, login)
        return self.url_open(url)

    # ------------------------------------------------------------------ the own cars

    def test_own_cars(self):
        page = self.page("/my/vehicles")
        self.assertIn(self.car.plate, page.text)
        self.assertNotIn(self.foreign.plate, page.text)
        page = self.page(f"/my/vehicles/{self.car.id}")
        for words in (self.car.plate, self.car.vin, "Wordsmine", "WorkWordsmine", "142.00"):
            self.assertIn(words, page.text)
        self.assertNotIn("98,765.00", page.text)
        home = self.page("/my/home")
        self.assertIn("/my/vehicles", home.text)

    def test_pdf(self):
        answer = self.page(f"/my/vehicles/{self.car.id}/pdf")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        # Odoo makes no PDF while tests run; the story in tests/browser has a real one.
        self.assertIn(self.car.plate, answer.text)
        self.assertIn("WorkWordsmine", answer.text)

    def test_cost_of_the_year(self):
        self.visit(self.car, 300, "Earlier", price=100)
        self.visit(self.car, 400, "Too early", price=100_000)
        page = self.car.sudo()._owner_page(self.mine.partner)
        self.assertEqual(
            [(str(label), amount) for label, amount in page["costs"]],
            [("Labour", 180), ("Parts", 124)],
        )
        self.assertEqual(page["total"], 304)

    def test_no_car(self):
        self.car._set_owner(self.theirs.partner)
        page = self.page("/my/vehicles")
        self.assertIn("No car is on file", page.text)

    def test_staff_print_what_was_done_in_the_own_stores(self):
        elsewhere = self.visit(self.car, 20, "Elsewhere", unit_id=self.store_b.id)
        reports = self.env["ir.actions.report"].with_user(self.service_advisor)
        html = reports._render_qweb_html("dealer_service.report_car_file", self.car.ids)[0].decode()
        self.assertIn("WorkWordsmine", html)
        self.assertNotIn(elsewhere.work_done, html)
        for name in ("report_car_file", "report_maintenance"):
            for user in (self.stranger, self.dcc_agent, self.marketing_user):
                reports = self.env["ir.actions.report"].with_user(user)
                with self.assertRaises(AccessError), mute_logger(*NOISE):
                    reports._render_qweb_html(f"dealer_service.{name}", self.car.ids)
        owner_sees = self.car.sudo()._owner_page(self.mine.partner)["history"]
        self.assertIn(elsewhere.work_done, [row["work"] for row in owner_sees])

    # ------------------------------------------------------------------ of others

    @mute_logger(*NOISE)
    def test_cars_of_others(self):
        for vehicle_id in (self.foreign.id, self.foreign.id + 10_000):
            for end in ("", "/pdf"):
                answer = self.page(f"/my/vehicles/{vehicle_id}{end}")
                self.assertEqual(answer.status_code, 404)
                self.assertNotIn("Theirs", answer.text)

    @mute_logger(*NOISE)
    def test_nobody_without_log_in(self):
        for end in ("", f"/{self.car.id}", f"/{self.car.id}/pdf"):
            answer = self.url_open(f"/my/vehicles{end}", allow_redirects=False)
            self.assertIn(answer.status_code, (302, 303))
            self.assertIn("/web/login", answer.headers["Location"])

    @mute_logger(*NOISE)
    def test_staff_see_no_cars_here(self):
        page = self.page("/my/vehicles", "t_service_advisor")
        self.assertNotIn(self.car.plate, page.text)

    @mute_logger(*NOISE)
    def test_reports_and_files_of_others(self):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "invoice.txt",
                "raw": b"secretfile",
                "res_model": "dealer.service.order",
                "res_id": self.other_order.id,
            }
        )
        urls = [
            f"/web/content/{attachment.id}",
            f"/web/content/dealer.service.order/{self.other_order.id}/customer_words",
            f"/report/html/dealer_service.report_car_file/{self.foreign.id}",
            f"/report/pdf/dealer_service.report_car_file/{self.foreign.id}",
            f"/report/html/dealer_service.report_maintenance/{self.foreign.id}",
        ]
        for url in urls:
            answer = self.page(url)
            self.assertNotEqual(answer.status_code, 200, url)
            for words in ("secretfile", "Wordstheirs", self.foreign.plate):
                self.assertNotIn(words, answer.text, url)

    @mute_logger(*NOISE)
    def test_nothing_by_rpc(self):
        self.env["dealer.vehicle.fault"].create({"vehicle_id": self.foreign.id, "name": "x"})
        self.env["dealer.maintenance.need"].create(
            {
                "vehicle_id": self.foreign.id,
                "line_id": self.env["dealer.maintenance.plan.line"]
                .create(
                    {
                        "plan_id": self.env["dealer.maintenance.plan"].create({"name": "P"}).id,
                        "name": "x",
                        "every_km": 1,
                        "keywords": "x",
                    }
                )
                .id,
            }
        )
        self.authenticate("t_owner_1", "t_owner_1")
        cars = (self.car | self.foreign).ids
        calls = [
            ("dealer.vehicle", "read", [cars, ["plate"]]),
            ("dealer.vehicle", "search_read", [[], ["plate"]]),
            ("dealer.vehicle", "mileage_curve", [cars[:1]]),
            ("dealer.vehicle", "action_maintenance_list", [cars[:1]]),
            ("dealer.vehicle", "action_print_car_file", [cars[:1]]),
            ("dealer.vehicle", "action_print_maintenance", [cars[:1]]),
            ("dealer.vehicle", "action_inspected", [cars[:1]]),
            ("dealer.vehicle", "message_post", [cars[:1]]),
            ("dealer.service.order", "search_read", [[], ["customer_words"]]),
            ("dealer.service.order", "action_close", [self.other_order.ids]),
            ("dealer.service.order", "action_maintenance_list", [self.other_order.ids]),
            ("dealer.service.order.line", "search_read", [[], ["name"]]),
            ("dealer.vehicle.fault", "search_read", [[], ["name"]]),
            ("dealer.service.repair", "search_read", [[], ["note"]]),
            ("dealer.guarantee.watch", "search_read", [[], ["sentence"]]),
            ("dealer.maintenance.need", "search_read", [[], ["name"]]),
            ("dealer.maintenance.need", "action_done", [[1]]),
            ("dealer.maintenance.plan", "search_read", [[], ["name"]]),
            ("dealer.violation", "search_read", [[], ["act"]]),
            ("dealer.vehicle.refuel", "search_read", [[], ["amount"]]),
            (
                "dealer.vehicle.refuel",
                "create",
                [[{"vehicle_id": cars[0], "litres": 1, "amount": 1}]],
            ),
            ("dealer.vehicle", "action_violations", [cars[:1]]),
            ("dealer.inspection.rule", "search_read", [[], ["name"]]),
        ]
        for model, method, args in calls:
            answer = self.url_open(
                "/web/dataset/call_kw",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"model": model, "method": method, "args": args, "kwargs": {}},
                },
            ).json()
            self.assertIn("error", answer, f"{model}.{method}")
            self.assertIn(
                answer["error"]["data"]["name"],
                ("odoo.exceptions.AccessError", "odoo.exceptions.MissingError"),
                f"{model}.{method}",
            )

    # ------------------------------------------------------------------ the next owner

    def test_the_new_owner_sees_the_work_and_not_the_former_owner(self):
        self.car._set_owner(self.theirs.partner, fields.Date.today() - timedelta(days=5))
        after = self.visit_of_new_owner()
        page = self.page(f"/my/vehicles/{self.car.id}", "t_owner_2")
        self.assertIn("WorkWordsmine", page.text)
        self.assertIn("Wordsafter", page.text)
        for words in (">Wordsmine", "142.00", self.mine.name_canary, self.mine.partner.phone):
            self.assertNotIn(words, page.text)
        data = self.car.sudo()._owner_page(self.theirs.partner)
        self.assertEqual([row["words"] for row in data["history"]], ["Wordsafter", False])
        self.assertEqual([row["amount"] for row in data["history"]], [after.amount_customer, False])
        # The former owner has left.
        with mute_logger(*NOISE):
            self.assertEqual(self.page(f"/my/vehicles/{self.car.id}").status_code, 404)

    def visit_of_new_owner(self):
        order = self.make_order(
            self.car,
            days_ago=1,
            customer_words="Wordsafter",
            line_ids=[Command.create({"name": "Wash", "price_unit": 31})],
        )
        order.action_close()
        return order
