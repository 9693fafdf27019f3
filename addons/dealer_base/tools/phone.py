import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from odoo.tools.translate import LazyTranslate

from .errors import FormatError
from .text import clean, shorten

_lt = LazyTranslate(__name__, default_lang="en_US")

MOBILE_DIGITS = 11

# A note in brackets goes, "(0574)", "(+86)" and "(mobile 13912345678)" stay.
_NOTE = re.compile(r"\(([^()]*[^\d\s+()-][^()]*)\)|\[([^\[\]]*)\]|【([^】]*)】", re.ASCII)
_DIVIDER = re.compile(r"[/、,;|\n]|或者?|以及|和")
_EXTENSION = re.compile(
    r"(?:转接?|分机号?|extension|ext\.?|[x#*])[\s:.]*(\d{1,6})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_RUN = re.compile(r"\+?[\s(+]*\d[\d\s().·-]*", re.ASCII)
# Two mobile numbers with nothing but a blank between them.
_MOBILE_IN_RUN = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[\s-]*)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)",
    re.ASCII,
)
_TWO_NUMBERS = 18
_SWITCHBOARD = re.compile(r"总机|总台|交换台|switchboard|operator", re.IGNORECASE)
# 400/800 lines, banks and carriers (95…, 10…, 1010…), authorities (12…), emergency
# (11…), local service lines (96…), directory enquiries (116114).
_SERVICE = re.compile(
    r"(?:[48]00\d{7}|1010\d{4}|11[68]114|12520\d?|95\d{3,6}|96\d{3,4}|1[0-2]\d{1,3})"
)
_AREA = re.compile(r"0(?:10|2\d|[3-9]\d{2})")
_FOREIGN_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneError(FormatError):
    """The text holds no number on which a person can be reached."""


class Phone(NamedTuple):
    e164: str
    national: str
    """As it is written at home: 13912345678, 0574-87654321, +852 9123 4567"""
    kind: str
    """mobile or landline"""
    extension: str = ""
    others: tuple[str, ...] = ()
    """E.164 of further valid numbers in the same text"""


def parse_phone(text) -> Phone:
    """Return the first number in `text` on which a person can be reached.

    :raise PhoneError: says what is wrong with the most number-like part
    """
    cleaned = clean(text)
    if not cleaned:
        raise PhoneError("phone_empty", _lt("The phone number is missing."))
    found: dict[str, Phone] = {}
    refused: list[tuple[int, PhoneError]] = []
    for candidate, extension, switchboard in _candidates(cleaned):
        try:
            phone = _parse_candidate(candidate, extension, switchboard)
        except PhoneError as error:
            refused.append((len(_digits(candidate)), error))
        else:
            found.setdefault(phone.e164, phone)
    if found:
        first, *others = found.values()
        return first._replace(others=tuple(other.e164 for other in others))
    if refused:
        raise max(refused, key=lambda entry: entry[0])[1]
    raise PhoneError(
        "phone_no_digits",
        _lt("“%(text)s” contains no phone number.", text=shorten(text)),
    )


def mask_phone(number) -> str:
    """Return `number` as staff without the privilege may see it: 138****1234."""
    text = clean(number)
    digits = _digits(text)
    if text.startswith("+") and not digits.startswith("86"):
        # never more open places than hidden ones
        keep = min(4, max(0, len(digits) - 7))
        return f"+{digits[: len(digits) - keep - 4]}****{digits[len(digits) - keep :]}"
    if text.startswith(("+86", "0086")) or len(digits) == MOBILE_DIGITS + 2:
        digits = digits.removeprefix("00").removeprefix("86")
        if len(digits) != MOBILE_DIGITS or not digits.startswith("1"):
            digits = f"0{digits.removeprefix('0')}"
    if len(digits) == MOBILE_DIGITS and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if (area := _AREA.match(digits)) and len(digits) - area.end() >= 7:
        return f"{area[0]}-****{digits[area.end() + 4 :]}"
    return "*" * len(digits)


def _digits(text: str) -> str:
    # "\d" and isdigit() also take Arabic-Indic digits, which no network dials
    return re.sub(r"[^0-9]", "", text)


def _drop_note(match: re.Match) -> str:
    note = next(group for group in match.groups() if group is not None)
    return f";{note};" if len(_digits(note)) >= 7 else ";"


def _candidates(text: str):
    """Yield (number-like text, extension, belongs to a switchboard)."""
    for part in _DIVIDER.split(text):
        switchboard = bool(_SWITCHBOARD.search(part))
        bare = _NOTE.sub(_drop_note, part)
        extension = ""
        # the extension may stand in the note: "0574-87654321(转801)"
        if match := _EXTENSION.search(bare) or _EXTENSION.search(part):
            extension = match[1]
            bare = bare.replace(match[0], ";", 1)
        for match in _RUN.finditer(bare):
            run = match[0].strip()
            if len(_digits(run)) >= _TWO_NUMBERS:
                numbers = [mobile[0] for mobile in _MOBILE_IN_RUN.finditer(run)]
                rest = _MOBILE_IN_RUN.sub(";", run)
                numbers += [piece for piece in rest.split(";") if _digits(piece)]
                yield from ((number, "", switchboard) for number in numbers)
            else:
                yield run, extension, switchboard


