"""Tables cut into pages by hand: Debian's wkhtmltopdf cuts through lines and repeats no heading.

Widths are counted in units, half the size of a letter: a Chinese character is two of them wide.
"""

import math
from unicodedata import east_asian_width

#: Points of an A4 sheet in landscape that rows may fill, and what stands above those of the first.
HEIGHT = 490
TITLE = 70
#: Points that the columns share, and what the lines between them take.
WIDTH = 790
BORDER = 6
#: Points of a unit and of a line by a point of the letter's size, and around the words of a row.
UNIT = 0.43
LINE = 1.24
PADDING = 4
#: No column asks for more units; longer words are broken into lines.
WIDEST = 44


def units(text):
    """Return how wide a text is."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in str(text))


def share_width(head, rows):
    """Return the share of each column in per cent.

    :param list head: labels; they may take two lines
    :param list rows: lists of cells, as many as labels
    """
    wanted = [max(math.ceil(units(label) / 2) + 1, 2) for label in head]
    for cells in rows:
        for place, cell in enumerate(cells):
            wanted[place] = max(wanted[place], min(units(cell), WIDEST))
    whole = sum(wanted) + len(wanted)
    return [100 * (want + 1) / whole for want in wanted]


def count_lines(cells, shares, size):
    """Return how many lines the longest of these cells takes."""
    most = 1
    for cell, share in zip(cells, shares, strict=True):
        room = max((WIDTH * share / 100 - BORDER) / (UNIT * size), 2)
        lines = sum(math.ceil(units(part) / room) or 1 for part in str(cell).splitlines() or [""])
        most = max(most, lines)
    return most


def cut_pages(head, lines, size):
    """Return ``(shares, pages)``: the width of each column, and the lines of each page.

    :param list lines: dicts with ``cells``; a line of one cell goes over all columns
    :param size: of the letters, in CSS pixels
    """
    whole = [line["cells"] for line in lines if len(line["cells"]) == len(head)]
    shares = share_width(head, whole)
    top = PADDING + LINE * size * count_lines(head, shares, size)
    pages, left = [[]], HEIGHT - TITLE - top
    for line in lines:
        cells = line["cells"]
        rows = count_lines(cells, shares, size) if len(cells) == len(head) else 1
        height = PADDING + LINE * size * rows
        if height > left and pages[-1]:
            pages.append([])
            left = HEIGHT - top
        pages[-1].append(line)
        left -= height
    return shares, pages
