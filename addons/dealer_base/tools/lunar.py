import calendar as calendars
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarMonth, Solar

from odoo.tools.translate import LazyTranslate

from .errors import FormatError

_lt = LazyTranslate(__name__, default_lang="en_US")

LEAP_YEAR = 2024  # any year that has a 29 February
LUNAR_MONTH_DAYS = 30


class BirthdayError(FormatError):
    """No such day can be a birthday."""


def next_birthday(calendar: str, month: int, day: int, leap: bool, after: date) -> date:
    """Return the first birthday on `after` or later.

    Somebody born on 29 February is congratulated on 28 February in ordinary years:
    it is still the month of birth, and a greeting a day early is kinder than one
    that comes when the birthday is over.

    The lunar calendar by custom: a birthday in a leap month falls into the ordinary
    month of that number when the year has no such leap month; a birthday in an
    ordinary month is kept in the first one when the year has both; the 30th becomes
    the 29th in a month of 29 days. So every year has exactly one birthday.

    :param calendar: solar or lunar
    :param leap: born in a leap month, read for the lunar calendar only
    :raise BirthdayError: when month or day cannot be
    """
    check_birthday(calendar, month, day)
    if calendar == "lunar":
        # the lunar year begins up to seven weeks after the solar one
        years = range(after.year - 1, after.year + 2)
        days = (_lunar_birthday(year, month, day, bool(leap)) for year in years)
    else:
        days = (_solar_birthday(year, month, day) for year in (after.year, after.year + 1))
    return next(birthday for birthday in days if birthday >= after)


def check_birthday(calendar: str, month: int, day: int) -> None:
    """Raise when month and day are no day of any year of this calendar."""
    if not 1 <= month <= 12:
        raise BirthdayError(
            "birthday_month",
            _lt("The month of birth is between 1 and 12, not %(month)s.", month=month),
        )
    last = LUNAR_MONTH_DAYS if calendar == "lunar" else calendars.monthrange(LEAP_YEAR, month)[1]
    if not 1 <= day <= last:
        raise BirthdayError(
            "birthday_day",
            _lt(
                "Month %(month)s has days from 1 to %(last)s, not %(day)s.",
                month=month,
                last=last,
                day=day,
            ),
        )


def _solar_birthday(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendars.monthrange(year, month)[1]))


def _lunar_birthday(year: int, month: int, day: int, leap: bool) -> date:
    ordinary = _lunar_month(year, month)
    first, days = (_lunar_month(year, -month) if leap else None) or ordinary
    return first + timedelta(days=min(day, days) - 1)


@lru_cache(maxsize=1024)
def _lunar_month(year: int, month: int) -> tuple[date, int] | None:
    """Return first day and length of a lunar month; a leap month is negative.

    Cached because the library computes a whole year for each question, and a shop's
    customers share a few dozen months.
    """
    found = LunarMonth.fromYm(year, month)
    if found is None:
        return None
    first = Solar.fromJulianDay(found.getFirstJulianDay())
    return (
        date(first.getYear(), first.getMonth(), first.getDay()),
        found.getDayCount(),
    )
