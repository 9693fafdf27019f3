"""Time as clocks count it: every minute (wall), or the minutes in which a shop is open (working).

Moments are naive UTC datetimes as Odoo stores them, amounts are seconds.
"""

from datetime import timedelta

#: Calendars end a day at 23:59:59.999999; two spans that close are one.
TOUCHING = timedelta(seconds=1)
#: Opening hours are looked up so far ahead, farther only where that is not enough. A shop that does
#: not open within the longest has no opening hours at all.
WINDOWS = tuple(timedelta(days=days) for days in (14, 28, 56, 112, 224, 448, 800))


def merge_spans(spans):
    """Return ``(start, stop)`` pairs sorted, without overlaps and without gaps below a second."""
    merged = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if merged and start - merged[-1][1] <= TOUCHING:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def subtract_spans(spans, away):
    """Return ``spans`` without what lies in ``away``."""
    left = list(spans)
    for gone_start, gone_stop in away:
        left = [
            piece
            for start, stop in left
            for piece in ((start, min(stop, gone_start)), (max(start, gone_stop), stop))
            if piece[0] < piece[1]
        ]
    return left


class WallTime:
    """Every second counts."""

    def add(self, moment, seconds):
        """Return the moment ``seconds`` after ``moment``; before it when negative."""
        return moment + timedelta(seconds=seconds)

    def between(self, start, stop):
        """Return the seconds from ``start`` to ``stop``, 0 when ``stop`` is earlier."""
        return max(0, (stop - start).total_seconds())

    def following(self, moment):
        """Return the first moment that counts, at or after ``moment``."""
        return moment


class WorkingTime:
    """Only the spans count that ``load`` names.

    :param load: function of two moments that returns the merged spans between them
    """

    def __init__(self, load):
        self._load = load
        self._start = self._stop = None
        self._spans = []

    def _cover(self, start, stop):
        """Have the spans at hand that lie between ``start`` and ``stop``."""
        if self._start is None:
            # Back as well: whoever asks when something is due asks next what comes before it.
            self._start, self._stop = start - WINDOWS[0], max(stop, start + WINDOWS[0])
            self._spans = self._load(self._start, self._stop)
            return
        if start < self._start or stop > self._stop:
            # Rather more than asked for, so that many moments in a row are not many look-ups.
            if start < self._start:
                self._start = start - WINDOWS[0]
            if stop > self._stop:
                self._stop = stop + WINDOWS[0]
            self._spans = self._load(self._start, self._stop)

    def add(self, moment, seconds):
        """Return the earliest moment at which ``seconds`` of working time have passed.

        Negative seconds count back. A shop without opening hours counts every second: a clock that
        is never due would be worse.
        """
        if seconds < 0:
            return self._subtract(moment, -seconds)
        if not seconds:
            return moment
        for window in WINDOWS:
            self._cover(moment, moment + window)
            left = seconds
            for start, stop in self._spans:
                start = max(start, moment)
                if start >= stop:
                    continue
                length = (stop - start).total_seconds()
                if length >= left:
                    return start + timedelta(seconds=left)
                left -= length
        return moment + timedelta(seconds=seconds)

    def _subtract(self, moment, seconds):
        for window in WINDOWS:
            self._cover(moment - window, moment)
            left = seconds
            for start, stop in reversed(self._spans):
                stop = min(stop, moment)
                if start >= stop:
                    continue
                length = (stop - start).total_seconds()
                if length >= left:
                    return stop - timedelta(seconds=left)
                left -= length
        return moment - timedelta(seconds=seconds)

    def between(self, start, stop):
        """Return the seconds of working time from ``start`` to ``stop``, 0 when ``stop`` is earlier."""
        if stop <= start:
            return 0
        self._cover(start, stop)
        return sum(
            (min(span_stop, stop) - max(span_start, start)).total_seconds()
            for span_start, span_stop in self._spans
            if span_start < stop and span_stop > start
        )

    def following(self, moment):
        """Return the first working moment at or after ``moment``; ``moment`` where there is none."""
        for window in WINDOWS:
            self._cover(moment, moment + window)
            for start, stop in self._spans:
                if stop > moment:
                    return max(start, moment)
        return moment
