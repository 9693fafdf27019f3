"""Texts with places for words, e.g. ``您好 {客户}``: no expressions, so whoever writes one rules nothing."""

import re

PLACE = re.compile(r"\{\s*([^{}\s]+)\s*\}")
#: As people in the shops write the places; the English names work everywhere.
ALIASES = {
    "客户": "customer",
    "称呼": "salutation",
    "门店": "store",
    "门店电话": "store_phone",
    "日期": "date",
    "顾问": "consultant",
    "单据": "document",
    "退订链接": "stop_link",
}


def places(text):
    """Return the names of the places in ``text``, aliases resolved."""
    return {ALIASES.get(name, name) for name in PLACE.findall(text or "")}


def fill(text, words):
    """Return ``text`` with each place filled from ``words``; what is unknown becomes empty."""
    return PLACE.sub(
        lambda match: str(words.get(ALIASES.get(match[1], match[1])) or ""), text or ""
    )
