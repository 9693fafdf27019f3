"""What the columns of a lead file are: by their headings, or by what stands in them."""

import re
from collections.abc import Mapping, Sequence

from odoo.addons.dealer_base.tools import PhoneError, parse_phone
from odoo.addons.dealer_base.tools.headings import heading_key
from odoo.addons.dealer_base.tools.sheet import Row

#: Title rows above a heading are few.
TITLE_ROWS = 15
#: Columns of a headless file are told by so many rows.
SAMPLE = 20
#: A column is what at least this share of its cells is.
LEAST_SHARE = 0.6
#: Platforms count in millions; who has at most five digits counts rows.
_RUNNING = re.compile(r"(?:no\.?|第|#)?\s*\d{1,5}(?:\.0)?[号位.、]?", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}(?:先生|女士|小姐)?")


def is_running(values: Sequence[str]) -> bool:
    """Whether values count the rows, in whatever order, which is no number of a lead."""
    numbers = [value for value in values if value]
    return bool(numbers) and all(map(_RUNNING.fullmatch, numbers))


def is_phone(text: str) -> bool:
    try:
        parse_phone(text)
    except PhoneError:
        return False
    return True


def find_heading(rows: Sequence[Row], synonyms: Mapping[str, str]) -> int | None:
    """Return the index of the heading row: the one with most known words, two at least.

    Without known words it is the row above the first of the rows that have a number to call.
    """
    best, found = 1, None
    for index, row in enumerate(rows[:TITLE_ROWS]):
        targets = {synonyms.get(heading_key(cell)) for cell in row.cells if cell} - {None}
        # A heading names things; a row with a number to call is no heading.
        if len(targets) > best and not _has_phone(row):
            best, found = len(targets), index
    if found is not None:
        return found
    for index, row in enumerate(rows[:TITLE_ROWS]):
        if _has_phone(row):
            above = rows[index - 1] if index else None
            names = [cell for cell in above.cells if cell] if above else []
            # As many names as there are columns; a title is one.
            return index - 1 if len(names) >= max(2, len(row.cells) - 1) else None
    return None


def guess_columns(
    rows: Sequence[Row], width: int, told: Mapping[int, str] | None = None
) -> dict[int, str]:
    """Return ``{column: what it is}``: what the headings told, and what the content tells besides."""
    columns = [
        [row.cells[index] for row in rows[:SAMPLE] if index < len(row.cells) and row.cells[index]]
        for index in range(width)
    ]
    found = dict(told or {})

    def choose(target, fits):
        if target in found.values():
            return
        shares = {
            index: sum(map(fits, values)) / len(values)
            for index, values in enumerate(columns)
            if values and index not in found
        }
        if shares and max(shares.values()) >= LEAST_SHARE:
            found[max(shares, key=shares.get)] = target

    choose("phone", is_phone)
    choose("customer_name", lambda text: bool(_NAME.fullmatch(text)))
    return found


def _has_phone(row: Row) -> bool:
    return any(is_phone(cell) for cell in row.cells if cell)


def share_of_phones(rows: Sequence[Row], column: int) -> float:
    """Return how many of the sample's cells of a column are numbers to call, 0 to 1."""
    values = [row.cells[column] for row in rows[:SAMPLE] if column < len(row.cells)]
    values = [value for value in values if value]
    return sum(map(is_phone, values)) / len(values) if values else 0.0
