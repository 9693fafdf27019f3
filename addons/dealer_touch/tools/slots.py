"""Which anchors a window of time needs to look at, so that an index answers."""

from datetime import datetime, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

#: Anchors are looked up a little too wide (time zones, short months); what is due is judged exactly.
MARGIN = timedelta(days=1)
MONTH_MARGIN = timedelta(days=4)
#: Nobody is greeted for longer, and nothing is repeated oftener.
MOST_YEARS = 120
MOST_TURNS = 4000


class Slot(NamedTuple):
    """The ``turn``-th repetition of an anchor between ``low`` and ``high`` may fall into the window."""

    turn: int
    low: datetime
    high: datetime


def find_slots(low, high, offset, repeat="once", days=0, oldest=None):
    """Return the slots of anchors whose touch may be due in the window ``[low, high)``.

    :param relativedelta offset: from the anchor to the touch
    :param str repeat: once, yearly (from the first anniversary on), every (``days`` days)
    :param datetime oldest: the earliest anchor there is; nothing older is looked for
    """
    margin = MONTH_MARGIN if offset.months or repeat == "yearly" else MARGIN
    if repeat == "once":
        return [Slot(0, low - offset - margin, high - offset + margin)]
    slots = []
    if oldest is None:
        return slots
    first, most = (1, MOST_YEARS) if repeat == "yearly" else (0, MOST_TURNS)
    for turn in range(first, most + 1):
        shift = turn_delta(repeat, days, turn)
        slot = Slot(turn, low - offset - shift - margin, high - offset - shift + margin)
        if slot.high <= oldest:
            break
        slots.append(slot)
    return slots


def turn_delta(repeat, days, turn):
    """Return how long after its anchor the ``turn``-th repetition is."""
    if repeat == "yearly":
        return relativedelta(years=turn)
    return timedelta(days=days * turn) if repeat == "every" else timedelta()
