"""When a car is to be inspected (年检) next; knows nothing of Odoo. The rhythm is data with its legal source."""

import calendar
from typing import NamedTuple

#: Older than this no car is asked for; it ends the search.
OLDEST_YEARS = 60


class Step(NamedTuple):
    """Up to an age (None: for ever) every so many months."""

    up_to_years: int | None
    every_months: int


class Inspection(NamedTuple):
    """An inspection that a car has before it."""

    day: object
    #: Age in months on that day.
    age: int
    #: Whether the car must be shown; else the sticker is asked for without a test.
    on_site: bool


def add_months(day, months):
    """Return the corresponding day so many months later; the last of the month where there is none."""
    total = day.month - 1 + months
    year, month = day.year + total // 12, total % 12 + 1
    return day.replace(
        year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1])
    )


def inspections(first_registration, steps, on_site_years, on_site_after):
    """Yield the :class:`Inspection` of a car, one after the other.

    :param steps: :class:`Step` in the order of age; the last one without an end
    :param on_site_years: ages in years at which the car must be shown
    :param on_site_after: the car must be shown at every inspection past this age in years
    """
    age = 0
    while age < OLDEST_YEARS * 12:
        step = next(
            step for step in steps if step.up_to_years is None or age < step.up_to_years * 12
        )
        age += step.every_months
        on_site = age > on_site_after * 12 or (age % 12 == 0 and age // 12 in on_site_years)
        yield Inspection(add_months(first_registration, age), age, on_site)


def next_inspection(first_registration, steps, on_site_years, on_site_after, after):
    """Return the first :class:`Inspection` later than the day ``after``, or None for a car of 60 years."""
    every = inspections(first_registration, steps, on_site_years, on_site_after)
    return next((each for each in every if each.day > after), None)
