import re
from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

from .errors import FormatError
from .text import shorten, signs

_lt = LazyTranslate(__name__, default_lang="en_US")

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Typed on a phone from Hong Kong, Macau or Taiwan
_SIMPLIFIED = str.maketrans(
    "滬雲遼魯蘇贛陝閩貴粵寧瓊領學掛臨",
    "沪云辽鲁苏赣陕闽贵粤宁琼领学挂临",
)
# O stands for the province's police, and long ago for its government
_OFFICE = "A-HJ-Z"
_PLACE = "A-HJ-NP-Z0-9"
# D A B C E: battery only, F G H J K: other new energy
_ENERGY = "A-HJK"
_SHORT = 5
_LONG = 6
# kind by the Chinese sign at the end
_MARKS = {
    "警": "police",
    "使": "embassy",
    "领": "consulate",
    "学": "training",
    "挂": "trailer",
    "港": "hong_kong",
    "澳": "macau",
    "临": "temporary",
}


class PlateError(FormatError):
    """The text is no number plate."""


class Plate(NamedTuple):
    value: str
    """Without blanks and dots: 浙B12345"""
    kind: str
    """ordinary, nev_small, nev_large, police, embassy, consulate, training,
    trailer, hong_kong, macau or temporary"""


def parse_plate(text) -> Plate:
    """Return the number plate in `text`, as GA 36 writes it.

    :raise PlateError: says which sign is wrong, and what belongs there
    """
    value = signs(text).translate(_SIMPLIFIED)
    if not value:
        raise PlateError("plate_empty", _lt("The number plate is missing."))
    if "使" in value:
        return _parse_embassy(value)
    if "临" in value:
        return _parse_temporary(value)
    if mark := _MARKS.get(value[-1]):
        return _parse_marked(value, mark)
    _check_head(value)
    serial = value[2:]
    if len(serial) not in (_SHORT, _LONG):
        raise PlateError(
            "plate_length",
            _lt(
                "After %(head)s come 5 places, or 6 on a green plate; “%(plate)s” has %(count)s.",
                head=value[:2],
                plate=shorten(value, 20),
                count=len(serial),
            ),
        )
    _check_serial(value, 2)
    if len(serial) == _SHORT:
        return Plate(value, "ordinary")
    if re.fullmatch(rf"[{_ENERGY}][{_PLACE}]\d{{4}}", serial):
        return Plate(value, "nev_small")
    if re.fullmatch(rf"\d{{5}}[{_ENERGY}]", serial):
        return Plate(value, "nev_large")
    raise PlateError(
        "plate_energy",
        _lt(
            "“%(plate)s” has 6 places after %(head)s, as green plates have. They are "
            "a letter from A to K, a letter or digit and 4 digits, or 5 digits and "
            "that letter at the end.",
            plate=value,
            head=value[:2],
        ),
    )


def mask_plate(plate) -> str:
    """Return `plate` with its middle hidden: 浙B***45."""
    value = signs(plate)
    if len(value) < _SHORT:
        return "*" * len(value)
    return f"{value[:2]}{'*' * (len(value) - 4)}{value[-2:]}"


def _check_head(value: str) -> None:
    """Check the province and the letter of the office."""
    if value[0] not in PROVINCES:
        if re.fullmatch(rf"[{_OFFICE}][{_PLACE}]{{5,6}}", value):
            raise PlateError(
                "plate_no_province",
                _lt(
                    "“%(plate)s” lacks the province in front, for example 浙.",
                    plate=value,
                ),
            )
        raise PlateError(
            "plate_province",
            _lt(
                "A plate begins with the sign of a province, for example 浙, 沪 or 京; “%(sign)s” is none.",
                sign=value[0],
            ),
        )
    if not re.match(rf"[{_OFFICE}]", value[1:]):
        raise PlateError(
            "plate_office",
            _lt(
                "After %(province)s comes the letter of the office (A to Z without I), not “%(sign)s”.",
                province=value[0],
                sign=value[1:2],
            ),
        )


def _check_serial(value: str, start: int) -> None:
    for place, sign in enumerate(value[start:], start=start + 1):
        if sign in "IO":
            raise PlateError(
                "plate_letter",
                _lt(
                    "Place %(place)s is the letter %(sign)s. The letters I and O are "
                    "not used there; it may be the digit %(digit)s.",
                    place=place,
                    sign=sign,
                    digit={"I": "1", "O": "0"}[sign],
                ),
            )
        if not re.match(rf"[{_PLACE}]", sign):
            raise PlateError(
                "plate_sign",
                _lt(
                    "Place %(place)s is “%(sign)s”; digits and Latin letters belong there.",
                    place=place,
                    sign=sign,
                ),
            )


def _parse_marked(value: str, kind: str) -> Plate:
    """Parse plates that carry a Chinese sign in the last place."""
    mark = value[-1]
    if kind in ("police", "consulate") and re.fullmatch(rf"[{PROVINCES}]\d{{5}}{mark}", value):
        return Plate(value, kind)
    _check_head(value)
    _check_serial(value[:-1], 2)
    if len(value) != 7:
        raise PlateError(
            "plate_mark_length",
            _lt(
                "Between %(head)s and %(mark)s stand 4 places, “%(plate)s” has %(count)s.",
                head=value[:2],
                mark=mark,
                plate=shorten(value, 20),
                count=max(0, len(value) - 3),
            ),
        )
    if kind in ("hong_kong", "macau") and not value.startswith("粤Z"):
        raise PlateError(
            "plate_border",
            _lt(
                "Plates ending in %(mark)s are issued only as 粤Z, not as %(head)s.",
                mark=mark,
                head=value[:2],
            ),
        )
    return Plate(value, kind)


def _parse_embassy(value: str) -> Plate:
    # older plates carry the sign in front
    if not re.fullmatch(r"使\d{6}|\d{6}使", value):
        raise PlateError(
            "plate_embassy",
            _lt(
                "An embassy's plate is 6 digits and 使, “%(plate)s” is not.",
                plate=shorten(value, 20),
            ),
        )
    return Plate(value, "embassy")


def _parse_temporary(value: str) -> Plate:
    """Parse a paper plate; the sign is read in any place and written at the end."""
    bare = value.replace("临", "", 1)
    _check_head(bare or value)
    _check_serial(bare, 2)
    if not _SHORT - 1 <= len(bare) - 2 <= _LONG:
        raise PlateError(
            "plate_temporary",
            _lt(
                "A temporary plate has 4 to 6 places after %(head)s, “%(plate)s” has %(count)s.",
                head=bare[:2],
                plate=shorten(value, 20),
                count=len(bare) - 2,
            ),
        )
    return Plate(f"{bare}临", "temporary")
