import io
import json
import zipfile

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import DealerCase

QUIET = (
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.web.controllers.export",
    "odoo.http",
)


class TestExport(DealerCase):
    """What leaves the system needs a right, and leaves a line (A8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.log = cls.env["dealer.export.log"]

    def allow(self, user):
        user.group_ids |= self.env.ref("base.group_allow_export")

    def last(self):
        return self.log.search([], limit=1)

    def test_posts_have_no_right_by_themselves(self):
        for user in self.users.values():
            if user != self.system:
                self.assertFalse(user.has_group("base.group_allow_export"), user.login)
        with self.assertRaises(UserError):
            self.own.partner.with_user(self.sales_consultant).export_data(["phone"])

    def test_rpc_is_logged(self):
        self.allow(self.sales_consultant)
        before = self.log.search_count([])
        self.own.partner.with_user(self.sales_consultant).export_data(["name", "phone"])
        self.assertEqual(self.log.search_count([]), before + 1)
        self.assertRecordValues(
            self.last(),
            [
                {
                    "user_id": self.sales_consultant.id,
                    "company_id": self.store_a.company_id.id,
                    "model": "res.partner",
                    "export_format": "rpc",
                    "filter_used": f"id: {self.own.partner.id}",
                    "field_names": "name, phone",
                    "row_count": 1,
                }
            ],
        )

    def test_context_forges_nothing(self):
        self.allow(self.sales_consultant)
        forged = {
            "default_user_id": self.teammate.id,
            "default_date": "2020-01-01 00:00:00",
            "default_company_id": self.store_b.company_id.id,
            "default_model": "res.lang",
            "default_row_count": 0,
            "default_filter_used": "nothing",
            "default_field_names": "nothing",
            "default_address": "127.0.0.9",
            "dealer_export": {"format": "x", "filter": "x"},
            "import_compat": True,
        }
        self.own.partner.with_user(self.sales_consultant).with_context(**forged).export_data(
            ["name"]
        )
        line = self.last()
        self.assertRecordValues(
            line,
            [
                {
                    "user_id": self.sales_consultant.id,
                    "company_id": self.store_a.company_id.id,
                    "model": "res.partner",
                    "field_names": "name",
                    "row_count": 1,
                    "address": False,
                }
            ],
        )
        self.assertGreater(line.date.year, 2020)

    def test_nobody_rewrites_the_log(self):
        self.allow(self.sales_consultant)
        self.own.partner.with_user(self.sales_consultant).export_data(["name"])
        line = self.last()
        for user in (self.general_manager, self.group_executive, self.system):
            with mute_logger(*QUIET, "odoo.addons.base.models.ir_access"):
                mine = line.with_user(user)
                self.assertTrue(mine.read(["model_name"]))
                for action in (mine.unlink, lambda mine=mine: mine.write({"row_count": 0})):
                    self.assertIsInstance(self.attempt(action), AccessError)

    def test_many_ticked_records(self):
        """The line stays short, however many records were ticked."""
        line = self.log._record("res.partner", ["name"], 500, ids=list(range(500)))
        self.assertTrue(line.filter_used.endswith("…"))
        self.assertLess(len(line.filter_used), 1200)


class TestExportRoutes(DealerCase, HttpCase):
    # A test's cursor cannot be opened for writing beside one for reading, as the log needs it.
    _registry_readonly_enabled = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.make_customer("Own2", consultant_id=cls.sales_consultant.id)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.log = cls.env["dealer.export.log"]

    def setUp(self):
        super().setUp()
        self.authenticate("t_sales_consultant", "t_sales_consultant")
        self.before = self.log.search([]).ids

    def allow(self):
        self.sales_consultant.group_ids |= self.env.ref("base.group_allow_export")

    def lines(self):
        return self.log.search([("id", "not in", self.before)])

    def post(self, route, data):
        return self.url_open(
            route, data={"data": json.dumps(data), "csrf_token": http.Request.csrf_token(self)}
        )

    def request_data(self, **values):
        return {
            "model": "res.partner",
            "fields": [
                {"name": "name", "label": "Name", "type": "char"},
                {"name": "phone", "label": "Phone", "type": "char"},
            ],
            "ids": False,
            "domain": [("is_dealer_customer", "=", True)],
            "groupby": [],
            "context": {"default_user_id": self.teammate.id, "lang": "en_US"},
            "import_compat": False,
            **values,
        }

    @mute_logger(*QUIET)
    def test_right_needed(self):
        for route, data in (
            ("/web/export/csv", self.request_data()),
            ("/web/export/xlsx", self.request_data()),
            ("/web/pivot/export_xlsx", self.pivot()),
        ):
            answer = self.post(route, data)
            self.assertGreaterEqual(answer.status_code, 400, route)
            self.assertNotIn("CanaryOwn", answer.text)
        self.env["ir.config_parameter"].set_param("web.json.enabled", "1")
        answer = self.json_route()
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertFalse(self.lines(), "what did not leave is not in the log")

    def check_list(self, route, export_format, text_of):
        self.allow()
        answer = self.post(route, self.request_data())
        self.assertEqual(answer.status_code, 200)
        text = text_of(answer)
        self.assertIn(self.own.partner.phone, text)
        self.assertNotIn(self.other.partner.phone, text)
        self.assertRecordValues(
            self.lines(),
            [
                {
                    "user_id": self.sales_consultant.id,
                    "company_id": self.store_a.company_id.id,
                    "model": "res.partner",
                    "export_format": export_format,
                    "field_names": "name, phone",
                    "row_count": 2,
                }
            ],
        )
        self.assertIn("is_dealer_customer", self.lines().filter_used)
        self.assertTrue(self.lines().address)

    def test_csv(self):
        self.check_list("/web/export/csv", "csv", lambda answer: answer.text)

    def test_xlsx(self):
        def text_of(answer):
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                return book.read("xl/sharedStrings.xml").decode()

        self.check_list("/web/export/xlsx", "xlsx", text_of)

    def test_ticked(self):
        self.allow()
        self.post("/web/export/csv", self.request_data(ids=self.own.partner.ids))
        self.assertRecordValues(
            self.lines(), [{"filter_used": f"id: {self.own.partner.id}", "row_count": 1}]
        )

    def test_grouped(self):
        self.allow()
        data = self.request_data(groupby=["city"])
        self.assertEqual(self.post("/web/export/xlsx", data).status_code, 200)
        self.assertEqual(sum(self.lines().mapped("row_count")), 2)
        self.assertEqual(self.lines().mapped("model"), ["res.partner"])

    @mute_logger(*QUIET)
    def test_hidden_customer(self):
        """The right to export is no right to see."""
        self.allow()
        answer = self.post("/web/export/csv", self.request_data(ids=self.other.partner.ids))
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertNotIn(self.other.partner.phone, answer.text)

    def pivot(self):
        return {
            "title": "Customers",
            "model": "res.partner",
            "measure_count": 1,
            "origin_count": 1,
            "col_group_headers": [[{"title": "Total", "width": 1, "height": 1}]],
            "measure_headers": [{"title": "Count", "width": 1, "height": 1, "is_bold": False}],
            "origin_headers": [],
            "rows": [
                {"title": "Ningbo", "indent": 0, "values": [{"value": 2, "is_bold": False}]},
                {"title": "Hangzhou", "indent": 0, "values": [{"value": 1, "is_bold": False}]},
            ],
        }

    def test_pivot(self):
        self.allow()
        answer = self.post("/web/pivot/export_xlsx", self.pivot())
        self.assertEqual(answer.status_code, 200)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            self.assertIn("Ningbo", book.read("xl/sharedStrings.xml").decode())
        self.assertRecordValues(
            self.lines(),
            [
                {
                    "user_id": self.sales_consultant.id,
                    "model": "res.partner",
                    "export_format": "pivot xlsx",
                    "filter_used": "Customers",
                    "field_names": "Count",
                    "row_count": 2,
                }
            ],
        )

    def json_route(self):
        headers = {
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Site": "none",
            "Sec-Fetch-User": "?1",
        }
        return self.url_open("/json/1/dealer-customers", headers=headers)

    def test_json(self):
        self.allow()
        self.env["ir.config_parameter"].set_param("web.json.enabled", "1")
        answer = self.json_route()
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.own.partner.phone, answer.text)
        self.assertNotIn(self.other.partner.phone, answer.text)
        line = self.lines()
        self.assertRecordValues(
            line,
            [
                {
                    "user_id": self.sales_consultant.id,
                    "model": "res.partner",
                    "export_format": "json",
                    "row_count": 2,
                }
            ],
        )
        self.assertIn("phone", line.field_names)
        self.assertIn("dealer-customers", line.filter_used)
