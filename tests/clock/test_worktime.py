"""What must hold of working time whatever the hours are: terms do not depend on how time is cut."""

import importlib.util
import itertools
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TOOL = Path(__file__).parents[2] / "addons/dealer_clock/tools/worktime.py"
spec = importlib.util.spec_from_file_location("worktime", TOOL)
worktime = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worktime)

MONDAY = datetime(2026, 3, 2)
WEEK = timedelta(weeks=1)
WEEK_SECONDS = int(WEEK.total_seconds())
settings.register_profile("suite", deadline=None, max_examples=150, database=None)
settings.load_profile("suite")


def weekly(edges):
    """Return a function that names the spans of a week that repeats for ever.

    :param edges: seconds after Monday 0:00, in pairs from and to
    """
    hours = [
        (timedelta(seconds=start), timedelta(seconds=stop))
        for start, stop in zip(edges[::2], edges[1::2], strict=False)
    ]

    def load(start, stop):
        first = (start - MONDAY) // WEEK - 1
        last = (stop - MONDAY) // WEEK + 1
        spans = [
            (max(MONDAY + week * WEEK + begin, start), min(MONDAY + week * WEEK + end, stop))
            for week in range(first, last + 1)
            for begin, end in hours
        ]
        return worktime.merge_spans(spans)

    return load


