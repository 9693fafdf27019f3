"""Time as the ledger counts it: cells of a quarter of an hour, and sets of cells as whole numbers.

All zones of our days lie a multiple of 15 minutes from UTC, so that cells that begin at :00, :15, :30 and :45 of UTC begin
there in every shop. A set of cells is an integer: bit n is the cell n after a base. To ask for room in a week of 672 cells
takes a few operations on one integer.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CELL_MINUTES = 15
CELL = timedelta(minutes=CELL_MINUTES)
EPOCH = datetime(1970, 1, 1)
DAY_MINUTES = 24 * 60


def cell_of(moment):
    """Return the number of the cell in which ``moment`` (naive UTC) lies."""
    return (moment - EPOCH) // CELL


def cell_after(moment):
    """Return the number of the first cell that begins at or after ``moment``."""
    return -((EPOCH - moment) // CELL)


def moment_of(cell):
    """Return the moment (naive UTC) at which a cell begins."""
    return EPOCH + cell * CELL


def cells_for(minutes):
    """Return how many cells so many minutes take, at least one."""
    return max(1, -(-minutes // CELL_MINUTES))


def mask(first, last):
    """Return the set of the cells from ``first`` up to and without ``last``."""
    first = max(0, first)
    return ((1 << (last - first)) - 1) << first if last > first else 0


def runs(cells, length):
    """Return where ``length`` cells in a row begin that are all in the set."""
    done = 1
    while done < length:
        step = min(done, length - done)
        cells &= cells >> step
        done += step
    return cells


def bridge(cells, gap):
    """Return the set with its gaps of at most ``gap`` cells filled."""
    wide = cells
    for step in range(1, gap + 1):
        wide |= cells << step
    close = wide
    for step in range(1, gap + 1):
        close &= wide >> step
    return close | cells


def bits(cells):
    """Return the numbers of the cells in the set, in order."""
    found = []
    while cells:
        lowest = cells & -cells
        found.append(lowest.bit_length() - 1)
        cells ^= lowest
    return found


def spans(cells):
    """Return the set as ``(first, last)`` pairs, ``last`` not included."""
    found = []
    while cells:
        first = (cells & -cells).bit_length() - 1
        tail = ~(cells >> first)
        last = first + (tail & -tail).bit_length() - 1
        found.append((first, last))
        cells &= ~mask(first, last)
    return found


def raster(zone, minutes, base, size):
    """Return the cells of ``size`` after ``base`` that begin on a multiple of ``minutes`` after midnight.

    :param zone: name of the time zone whose midnight counts
    """
    if minutes <= CELL_MINUTES:
        return mask(0, size)
    zone = ZoneInfo(zone)
    first, last = (
        moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).utcoffset()
        for moment in (moment_of(base), moment_of(base + size))
    )
    found = 0
    for number in range(size):
        moment = moment_of(base + number)
        offset = first
        if first != last:  # the clock is put forward or back in between
            offset = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).utcoffset()
        local = moment + offset
        if (local.hour * 60 + local.minute) % minutes == 0:
            found |= 1 << number
    return found


def less(before, after):
    """Return what of ``{place: units}`` is there no more."""
    return {
        place: units - after.get(place, 0)
        for place, units in before.items()
        if units > after.get(place, 0)
    }
