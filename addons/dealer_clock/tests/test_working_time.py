from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import ClockCase, at


class TestWorkingTime(ClockCase):
    """Opening hours are Odoo's calendar: shifts, breaks, holidays; and make-up days on top."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.store_a.calendar_id

    def set_hours(self, *lines):
        """Open on (day, from, to) and at no other time; day 0 is Monday."""
        self.calendar.attendance_ids = [Command.clear()] + [
            Command.create(
                {
                    "name": "open",
                    "dayofweek": str(day),
                    "hour_from": start,
                    "hour_to": stop,
                    "day_period": "morning" if start < 12 else "afternoon",
                }
            )
            for day, start, stop in lines
        ]

    def add_holiday(self, start, stop, **values):
        store = values.pop("store", self.store_a)
        leaves = self.env["resource.calendar.leaves"].with_company(store.company_id)
        holiday = leaves.create(
            {
                "name": "holiday",
                "calendar_id": self.calendar.id,
                "date_from": start,
                "date_to": stop,
                **values,
            }
        )
        # Whose holiday it is follows from the company one works in when it is written.
        holiday.flush_recordset()
        return holiday

    def add_makeup(self, date, **values):
        return self.env["resource.calendar.makeup"].create(
            {"calendar_id": self.calendar.id, "date": date, "hour_from": 9, "hour_to": 12, **values}
        )

    def due(self, start, minutes=30):
        return self.store_a._clock_time().add(start, minutes * 60)

    def test_three_shifts_and_breaks(self):
        self.set_hours(
            *((day, *shift) for day in range(7) for shift in ((8, 11), (12, 15), (18, 22)))
        )
        self.assertEqual(self.due(at(10, 50)), at(12, 20))
        self.assertEqual(self.due(at(14, 50)), at(18, 20))
        self.assertEqual(self.due(at(21, 50)), at(8, 20, day=1))
        self.assertEqual(self.due(at(8), 10 * 60), at(22), "a whole day")
        self.assertEqual(self.due(at(8), 10 * 60 + 1), at(8, 1, day=1))

    def test_past_midnight(self):
        """A shift into the night is two lines of the calendar and one stretch of time."""
        self.set_hours((0, 20, 24), (1, 0, 2))
        self.assertEqual(self.due(at(23, 45)), at(0, 15, day=1))

    def test_two_weeks(self):
        """Shops that open every other Saturday use Odoo's two weeks."""
        self.calendar.switch_calendar_type()
        self.calendar.attendance_ids.filtered(
            lambda line: line.dayofweek == "5" and line.week_type == "0"
        ).unlink()
        saturdays = [at(10, day=day) for day in (5, 12)]
        opened = [self.store_a._clock_next_opening(day) == day for day in saturdays]
        self.assertEqual(sorted(opened), [False, True])

    def test_holiday(self):
        self.add_holiday(at(0, day=1), at(24, day=2))
        self.assertEqual(self.due(at(17, 15)), at(8, 45, day=3))
        self.assertEqual(self.store_a._clock_next_opening(at(9, day=1)), at(8, 30, day=3))

    def test_half_a_holiday(self):
        self.add_holiday(at(10), at(24))
        self.assertEqual(self.due(at(9, 45)), at(8, 45, day=1))

    def test_holiday_of_all_calendars_of_the_company(self):
        self.add_holiday(at(0, day=1), at(24, day=1), calendar_id=False)
        self.assertEqual(self.due(at(17, 15)), at(8, 45, day=2))

    def test_holiday_of_another_store(self):
        """Odoo takes a holiday without calendar for everybody's; another store's is not ours."""
        self.add_holiday(at(0), at(24), calendar_id=False, store=self.store_b)
        self.assertEqual(self.due(at(9)), at(9, 30))

    def test_makeup_day_on_a_weekend(self):
        """In the week of a long holiday a Saturday is worked although the calendar says five days."""
        self.set_hours(*((day, 8.5, 17.5) for day in range(5)))
        friday_evening = at(17, 15, day=4)
        self.assertEqual(self.due(friday_evening), at(8, 45, day=7))
        self.add_makeup("2026-03-07")
        self.assertEqual(self.due(friday_evening), at(9, 15, day=5))
        self.assertEqual(self.due(at(11, 45, day=5)), at(8, 45, day=7))
        self.assertEqual(self.store_a._clock_next_opening(at(8, day=5)), at(9, day=5))

    def test_makeup_day_within_a_holiday(self):
        """A make-up day holds also where the holiday was entered too long."""
        self.add_holiday(at(0, day=1), at(24, day=7))
        self.add_makeup("2026-03-07")
        self.assertEqual(self.due(at(17, 15)), at(9, 15, day=5))

    def test_makeup_lines_touch_and_do_not_overlap(self):
        self.add_makeup("2026-03-07")
        self.add_makeup("2026-03-07", hour_from=12, hour_to=18)
        with self.assertRaisesRegex(ValidationError, "2026-03-07 overlap"):
            self.add_makeup("2026-03-07", hour_from=11, hour_to=13)
        self.assertIn(
            "opens before it closes",
            self.refusal(lambda: self.add_makeup("2026-03-08", hour_from=12, hour_to=12)),
        )

    def test_round_the_clock(self):
        self.set_hours(*((day, 0, 24) for day in range(7)))
        self.assertEqual(self.due(at(23, 45)), at(0, 15, day=1))
        self.assertEqual(self.due(at(9), 24 * 60), at(9, day=1))

    def test_calendar_without_hours(self):
        """A store that is never open would never be late: then every minute counts."""
        self.set_hours()
        self.assertEqual(self.due(at(23, 45)), at(0, 15, day=1))
        self.assertEqual(self.store_a._clock_next_opening(at(3)), at(3))

    def test_store_without_calendar(self):
        self.store_a.calendar_id = False
        self.assertEqual(self.due(at(23, 45)), at(0, 15, day=1))
        self.assertEqual(self.store_a._clock_zone().key, "Asia/Shanghai")

    def test_another_zone(self):
        """In Urumqi the shops open two hours later by the clock of Beijing."""
        self.calendar.tz = "Asia/Urumqi"
        self.assertEqual(self.due(at(9)), at(11), "8:30 there is 10:30 in Beijing")
        self.add_makeup("2026-03-02", hour_from=20, hour_to=21)
        self.assertEqual(self.store_a._clock_next_opening(at(21)), at(22))

    def test_summer_time(self):
        """The night in which an hour is left out is an hour shorter, the day is as long as ever."""
        self.calendar.tz = "Europe/Berlin"
        evening = datetime(2026, 3, 28, 16, 15)  # 17:15 there
        self.assertEqual(self.due(evening), datetime(2026, 3, 29, 6, 45))  # 8:45 there
        self.assertEqual(self.due(evening, 15 + 8 * 60), datetime(2026, 3, 29, 15, 30))

    def test_own_calendar_and_leave_of_a_person(self):
        """A person's leave is taken off the own time, also from a make-up day."""
        resource = self.env["resource.resource"].create(
            {
                "name": "x",
                "user_id": self.sales_consultant.id,
                "calendar_id": self.calendar.id,
                "company_id": self.store_a.company_id.id,
                "tz": "Asia/Shanghai",
            }
        )
        self.set_hours(*((day, 8.5, 17.5) for day in range(5)))
        self.add_makeup("2026-03-07")
        time = self.calendar._clock_time(resource)
        self.assertEqual(time.following(at(8, day=5)), at(9, day=5))
        self.add_holiday(at(9, day=5), at(10, day=5), resource_id=resource.id)
        self.assertEqual(self.calendar._clock_time(resource).following(at(8, day=5)), at(10, day=5))
        self.assertEqual(self.calendar._clock_time().following(at(8, day=5)), at(9, day=5))

    def test_far_away(self):
        """A store that is closed for months, and a term of months."""
        self.add_holiday(at(0, day=1), at(24, day=100))
        self.assertEqual(self.due(at(17, 15)), at(8, 45, day=101))
        self.assertEqual(
            self.store_a._clock_time().between(at(17, 15), at(8, 45, day=101)), 30 * 60
        )

    def test_many_moments_are_few_look_ups(self):
        """200 terms over ten weeks look the opening hours up a few times, not 200 times."""
        time = self.store_a._clock_time()
        self.store_a._clock_time().add(at(9), 60)
        before = self.env.cr.sql_log_count
        for day in range(200):
            time.add(at(9, day=day // 3), 1800)
        self.assertLess(self.env.cr.sql_log_count - before, 60)
