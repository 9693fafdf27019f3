"""How far a car is driven a day, and what follows; knows nothing of Odoo.

The estimate is that of Theil and Sen: the median of the slopes between all pairs of readings. One
wrong reading among five or more leaves it as it is, where an average would follow the error.
"""

from datetime import date, timedelta
from itertools import combinations, pairwise
from statistics import median
from typing import NamedTuple

#: Pairs of readings closer than this say more of the hour than of the habit.
SHORTEST = timedelta(days=7)
#: Whoever drove otherwise two years ago drives as in the last 18 months.
WINDOW = timedelta(days=548)
#: Fewer readings than these in the window: older ones are asked, too.
FEWEST = 4
#: So many readings, the newest; pairs grow with the square.
MOST = 40
#: Kilometres a day that no customer's car drives for long.
FASTEST = 1000.0
#: What is reached later than this is not foreseen at all.
HORIZON = timedelta(days=3653)


class Estimate(NamedTuple):
    """What is known of the use of a car."""

    #: km a day, or None where the readings do not tell.
    daily_km: float | None
    #: The newest reading, or None.
    base_date: date | None
    base_km: int | None
    #: How many pairs of readings the estimate stands on.
    pairs: int


def estimate(readings):
    """Return the :class:`Estimate` of accepted readings.

    :param readings: (date, km) in any order; two of one day count as one, the higher
    """
    by_day = {}
    for day, km in readings:
        by_day[day] = max(km, by_day.get(day, 0))
    known = sorted(by_day.items())
    if not known:
        return Estimate(None, None, None, 0)
    last_day, last_km = known[-1]
    recent = [reading for reading in known if reading[0] >= last_day - WINDOW]
    known = (recent if len(recent) >= FEWEST else known[-FEWEST:])[-MOST:]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0]).days
        for earlier, later in combinations(known, 2)
        if later[0] - earlier[0] >= SHORTEST
    ]
    # A pair that goes back, or flies, spans a new instrument or an error.
    slopes = [slope for slope in slopes if 0 <= slope <= FASTEST]
    if not slopes:
        return Estimate(None, last_day, last_km, 0)
    return Estimate(median(slopes), last_day, last_km, len(slopes))


def changes(readings):
    """Return the instruments that were changed, as a list of (moment, km): from then on it shows so much less.

    :param readings: (moment, km) of accepted readings of a car, in any order; one that goes back is
        accepted by people alone, who say so that the instrument is another one
    """
    known = sorted(readings)
    return [
        (later[0], earlier[1] - later[1])
        for earlier, later in pairwise(known)
        if later[1] < earlier[1]
    ]


def driven(km, moment, changed):
    """Return how far a car was driven in all when its instrument showed ``km`` at ``moment``.

    :param changed: what :func:`changes` returned
    """
    return km + sum(less for at, less in changed if at <= moment)


def mileage_on(base_date, base_km, daily_km, day):
    """Return the foreseen mileage, whole km, on ``day``; before the newest reading that reading."""
    return base_km + int(daily_km * max((day - base_date).days, 0))


def day_of(base_date, base_km, daily_km, km):
    """Return the first day on which ``km`` are foreseen to be on the instrument.

    :return: the date, that of the newest reading where they are there already, or None where they
        are not reached within ten years
    """
    if km <= base_km:
        return base_date
    if daily_km <= 0:
        return None
    days = int((km - base_km) / daily_km)
    # Floats: the day is the first one on which mileage_on() says so.
    while int(daily_km * days) < km - base_km:
        days += 1
    while days > 0 and int(daily_km * (days - 1)) >= km - base_km:
        days -= 1
    return base_date + timedelta(days=days) if timedelta(days=days) <= HORIZON else None
