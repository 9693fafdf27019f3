from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ReportCase, at

#: Thursday; the month before ended on a Saturday.
NOW = "2026-03-19 15:00"


@tagged("post_install", "-at_install")
class TestBoard(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(at(NOW)))
        for day, consultant in (
            ("2026-03-19 10:00", cls.sales_consultant),
            ("2026-03-18 10:00", cls.sales_consultant),
            ("2026-03-02 10:00", cls.teammate),
            ("2026-03-03 10:00", cls.stranger),
            ("2026-02-10 10:00", cls.sales_consultant),
            # After the same day of the month before: not compared with.
            ("2026-02-20 10:00", cls.sales_consultant),
        ):
            cls.guest(day, consultant, contact_kept=True)

    def board(self, user, period="month", scope=None, workbench="sales"):
        board = self.env["dealer.board"].with_user(user)
        return board.board_read(workbench, period, scope)

    def card(self, board, key):
        cards = [card for group in board["groups"] for card in group["figures"]]
        return next(card for card in cards if card["key"] == key)

    def visits(self, *args, **kwargs):
        card = self.card(self.board(*args, **kwargs), "sales_visits")
        return card["value"], card["before"]

    def test_each_post_has_its_scopes(self):
        for user, scopes in (
            (self.sales_consultant, ["me"]),
            (self.sales_manager, ["team", "me"]),
            (self.general_manager, ["store"]),
        ):
            board = self.board(user)
            self.assertEqual([scope["key"] for scope in board["scopes"]], scopes)
            self.assertEqual(board["scope"], scopes[0])

    def test_visits_of_each_scope(self):
        self.assertEqual(self.visits(self.sales_consultant), (2, 1))
        self.assertEqual(self.visits(self.sales_manager), (3, 1))
        self.assertEqual(self.visits(self.sales_manager, scope="me"), (0, 0))
        self.assertEqual(self.visits(self.general_manager), (4, 1))

    def test_a_wider_scope_than_the_post_s(self):
        """Asked for the store, a consultant gets the own figures."""
        self.assertEqual(self.visits(self.sales_consultant, scope="store"), (2, 1))

    def test_periods(self):
        self.assertEqual(self.visits(self.general_manager, "day"), (1, 1))
        self.assertEqual(self.visits(self.general_manager, "week"), (2, 0))
        self.assertEqual(self.visits(self.general_manager, "year"), (4, 1))

    def test_month_before_is_shorter(self):
        board = self.env["dealer.board"]
        with freeze_time(at("2026-03-31 09:00")):
            span, before = board._spans(self.store_a, "month")
        self.assertEqual(span, (date(2026, 3, 1), date(2026, 3, 31)))
        self.assertEqual(before, (date(2026, 2, 1), date(2026, 2, 28)))

    def test_today_is_the_store_s(self):
        """At 00:30 in Shanghai the day of UTC is the one before."""
        with freeze_time(at("2026-04-01 00:30")):
            board = self.board(self.general_manager)
        self.assertEqual((board["from"], board["to"]), ("2026-04-01", "2026-04-01"))

    def test_target(self):
        rows = ((None, 8), (self.sales_consultant, 4), (self.teammate, 2))
        for user, value in rows:
            self.env["dealer.target"].create(
                {
                    "unit_id": self.store_a.id,
                    "user_id": user and user.id,
                    "month": "2026-03-01",
                    "figure": "sales_visits",
                    "value": value,
                }
            )
        for user, target, reached, on_track in (
            (self.sales_consultant, 4, 0.5, False),
            (self.sales_manager, 6, 0.5, False),
            (self.general_manager, 8, 0.5, False),
        ):
            card = self.card(self.board(user), "sales_visits")
            self.assertEqual((card["target"], card["reached"]), (target, reached))
            # Nineteen of 31 days are over.
            self.assertEqual(card["on_track"], on_track)
        card = self.card(self.board(self.sales_consultant, "week"), "sales_visits")
        self.assertIsNone(card["target"])

    def test_target_is_on_track(self):
        self.env["dealer.target"].create(
            {
                "unit_id": self.store_a.id,
                "month": "2026-03-01",
                "figure": "sales_visits",
                "value": 6,
            }
        )
        self.assertTrue(self.card(self.board(self.general_manager), "sales_visits")["on_track"])

    def test_every_number_opens_its_records(self):
        for user in (self.sales_consultant, self.sales_manager, self.general_manager):
            board = self.board(user)
            service = self.env["dealer.board"].with_user(user)
            for group in board["groups"]:
                for card in group["figures"]:
                    if card["is_rate"]:
                        continue
                    action = service.board_open(card["key"], "month", board["scope"])
                    rows = self.env[action["res_model"]].with_user(user).search(action["domain"])
                    with self.subTest(user=user.login, figure=card["key"]):
                        self.assertEqual(len(rows), card["value"])

    def test_course_adds_up_to_the_card(self):
        course = (
            self.env["dealer.board"].with_user(self.general_manager).board_course("sales_visits")
        )
        self.assertEqual(sum(value or 0 for value in course["now"]), 4)
        self.assertEqual(course["now"][18:20], [1, None])
        self.assertEqual((len(course["now"]), len(course["before"])), (31, 28))
        self.assertEqual(sum(course["before"]), 2)

    def test_course_of_this_moment(self):
        with self.assertRaisesRegex(UserError, "moment"):
            self.env["dealer.board"].with_user(self.general_manager).board_course("late_clocks")

    def kept(self, user):
        """Return value and median of the axis of contacts kept."""
        radar = self.env["dealer.board"].with_user(user).board_radar()
        axis = next(axis for axis in radar["axes"] if axis["key"] == "kept_rate")
        self.assertEqual(set(axis), {"key", "label", "value", "median"})
        return axis["value"], axis["median"]

    def test_radar_beside_the_median(self):
        """Rates of the team: one keeps the contact of the one guest, the other of none of two."""
        self.guest("2026-03-04 10:00", self.sales_consultant, phone=self.next_phone())
        own = self.kept(self.sales_consultant)[0]
        self.assertGreater(own, 0)
        self.assertEqual(self.kept(self.sales_manager)[1], own / 2)

    def test_median_of_two_tells_the_colleague_s_rate(self):
        self.assertIsNone(self.kept(self.sales_consultant)[1])
        team = self.env["dealer.team"].search([("member_ids", "in", self.teammate.id)])
        third = self.stranger
        self.env["dealer.team"].search([("member_ids", "in", third.id)]).member_ids -= third
        team.member_ids += third
        self.assertIsNotNone(self.kept(self.sales_consultant)[1])

    def test_unknown_figures(self):
        board = self.env["dealer.board"].with_user(self.sales_consultant)
        for method in (board.board_open, board.board_course):
            with self.assertRaises(UserError):
                method("no_such_figure")

    def test_posts_without_figures(self):
        self.assertIsNone(self.board(self.technician))
        self.assertIsNone(self.board(self.general_manager, workbench="aftersales"))
        self.assertIsNone(self.board(self.general_manager, workbench="nonsense"))

    def test_added_up_days_change_nothing(self):
        """The board of the store is the same before and after its days were added up."""
        marks, board = self.env["dealer.figure.mark"], self.env["dealer.board"]
        before = self.board(self.general_manager)
        course = board.with_user(self.general_manager).board_course("sales_visits")
        while marks._drain()[0]:
            pass
        self.assertTrue(self.store_a.figures_until)
        self.assertEqual(self.board(self.general_manager), before)
        self.assertEqual(board.with_user(self.general_manager).board_course("sales_visits"), course)

    def test_queries_do_not_grow(self):
        self.board(self.general_manager)
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self.board(self.general_manager)
