import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import vininfo

from odoo.tools.translate import LazyTranslate

from .errors import FormatError
from .text import shorten, signs

_lt = LazyTranslate(__name__, default_lang="en_US")

LENGTH = 17
CHECK_PLACE = 8  # counted from 0, people count 9
# GB 16735-2019: value × weight, summed, modulo 11; 10 is written X
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VALUES = (
    {str(digit): digit for digit in range(10)}
    | dict(zip("ABCDEFGH", range(1, 9), strict=True))
    | dict(zip("JKLMN", range(1, 6), strict=True))
    | {"P": 7, "R": 9}
    | dict(zip("STUVWXYZ", range(2, 10), strict=True))
)
LOOK_ALIKE = {"I": "1", "O": "0", "Q": "0"}
# Model years from 1980 on, place 10; repeats every 30 years
YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
FIRST_YEAR = 1980
# L since the beginning, H since the letters under L ran short
MADE_IN_CHINA = ("L", "H")


class VinError(FormatError):
    """The text is no vehicle identification number."""


class Vin(NamedTuple):
    value: str
    wmi: str
    year: int | None
    """Model year, empty when place 10 holds no year"""
    made_in_china: bool
    check_digit_ok: bool
    """Only a report for cars made abroad: Europe does not use the check digit"""


class Maker(NamedTuple):
    name: str
    brands: tuple[str, ...]


def parse_vin(text, today: date | None = None) -> Vin:
    """Return the vehicle identification number in `text`.

    :param today: decides between the model years 30 years apart
    :raise VinError: says which place is wrong, and how
    """
    value = signs(text)
    if not value:
        raise VinError("vin_empty", _lt("The VIN is missing."))
    if len(value) != LENGTH:
        raise VinError(
            "vin_length",
            _lt(
                "A VIN has 17 places, “%(vin)s” has %(count)s.",
                vin=shorten(value),
                count=len(value),
            ),
        )
    for place, sign in enumerate(value, start=1):
        if sign in LOOK_ALIKE:
            raise VinError(
                "vin_letter",
                _lt(
                    "Place %(place)s is the letter %(sign)s. A VIN has no letters I, O "
                    "and Q; it may be the digit %(digit)s.",
                    place=place,
                    sign=sign,
                    digit=LOOK_ALIKE[sign],
                ),
            )
        if sign not in VALUES:
            raise VinError(
                "vin_sign",
                _lt(
                    "Place %(place)s is “%(sign)s”. A VIN has only digits and Latin letters.",
                    place=place,
                    sign=sign,
                ),
            )
    if len(set(value)) == 1:
        raise VinError(
            "vin_placeholder",
            _lt("“%(vin)s” is one sign repeated, not a real VIN.", vin=value),
        )
    expected = check_digit(value)
    made_in_china = value.startswith(MADE_IN_CHINA)
    check_digit_ok = value[CHECK_PLACE] == expected
    if made_in_china and not check_digit_ok:
        raise VinError(
            "vin_check_digit",
            _lt(
                "The check digit (place 9) is %(found)s but should be %(expected)s: "
                "one of the 17 places is mistyped. Please check the VIN on the "
                "windscreen or in the vehicle licence.",
                found=value[CHECK_PLACE],
                expected=expected,
            ),
        )
    return Vin(value, value[:3], model_year(value, today), made_in_china, check_digit_ok)


def check_digit(vin: str) -> str:
    """Return what place 9 of these 17 places must be.

    vininfo verifies it, but cannot say what it should have been.
    """
    total = sum(
        VALUES[sign] * weight
        for place, (sign, weight) in enumerate(zip(vin, WEIGHTS, strict=True))
        if place != CHECK_PLACE
    )
    return "X" if total % 11 == 10 else str(total % 11)


def complete_vin(vin: str) -> str:
    """Return `vin` with the right check digit in place 9, whatever stood there.

    For demo and test data: `complete_vin("LSVAL41Z_82104202")`.
    """
    return f"{vin[:CHECK_PLACE]}{check_digit(vin)}{vin[CHECK_PLACE + 1 :]}"


def model_year(vin: str, today: date | None = None) -> int | None:
    """Return the newest model year that place 10 can mean.

    The cars of next year's model are sold from autumn on, later ones are not.
    """
    place = YEARS.find(vin[CHECK_PLACE + 1])
    if place < 0:
        return None
    cycle = len(YEARS)
    newest = (today or date.today()).year + 1
    return newest - (newest - FIRST_YEAR - place) % cycle


def maker(vin: str) -> str:
    """Return who built the car, empty when the code is unknown."""
    if known := _makers().get(vin[:3]):
        return known.name
    try:
        return vininfo.Vin(vin).manufacturer.replace("UnsupportedBrand", "")
    except vininfo.ValidationError:
        return ""


def brands(vin: str) -> tuple[str, ...]:
    """Return the brands that this maker builds under this code, the main one first."""
    known = _makers().get(vin[:3])
    return known.brands if known else ()


def brand(vin: str) -> str:
    """Return the maker's main brand: a first guess for a form, not a fact."""
    return next(iter(brands(vin)), "")


@cache
def _makers() -> dict[str, Maker]:
    with Path(__file__).with_name("wmi.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["wmi"]: Maker(row["maker"], tuple(row["brands"].split()))
            for row in csv.DictReader(file)
        }