# Shifts of ten minutes and more, so that terms end before a shop counts as never open.
edges = st.lists(
    st.integers(0, WEEK_SECONDS // 600).map(lambda number: number * 600),
    min_size=2,
    max_size=12,
    unique=True,
).map(lambda marks: sorted(marks)[: len(marks) // 2 * 2])
hours = edges.map(weekly)
counters = st.one_of(hours.map(worktime.WorkingTime), st.builds(worktime.WallTime))
moments = st.integers(-2 * WEEK_SECONDS, 3 * WEEK_SECONDS).map(
    lambda seconds: MONDAY + timedelta(seconds=seconds)
)
amounts = st.integers(0, 20 * 60)


@given(counters, moments, st.lists(amounts, max_size=6))
def test_any_split_gives_the_same_due(time, start, parts):
    due = start
    for part in parts:
        due = time.add(due, part)
    assert due == time.add(start, sum(parts))


@given(counters, moments, st.lists(amounts, max_size=6))
def test_any_split_back_gives_the_same_moment(time, due, parts):
    moment = due
    for part in parts:
        moment = time.add(moment, -part)
    assert moment == time.add(due, -sum(parts))


@given(counters, moments, amounts)
def test_between_is_the_inverse_of_add(time, start, amount):
    assert time.between(start, time.add(start, amount)) == amount
    assert time.between(time.add(start, -amount), start) == amount


@given(counters, moments, moments)
def test_add_is_the_inverse_of_between(time, one, other):
    start, stop = sorted((one, other))
    amount = time.between(start, stop)
    reached = time.add(start, amount)
    assert reached <= max(stop, start)
    assert time.between(reached, stop) == 0


@given(counters, moments, amounts, amounts)
def test_there_and_back(time, moment, amount, more):
    """A warning before due and the time up to it are the whole term."""
    due = time.add(moment, amount + more)
    warning = time.add(due, -more)
    assert time.between(moment, warning) == amount
    assert time.between(warning, due) == more


@given(counters, moments, moments, moments)
def test_stretches_add_up(time, one, two, three):
    first, second, third = sorted((one, two, three))
    assert time.between(first, third) == time.between(first, second) + time.between(second, third)


@given(counters, moments, moments, amounts, amounts)
def test_monotonic(time, one, other, few, more):
    early, late = sorted((one, other))
    small, large = sorted((few, more))
    assert time.add(early, small) <= time.add(late, small)
    assert time.add(early, small) <= time.add(early, large)
    assert time.add(early, -large) <= time.add(early, -small) <= early <= time.add(early, small)
    assert time.following(early) <= time.following(late)


@given(counters, moments, moments)
def test_backwards_is_nothing(time, one, other):
    early, late = sorted((one, other))
    assert time.between(late, early) == 0


@given(
    counters,
    moments,
    st.integers(1, 4 * 3600),
    st.lists(st.tuples(st.integers(0, 2 * 86400), st.integers(0, 2 * 86400)), max_size=8),
)
def test_pauses_add_up(time, start, term, pauses):
    """However often a clock is paused, it ran exactly its term when it is due."""
    due, resumed, ran = time.add(start, term), start, 0
    for work, rest in pauses:
        paused = resumed + timedelta(seconds=work)
        if paused > due:
            break  # overdue: it is not paused any more
        ran += time.between(resumed, paused)
        left = time.between(paused, due)
        assert ran + left == term
        resumed = paused + timedelta(seconds=rest)
        due = time.add(resumed, left)
    assert ran + time.between(resumed, due) == term


@given(counters, moments, amounts, st.integers(0, 86400))
def test_a_pause_never_brings_due_forward(time, start, term, rest):
    due = time.add(start, term)
    paused = min(start + timedelta(seconds=60), due)
    left = time.between(paused, due)
    assert time.add(paused + timedelta(seconds=rest), left) >= time.add(paused, left)


@given(hours, moments)
def test_following_is_open(load, moment):
    following = worktime.WorkingTime(load).following(moment)
    day = timedelta(days=1)
    spans = load(moment - day, following + day)
    assert following >= moment
    assert any(start <= following < stop for start, stop in spans)
    assert worktime.WorkingTime(load).between(moment, following) == 0


@given(hours, st.lists(st.tuples(moments, st.integers(-1200, 1200)), min_size=2, max_size=6))
def test_what_was_asked_before_changes_nothing(load, questions):
    """The counter remembers the hours that it looked up; a fresh one says the same."""
    used = worktime.WorkingTime(load)
    for moment, amount in questions:
        fresh = worktime.WorkingTime(load)
        assert used.add(moment, amount) == fresh.add(moment, amount)
        assert used.following(moment) == fresh.following(moment)


@given(moments, st.integers(-(10**6), 10**6))
def test_without_hours_every_second_counts(moment, amount):
    never = worktime.WorkingTime(lambda start, stop: [])
    assert never.add(moment, amount) == moment + timedelta(seconds=amount)
    assert never.following(moment) == moment


spans = st.lists(
    st.tuples(moments, st.integers(0, 86400)).map(
        lambda pair: (pair[0], pair[0] + timedelta(seconds=pair[1]))
    ),
    max_size=8,
)


def covered(pieces, moment):
    return any(start <= moment < stop for start, stop in pieces)


@given(spans, moments)
def test_merged_spans(pieces, moment):
    merged = worktime.merge_spans(pieces)
    assert merged == sorted(merged)
    assert all(one[1] + worktime.TOUCHING < two[0] for one, two in itertools.pairwise(merged))
    if covered(pieces, moment):
        assert covered(merged, moment)
    elif covered(merged, moment):  # only where a gap was too small to be one
        assert covered(pieces, moment + worktime.TOUCHING)


@given(spans, spans, moments)
def test_subtracted_spans(pieces, away, moment):
    left = worktime.subtract_spans(pieces, away)
    assert covered(left, moment) == (covered(pieces, moment) and not covered(away, moment))


@pytest.mark.parametrize("seconds", [1, 30 * 60, 10**6])
def test_shop_that_opens_once_in_two_years(seconds):
    """Within two years the next opening is found, and a term that does not fit into it ends."""
    opening = MONDAY + timedelta(days=700)
    span = (opening, opening + timedelta(hours=1))

    def load(start, stop):
        return worktime.merge_spans([(max(span[0], start), min(span[1], stop))])

    time = worktime.WorkingTime(load)
    assert time.following(MONDAY) == opening
    expected = opening if seconds <= 3600 else MONDAY
    assert time.add(MONDAY, seconds) == expected + timedelta(seconds=seconds)
