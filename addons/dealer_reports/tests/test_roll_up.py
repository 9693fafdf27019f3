from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from .common import ReportCase, at

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
LOGGER = "odoo.addons.dealer_reports.models.dealer_figure_mark"


class TestRollUp(ReportCase):
    """What was added up and what happens today are together what the reports say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marks = cls.env["dealer.figure.mark"]
        cls.days = cls.env["dealer.figure.day"]
        cls.one = cls.prospect("One", received="2026-03-05 09:00")
        cls.two = cls.prospect("Two", cls.teammate, received="2026-03-12 09:00")
        cls.first = cls.guest("2026-03-06 10:00", phone=cls.next_phone())
        cls.again = cls.guest(
            "2026-03-16 10:00", relation_id=cls.first.relation_id.id, invited=True
        )
        cls.guest("2026-03-31 22:00", consultant=cls.teammate, close=None)
        cls.order = cls.sell(cls.first.relation_id, "2026-03-20")
        cls.defeat = cls.give_up(cls.two, "2026-03-21 10:00", "2026-03-22 23:30")
        cls.drain()

    @classmethod
    def drain(cls, moment="2026-04-01 03:00"):
        """Let the roll-up go on until nothing waits, at a moment of the store's clock."""
        with freeze_time(at(moment)):
            while cls.marks._drain()[1]:
                pass

    def both(self, groupby, user=None):
        figure = self.env["dealer.figure"].with_user(user or self.general_manager)
        keys = [key for key, each in figure._figures().items() if not each.now]
        units = (self.store_a | self.store_c).ids
        return (
            figure._of_period(keys, units, FIRST, LAST, groupby),
            figure._live(keys, units, FIRST, LAST, groupby),
        )

    def assert_equal(self, moment="2026-04-01 03:00"):
        """They are equal at once, and when the marks are worked off, too."""
        for drained in (False, True):
            if drained:
                self.drain(moment)
                self.assertFalse(self.marks.search_count([("unit_id", "=", self.store_a.id)]))
            for groupby in ((), ("unit_id",), ("unit_id", "user_id", "day"), ("day",)):
                read, live = self.both(groupby)
                self.assertEqual(read, live, f"drained: {drained}, by {groupby}")

    def marked(self):
        self.env.flush_all()
        rows = self.marks.search([("unit_id", "=", self.store_a.id)])
        return {row.day.day for row in rows}

    def test_it_is_read_from_what_was_added_up(self):
        self.assertEqual(self.store_a.figures_until, LAST)
        self.assert_equal()
        self.days.search([("unit_id", "=", self.store_a.id), ("key", "=", "leads")]).value = 40
        read, live = self.both(())
        self.assertEqual((read[()]["leads"], live[()]["leads"]), (80, 2))

    def test_today_is_live(self):
        """What is not over yet, and the night after it, is asked of the reports."""
        self.store_a.figures_until = date(2026, 3, 30)
        self.drain("2026-04-01 01:00")
        self.assertEqual(self.store_a.figures_until, date(2026, 3, 30))
        self.guest("2026-03-31 09:00")
        self.assertFalse(self.marked())
        self.assert_equal("2026-04-01 01:30")

    def test_a_visit_corrected_later(self):
        self.first.consultant_id = self.stranger
        self.assertIn(6, self.marked())
        self.assert_equal()
        with freeze_time(at("2026-04-01 04:00")):
            self.first.arrived_at = at("2026-03-04 10:00")
            self.assertLessEqual({4, 6}, self.marked())
        self.assert_equal()

    def test_a_lead_reassigned(self):
        self.one.dealer_relation_id.with_user(self.sales_director)._assign(
            {"consultant_id": self.stranger.id}, "Fair"
        )
        self.assertIn(5, self.marked())
        self.assert_equal()

    def test_a_defeat_taken_up_again(self):
        with freeze_time(at("2026-04-01 04:00")):
            self.two.with_user(self.sales_director).action_dealer_reactivate()
        self.assertIn(22, self.marked())
        self.assert_equal()

    def test_an_order_cancelled(self):
        """An order counts at the visit of an earlier day: that day is another one, too."""
        self.assertEqual(self.both(("day",))[0][date(2026, 3, 16),]["order_visits"], 1)
        with freeze_time(at("2026-04-01 04:00")):
            self.order._cancel(self.reason)
        self.assertLessEqual({16, 20}, self.marked())
        self.assert_equal()
        self.assertFalse(self.both(("day",))[0][date(2026, 3, 16),]["order_visits"])

    def test_an_earlier_order_day(self):
        self.order.sudo().ordered_on = date(2026, 3, 10)
        self.assertLessEqual({6, 10, 16, 20}, self.marked())
        self.assert_equal()
        self.assertEqual(self.both(("day",))[0][date(2026, 3, 6),]["order_visits"], 1)

    def test_a_visit_in_between(self):
        self.guest("2026-03-18 10:00", relation_id=self.first.relation_id.id)
        self.assertLessEqual({6, 16, 18}, self.marked())
        self.assert_equal()

    def test_a_visit_cancelled(self):
        with freeze_time(at("2026-04-01 04:00")):
            self.again.sudo().write({"state": "cancelled", "cancel_reason": "twice"})
        self.assertIn(16, self.marked())
        self.assert_equal()

    def test_merging_and_its_undoing(self):
        twin = self.make_lead(
            self.customers["One"], dealer_received_at=at("2026-03-08 09:00"), name="twin"
        )
        self.assert_equal()
        with freeze_time(at("2026-04-01 04:00")):
            merge = self.one.with_user(self.sales_director)._dealer_merge(
                twin.with_user(self.sales_director)
            )
        self.assertIn(8, self.marked())
        self.assert_equal()
        with freeze_time(at("2026-04-01 05:00")):
            merge.action_undo()
        self.assertIn(8, self.marked())
        self.assert_equal()

    def test_customers_merged(self):
        """Whose files are one came once for the first time: the other day is another one."""
        other = self.guest("2026-03-24 10:00", phone=self.next_phone())
        self.drain()
        director = self.sales_director
        with freeze_time(at("2026-04-01 04:00")):
            stays = self.first.partner_id.with_user(director)
            merge = stays._dealer_merge(other.partner_id.with_user(director))
        self.assertEqual(other.occasion, "repeat")
        self.assertIn(24, self.marked())
        self.assert_equal()
        with freeze_time(at("2026-04-01 05:00")):
            merge.action_undo()
        self.assertEqual(other.occasion, "first")
        self.assert_equal()

    def test_a_relation_ended(self):
        self.one.dealer_relation_id.with_user(self.sales_director).action_end()
        self.assertIn(5, self.marked())
        self.assert_equal()

    def test_a_clock_that_is_proved_late(self):
        self.one._dealer_talked(datetime(2026, 3, 5, 1, 5))
        self.assertIn(5, self.marked())
        self.assert_equal()

    def test_another_wall(self):
        """A store that moves to another zone of time has all its days anew."""
        self.store_a.calendar_id.tz = "America/New_York"
        self.assertFalse(self.store_a.figures_until)
        self.assert_equal("2026-04-02 03:00")

    def test_who_does_not_see_the_store(self):
        """Who sees a part of the store has the own figures, and not those that were added up."""
        for user in (self.sales_consultant, self.sales_manager, self.consultant_b):
            read, live = self.both((), user)
            self.assertEqual(read, live)
        self.assertEqual(self.both((), self.sales_consultant)[0][()]["leads"], 1)
        self.assertEqual(self.both((), self.consultant_b)[0][()]["leads"], 0)

    def test_a_change_costs_no_query(self):
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env.cr.execute(
                "UPDATE dealer_visit SET drove = TRUE WHERE id = %s", (self.first.id,)
            )
        self.assertIn(6, self.marked())

    def test_what_does_not_count_marks_nothing(self):
        self.first.note = "Came with the mother"
        self.one.description = "x"
        self.assertFalse(self.marked())

    def test_the_net(self):
        """The recount finds what the marks missed, says so, and puts it right."""
        self.days.search([("unit_id", "=", self.store_a.id), ("key", "=", "leads")]).value = 40
        with self.assertLogs(LOGGER, "WARNING") as log:
            self.marks._cron_recount()
        self.assertIn("T-A", log.output[0])
        self.assert_equal()
        with patch(f"{LOGGER}._logger.warning") as warning:
            self.marks._cron_recount()
        warning.assert_not_called()

    def test_the_roll_up_begins_month_by_month(self):
        self.store_a._figures_forget()
        with freeze_time(at("2026-06-01 03:00")):
            self.marks._drain()
            self.assertLess(self.store_a.figures_until, date(2026, 5, 31))
            self.assert_equal("2026-06-01 03:00")
        self.assertEqual(self.store_a.figures_until, date(2026, 5, 31))
