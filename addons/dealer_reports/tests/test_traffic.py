from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import ReportCase, at

MEASURES = (
    "first_visits",
    "invited_visits",
    "repeat_visits",
    "sales_visits",
    "met_visits",
    "closed_visits",
    "kept_visits",
    "drive_visits",
    "order_visits",
    "delivery_visits",
    "open_visits",
)
RATES = ("rate_met", "rate_closed", "rate_new", "rate_drive", "rate_order")


class TestTraffic(ReportCase):
    """Guests of the days around the end of March 2026, worked out by hand.

    ======  ============  ==========  ===========  =========================================
    visit   moment        consultant  traffic      what else
    ======  ============  ==========  ===========  =========================================
    march   03-31 23:50   one         first kept   leaves on 04-01 at 00:20
    night   04-01 00:10   one         first kept   invited; met after 3 minutes
    blank   04-01 10:00   one         first open   met after 5 minutes
    known   04-02 10:00   one         known        drove; order of 04-10, cancelled
    again   04-03 10:00   one         repeat       guest of “march”; drove; order of 04-03
    asked   04-03 11:00   one         repeat       guest of “night”, invited
    pickup  04-03 12:00   one         non-sales    takes delivery
    gap     04-03 13:00   one         incomplete   nobody noted the series
    mate    04-04 10:00   mate        first kept   order of 04-05, delivered
    other   04-04 11:00   stranger    first open
    wrong   04-04 12:00   one         –            cancelled
    ======  ============  ==========  ===========  =========================================

    The guest of “night” also ordered on 03-31, before the first visit: that order is of no visit.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        guest, phone = cls.guest, cls.next_phone
        cls.march = guest("2026-03-31 23:50", phone=phone())
        cls.night = guest("2026-04-01 00:10", phone=phone(), invited=True, waits=3)
        cls.blank = guest("2026-04-01 10:00", waits=5)
        cls.known = guest("2026-04-02 10:00", relation_id=cls.buyer.relation.id)
        cls.again = guest("2026-04-03 10:00", relation_id=cls.march.relation_id.id)
        cls.asked = guest("2026-04-03 11:00", relation_id=cls.night.relation_id.id, invited=True)
        cls.pickup = guest("2026-04-03 12:00", purpose="delivery", close="done")
        cls.gap = guest("2026-04-03 13:00", series=False)
        cls.of_mate = guest("2026-04-04 10:00", consultant=cls.teammate, phone=phone())
        cls.of_other = guest("2026-04-04 11:00", consultant=cls.stranger)
        cls.wrong = guest("2026-04-04 12:00", close=None)
        cls.wrong._cancel("登记错了")
        (cls.known | cls.again).drove = True
        cls.sell(cls.again.relation_id, "2026-04-03")
        cls.sell(cls.night.relation_id, "2026-03-31")
        cls.sell(cls.of_mate.relation_id, "2026-04-05", deliver=True)
        cls.april = cls.night | cls.blank | cls.known | cls.again | cls.asked
        cls.april |= cls.pickup | cls.gap | cls.of_mate | cls.of_other
        cls.all = cls.april | cls.march | cls.wrong

    def traffic(self, names, rows=None, **only):
        return self.figures("dealer.visit.report", (rows or self.april).ids, names, **only)

    def test_april(self):
        cancelled = self.sell(self.known.relation_id, "2026-04-10")
        cancelled._cancel(self.reason)
        self.assertEqual(
            self.traffic(MEASURES),
            {
                "first_visits": 4,  # blank, known, mate, other
                "invited_visits": 2,  # night, asked
                "repeat_visits": 1,  # again
                "sales_visits": 7,
                "met_visits": 6,  # all but blank
                "closed_visits": 7,
                "kept_visits": 2,  # night, mate
                "drive_visits": 2,
                "order_visits": 2,  # again, mate
                "delivery_visits": 1,
                "open_visits": 1,
            },
        )
        self.assertEqual(
            self.traffic(RATES),
            {
                "rate_met": 0.8571,  # 6 of 7
                "rate_closed": 1.0,
                "rate_new": 0.5,  # night, mate of these, blank and other
                "rate_drive": 0.4,  # 2 of night, known, again, asked, mate
                "rate_order": 0.4,
            },
        )

    def test_consultants(self):
        mine = self.traffic(
            ("sales_visits", "order_visits", "rate_order"), consultant_id=self.sales_consultant.id
        )
        self.assertEqual(mine, {"sales_visits": 5, "order_visits": 1, "rate_order": 0.25})
        other = self.traffic(
            ("sales_visits", "order_visits", "rate_order"), consultant_id=self.stranger.id
        )
        self.assertEqual(other, {"sales_visits": 1, "order_visits": 0, "rate_order": False})

    def test_midnight_is_that_of_the_store(self):
        months = self.visit_report._read_group(
            [("id", "in", self.all.ids)], ["day:month"], ["visits:sum", "sales_visits:sum"]
        )
        self.assertEqual(
            [(month.isoformat(), *values) for month, *values in months],
            [("2026-03-01", 1, 1), ("2026-04-01", 9, 7)],
        )
        # Whoever looks, and from where.
        far = self.visit_report.with_context(tz="America/New_York")
        self.assertEqual(far.browse(self.night.id).day.isoformat(), "2026-04-01")
        self.assertEqual(self.traffic(["closed_visits"], rows=self.march)["closed_visits"], 0)

    def test_time_zone_of_the_store(self):
        calendar = self.store_a.calendar_id.copy({"tz": "Asia/Urumqi"})
        self.store_a.calendar_id = calendar
        # There it was 22:10 of the day before.
        self.assertEqual(self.visit_report.browse(self.night.id).day.isoformat(), "2026-03-31")

    def test_kinds_of_traffic_add_up(self):
        rows = self.visit_report._read_group(
            [("id", "in", self.all.ids)], ["traffic"], ["visits:sum", "sales_visits:sum"]
        )
        self.assertEqual(
            {traffic: (visits, sales) for traffic, visits, sales in rows},
            {
                "first_kept": (3, 3),
                "first_known": (1, 1),
                "first_open": (2, 2),
                "repeat": (2, 2),
                "non_sales": (1, 0),
                "incomplete": (1, 0),
            },
        )

    def test_teams(self):
        rows = self.visit_report._read_group(
            [("id", "in", self.april.ids)], ["team_id"], ["visits:sum"]
        )
        self.assertEqual(dict(rows), {self.team_one: 8, self.team_two: 1})

    def test_customer_handed_over(self):
        """The visit stays that of the consultant who received the guests."""
        names = ("sales_visits", "order_visits")
        before = self.traffic(names, consultant_id=self.sales_consultant.id)
        self.again.relation_id._assign({"consultant_id": self.stranger.id}, "调整")
        self.assertEqual(self.traffic(names, consultant_id=self.sales_consultant.id), before)

    def test_merged_customers(self):
        """Two files of one person were two first visits; now the later one is a repeated visit."""
        names = ("first_visits", "repeat_visits", "sales_visits", "order_visits", "kept_visits")
        self.known.partner_id._dealer_merge(self.of_mate.partner_id, "同一位客户")
        self.assertEqual(
            self.traffic(names),
            {
                "first_visits": 3,
                "repeat_visits": 2,
                "sales_visits": 7,
                "order_visits": 2,
                "kept_visits": 1,
            },
        )

    def test_an_order_counts_for_one_visit(self):
        """Two orders of one visit are one visit that led to an order, delivered when both are."""
        self.sell(self.of_mate.relation_id, "2026-04-20")
        names = ("order_visits", "delivery_visits", "open_visits")
        self.assertEqual(
            self.traffic(names, rows=self.of_mate),
            {"order_visits": 1, "delivery_visits": 0, "open_visits": 1},
        )

    def test_grade_of_today(self):
        self.lead._dealer_set_grade("A", "看中了")
        row = self.visit_report.browse(self.known.id)
        self.assertEqual(row.grade_id.code, "A")
        self.lead._dealer_set_grade("H", "周末来订")
        row.invalidate_recordset()
        self.assertEqual(row.grade_id.code, "H")

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_the_clerk_learns_no_grade(self):
        row = self.visit_report.browse(self.known.id).with_user(self.reception)
        self.assertTrue(row.day)
        with self.assertRaises(AccessError):
            row.read(["grade_id"])

    def test_register(self):
        """Who came, from arrival to leaving; the number stays masked."""
        row = self.visit_report.browse(self.known.id).with_user(self.reception)
        self.assertEqual(
            (row.arrived_at, row.left_at), (at("2026-04-02 10:00"), at("2026-04-02 10:30"))
        )
        self.assertEqual((row.guest, row.stay_minutes, row.occasion), ("客人", 30, "known"))
        self.assertIn("****", row.phone_masked)
        self.assertEqual(row.action_open_record()["res_id"], self.known.id)

    def test_guests_who_wait(self):
        """Who is not received yet is a sales visit, but nobody's meeting at once."""
        with freeze_time(at("2026-04-06 10:00")):
            visit = self.guest("2026-04-06 10:00", waits=None, close=None, phone=self.next_phone())
        self.assertEqual(
            self.traffic(("sales_visits", "met_visits", "closed_visits"), rows=visit),
            {"sales_visits": 1, "met_visits": 0, "closed_visits": 0},
        )
