"""The three-guarantees clock: examples worked by hand, and what must hold whatever happens to a car."""

import importlib.util
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TOOL = Path(__file__).parents[2] / "addons/dealer_service/tools/guarantee.py"
spec = importlib.util.spec_from_file_location("guarantee", TOOL)
guarantee = importlib.util.module_from_spec(spec)
spec.loader.exec_module(guarantee)
Car, Fault, Repair = guarantee.Car, guarantee.Fault, guarantee.Repair

settings.register_profile("suite", deadline=None, max_examples=200, database=None)
settings.load_profile("suite")

START = date(2026, 1, 1)
CAR = Car(START)
NOW = datetime(2026, 12, 1, 9, 0)
HOUR = timedelta(hours=1)


def repair(day, hours, *faults, **values):
    """Return a repair that began on the ``day``-th day after the start, at nine."""
    begin = datetime(2026, 1, 1, 9, 0) + timedelta(days=day)
    end = None if hours is None else begin + hours * HOUR
    return Repair(begin, end, faults or (Fault("x"),), **values)


def right(code, repairs, now=NOW, car=CAR):
    """Return the one right of this code, or None."""
    found = [each for each in guarantee.judge(car, repairs, now) if each.rule.code == code]
    assert len(found) < 2, found
    return found[0] if found else None


# ------------------------------------------------------------------ by hand


@pytest.mark.parametrize(
    ("hours", "excluded", "days"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (24, 0, 1),
        (24.1, 0, 2),
        (49, 0, 3),
        (49, 2, 2),
        (49, 25, 1),
        (5, 9, 0),
    ],
)
def test_each_begun_24_hours_are_a_day(hours, excluded, days):
    assert repair(5, hours, excluded=excluded * HOUR).days(NOW) == days


def test_more_than_30_days():
    # 240 h, 241 h and 9 h of three repairs: 10 + 11 + 1 = 22 of 31 days, 70 %.
    known = [repair(30, 240), repair(60, 241), repair(100, 9)]
    found = right("days", known)
    assert (found.used, found.share, found.level, found.left) == (22, 70, 60, 9)
    assert found.rule.article == 24
    # 72 h more: 25 days, 80 %; 120 h more: exactly 30 days are not more than 30.
    assert right("days", [*known, repair(130, 72)]).level == 80
    found = right("days", [*known, repair(130, 72), repair(150, 120)])
    assert (found.used, found.share, found.level, found.left) == (30, 96, 80, 1)
    # One hour more begins the 31st day.
    found = right("days", [*known, repair(130, 72), repair(150, 121)])
    assert (found.used, found.share, found.level, found.left) == (31, 100, 100, 0)


def test_a_repair_that_goes_on_counts_until_now():
    begun = datetime(2026, 11, 10, 9, 0)
    known = [Repair(begun, None, (Fault("x"),))]
    assert right("days", known, begun + 19 * 24 * HOUR).used == 19
    assert right("days", known, begun + 19 * 24 * HOUR + HOUR).used == 20


@pytest.mark.parametrize(
    ("hours", "used", "level"), [(72, 3, 0), (73, 4, 60), (97, 5, 80), (120, 5, 80), (121, 6, 100)]
)
def test_loaner_from_the_sixth_day(hours, used, level):
    begun = datetime(2026, 11, 10, 9, 0)
    found = right("loaner", [Repair(begun, None, (Fault("x"),))], begun + hours * HOUR)
    assert (found.used, found.level, found.rule.article) == (used, level, 21)


def test_a_finished_repair_needs_no_loaner():
    assert right("loaner", [repair(10, 200)]) is None


