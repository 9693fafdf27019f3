from odoo.fields import Command

from .common import LeadsCase
from .common_import import HEADING, ImportCase

MEASURES = [
    "cost:sum",
    "rows:sum",
    "valid:sum",
    "invalid:sum",
    "duplicates:sum",
    "leads:sum",
    "visits:sum",
    "orders:sum",
    "partner_no:count_distinct",
    "cost_per_valid:avg",
    "cost_per_visit:avg",
    "cost_per_order:avg",
]


class TestChannels(ImportCase):
    """Costs and validity of a small month, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_per_channel")
        rows = case.customer_rows(0, 4)
        rows += [["L-7", "王七", "12345", "", "", ""], ["L-8", "王八", "1399", "", "", ""]]
        rows += [["L-9", "王九", "", "", "", ""]]
        rows += [["L-10", "客户0", "19900760000", "", "", "还在吗"]]
        cls.file = case.take_in_file([HEADING, *rows], source="show", cost=1000)
        cls.env["dealer.channel.cost"].create(
            {
                "name": "Yearly fee",
                "source_id": case.source("media").id,
                "unit_id": cls.store_a.id,
                "amount": 600,
            }
        )
        # Two of the platform's leads are customers of the show already.
        cls.posted = cls.take_in(
            *(cls.prepare_lead(number, phone=f"1990076{number:04d}") for number in (0, 1, 20)),
            source="media",
        )

    def figures(self, group="source_id", domain=(), user=None):
        report = self.env["dealer.channel.report"].with_user(user or self.marketing_manager)
        report.invalidate_model()
        return {
            row[0]: dict(zip([name.partition(":")[0] for name in MEASURES], row[1:], strict=True))
            for row in report._read_group(list(domain), [group], MEASURES)
        }

    def test_per_channel(self):
        leads = self.inbox_of(self.file).lead_id
        leads[0].sudo().dealer_visited_at = "2026-01-08"
        leads[1].sudo().dealer_visited_at = "2026-01-08"
        order = self.env["dealer.order"].create(
            {
                "partner_id": leads[0].partner_id.id,
                "lead_id": leads[0].id,
                "unit_id": self.store_a.id,
                "brand": "大众",
                "series": "速腾",
                "price": 120000,
            }
        )
        self.env.flush_all()
        figures = self.figures(domain=[("source_id.dealer_code", "in", ("show", "media"))])
        self.assertEqual(
            figures[self.source("show")],
            {
                "cost": 1000,
                "rows": 8,
                "valid": 5,
                "invalid": 3,
                "duplicates": 1,
                "leads": 4,
                "visits": 2,
                "orders": 0,
                "partner_no": 4,
                "cost_per_valid": 200,
                "cost_per_visit": 500,
                "cost_per_order": False,
            },
        )
        self.assertEqual(
            figures[self.source("media")],
            {
                "cost": 600,
                "rows": 3,
                "valid": 3,
                "invalid": 0,
                "duplicates": 2,
                "leads": 1,
                "visits": 0,
                "orders": 0,
                "partner_no": 3,
                "cost_per_valid": 200,
                "cost_per_visit": False,
                "cost_per_order": False,
            },
        )
        order.action_order()
        figures = self.figures(domain=[("source_id.dealer_code", "=", "show")])
        self.assertEqual(figures[self.source("show")]["orders"], 1)
        self.assertEqual(figures[self.source("show")]["cost_per_order"], 1000)

    def test_reasons(self):
        figures = self.figures("problem", [("import_id", "=", self.file.id), ("invalid", "=", 1)])
        self.assertEqual(
            {problem: row["rows"] for problem, row in figures.items()},
            {"no_number": 1, "service_number": 1, "wrong_number": 1},
        )
        row = self.inbox_of(self.file).filtered(lambda row: row.problem == "no_number")
        row.phone = "19900760009"
        row.action_retry()
        self.assertFalse(row.problem)

    def test_per_file(self):
        figures = self.figures("import_id", [("import_id", "!=", False)])
        mine = figures[self.file.with_user(self.marketing_manager)]
        self.assertEqual((mine["rows"], mine["cost"], mine["cost_per_valid"]), (8, 1000, 200))

    def test_cost_of_a_file_counts_once_it_is_taken_in(self):
        file = self.load([HEADING, *self.customer_rows(30, 1)], source="later", cost=70)
        where = [("source_id", "=", self.source("later").id)]
        self.assertFalse(self.figures(domain=where))
        file.action_start()
        self.assertEqual(self.figures(domain=where)[self.source("later")]["cost"], 70)

    def test_queries(self):
        report = self.env["dealer.channel.report"].with_user(self.marketing_manager)
        report._read_group([], ["source_id"], MEASURES)
        with self.assertQueryCount(1):
            report._read_group([], ["source_id"], MEASURES)


class TestChannelsOfTheGroup(LeadsCase):
    def test_rows_without_store_are_seen_by_executives(self):
        self.group_executive.company_ids = [Command.set(self.store_a.company_id.ids)]
        self.take_in(self.prepare_lead(1, brand="红旗"), source="nowhere")
        report = self.env["dealer.channel.report"]
        where = [("source_id.dealer_code", "=", "nowhere")]
        self.env["utm.source"]._dealer_of_codes(["nowhere"])
        self.assertEqual(report.with_user(self.group_executive).search(where).problem, "no_store")
        self.assertFalse(report.with_user(self.marketing_manager).search(where))
