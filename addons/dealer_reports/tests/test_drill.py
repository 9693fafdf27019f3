from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import mute_logger

from .common import ReportCase

GROUPS = {
    "dealer.visit.report": (
        "consultant_id",
        "day:day",
        "day:month",
        "grade_id",
        "series",
        "source_id",
        "team_id",
        "traffic",
        "unit_id",
    ),
    "dealer.defeat.report": (
        "competitor_brand",
        "consultant_id",
        "day:month",
        "grade_id",
        "reason_group_id",
        "reason_id",
        "series",
        "source_id",
        "team_id",
        "unit_id",
    ),
    "dealer.prospect.progress": (
        "consultant_id",
        "grade_end_id",
        "grade_id",
        "month:month",
        "series",
        "source_id",
        "team_id",
        "unit_id",
    ),
    "dealer.work.report": (
        "consultant_id",
        "day:day",
        "kind",
        "series",
        "source_id",
        "team_id",
        "unit_id",
    ),
}
#: Sums of something else than rows; they open all rows that add to them.
SUMS = {"guests", "contacts"}
RATES = {
    "rate_closed": "closed_visits",
    "rate_defeat": "defeated",
    "rate_drive": "drive_visits",
    "rate_met": "met_visits",
    "rate_new": "kept_visits",
    "rate_order": "order_visits",
    "rate_refused": "refused",
}


class TestDrill(ReportCase):
    """What a number opens adds up to it, whoever looks and however it is grouped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = (cls.sales_consultant, cls.teammate, cls.stranger)
        for number in range(12):
            person = people[number % 3]
            visit = cls.guest(
                f"2026-04-{number + 1:02} {number + 9:02}:00",
                consultant=person,
                series=("速腾", "探岳")[number % 2],
                source_id=(cls.source, cls.walkin)[number // 6].id,
                invited=number % 4 == 0,
                waits=number % 5,
                party_size=1 + number % 3,
                **({"phone": cls.next_phone()} if number % 5 else {}),
            )
            visit.drove = number % 3 == 1
            if visit.relation_id and number % 2:
                cls.sell(visit.relation_id, f"2026-04-{number + 2:02}", deliver=number % 3 == 0)
        for number in range(6):
            lead = cls.prospect(
                f"Drill{number}",
                people[number % 3],
                source_id=(cls.source | cls.walkin)[number % 2].id,
            )
            cls.give_up(
                lead,
                f"2026-04-{number + 3:02} 10:00",
                number % 3 and f"2026-04-{number + 4:02} 10:00",
                answer=("confirm", "return")[number % 2],
            )

    def measures(self, model):
        return [
            name
            for name, field in self.env[model]._fields.items()
            if field.type == "integer" and field.aggregator == "sum" and name not in SUMS | {"id"}
        ]

    def test_counts_open_what_they_count(self):
        people = (
            self.sales_consultant,
            self.sales_manager,
            self.general_manager,
        )
        checked = 0
        for model, groups in GROUPS.items():
            measures = self.measures(model)
            for user in people:
                report = self.env[model].with_user(user)
                totals = report.formatted_read_group([], [], [f"{name}:sum" for name in measures])[
                    0
                ]
                for group in groups:
                    rows = report.formatted_read_group(
                        [], [group], [f"{name}:sum" for name in measures]
                    )
                    for name in measures:
                        for row in rows:
                            opened = Domain(row["__extra_domain"]) & Domain(
                                report.figure_domain(name)
                            )
                            self.assertEqual(
                                report.search_count(opened),
                                row[f"{name}:sum"] or 0,
                                f"{user.login} {model} {group} {row} {name}",
                            )
                            checked += 1
                        self.assertEqual(
                            sum(row[f"{name}:sum"] or 0 for row in rows),
                            totals[f"{name}:sum"] or 0,
                            f"{model} {group} {name}: the parts are not the whole",
                        )
        self.assertGreater(checked, 500)

    def test_rates_open_what_they_divide_by(self):
        for model in ("dealer.visit.report", "dealer.defeat.report"):
            report = self.env[model].with_user(self.general_manager)
            for rate, count in RATES.items():
                if rate not in report._fields:
                    continue
                for row in report.formatted_read_group(
                    [], ["consultant_id"], [f"{rate}:avg", f"{count}:sum"]
                ):
                    base = report.search_count(
                        Domain(row["__extra_domain"]) & Domain(report.figure_domain(rate))
                    )
                    if not base:
                        self.assertFalse(row[f"{rate}:avg"], (rate, row))
                        continue
                    self.assertAlmostEqual(
                        row[f"{rate}:avg"], row[f"{count}:sum"] / base, msg=f"{rate} {row}"
                    )

    def test_sums_open_all_that_adds_to_them(self):
        report = self.visit_report.with_user(self.general_manager)
        for row in report.formatted_read_group([], ["consultant_id"], ["guests:sum"]):
            opened = report.search(
                Domain(row["__extra_domain"]) & Domain(report.figure_domain("guests"))
            )
            self.assertEqual(sum(opened.mapped("guests")), row["guests:sum"])

    def test_everybody_opens_the_own_rows(self):
        """Whoever sees a row opens the record behind it."""
        for model in GROUPS:
            for user in (self.sales_consultant, self.sales_manager, self.general_manager):
                for row in self.env[model].with_user(user).search([], limit=50):
                    self.assertTrue(row.action_open_record()["res_id"])

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_rows_of_others_stay_shut(self):
        for model in ("dealer.defeat.report", "dealer.prospect.progress", "dealer.work.report"):
            theirs = self.env[model].search([("consultant_id", "=", self.stranger.id)], limit=1)
            self.assertTrue(theirs)
            with self.assertRaises(AccessError):
                theirs.with_user(self.sales_consultant).action_open_record()
