"""Texts and times out of cells, as people and programs write them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

#: Times without zone are Chinese ones.
ZONE = ZoneInfo("Asia/Shanghai")
EXCEL_EPOCH = datetime(1899, 12, 30)
#: Days since then that are plausible for a lead: 2000 to 2099.
SERIALS = (36526, 73050)
#: Seconds since 1970 that are plausible: 2001 to 2099.
SECONDS = (1_000_000_000, 4_070_908_800)
#: What a spreadsheet would run instead of showing.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d{1,2}")
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_HARMLESS = re.compile(r"[+-]?[\d\s().-]*")

_WEEKDAY = re.compile(r"[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?")
_CHINESE = re.compile(r"(?:(\d{4}|\d{2})年)?(\d{1,2})月(\d{1,2})[日号]?(.*)", re.DOTALL)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)[T ]?(.*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
_MONTH_NAME = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(.*)", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(
    r"(?P<before>上午|下午|晚上|傍晚|中午|凌晨|早上|AM|PM)?\s*"
    r"(?P<hour>\d{1,2})(?:[:时点](?:(?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})?(?:\.\d+)?秒?)?)?)?\s*"
    r"(?P<after>AM|PM)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_LATER = ("下午", "晚上", "傍晚", "PM")
_NO_LATER = ("上午", "凌晨", "早上", "AM")


def cell_text(value) -> str:
    """Return a cell as the text people mean: 13800000000.0 is a number without point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = _CONTROL.sub("", str(value)).strip()
    if match := _AS_TEXT.fullmatch(text):
        text = match[1].strip()
    if text.startswith("'") and text[1:2] in FORMULA:
        # How a spreadsheet, and our file of refused rows, keep a text from being run.
        text = text[1:]
    if re.fullmatch(r"\d{7,}\.0+", text):
        return text.partition(".")[0]
    return _whole_number(text) if _SCIENTIFIC.fullmatch(text) else text


def _whole_number(text):
    """Write "1.3900100457E+10" out; where digits are lost, leave it, for a person to see."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return str(int(number)) if number.as_tuple().exponent == 0 else text


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    if text.startswith(FORMULA) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def parse_moment(text: str, today: date) -> datetime:
    """Return the time that a cell says, aware; without zone it is a Chinese one.

    A day without year is the last such day that is not after ``today``.

    :raise ValueError: it is no time, or none that a lead can have
    """
    text = _WEEKDAY.sub("", text.replace("：", ":").replace("／", "/")).strip()
    moment = _parse_number(text) or _parse_words(text, today)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    if not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime(today.year + 2, 1, 1, tzinfo=UTC):
        reason = f"{text}: not the time of a lead"
        raise ValueError(reason)
    return moment


def _parse_number(text):
    if not re.fullmatch(r"\d+(?:\.\d+)?", text):
        return None
    if len(text) in (8, 12, 14) and text.isdigit() and text[:2] in ("19", "20"):
        return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S")
    number = float(text)
    if SERIALS[0] <= number <= SERIALS[1]:
        return EXCEL_EPOCH + timedelta(seconds=round(number * 86400))
    if len(text) == 13 and text.isdigit():
        number /= 1000
    if SECONDS[0] <= number <= SECONDS[1]:
        return datetime.fromtimestamp(int(number), UTC)
    reason = f"{text}: no time"
    raise ValueError(reason)


def _parse_words(text, today):
    if match := _CHINESE.fullmatch(text):
        year, month, day, rest = match.groups()
        if not year:
            return _recent(int(month), int(day), rest, today)
        return _combine(_whole_year(year), int(month), int(day), rest)
    if match := _YEAR_FIRST.fullmatch(text):
        year, _mark, month, day, rest = match.groups()
        return _combine(int(year), int(month), int(day), rest)
    if match := _YEAR_LAST.fullmatch(text):
        month, _mark, day, year, rest = match.groups()
        month, day = int(month), int(day)
        if month > 12:
            month, day = day, month
        return _combine(_whole_year(year), month, day, rest)
    if match := _MONTH_NAME.fullmatch(text):
        name, day, year, rest = match.groups()
        if name[:3].lower() in _MONTHS:
            month = _MONTHS.index(name[:3].lower()) + 1
            return _combine(int(year), month, int(day), rest)
    reason = f"{text}: no time"
    raise ValueError(reason)


def _whole_year(text):
    return int(text) if len(text) == 4 else 2000 + int(text)


def _recent(month, day, rest, today):
    for year in range(today.year, today.year - 8, -1):
        try:
            moment = _combine(year, month, day, rest)
        except ValueError:
            if (month, day) == (2, 29):
                continue
            raise
        if moment.date() <= today + timedelta(days=1):
            return moment
    reason = f"{month}-{day}: no time"
    raise ValueError(reason)


def _combine(year, month, day, rest):
    moment = datetime(year, month, day)
    rest = rest.strip(" ,，T")
    if not rest:
        return moment
    match = _TIME.fullmatch(rest)
    if not match:
        reason = f"{rest}: no time of the day"
        raise ValueError(reason)
    hour = int(match["hour"])
    half = (match["before"] or match["after"] or "").upper()
    if half in _LATER and hour < 12 or half == "中午" and hour < 3:
        hour += 12
    elif half in _NO_LATER and hour == 12:
        hour = 0
    if hour > 24:
        reason = f"{rest}: no hour"
        raise ValueError(reason)
    clock = time(0, int(match["minute"] or 0), int(match["second"] or 0))
    moment = datetime.combine(moment, clock) + timedelta(hours=hour)
    if zone := match["zone"]:
        moment = moment.replace(
            tzinfo=datetime.strptime("+0000" if zone.upper() == "Z" else zone, "%z").tzinfo
        )
    return moment
