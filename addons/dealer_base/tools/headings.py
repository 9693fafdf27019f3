"""Headings of the columns of files that people and other systems make."""

import re
import unicodedata

_NOTE = re.compile(r"[(\[（【].*?[)\]）】]")


def heading_key(text: str) -> str:
    """Return a heading as it is compared: "* 手机号码（必填）" is "手机号码"."""
    text = unicodedata.normalize("NFKC", text)
    bare = _NOTE.sub("", text)
    return "".join(char for char in (bare or text) if char.isalnum()).lower()
