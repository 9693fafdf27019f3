"""What must hold of the mileage estimate, whatever people type."""

import importlib.util
from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TOOL = Path(__file__).parents[2] / "addons/dealer_service/tools/mileage.py"
spec = importlib.util.spec_from_file_location("mileage", TOOL)
mileage = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mileage)

settings.register_profile("suite", deadline=None, max_examples=200, database=None)
settings.load_profile("suite")

DAY = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12)
kilometres = st.integers(0, 400_000)
days = st.integers(0, 4000).map(lambda number: DAY + timedelta(days=number))
readings = st.lists(st.tuples(days, kilometres), max_size=25)
#: Visits of a car, at least a week apart and all of them in the window.
gaps = st.lists(st.integers(7, 60), min_size=5, max_size=9)
speeds = st.integers(1, 300)


def steady(gaps, speed, start_km=10):
    """Return the readings of a car that is driven ``speed`` km every day."""
    found, day = [(DAY, start_km)], DAY
    for gap in gaps:
        day += timedelta(days=gap)
        found.append((day, start_km + speed * (day - DAY).days))
    return found


@given(gaps, speeds)
def test_a_steady_driver_is_told_exactly(gaps, speed):
    assert mileage.estimate(steady(gaps, speed)).daily_km == speed


@given(gaps, speeds, st.data())
def test_one_error_changes_nothing(gaps, speed, data):
    known = steady(gaps, speed)
    place = data.draw(st.integers(0, len(known) - 1))
    known[place] = (known[place][0], data.draw(kilometres))
    found = mileage.estimate(known)
    # The pairs with the error are fewer than half of all; the median is one of the others.
    assert found.daily_km == pytest.approx(speed)


@given(readings)
def test_any_readings_give_a_speed_that_cars_drive(readings):
    found = mileage.estimate(readings)
    if found.daily_km is not None:
        assert 0 <= found.daily_km <= mileage.FASTEST
        assert found.pairs > 0
    if readings:
        newest = max(day for day, _km in readings)
        assert (found.base_date, found.base_km) == (
            newest,
            max(km for day, km in readings if day == newest),
        )


@given(readings, st.randoms())
def test_the_order_does_not_matter(readings, random):
    mixed = list(readings)
    random.shuffle(mixed)
    assert mileage.estimate(mixed) == mileage.estimate(readings)


@given(days, kilometres, st.floats(0.1, 1000), st.integers(0, 60_000))
def test_day_of_is_the_first_day_of_mileage_on(base, km, speed, more):
    day = mileage.day_of(base, km, speed, km + more)
    if day is None:
        assert mileage.mileage_on(base, km, speed, base + mileage.HORIZON) < km + more
        return
    assert mileage.mileage_on(base, km, speed, day) >= km + more
    if day > base:
        assert mileage.mileage_on(base, km, speed, day - timedelta(days=1)) < km + more


@given(days, kilometres, st.floats(0, 1000), days, days)
def test_mileage_never_falls(base, km, speed, one, two):
    first, second = sorted((one, two))
    assert mileage.mileage_on(base, km, speed, first) <= mileage.mileage_on(base, km, speed, second)


@given(gaps, speeds, st.data())
def test_an_error_never_leaves_what_the_others_say(gaps, speed, data):
    """Whatever is typed once, the estimate stays among the speeds of the true readings, however uneven."""
    known, km = [(DAY, 10)], 10
    for gap in gaps:
        km += gap * data.draw(st.integers(1, speed), label="km a day")
        known.append((known[-1][0] + timedelta(days=gap), km))
    true = [
        (later[1] - earlier[1]) / (later[0] - earlier[0]).days
        for earlier, later in combinations(known, 2)
    ]
    place = data.draw(st.integers(0, len(known) - 1), label="place")
    known[place] = (known[place][0], data.draw(kilometres, label="typed"))
    assert min(true) <= mileage.estimate(known).daily_km <= max(true)


@given(readings, st.integers(0, 3000), st.integers(0, 100_000))
def test_when_and_from_what_it_is_counted_does_not_matter(known, later, more):
    moved = [(day + timedelta(days=later), km + more) for day, km in known]
    first, second = mileage.estimate(known), mileage.estimate(moved)
    assert second.daily_km == first.daily_km
    assert second.pairs == first.pairs


@given(gaps, st.integers(1, 100), st.integers(2, 5), st.data())
def test_twice_the_way_is_twice_the_speed(gaps, speed, times, data):
    known = steady(gaps, speed, start_km=0)
    place = data.draw(st.integers(0, len(known) - 1))
    known[place] = (known[place][0], data.draw(st.integers(0, 100_000)))
    found = mileage.estimate([(day, km * times) for day, km in known])
    if all(slope <= mileage.FASTEST / times for slope in slopes(known)):
        assert found.daily_km == pytest.approx(times * mileage.estimate(known).daily_km)
    # A pair that flies only after it was stretched is an error then; the rest says the same.
    assert found.daily_km == pytest.approx(times * speed)


