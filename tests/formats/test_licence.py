"""Numbers of driving licences: the last place tells a number that was mistyped."""

import importlib.util
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

FILE = Path(__file__).parents[2] / "addons/dealer_leads/tools/licence.py"
spec = importlib.util.spec_from_file_location("dealer_licence", FILE)
licence = importlib.util.module_from_spec(spec)
spec.loader.exec_module(licence)
parse = licence.parse_licence

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BIRTHS = st.dates(date(1930, 1, 1), date(2008, 1, 1))
BODIES = st.builds(
    lambda place, birth, order: f"{place:06}{birth:%Y%m%d}{order:03}",
    st.integers(110000, 659999),
    BIRTHS,
    st.integers(0, 999),
)


def whole(body):
    """Return the number with the check digit of GB 11643, worked out by its own table."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@settings(deadline=None, database=None)
@given(BODIES)
def test_right_numbers(body):
    assert parse(f" {whole(body).lower()} ") == whole(body)


@settings(deadline=None, database=None)
@given(BODIES, st.integers(0, 16), st.integers(1, 9))
def test_one_digit_wrong(body, place, more):
    number = whole(body)
    wrong = str((int(number[place]) + more) % 10)
    assert parse(number[:place] + wrong + number[place + 1 :]) is None


def test_what_is_none():
    for text in (None, "", "123", "x" * 18, "33020319851315441X", "３" * 18, "0" * 17):
        assert parse(text) is None, text
