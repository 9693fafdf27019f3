"""The normaliser of numbers: one person stays one, two stay two, whatever people type."""

import importlib.util
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

TOOLS = Path(__file__).parents[2] / "addons/dealer_base/tools"
spec = importlib.util.spec_from_file_location(
    "dealer_tools", TOOLS / "__init__.py", submodule_search_locations=[str(TOOLS)]
)
tools = sys.modules["dealer_tools"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tools)
PhoneError, parse_phone = tools.PhoneError, tools.parse_phone

settings.register_profile("formats", deadline=None, max_examples=300, database=None)
settings.load_profile("formats")

MOBILES = st.integers(0, 10**8 - 1).map(lambda number: f"139{number:08}")
BLANKS = st.lists(st.sampled_from(["", "", "", " ", "-", "\u200b"]), min_size=11, max_size=11)
FRONTS = st.sampled_from(["", "+86 ", "0086-", "86", "电话:", "(+86)", "手机：", "\uff0b86"])
BACKS = st.sampled_from(["", "（微信同号）", " 王先生", "（勿扰）", "\n"])


def parse(text):
    try:
        return parse_phone(text)
    except PhoneError:
        return None


@given(MOBILES, BLANKS, FRONTS, BACKS)
def test_however_it_is_written_it_is_one_person(number, blanks, front, back):
    written = "".join(digit + blank for digit, blank in zip(number, blanks, strict=True))
    assert parse_phone(f"{front}{written}{back}").e164 == f"+86{number}"


@given(MOBILES, MOBILES, BLANKS, FRONTS)
def test_two_mobile_numbers_are_two_people(one, other, blanks, front):
    written = "".join(digit + blank for digit, blank in zip(other, blanks, strict=True))
    same = parse_phone(one).e164 == parse_phone(f"{front}{written}").e164
    assert same == (one == other)


@given(MOBILES, st.integers(0, 10), st.sampled_from("0123456789"))
def test_another_digit_is_another_person_or_none(number, place, digit):
    wrong = number[:place] + digit + number[place + 1 :]
    found = parse(wrong)
    assert wrong == number or not found or found.e164 != f"+86{number}"


@given(st.text(max_size=40))
def test_what_was_normalised_stays_as_it_is(text):
    found = parse(text)
    if found:
        assert parse_phone(found.e164).e164 == found.e164
        assert parse_phone(found.national).e164 == found.e164


@given(st.text(alphabet="0123456789+-() 转/、", max_size=30))
def test_number_like_texts(text):
    found = parse(text)
    if found:
        assert parse_phone(found.e164)[:3] == found[:3]