def slopes(known):
    return [
        (later[1] - earlier[1]) / (later[0] - earlier[0]).days
        for earlier, later in combinations(known, 2)
    ]


@given(readings, st.data())
def test_typed_twice_counts_once(known, data):
    """The same reading again, or a lower one of the same day, tells nothing new."""
    if known:
        day, km = data.draw(st.sampled_from(known))
        again = [*known, (day, data.draw(st.integers(0, km)))]
        assert mileage.estimate(again) == mileage.estimate(known)


@given(gaps, gaps, speeds, st.integers(0, 50), st.integers(10, 400_000))
def test_a_new_instrument_of_a_steady_driver(before, after, speed, days_between, old_km):
    """The old instrument's readings and the new one's, from near zero: the speed is that of both."""
    old = steady(before, speed, start_km=old_km)
    changed = old[-1][0] + timedelta(days=1 + days_between)
    new = [(day + (changed - DAY), km) for day, km in steady(after, speed, start_km=0)]
    found = mileage.estimate(old + new)
    # The new one is on file with more pairs of its own than those across that look like a way.
    assert found.daily_km is not None
    assert (found.base_date, found.base_km) == new[-1]
    if old_km > new[-1][1]:
        assert found.daily_km == pytest.approx(speed)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.data())
def test_what_was_driven_does_not_ask_for_the_instrument(ways, data):
    """Whenever and however often the instrument is changed: the sum of all ways is what was driven."""
    shown, total, known = 0, 0, [(NOON, 0)]
    for number, way in enumerate(ways, 1):
        shown, total = shown + way, total + way
        if shown and data.draw(st.booleans(), label="changed"):
            known.append((NOON + timedelta(days=number, hours=-1), shown))
            shown = 0
        known.append((NOON + timedelta(days=number), shown))
    found = mileage.changes(known)
    last = known[-1][0]
    assert mileage.driven(shown, last, found) == total


def test_changes():
    assert mileage.changes([]) == []
    known = [(DAY, 10), (DAY + timedelta(9), 80_000), (DAY + timedelta(10), 5)]
    found = mileage.changes(reversed(known))
    assert found == [(DAY + timedelta(10), 79_995)]
    assert mileage.driven(80_000, DAY + timedelta(9), found) == 80_000
    assert mileage.driven(505, DAY + timedelta(20), found) == 80_500


@given(readings, days, kilometres)
def test_an_old_reading_that_comes_late_does_not_move_the_newest(known, day, km):
    """A reading found in old papers changes the speed at the most, never where the car stands."""
    found = mileage.estimate(known)
    if found.base_date and day < found.base_date:
        late = mileage.estimate([*known, (day, km)])
        assert (late.base_date, late.base_km) == (found.base_date, found.base_km)


def test_by_hand():
    # 29 km at delivery, 13,929 after 242 days: 57.4 km a day; a third reading 80 km a day later.
    known = [(DAY, 29), (DAY + timedelta(242), 13_929), (DAY + timedelta(342), 21_929)]
    # Slopes 57.44, 80.00 and 64.04: the one in the middle.
    found = mileage.estimate(known)
    assert found.daily_km == pytest.approx(21_900 / 342)
    assert mileage.mileage_on(found.base_date, found.base_km, 64, DAY + timedelta(352)) == 22_569
    assert mileage.day_of(found.base_date, found.base_km, 64, 30_000) == DAY + timedelta(342 + 127)


def test_the_last_months_count():
    # 20 km a day for two years, then 100 km a day: the window holds the new habit alone.
    old = [(DAY + timedelta(days), 20 * days) for days in range(0, 731, 90)]
    new = [(DAY + timedelta(720 + days), 14_400 + 100 * days) for days in range(60, 601, 60)]
    assert mileage.estimate(old + new).daily_km == 100


def test_a_new_instrument():
    known = [(DAY + timedelta(days), 80_000 + 40 * days) for days in (0, 50, 100)]
    known += [(DAY + timedelta(days), 40 * (days - 100)) for days in (101, 150, 200)]
    assert mileage.estimate(known).daily_km == 40


@pytest.mark.parametrize("known", [[], [(DAY, 5)], [(DAY, 5), (DAY + timedelta(3), 900)]])
def test_too_little_is_no_estimate(known):
    assert mileage.estimate(known).daily_km is None


def test_a_car_that_stands_reaches_nothing():
    assert mileage.day_of(DAY, 100, 0, 200) is None
    assert mileage.day_of(DAY, 300, 0, 200) == DAY