def test_the_same_fault_more_than_four_times():
    known = [repair(day, 2, Fault("noise"), Fault("leak")) for day in (10, 40)]
    known.append(repair(70, 2, Fault("noise")))
    found = [r for r in guarantee.judge(CAR, known, NOW) if r.rule.code == "same_fault"]
    assert [(r.key, r.used, r.level) for r in found] == [("noise", 3, 60), ("leak", 2, 0)]
    known.append(repair(80, 2, Fault("noise")))
    assert [r.level for r in guarantee.judge(CAR, known, NOW) if r.key == "noise"] == [80]
    known.append(repair(90, 2, Fault("noise")))
    assert [r.level for r in guarantee.judge(CAR, known, NOW) if r.key == "noise"] == [100]


def test_safety_twice_in_vain_or_a_new_one():
    known = [repair(10, 2, Fault("a", safety=True))]
    assert right("safety", known).level == 0
    known.append(repair(20, 2, Fault("a", safety=True)))
    assert right("safety", known).level == 60
    assert right("safety", [*known, repair(30, 2, Fault("b", safety=True))]).level == 100


def test_assembly_replaced_twice_and_again():
    new = Fault("a", system="gearbox", remedy="assembly")
    known = [repair(10, 2, new), repair(90, 2, new)]
    assert [right("assembly", known[:n]).level for n in (1, 2)] == [0, 60]
    # Another assembly is another count; the same one that fails again is the right.
    assert right("assembly", [*known, repair(99, 2, Fault("e", system="brake"))]).level == 60
    assert right("assembly", [*known, repair(99, 2, Fault("b", system="gearbox"))]).level == 100


def test_the_same_part_replaced_twice_and_again():
    new = Fault("a", system="steering", part="rack", remedy="part")
    known = [repair(10, 2, new), repair(90, 2, new)]
    assert right("part", known).level == 60
    other = Fault("b", system="steering", part="pump", remedy="part")
    levels = [
        r.level
        for r in guarantee.judge(CAR, [*known, repair(99, 2, other)], NOW)
        if r.rule.code == "part"
    ]
    assert levels == [60, 0]
    assert right("part", [*known, repair(99, 2, Fault("a", "steering", "rack"))]).level == 100


@pytest.mark.parametrize(("day", "level"), [(7, 100), (8, None)])
def test_seven_days(day, level):
    fault = Fault("a", system="engine", part="cylinder head", remedy="part")
    found = right("early_exchange", [repair(day, 2, fault)])
    assert (found and found.level) == level


@pytest.mark.parametrize(
    ("day", "km", "arises"),
    [(60, 3000, True), (61, 10, False), (10, 3001, False), (10, None, True)],
)
def test_sixty_days_or_3000_km(day, km, arises):
    part = repair(day, 2, Fault("a", system="motor", part="rotor"), mileage=km)
    assert bool(right("early_assembly", [part])) == arises
    leak = repair(day, 2, Fault("b", acute="fuel_leak"), mileage=km)
    found = right("early_safety", [leak])
    assert bool(found) == arises
    if arises:
        assert (found.level, found.rule.article) == (100, 23)


def test_two_years_end_with_the_corresponding_day():
    last = guarantee.GUARANTEE.last_day(START)
    assert last == date(2028, 1, 1)
    assert guarantee.GUARANTEE.last_day(date(2024, 2, 29)) == date(2026, 2, 28)
    assert guarantee.REPAIR.last_day(date(2026, 8, 31)) == date(2029, 8, 31)


def test_after_the_period_only_what_has_arisen_stays():
    known = [repair(day, 2, Fault("noise")) for day in (10, 20, 30, 40)]
    later = datetime(2028, 1, 2, 9, 0)
    assert right("same_fault", known, later) is None
    assert right("same_fault", [*known, repair(50, 2, Fault("noise"))], later).level == 100
    # The fifth repair came too late.
    assert right("same_fault", [*known, repair(731, 2, Fault("noise"))], later) is None
    # … or at too high a mileage; and the mileage of today ends the period, too.
    assert right("same_fault", [*known, repair(50, 2, Fault("noise"), mileage=50_001)]).used == 4
    assert right("same_fault", known, car=CAR._replace(mileage=50_001)) is None


