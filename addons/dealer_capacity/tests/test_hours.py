import random
from datetime import UTC, datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..tools.cells import bits, bridge, cell_of, mask, moment_of, raster, runs, spans
from ..tools.ground import Ask
from .common import CapacityCase, at

ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "UTC")


@tagged("post_install", "-at_install")
class TestHours(CapacityCase):
    """When resources are there: shifts, lunch, midnight, holidays, leave, zones."""

    def test_sets_of_cells(self):
        cells = mask(2, 6) | mask(8, 9)
        self.assertEqual(bits(cells), [2, 3, 4, 5, 8])
        self.assertEqual(spans(cells), [(2, 6), (8, 9)])
        self.assertEqual(bits(runs(cells, 3)), [2, 3])
        self.assertEqual(bits(runs(cells, 1)), bits(cells))
        self.assertEqual(spans(bridge(cells, 2)), [(2, 9)])
        self.assertEqual(spans(bridge(cells, 1)), [(2, 6), (8, 9)])
        self.assertEqual(spans(0), [])

    def test_day_of_the_store(self):
        """An hour fits where the store is open so long."""
        times = self.free()
        self.assertEqual(times[:2], ["08:30", "09:00"])
        self.assertEqual(times[-1], "16:30")
        self.assertIn("11:00", times)
        self.assertNotIn("11:30", times, "it would end in the break")
        self.assertNotIn("12:00", times)
        self.assertNotIn("12:30", times)

    def test_lunch_that_is_not_bridged(self):
        times = self.free([{"kind": "tool", "minutes": 60}])
        self.assertIn("11:00", times)
        self.assertNotIn("11:30", times)
        self.assertIn("13:00", times)

    def test_booking_never_ends_in_the_break(self):
        """From 11:00 on, 90 minutes would end at 12:30; two hours end when the store opens again."""
        self.assertNotIn("11:00", self.free([{"kind": "service_bay", "minutes": 90}]))
        self.assertNotIn("11:00", self.free([{"kind": "service_bay", "minutes": 120}]))
        self.assertIn("11:00", self.free([{"kind": "service_bay", "minutes": 150}]))

    def test_night_shift_and_midnight(self):
        """Two shifts that meet at midnight are one stretch of time."""
        calendar = self.env["resource.calendar"].create(
            {
                "name": "night",
                "tz": "Asia/Shanghai",
                "company_id": self.store_a.company_id.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "night",
                                "dayofweek": str(day),
                                "hour_from": begin,
                                "hour_to": end,
                                "day_period": period,
                            }
                        )
                        for day in range(7)
                        for begin, end, period in ((0, 4, "morning"), (20, 24, "afternoon"))
                    ),
                ],
            }
        )
        tow = self.make_resource("Tow", self.tool_kind, calendar_id=calendar.id)
        need = [{"kind": "tool", "minutes": 120, "resource_id": tow.id}]
        times = self.free(need, at(18), at(30))
        self.assertEqual(times[0], "20:00")
        self.assertIn("23:00", times)
        self.assertIn("23:30", times)
        self.assertEqual(times[-1], "02:00")

    def test_closure_and_extra_hours(self):
        self.close(at(9), at(10, 10), self.bay1)
        self.close(at(9), at(10), self.bay2)
        times = self.free()
        self.assertNotIn("08:30", times)
        self.assertNotIn("09:30", times)
        self.assertIn("10:00", times, "the second bay is there again")
        self.close(at(17, 30), at(20), type="extra")
        self.assertEqual(self.free()[-1], "19:00")
        self.assertIn("2", self.why(at(9)))

    def test_closure_is_not_bridged(self):
        need = [{"kind": "service_bay", "minutes": 120}]
        self.assertIn("11:30", self.free(need), "the car stays in its bay over lunch")
        self.close(at(12), at(13), self.bay1)
        self.close(at(12), at(13), self.bay2)
        self.assertNotIn("11:30", self.free(need))

    def test_closed_kind_and_store(self):
        self.close(at(14), at(15), kind=self.bay_kind)
        self.assertNotIn("14:00", self.free())
        self.assertIn("14:00", self.free([{"kind": "tool", "minutes": 60}]))
        self.close(at(15), at(16))
        self.assertNotIn("15:00", self.free([{"kind": "tool", "minutes": 60}]))

    def test_holiday_and_leave(self):
        leaves = self.env["resource.calendar.leaves"]
        holiday = leaves.create(
            {
                "name": "holiday",
                "calendar_id": self.store_a.calendar_id.id,
                "date_from": at(0),
                "date_to": at(24),
            }
        )
        self.assertFalse(self.free())
        self.close(at(9), at(11), type="extra")
        self.assertEqual(self.free(), ["09:00", "09:30", "10:00"])
        holiday.unlink()
        self.ann.user_id = self.users["technician"]
        resource = self.env["resource.resource"].create(
            {
                "name": "Ann",
                "user_id": self.technician.id,
                "company_id": self.technician.company_id.id,
            }
        )
        leaves.create(
            {"name": "ill", "resource_id": resource.id, "date_from": at(8), "date_to": at(13)}
        )
        self.bob.active = False
        self.assertEqual(self.free()[0], "13:00")

    def test_holiday_of_another_store(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "theirs",
                "calendar_id": self.store_b.calendar_id.id,
                "date_from": at(0),
                "date_to": at(24),
            }
        )
        self.assertTrue(self.free())

    def test_summer_time(self):
        """An hour is an hour on the day the clock is put forward, and hours are the wall clock's."""
        self.store_a.calendar_id.tz = "Europe/Berlin"
        winter, summer = datetime(2026, 3, 28), datetime(2026, 3, 29)
        rows = self.rows(start=winter, stop=winter + timedelta(hours=24))
        self.assertEqual(rows[0]["start"], datetime(2026, 3, 28, 7, 30))
        rows = self.rows(start=summer, stop=summer + timedelta(hours=24))
        self.assertEqual(rows[0]["start"], datetime(2026, 3, 29, 6, 30))

    def test_raster_by_the_wall_clock(self):
        base = cell_of(datetime(2026, 3, 2))
        for zone, minute in (("Asia/Kathmandu", 15), ("Asia/Shanghai", 0)):
            first = bits(raster(zone, 60, base, 96))[0]
            self.assertEqual(moment_of(base + first).minute, minute)

    def test_as_odoo_counts(self):
        """The hours are those of Odoo's calendars, for any week, zone and holiday."""
        chance = random.Random(19)
        for turn in range(25):
            zone = chance.choice(ZONES)
            two_weeks = bool(turn % 2)
            lines = []
            for day in range(7):
                for week in ("0", "1") if two_weeks else (False,):
                    begin = chance.choice((5, 8, 8.5, 9.25))
                    noon = chance.choice((11, 12, 12.5))
                    end = chance.choice((17, 18.5, 21))
                    for hour_from, hour_to, period in (
                        (begin, noon, "morning"),
                        (noon, noon + 1, "lunch"),
                        (noon + 1, end, "afternoon"),
                    ):
                        lines.append(
                            Command.create(
                                {
                                    "name": period,
                                    "dayofweek": str(day),
                                    "hour_from": hour_from,
                                    "hour_to": hour_to,
                                    "day_period": period,
                                    "week_type": week,
                                }
                            )
                        )
            calendar = self.env["resource.calendar"].create(
                {
                    "name": f"random {turn}",
                    "tz": zone,
                    "company_id": self.store_a.company_id.id,
                    "two_weeks_calendar": two_weeks,
                    "attendance_ids": [Command.clear(), *lines],
                }
            )
            start = datetime(2026, 3, 1) + timedelta(days=chance.randrange(300))
            stop = start + timedelta(days=9)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "holiday",
                    "calendar_id": calendar.id,
                    "date_from": start + timedelta(hours=chance.randrange(40)),
                    "date_to": start + timedelta(hours=40 + chance.randrange(40)),
                }
            )
            tool = self.make_resource(f"random {turn}", self.tool_kind, calendar_id=calendar.id)
            need = [Ask(self.tool_kind.id, minutes=15, resource=tool.id)]
            ground = self.engine._ground(need, start, stop, self.store_a.id, now=False)
            cells = ground.supplies[tool.id].hours.there
            found = set()
            for begin, end, _line in calendar._work_intervals_batch(
                start.replace(tzinfo=UTC), stop.replace(tzinfo=UTC)
            )[False]:
                begin, end = (m.astimezone(UTC).replace(tzinfo=None) for m in (begin, end))
                found |= set(range(cell_of(begin), cell_of(end)))
            wanted = {cell - ground.base for cell in found}
            with self.subTest(zone=zone, start=start):
                size = cell_of(stop) - ground.base
                self.assertEqual({cell for cell in bits(cells) if cell < size}, wanted)