def _parse_candidate(text: str, extension: str, switchboard: bool) -> Phone:
    try:
        return _parse_number(text, extension, switchboard)
    except PhoneError:
        # "0574-87654321-801" is how business cards write an extension
        split = re.fullmatch(r"(.*[0-9])\s*-\s*([0-9]{2,6})", text)
        if extension or not split:
            raise
        try:
            return _parse_number(split[1], split[2], switchboard)
        except PhoneError as error:
            if error.code == "phone_service":
                raise
        raise


def _parse_number(text: str, extension: str, switchboard: bool) -> Phone:
    digits = _digits(text)
    if len(digits) >= 7 and len(set(digits)) == 1:
        raise PhoneError(
            "phone_placeholder",
            _lt(
                "“%(number)s” is one digit repeated, not a real phone number.",
                number=digits,
            ),
        )
    international = "+" in text.split("-")[0] or digits.startswith("00")
    if international and not digits.removeprefix("00").startswith("86"):
        return _parse_foreign(digits.removeprefix("00"))
    national = _without_country(digits, international)
    if _SERVICE.fullmatch(national) or _is_service_in_area(national):
        raise PhoneError(
            "phone_service",
            _lt(
                "“%(number)s” is a service or hotline number, it does not reach a "
                "person. Please ask for the mobile number.",
                number=national,
            ),
        )
    # people who dialled from a landline used to put a 0 before a mobile number
    if mobile := re.fullmatch(r"0?(1[3-9]\d*)", national):
        return _parse_mobile(mobile[1], extension)
    if national.startswith("1") and not _chinese(national, PhoneNumberType.FIXED_LINE):
        return _parse_mobile(national, extension)
    return _parse_landline(text, national, extension, switchboard)


def _without_country(digits: str, international: bool) -> str:
    """Strip 86, also when it was typed twice; "8654 3210" is no country code."""
    national = digits.removeprefix("00") if international else digits
    while national.startswith("86") and (international or len(national) >= 12):
        national = national.removeprefix("86")
        if len(national) < 12:
            break
    return national


def _parse_mobile(national: str, extension: str) -> Phone:
    if len(national) != MOBILE_DIGITS:
        raise PhoneError(
            "phone_length",
            _lt(
                "“%(number)s” has %(count)s digits, a mobile number has 11.",
                number=national,
                count=len(national),
            ),
        )
    parsed = _chinese(national, PhoneNumberType.MOBILE)
    if not parsed:
        raise PhoneError(
            "phone_prefix",
            _lt(
                "No mobile number in China begins with %(prefix)s: “%(number)s”.",
                prefix=national[:3],
                number=national,
            ),
        )
    return Phone(_e164(parsed), national, "mobile", extension)


def _parse_landline(text: str, national: str, extension: str, switchboard: bool) -> Phone:
    parsed = _chinese(national, PhoneNumberType.FIXED_LINE)
    if parsed:
        if switchboard and not extension:
            raise PhoneError(
                "phone_switchboard",
                _lt(
                    "“%(number)s” is a switchboard. Please add the extension or ask for the mobile number.",
                    number=national,
                ),
            )
        significant = phonenumbers.national_significant_number(parsed)
        split = phonenumbers.length_of_geographical_area_code(parsed)
        return Phone(
            _e164(parsed),
            f"0{significant[:split]}-{significant[split:]}",
            "landline",
            extension,
        )
    if re.fullmatch(r"[2-8]\d{6,7}", national):
        raise PhoneError(
            "phone_area",
            _lt(
                "“%(number)s” looks like a landline without its area code. Please write for example 0574-%(number)s.",
                number=national,
            ),
        )
    if national.startswith("0"):
        raise PhoneError(
            "phone_landline",
            _lt(
                "“%(number)s” is not a landline: after the area code (010, 021, "
                "0574 …) come 7 or 8 digits, depending on the area.",
                number=national,
            ),
        )
    raise PhoneError(
        "phone_unknown",
        _lt(
            "“%(number)s” is not a phone number: a mobile number has 11 digits and "
            "begins with 1, a landline begins with its area code.",
            number=shorten(text),
        ),
    )


def _parse_foreign(digits: str) -> Phone:
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        parsed = None
    if not parsed or not phonenumbers.is_valid_number(parsed):
        raise PhoneError(
            "phone_foreign",
            _lt(
                "“+%(number)s” is not a valid number in the country of that code.",
                number=digits,
            ),
        )
    if phonenumbers.number_type(parsed) not in _FOREIGN_MOBILE:
        raise PhoneError(
            "phone_foreign_kind",
            _lt(
                "“+%(number)s” is not a mobile number; from abroad only mobile numbers are accepted.",
                number=digits,
            ),
        )
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    return Phone(_e164(parsed), national, "mobile")


def _is_service_in_area(national: str) -> bool:
    """Tell "021 95559" from a landline: phonenumbers takes it for one."""
    area = _AREA.match(national)
    # A real line has 7 or 8 digits after its area code
    return bool(
        area and len(national) - area.end() <= 6 and _SERVICE.fullmatch(national[area.end() :])
    ) or bool(re.fullmatch(r"0[48]00\d{7}", national))


def _chinese(national: str, kind: int):
    """Return the parsed Chinese number if it is valid and of this kind."""
    try:
        parsed = phonenumbers.parse(f"+86{national}")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) == kind:
        return parsed
    return None


def _e164(parsed) -> str:
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