def test_a_maker_may_promise_more():
    car = CAR._replace(guarantee=guarantee.Span(months=36, km=100_000))
    known = [repair(day, 2, Fault("noise"), mileage=60_000) for day in (800, 810, 820)]
    assert right("same_fault", known, datetime(2028, 6, 1), car).level == 60
    assert right("same_fault", known, datetime(2028, 6, 1)) is None


def test_start():
    invoice, delivery = date(2026, 1, 1), date(2026, 1, 9)
    assert guarantee.guarantee_start(invoice, delivery) == delivery
    assert guarantee.guarantee_start(invoice, None) == invoice
    assert guarantee.guarantee_start(None, None) is None


# ------------------------------------------------------------------ whatever happens

hours = st.integers(0, 24 * 40)
faults = st.builds(
    Fault,
    st.sampled_from("abc"),
    system=st.sampled_from((*guarantee.ASSEMBLIES, *guarantee.SYSTEMS, None)),
    part=st.sampled_from(("p", "q", None)),
    safety=st.booleans(),
    acute=st.sampled_from((*guarantee.ACUTE, None)),
    remedy=st.sampled_from(("repaired", "part", "assembly")),
)
repairs = st.builds(
    lambda day, span, found, km, out: repair(day, span, *found, mileage=km, excluded=out * HOUR),
    st.integers(0, 900),
    st.one_of(st.none(), hours),
    st.lists(faults, min_size=1, max_size=3),
    st.one_of(st.none(), st.integers(0, 80_000)),
    st.integers(0, 100),
)
histories = st.lists(repairs, max_size=8)
moments = st.integers(0, 24 * 900).map(lambda hour: datetime(2026, 1, 1) + hour * HOUR)


def by_name(history, now, car=CAR):
    return {(r.rule.code, r.key): r for r in guarantee.judge(car, history, now)}


@given(histories, repairs, moments)
def test_one_repair_more_never_takes_a_right_away(history, more, now):
    before, after = by_name(history, now), by_name([*history, more], now)
    for name, found in before.items():
        assert after[name].used >= found.used


@given(histories, moments)
def test_the_level_says_what_the_count_says(history, now):
    for found in guarantee.judge(CAR, history, now):
        assert found.used >= 1
        assert (found.level == 100) == (found.used >= found.rule.arises_at)
        assert (found.left == 0) == (found.level == 100)
        assert found.level in (0, *guarantee.LEVELS)
        assert found.level <= found.share <= 100


@given(histories, moments, st.randoms())
def test_the_order_of_the_records_does_not_matter(history, now, random):
    mixed = list(history)
    random.shuffle(mixed)
    # Repairs of the same moment cannot be told apart by time.
    if len({each.agreed_at for each in history}) == len(history):
        assert by_name(mixed, now) == by_name(history, now)


@given(st.integers(0, 600), hours, hours)
def test_a_repair_in_two_parts_is_never_shorter(day, first, second):
    whole = repair(day, first + second)
    cut = whole.agreed_at + first * HOUR
    parts = [whole._replace(completed_at=cut), whole._replace(agreed_at=cut)]
    together = sum(part.days(NOW) for part in parts)
    assert whole.days(NOW) <= together <= whole.days(NOW) + 1


