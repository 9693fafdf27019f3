import io
import json
from unittest.mock import patch
from urllib.parse import urlencode

from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from ..models import dealer_figures_print
from ..models.ir_actions_report import number_pages
from ..tools.paper import count_lines, cut_pages
from .common import ReportCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class PrintCase(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest("2026-03-31 10:00", phone=cls.next_phone(), visitor_name="张三")
        cls.guest("2026-03-31 11:00", phone=cls.next_phone(), visitor_name="李四", invited=True)
        cls.guest("2026-04-01 11:00", consultant=cls.teammate, visitor_name="王五")
        cls.guest("2026-04-01 12:00", consultant=cls.stranger, visitor_name="赵六")
        cls.domain = [("unit_id", "=", cls.store_a.id)]

    def pivot(self, **values):
        return {
            "title": "展厅流量分析",
            "domain": self.domain,
            "measures": ["sales_visits", "first_visits", "rate_met"],
            "rows": ["unit_id", "consultant_id"],
            "cols": [],
            "facets": "2026",
            **values,
        }

    def table(self, shown, user=None, model="dealer.visit.report"):
        report = self.env[model].with_user(user or self.general_manager)
        return report._print_table(shown)


class TestPrint(PrintCase):
    """The table on paper is that of the screen."""

    def test_pivot(self):
        table = self.table(self.pivot())
        self.assertEqual(len(table["head"]), 4)
        total, store, *people = table["lines"]
        self.assertEqual(total["cells"], ["Total", "4", "3", "100.0%"])
        self.assertEqual((store["kind"], store["level"]), ("group", 1))
        self.assertEqual(store["cells"][1:], total["cells"][1:])
        self.assertEqual(
            {line["cells"][0]: line["cells"][1] for line in people},
            {
                self.sales_consultant.name: "2",
                self.teammate.name: "1",
                self.stranger.name: "1",
            },
        )
        self.assertEqual(sum(int(line["cells"][1]) for line in people), 4)

    def test_pivot_with_columns(self):
        table = self.table(self.pivot(measures=["visits"], rows=["unit_id"], cols=["day:day"]))
        self.assertEqual(len(table["head"]), 4, table["head"])  # label, two days, total
        self.assertEqual(table["head"][-1], "Total")
        self.assertEqual(table["lines"][0]["cells"], ["Total", "2", "2", "4"])

    def test_list(self):
        shown = {
            "domain": self.domain,
            "columns": ["guest", "arrived_at", "purpose", "guests", "visits"],
            "groups": ["consultant_id"],
        }
        table = self.table(shown)
        kinds = [line["kind"] for line in table["lines"]]
        self.assertEqual(kinds.count("group"), 3)
        self.assertEqual(kinds.count("row"), 4)
        self.assertEqual(table["lines"][-1]["cells"], ["Total (4)", "", "", 4, 4])

    def test_as_on_the_screen(self):
        """Each post prints the rows that it sees, and no column that it may not read."""
        shown = {"domain": self.domain, "columns": ["guest", "grade_id"]}
        for user in (self.sales_consultant, self.sales_manager, self.general_manager):
            rows = self.table(shown, user)["lines"][:-1]
            seen = self.visit_report.with_user(user).search_count(self.domain)
            self.assertEqual(len(rows), seen, user.login)
        self.assertEqual(len(self.table(shown, self.sales_consultant)["head"]), 2)
        self.assertEqual(len(self.table(shown, self.reception)["head"]), 1)

    @mute_logger(*QUIET)
    def test_who_may_not_see_prints_nothing(self):
        for user in (self.technician, self.dcc_agent, self.marketing_user):
            report = self.visit_report.with_user(user)
            self.assertIsInstance(
                self.attempt(lambda report=report: report.action_print(self.pivot())), AccessError
            )
        other = self.visit_report.with_user(self.sales_consultant)
        secret = self.pivot(measures=["grade_id"], rows=["visit_secret"])
        self.assertTrue(self.attempt(lambda: other.action_print(secret)))

    def test_too_much(self):
        report = self.visit_report.with_user(self.general_manager)
        shown = {"domain": self.domain, "columns": ["guest"]}
        with patch.object(dealer_figures_print, "MOST_LINES", 3):
            with self.assertRaisesRegex(UserError, "4 lines are too many"):
                report.action_print(shown)
            with self.assertRaisesRegex(UserError, "too many to print"):
                report.action_print(self.pivot())
        with (
            patch.object(dealer_figures_print, "MOST_COLUMNS", 3),
            self.assertRaisesRegex(UserError, "columns do not fit"),
        ):
            report.action_print(self.pivot())
        action = report.action_print(shown)
        self.assertEqual(action["report_name"], "dealer_reports.print_dealer_visit_report")

    def test_every_printed_model_has_its_report(self):
        models = [
            name
            for name, model in self.env.registry.items()
            if hasattr(model, "action_print") and "dealer" in name and not model._abstract
        ]
        self.assertGreaterEqual(len(models), 5)
        for name in models:
            model = self.env[name].with_user(self.general_manager)
            day = model._print_day
            action = model.action_print(
                {"domain": [], "measures": ["__count"], "rows": [f"{day}:month"]}
            )
            html = (
                self.env["ir.actions.report"]
                .with_user(self.general_manager)
                ._render_qweb_html(action["report_name"], None, data=action["data"])[0]
                .decode()
            )
            self.assertIn(self.general_manager.name, html, name)

    def test_head(self):
        values = self.visit_report.with_user(self.general_manager)._print_values(self.pivot())
        self.assertEqual(values["stores"], self.store_a.name)
        self.assertEqual(values["period"], "03/31/2026 – 04/01/2026")
        self.assertEqual(values["printed_by"], self.general_manager.name)

    def test_pages(self):
        """A line stands on one page whole; each page has no more than fits, and none is lost."""
        long = "客户要开专票，预算十八万左右，春节前提车" * 8
        lines = [
            {"kind": "row", "cells": [f"客户{number}", long if number % 3 else "短"]}
            for number in range(200)
        ]
        shares, pages = cut_pages(["客户", "内容"], lines, 11)
        self.assertAlmostEqual(sum(shares), 100)
        self.assertEqual([line for page in pages for line in page], lines)
        self.assertGreater(len(pages), 5)
        heights = [
            sum(4 + 1.24 * 11 * count_lines(line["cells"], shares, 11) for line in page)
            for page in pages
        ]
        self.assertLessEqual(max(heights), 490)
        self.assertEqual(
            count_lines(["a", long], [50, 50], 11), count_lines([long, ""], [50, 50], 11)
        )

    def test_page_numbers(self):
        canvas = io.BytesIO()
        paper = Canvas(canvas)
        for _page in range(3):
            paper.drawString(50, 500, "x")
            paper.showPage()
        paper.save()
        pages = PdfReader(io.BytesIO(number_pages(canvas.getvalue()))).pages
        self.assertEqual(len(pages), 3)
        for number, page in enumerate(pages, 1):
            self.assertIn(f"{number} / 3", page.extract_text())
            self.assertIn("x", page.extract_text())


class TestPrintRoute(PrintCase, HttpCase):
    """What is printed leaves the system: a line in the export log (A8)."""

    _registry_readonly_enabled = False

    def test_logged(self):
        self.authenticate("t_sales_manager", "t_sales_manager")
        log = self.env["dealer.export.log"]
        before = log.search([])
        answer = self.url_open(
            "/report/pdf/dealer_reports.print_dealer_visit_report?"
            + urlencode({"options": json.dumps(self.pivot())})
        )
        self.assertEqual(answer.status_code, 200)
        self.assertRecordValues(
            log.search([]) - before,
            [
                {
                    "user_id": self.sales_manager.id,
                    "model": "dealer.visit.report",
                    "export_format": "pdf",
                    "row_count": 3,
                }
            ],
        )
