"""What the fields of a template take (WECHAT §2.4). Knows nothing of Odoo.

Templates by category name their fields by kind: thing1, time2. The old ones with first, keyword1 and
remark take any text.
"""

import re

FIELD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
NUMBERED = re.compile(r"([a-z_]+?)_?\d+$")
#: Kind → how long a value may be, and what it may consist of where that is limited.
LIMITS = {
    "thing": (20, None),
    "const": (20, None),
    "amount": (20, None),
    "character_string": (32, re.compile(r"[ -~]+")),
    "letter": (32, re.compile(r"[A-Za-z]+")),
    "number": (32, re.compile(r"[\d.]+")),
    "phone_number": (17, re.compile(r"[\d+\- ()]+")),
    "car_number": (8, None),
    "symbol": (5, re.compile(r"\W+")),
    "phrase": (5, re.compile(r"[\u4e00-\u9fff]+")),
    "name": (20, re.compile(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}")),
    "time": (40, None),
    "date": (40, None),
}


def fields_of(content):
    """Return the names of the fields in a template's text, in its order."""
    return list(dict.fromkeys(FIELD.findall(content or "")))


def kind_of(field):
    """Return the kind of a field, or an empty text where it takes anything."""
    found = NUMBERED.match(field or "")
    return found[1] if found and found[1] in LIMITS else ""


def trouble(field, value):
    """Return what is wrong with a value: ``empty``, ``long``, ``letters``, or nothing."""
    kind = kind_of(field)
    if not kind:
        return ""
    if not value:
        return "empty"
    most, pattern = LIMITS[kind]
    if len(value) > most:
        return "long"
    return "letters" if pattern and not pattern.fullmatch(value) else ""


def longest(field):
    """Return how many characters a field takes, 0: any number."""
    kind = kind_of(field)
    return LIMITS[kind][0] if kind else 0


def preview(content, values):
    """Return a template's text with its fields filled."""
    return FIELD.sub(lambda found: values.get(found[1], ""), content or "")