def stay(begin, end, **values):
    """Return a repair from hour to hour of the same day and after."""
    whole = repair(100, end - begin, **values)
    return whole._replace(
        agreed_at=whole.agreed_at + begin * HOUR, completed_at=whole.completed_at + begin * HOUR
    )


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        # One after the other: 1 + 1, and each begun day is one although it is 12 hours in all.
        ([(0, 6), (6, 12)], 2),
        # The same day twice, one order in the other.
        ([(0, 24), (0, 24)], 1),
        ([(0, 72), (10, 20)], 3),
        # 30 and 40 hours with 10 in common: 60 hours are 3 days, not 2 + 2.
        ([(0, 30), (20, 60)], 3),
        # A long order over two short ones: no fewer days than the short ones have.
        ([(0, 1), (2, 3), (0, 3)], 2),
        # Two chains of 25 hours, then one order over both.
        ([(0, 13), (12, 25), (26, 39), (38, 51)], 4),
        ([(0, 13), (12, 25), (26, 39), (38, 51), (0, 51)], 4),
    ],
)
def test_no_hour_counts_twice(spans, days):
    assert guarantee.days_of([stay(*span) for span in spans], NOW) == days


def test_two_orders_of_one_long_stay():
    # 16 days in the shop, on two orders for two faults: 16 days, not 32.
    known = [repair(30, 16 * 24, Fault("a")), repair(30, 16 * 24, Fault("b"))]
    assert (right("days", known).used, right("days", known).level) == (16, 0)
    # What is left out of one order is repair in the other one.
    waits = known[1]._replace(excluded=200 * HOUR)
    assert right("days", [known[0], waits]).used == 16
    # Of both: at most the hours that count in each are added.
    assert right("days", [each._replace(excluded=200 * HOUR) for each in known]).used == 16
    assert right("days", [each._replace(excluded=300 * HOUR) for each in known]).used == 7


@given(histories, moments)
def test_days_of_repair_together(history, now):
    """Never fewer than the longest one, nor than all the time in the shop; never more than each by itself."""
    known = [each for each in history if each.agreed_at <= now]
    known = [
        each._replace(completed_at=each.completed_at and min(each.completed_at, now))
        for each in known
    ]
    found = guarantee.days_of(known, now)
    alone = [each.days(now) for each in known]
    assert max(alone, default=0) <= found <= sum(alone)
    whole = [each._replace(excluded=timedelta()) for each in known]
    covered = set()
    for each in whole:
        first = int((each.agreed_at - datetime(2026, 1, 1)) / HOUR)
        covered |= set(range(first, first + int(each.spent(now) / HOUR)))
    assert guarantee.days_of(whole, now) >= -(-len(covered) // 24)


@given(histories, repairs, moments)
def test_one_repair_more_never_takes_a_day_away(history, more, now):
    assert guarantee.days_of(history, now) <= guarantee.days_of([*history, more], now)


@given(histories, st.integers(0, 40), moments)
def test_days_of_times_apart_are_added(history, gap, now):
    """A history, and the same again after its end: twice the days."""
    ended = [
        each._replace(completed_at=each.completed_at or each.agreed_at + HOUR) for each in history
    ]
    first = min((each.agreed_at for each in ended), default=now)
    last = max((each.completed_at for each in ended), default=now)
    move = last - first + gap * HOUR
    again = [
        each._replace(agreed_at=each.agreed_at + move, completed_at=each.completed_at + move)
        for each in ended
    ]
    once = guarantee.days_of(ended, now)
    assert guarantee.days_of(again, now) == once
    assert guarantee.days_of([*ended, *again], now) == 2 * once


@given(histories, st.integers(0, 24 * 60), moments)
def test_days_never_fall_as_time_passes(history, later, now):
    begun = [each for each in history if each.agreed_at <= now]
    assert guarantee.days_of(begun, now) <= guarantee.days_of(begun, now + later * HOUR)


@given(hours, st.integers(0, 1000))
def test_transport_never_adds_days(span, out):
    found = repair(5, span, excluded=out * HOUR).days(NOW)
    assert 0 <= found <= repair(5, span).days(NOW)


@given(histories)
def test_what_began_after_the_period_counts_for_nothing(history):
    late = [each._replace(agreed_at=each.agreed_at + timedelta(days=1100)) for each in history]
    late = [each._replace(completed_at=each.agreed_at + HOUR) for each in late]
    assert not guarantee.judge(CAR, late, datetime(2029, 6, 1))
