from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Domain

from .common import ReportCase, at

DAY = date(2026, 3, 10)


class TestFigure(ReportCase):
    """The catalogue: every figure stands in a report, and opens what it counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figure = cls.env["dealer.figure"].with_user(cls.general_manager)

    def values(self, keys, first=DAY, last=None, **only):
        found = self.figure._live(keys, self.store_a.ids, first, last or first, **only)
        return found[()]

    def test_catalogue_is_sound(self):
        figures, groups = self.env["dealer.figure"]._figures(), self.env["dealer.figure"]._groups()
        for key, figure in figures.items():
            self.assertIn(figure.group, groups, key)
            self.assertIn(figure.better, ("more", "less", ""), key)
            if figure.is_rate:
                self.assertFalse({figure.numerator, figure.denominator} - figures.keys(), key)
                self.assertFalse(figure.model, key)
                continue
            report = self.env[figure.model]
            needed = {figure.unit, figure.person} | ({figure.day} if not figure.now else set())
            self.assertFalse(needed - report._fields.keys(), key)
            if figure.measure != "__count":
                field = report._fields[figure.measure]
                self.assertEqual((field.type, field.aggregator), ("integer", "sum"), key)
            self.assertEqual(self.env.ref(figure.action).res_model, figure.model, key)

    def test_by_hand(self):
        """A day with two leads, a visit, a drive's guest, an order and a car handed over."""
        lead = self.prospect("One", received="2026-03-10 09:00")
        self.prospect("Two", self.teammate, received="2026-03-10 23:59")
        self.prospect("Tomorrow", received="2026-03-11 00:00")
        self.guest("2026-03-10 10:00", phone=self.next_phone())
        self.guest("2026-03-10 11:00")
        self.sell(lead.dealer_relation_id, "2026-03-10")
        found = self.values(
            ["leads", "sales_visits", "kept_rate", "orders", "deliveries", "defeat_rate"]
        )
        self.assertEqual(
            found,
            {
                "leads": 2,
                "sales_visits": 2,
                "kept_visits": 1,
                "new_guests": 2,
                "kept_rate": 0.5,
                "orders": 1,
                "deliveries": 0,
                "defeats": 0,
                "received": 2,
                "defeat_rate": 0,
            },
        )

    def test_nothing_is_zero_and_no_rate(self):
        self.assertEqual(
            self.values(["leads", "kept_rate"], date(2020, 1, 1)),
            {"leads": 0, "kept_visits": 0, "new_guests": 0, "kept_rate": None},
        )

    def test_split(self):
        self.prospect("One", received="2026-03-10 09:00")
        self.prospect("Two", self.teammate, received="2026-03-11 09:00")
        rows = self.figure._live(
            ["leads"],
            self.store_a.ids,
            DAY,
            DAY + timedelta(days=1),
            groupby=("unit_id", "user_id", "day"),
        )
        self.assertEqual(
            rows,
            {
                (self.store_a.id, self.sales_consultant.id, DAY): {"leads": 1},
                (self.store_a.id, self.teammate.id, DAY + timedelta(days=1)): {"leads": 1},
            },
        )
        self.assertEqual(self.values(["leads"], user_ids=self.teammate.ids)["leads"], 0)

    def test_day_of_the_store(self):
        """Midnight is that of the store's wall; a store elsewhere has another one."""
        self.prospect("Late", received="2026-03-10 23:59")
        self.assertEqual(self.values(["leads"])["leads"], 1)
        self.store_a.calendar_id.tz = "America/New_York"
        self.assertEqual(self.values(["leads"])["leads"], 1)  # 10:59 there, of the same day
        self.prospect("Early", received="2026-03-10 09:00")  # the evening before, there
        self.assertEqual(self.values(["leads"])["leads"], 1)
        self.assertEqual(self.values(["leads"], DAY - timedelta(days=1))["leads"], 1)

    def test_answers(self):
        """Kept terms count on the day of the talk, lost ones on the day when they ran out."""
        with freeze_time(at("2026-03-10 10:00")):
            kept = self.prospect("Kept", received="2026-03-10 10:00", grade=None)
            kept._dealer_talked(datetime(2026, 3, 10, 2, 10))
            self.prospect("Lost", received="2026-03-10 10:00", grade=None)
        with freeze_time(at("2026-03-10 23:00")):
            clocks = self.env["dealer.clock"].search(
                [("unit_id", "=", self.store_a.id), ("kind", "=", "first_response")]
            )
            clocks.filtered(lambda clock: not clock.stopped_at).write({"state": "missed"})
        found = self.values(["answer_rate"])
        self.assertEqual(found["answers_met"], 1)
        self.assertEqual(found["answer_rate"], found["answers_met"] / found["answers_due"])
        self.assertGreater(found["answers_due"], 1)

    def test_every_figure_opens_what_it_counts(self):
        lead = self.prospect("One", received="2026-03-10 09:00")
        other = self.prospect("Two", self.teammate, received="2026-03-09 09:00")
        self.guest("2026-03-10 10:00", phone=self.next_phone())
        self.guest("2026-03-10 11:00", waits=None, close=None)
        self.sell(lead.dealer_relation_id, "2026-03-10")
        self.give_up(other, "2026-03-10 15:00", "2026-03-10 16:00")
        lead._dealer_plan(DAY)
        figures = self.figure._figures()
        found = self.figure._live(list(figures), self.store_a.ids, DAY, DAY)[()]
        counted = 0
        for key, figure in figures.items():
            if figure.is_rate:
                continue
            action = self.figure.action_open(key, self.store_a.ids, str(DAY), str(DAY))
            rows = self.env[action["res_model"]].with_user(self.general_manager)
            self.assertEqual(rows.search_count(Domain(action["domain"])), found[key], key)
            self.assertEqual(action["views"][0][1], "list", key)
            counted += found[key]
        self.assertGreater(counted, 8)

    def test_a_rate_opens_its_base(self):
        self.guest("2026-03-10 10:00", phone=self.next_phone())
        self.guest("2026-03-10 11:00")
        model, domain = self.figure._records_domain("kept_rate", self.store_a.ids, DAY, DAY)
        self.assertEqual(self.env[model].search_count(domain), 2)

    def test_who_sees_what(self):
        """The same question gives each person the own answer; another store gives nothing."""
        self.prospect("One", received="2026-03-10 09:00")
        self.prospect("Two", self.teammate, received="2026-03-10 09:00")
        for user, number in (
            (self.general_manager, 2),
            (self.sales_manager, 2),
            (self.sales_consultant, 1),
            (self.stranger, 0),
        ):
            figure = self.env["dealer.figure"].with_user(user)
            found = figure._live(["leads"], self.store_a.ids, DAY, DAY)[()]
            self.assertEqual(found["leads"], number, user.login)
        figure = self.env["dealer.figure"].with_user(self.consultant_b)
        self.assertEqual(figure._live(["leads"], self.store_a.ids, DAY, DAY)[()]["leads"], 0)
        clerk = self.env["dealer.figure"].with_user(self.reception)
        self.assertNotIn("leads", clerk._readable())
        self.assertIn("sales_visits", clerk._readable())
        with self.assertRaises(UserError):
            clerk.action_open("leads", self.store_a.ids)

    def test_one_query_a_report(self):
        keys = list(self.figure._figures())
        self.figure._live(keys, self.store_a.ids, DAY, DAY)
        with self.assertQueryCount(7):
            self.figure._live(
                keys, (self.store_a | self.store_c).ids, DAY, DAY, groupby=("unit_id",)
            )
