"""The rhythm of inspections: the rules of today and the base text, by hand, and what always holds."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TOOL = Path(__file__).parents[2] / "addons/dealer_service/tools/inspection.py"
spec = importlib.util.spec_from_file_location("inspection", TOOL)
inspection = importlib.util.module_from_spec(spec)
spec.loader.exec_module(inspection)
Step = inspection.Step

settings.register_profile("suite", deadline=None, max_examples=200, database=None)
settings.load_profile("suite")

#: 公交管〔2022〕295号: years 2, 4, 8 without a test, 6 and 10 on site, then yearly.
NOTICE = ((Step(10, 24), Step(None, 12)), {6, 10}, 10)
#: 道交法实施条例 Art. 16: to 6 years every 2, to 15 yearly, then half-yearly; all on site.
BASE = ((Step(6, 24), Step(15, 12), Step(None, 6)), set(), 0)
START = date(2020, 3, 15)


def ages(rule, number):
    every = inspection.inspections(START, *rule)
    return [(next(every)) for _each in range(number)]


def test_notice_of_2022():
    found = ages(NOTICE, 8)
    assert [each.age // 12 for each in found] == [2, 4, 6, 8, 10, 11, 12, 13]
    assert [each.on_site for each in found] == [False, False, True, False, True, True, True, True]
    assert found[0].day == date(2022, 3, 15)


def test_notice_stays_yearly_after_15():
    assert [each.age for each in ages(NOTICE, 14)][-4:] == [192, 204, 216, 228]


def test_base_text():
    found = ages(BASE, 16)
    assert [each.age / 12 for each in found] == [2, 4, 6, *range(7, 16), 15.5, 16, 16.5, 17]
    assert all(each.on_site for each in found)


@pytest.mark.parametrize(
    ("after", "day"),
    [
        (date(2020, 3, 15), date(2022, 3, 15)),
        (date(2022, 3, 14), date(2022, 3, 15)),
        (date(2022, 3, 15), date(2024, 3, 15)),
        (date(2030, 3, 15), date(2031, 3, 15)),
    ],
)
def test_next(after, day):
    assert inspection.next_inspection(START, *NOTICE, after).day == day


def test_leap_day():
    assert inspection.add_months(date(2024, 2, 29), 24) == date(2026, 2, 28)


@given(
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.sampled_from((NOTICE, BASE)),
    st.integers(0, 9000),
)
def test_the_next_one_is_the_first_after_the_day(start, rule, days):
    after = start + timedelta(days=days)
    found = inspection.next_inspection(start, *rule, after)
    assert found.day > after
    earlier = [each for each in inspection.inspections(start, *rule) if each.day < found.day]
    assert all(each.day <= after for each in earlier)
    # Never longer than two years without one.
    assert (found.day - after).days <= 731
