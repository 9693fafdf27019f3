from freezegun import freeze_time

from .common import ReportCase, at

PERIODS = ("new_week", "new_month", "new_year")


class TestSources(ReportCase):
    """It is Wednesday 2026-04-08, 00:30 in the store and still Tuesday in Greenwich."""

    NOW = "2026-04-08 00:30"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls.env["dealer.visit"]
        for moment, source in (
            ("2026-04-08 00:10", cls.source),  # today
            ("2026-04-06 00:05", cls.source),  # Monday; Sunday in Greenwich
            ("2026-04-05 23:55", cls.source),  # Sunday
            ("2026-04-01 00:05", cls.walkin),  # the first; March in Greenwich
            ("2026-03-31 23:55", cls.walkin),  # March
            ("2026-01-01 00:05", cls.walkin),  # New Year; last year in Greenwich
            ("2025-12-31 23:55", cls.walkin),  # last year
        ):
            cls.rows |= cls.guest(moment, source_id=source.id, phone=cls.next_phone(), stays=5)
        cls.rows |= cls.guest("2026-04-08 00:20", relation_id=cls.rows[0].relation_id.id, stays=5)

    def sources(self):
        with freeze_time(at(self.NOW)):
            return {
                source: tuple(values)
                for source, *values in self.visit_report._read_group(
                    [("id", "in", self.rows.ids)],
                    ["source_id"],
                    [f"{name}:sum" for name in PERIODS],
                )
            }

    def test_periods(self):
        """Who comes again is not counted again."""
        self.assertEqual(self.sources(), {self.source: (2, 3, 3), self.walkin: (0, 1, 3)})

    def test_a_week_later(self):
        with freeze_time(at("2026-04-13 00:00")):
            total = self.figures("dealer.visit.report", self.rows.ids, PERIODS)
        self.assertEqual(total, {"new_week": 0, "new_month": 4, "new_year": 6})

    def test_merged_customers_came_once(self):
        """The guest of today turns out to be that of Sunday: nobody new today."""
        sunday, today = self.rows[2], self.rows[0]
        sunday.partner_id._dealer_merge(today.partner_id, "同一位客户")
        self.assertEqual(self.sources()[self.source], (1, 2, 2))

    def test_other_business_is_no_source(self):
        visit = self.guest("2026-04-07 10:00", purpose="service", close="done")
        with freeze_time(at(self.NOW)):
            total = self.figures("dealer.visit.report", visit.ids, PERIODS)
        self.assertEqual(total, {"new_week": 0, "new_month": 0, "new_year": 0})
