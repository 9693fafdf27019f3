"""When a resource is there: the week of a calendar, less holidays and leave, with extra hours."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .cells import bridge, cell_after, cell_of, mask


@dataclass(frozen=True)
class Shift:
    """A line of a calendar: a weekday (0: Monday), minutes after midnight, 0 or 1 of a two-week plan."""

    weekday: int
    begin: int
    end: int
    week: int | None = None


@dataclass
class Week:
    """The working hours of a calendar in its time zone."""

    zone: str = "UTC"
    shifts: list[Shift] = field(default_factory=list)

    def spans(self, start, stop):
        """Return the shifts that touch the time between two moments, as naive UTC pairs."""
        zone = ZoneInfo(self.zone)
        day = start.replace(tzinfo=UTC).astimezone(zone).date() - timedelta(days=1)
        last = stop.replace(tzinfo=UTC).astimezone(zone).date()
        found = []
        while day <= last:
            week = (day.toordinal() - 1) // 7 % 2  # as resource.calendar.attendance counts weeks
            for shift in self.shifts:
                if shift.weekday == day.weekday() and shift.week in (None, week):
                    found.append(
                        (
                            moment_at(day, shift.begin, self.zone),
                            moment_at(day, shift.end, self.zone),
                        )
                    )
            day += timedelta(days=1)
        return [(begin, end) for begin, end in found if begin < stop and end > start]


def moment_at(day, minutes, zone):
    """Return so many minutes of the wall clock after midnight of ``day`` as naive UTC."""
    more, rest = divmod(minutes, 24 * 60)
    local = datetime.combine(
        day + timedelta(days=more), time(rest // 60, rest % 60), ZoneInfo(zone)
    )
    return local.astimezone(UTC).replace(tzinfo=None)


def local_of(moment, zone):
    """Return a moment (naive UTC) by the wall clock of ``zone``, naive."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def inner_cells(all_spans, base, size):
    """Return the cells that lie wholly within the spans."""
    found = 0
    for start, stop in merge(all_spans):
        found |= mask(cell_after(start) - base, min(cell_of(stop) - base, size))
    return found


def outer_cells(all_spans, base, size):
    """Return the cells that the spans touch."""
    found = 0
    for start, stop in all_spans:
        found |= mask(cell_of(start) - base, min(cell_after(stop) - base, size))
    return found


def merge(all_spans):
    """Return the spans in order, those that overlap or touch as one."""
    merged = []
    for start, stop in sorted(all_spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        elif start < stop:
            merged.append((start, stop))
    return merged


@dataclass(frozen=True)
class Hours:
    """The cells in which a resource is there.

    ``whole`` counts the breaks that work may go on over; ``planned`` what the week says without closures.
    """

    there: int
    whole: int
    planned: int


def hours_of(worked, holidays, extra, closed, gap, base, size, past=0):
    """Return the :class:`Hours` of a resource.

    Extra hours count on holidays, too; a closure or a person's leave goes before everything. Only breaks
    of the weekly plan are bridged, never a closure.

    :param int gap: the longest break in cells that a booking may go on over
    :param int past: so many cells are over
    """
    over = mask(0, min(past, size))
    off = outer_cells(holidays, base, size)
    more = inner_cells(extra, base, size)
    shut = outer_cells(closed, base, size) | over
    week = inner_cells(worked, base, size)
    there = ((week & ~off) | more) & ~shut
    whole = ((bridge(week | more, gap) & ~off) | more) & ~shut
    return Hours(there, whole, (week | more) & ~over)
