import unicodedata

# Zero-width characters come with numbers copied from a phone's contacts or a web page.
# "Cf" also holds the direction marks that iOS puts around a number.
_INVISIBLE = ("Cf", "Cc", "Cs", "Co")


def clean(text) -> str:
    """Return `text` with full-width forms folded and invisible characters removed.

    Spreadsheets hand over numbers as `int` or `float`: 13900100457.0 is a number, too.
    """
    if text is None or text is False:
        return ""
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    folded = unicodedata.normalize("NFKC", str(text))
    # NFKC leaves the many dashes alone; a line end divides two numbers
    return "".join(
        "\n"
        if char in "\r\n"
        else "-"
        if unicodedata.category(char) == "Pd" or char == "\u2212"
        else " "
        if char.isspace()
        else char
        for char in folded
        if char in "\r\n\t" or unicodedata.category(char) not in _INVISIBLE
    ).strip()


def signs(text) -> str:
    """Return the letters and digits of `text` alone, in upper case."""
    return "".join(char for char in clean(text) if char.isalnum()).upper()


def shorten(text, width: int = 40) -> str:
    """Return `text` for quoting in a sentence: nobody wants a page back."""
    text = " ".join(clean(text).split())
    return text if len(text) <= width else text[: width - 1] + "…"
