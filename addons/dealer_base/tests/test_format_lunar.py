from datetime import date, timedelta

from lunar_python import Solar

from odoo.tests import BaseCase

from ..tools.lunar import BirthdayError, next_birthday


class TestFormatLunar(BaseCase):
    def test_solar(self):
        for month, day, after, expected in (
            (11, 22, date(2026, 11, 22), date(2026, 11, 22)),
            (11, 22, date(2026, 11, 23), date(2027, 11, 22)),
            (1, 1, date(2026, 12, 31), date(2027, 1, 1)),
            (2, 29, date(2026, 1, 1), date(2026, 2, 28)),
            (2, 29, date(2026, 3, 1), date(2027, 2, 28)),
            (2, 29, date(2028, 1, 1), date(2028, 2, 29)),
            (2, 29, date(2028, 2, 29), date(2028, 2, 29)),
            (2, 29, date(2027, 2, 28), date(2027, 2, 28)),
            (2, 28, date(2028, 1, 1), date(2028, 2, 28)),
        ):
            with self.subTest(month=month, day=day, after=after):
                self.assertEqual(next_birthday("solar", month, day, False, after), expected)

    def test_lunar(self):
        for month, day, leap, after, expected in (
            (6, 15, False, date(2025, 1, 1), date(2025, 7, 9)),
            (6, 15, False, date(2025, 7, 9), date(2025, 7, 9)),
            # both months exist: the first one, so the next is a year away
            (6, 15, False, date(2025, 7, 10), date(2026, 7, 28)),
            (6, 15, True, date(2025, 1, 1), date(2025, 8, 8)),
            # no leap month that year: the ordinary one
            (6, 15, True, date(2025, 8, 9), date(2026, 7, 28)),
            # a leap month, but of another number
            (5, 1, True, date(2025, 1, 1), date(2025, 5, 27)),
            # the lunar year 2023 ends in February 2024
            (12, 30, False, date(2024, 1, 1), date(2024, 2, 9)),
            # no 30th in the years 2024 to 2028: the 29th
            (12, 30, False, date(2024, 2, 10), date(2025, 1, 28)),
            (12, 30, False, date(2029, 3, 1), date(2030, 2, 2)),
            # leap month of 29 days
            (6, 30, True, date(2025, 7, 25), date(2025, 8, 22)),
            (1, 1, False, date(2026, 2, 18), date(2027, 2, 6)),
        ):
            with self.subTest(month=month, day=day, leap=leap, after=after):
                self.assertEqual(next_birthday("lunar", month, day, leap, after), expected)

    def test_the_library_reads_back_every_lunar_birthday(self):
        for year in range(2020, 2050):
            for month, day in ((1, 1), (2, 29), (6, 15), (8, 15), (11, 7), (12, 29)):
                found = next_birthday("lunar", month, day, False, date(year, 3, 1))
                lunar = Solar.fromYmd(found.year, found.month, found.day).getLunar()
                self.assertEqual((lunar.getMonth(), lunar.getDay()), (month, day))

    def test_one_birthday_a_year_and_none_in_between(self):
        for calendar, month, day, leap in (
            ("solar", 2, 29, False),
            ("solar", 12, 31, False),
            ("lunar", 12, 30, False),
            ("lunar", 6, 30, True),
            ("lunar", 1, 1, False),
        ):
            found = next_birthday(calendar, month, day, leap, date(2020, 1, 1))
            for _year in range(30):
                following = next_birthday(calendar, month, day, leap, found + timedelta(days=1))
                with self.subTest(calendar=calendar, month=month, found=found):
                    self.assertTrue(353 <= (following - found).days <= 385)
                    # asked on any day before it, the answer stays the same
                    middle = found + timedelta(days=200)
                    self.assertEqual(next_birthday(calendar, month, day, leap, middle), following)
                found = following

    def test_impossible_days(self):
        for calendar, month, day, code in (
            ("solar", 13, 1, "birthday_month"),
            ("solar", 0, 1, "birthday_month"),
            ("lunar", -6, 1, "birthday_month"),
            ("solar", 2, 30, "birthday_day"),
            ("solar", 4, 31, "birthday_day"),
            ("solar", 1, 0, "birthday_day"),
            ("lunar", 1, 31, "birthday_day"),
        ):
            with (
                self.subTest(calendar=calendar, month=month, day=day),
                self.assertRaises(BirthdayError) as caught,
            ):
                next_birthday(calendar, month, day, False, date(2026, 1, 1))
            self.assertEqual(caught.exception.code, code)
