"""What is free in a store in a stretch of time, and how a need could be met in it."""

from dataclasses import dataclass, field

from .cells import bits, cells_for, mask, raster, runs, spans
from .matching import match


@dataclass(frozen=True)
class Ask:
    """One line of a need: so many units of a kind with certain skills, for so long, from so much later on."""

    kind: int
    skills: frozenset = frozenset()
    units: int = 1
    minutes: int = 60
    offset: int = 0
    resource: int | None = None
    prefer: int | None = None

    @property
    def offset_cells(self):
        return self.offset // 15


@dataclass(eq=False)
class Supply:
    """A resource as the ledger knows it in a stretch of time."""

    id: int
    name: str
    kind: int
    units: int
    unit_minutes: int
    zone: str
    skills: frozenset
    sequence: int = 10
    hours: object = None
    used: dict = field(default_factory=dict)

    def length(self, minutes):
        """Return how many cells a booking of so many minutes takes here."""
        return cells_for(-(-minutes // self.unit_minutes) * self.unit_minutes)


@dataclass(frozen=True)
class Pick:
    """A resource that a line of a need gets, with the cells it takes."""

    ask: int
    resource: int
    first: int
    last: int
    units: int


class Ground:
    """The resources of a store from cell ``base`` on, with what is taken of them.

    :param dict names: words for kinds and skills, ``{("kind", id): name}``
    """

    def __init__(self, base, size, supplies, names):
        self.base = base
        self.size = size
        self.supplies = {supply.id: supply for supply in supplies}
        self.names = names
        self._starts = {}
        self._free = {}
        self._open = {}
        self._rasters = {}
        self._fitting = {}

    def take(self, resource, cell, units):
        """Note that units of a cell (counted from ``base``) are taken, or given back when negative."""
        supply = self.supplies.get(resource)
        if supply and 0 <= cell < self.size:
            supply.used[cell] = supply.used.get(cell, 0) + units
            self._starts.clear()
            self._free.clear()

    def forget(self):
        """Forget what is taken, to be told anew."""
        for supply in self.supplies.values():
            supply.used.clear()
        self._starts.clear()
        self._free.clear()

    def free(self, supply, units=1):
        """Return the cells in which so many units are not taken, open or not."""
        key = supply.id, units
        if key not in self._free:
            taken = bytearray(-(-self.size // 8))
            for cell, used in supply.used.items():
                if used > supply.units - units:
                    taken[cell >> 3] |= 1 << (cell & 7)
            free = mask(0, self.size) & ~int.from_bytes(taken, "little")
            self._free[key] = free if units <= supply.units else 0
        return self._free[key]

    def fitting(self, ask):
        """Return the resources that can do what is asked, at any time."""
        if ask not in self._fitting:
            self._fitting[ask] = [
                supply
                for supply in self.supplies.values()
                if supply.kind == ask.kind
                and ask.skills <= supply.skills
                and ask.resource in (None, supply.id)
            ]
        return self._fitting[ask]

    def _raster(self, supply):
        """Return the cells at which bookings of a resource begin."""
        key = supply.zone, supply.unit_minutes
        if key not in self._rasters:
            self._rasters[key] = raster(*key, self.base, self.size)
        return self._rasters[key]

    def _open_starts(self, ask, supply, anywhere=False):
        """Return where a need could begin by the hours and the raster, taken or not.

        :param bool anywhere: whatever the raster
        """
        key = ask, supply.id, anywhere
        if key not in self._open:
            length = supply.length(ask.minutes)
            there = supply.hours.there
            starts = runs(supply.hours.whole, length) & there & (there >> (length - 1))
            if not (anywhere or ask.offset_cells):
                starts &= self._raster(supply)
            self._open[key] = starts >> ask.offset_cells
        return self._open[key]

    def starts(self, ask, supply, units=1):
        """Return the starts of the *need* at which the resource has so many units for the line."""
        key = ask, supply.id, units
        if key not in self._starts:
            length = supply.length(ask.minutes)
            free = runs(self.free(supply, units), length) >> ask.offset_cells
            self._starts[key] = self._open_starts(ask, supply) & free
        return self._starts[key]

    def room(self, ask, supply, start, most):
        """Return how many units, ``most`` at most, the resource has for a line of a need that starts there."""
        room = 0
        while room < most and self.starts(ask, supply, room + 1) >> start & 1:
            room += 1
        return room

    def offered(self, need):
        """Return the starts that are shown at all: where somebody of the first line works by the plan."""
        shown = 0
        ask = need[0]
        for supply in self.fitting(ask):
            shown |= supply.hours.planned & self._raster(supply)
        return shown >> ask.offset_cells

    def plan(self, need, start):
        """Return the picks with which the need is met from cell ``start`` on, or None.

        Persons with the fewest skills come first, then who has the least to do.
        """
        whole = sum(ask.units for ask in need)
        demands = [(line, number) for line, ask in enumerate(need) for number in range(ask.units)]
        candidates, rooms = {}, {}
        for line, ask in enumerate(need):
            found = []
            for supply in self.fitting(ask):
                room = self.room(ask, supply, start, whole)
                if room:
                    rooms[line, supply.id] = room
                    found.append(supply)
            if sum(rooms[line, supply.id] for supply in found) < ask.units:
                return None
            found.sort(
                key=lambda supply, ask=ask: (
                    supply.id != ask.prefer,
                    len(supply.skills),
                    sum(supply.used.values()),
                    supply.sequence,
                    supply.id,
                )
            )
            for number in range(ask.units):
                candidates[line, number] = [supply.id for supply in found]
        taken = match(
            demands,
            candidates,
            lambda demand, resource: rooms[demand[0], resource],
            lambda one, other: self._overlap(need[one[0]], need[other[0]]),
        )
        return taken and self._picks(need, start, taken)

    def _overlap(self, one, other):
        """Whether two lines may need the same resource at once."""
        ranges = []
        for ask in (one, other):
            # Where units of time differ, the longest is reckoned with.
            longest = max((supply.length(ask.minutes) for supply in self.fitting(ask)), default=1)
            ranges.append((ask.offset_cells, ask.offset_cells + longest))
        (begin, end), (other_begin, other_end) = ranges
        return begin < other_end and other_begin < end

    def _picks(self, need, start, taken):
        units = {}
        for (line, _number), resource in taken.items():
            units[line, resource] = units.get((line, resource), 0) + 1
        picks = []
        for (line, resource), count in sorted(units.items()):
            first = start + need[line].offset_cells
            last = first + self.supplies[resource].length(need[line].minutes)
            picks.append(Pick(line, resource, first, last, count))
        return picks

    def possible(self, need):
        """Return the starts at which every line by itself finds enough units."""
        good = mask(0, self.size)
        for ask in need:
            counted = [0] * (ask.units + 1)
            counted[0] = mask(0, self.size)
            for supply in self.fitting(ask):
                before = list(counted)
                for extra in range(1, min(ask.units, supply.units) + 1):
                    starts = self.starts(ask, supply, extra)
                    for total in range(ask.units, extra - 1, -1):
                        counted[total] |= before[total - extra] & starts
            good &= counted[ask.units]
        return good

    def usable(self, need):
        """Return the starts at which the need can be met, as cells after ``base``."""
        possible = self.possible(need)
        if self._simple(need):
            return possible
        found = 0
        for start in bits(possible):
            if self.plan(need, start):
                found |= 1 << start
        return found

    def _simple(self, need):
        """Whether no two lines ask for the same resource, so that each can be looked at by itself."""
        fitting = [{supply.id for supply in self.fitting(ask)} for ask in need]
        return all(
            not (one & other) for place, one in enumerate(fitting) for other in fitting[place + 1 :]
        )

    def blocked(self, need, start):
        """Return what is in the way at a start as ``(ask, reason, taken, all)``; nothing when it is free.

        Reasons: ``none`` nobody has the skills, ``closed`` nobody is there so long, ``raster`` it is no
        time at which bookings begin, ``taken`` too few are free, ``together`` each line finds
        somebody but not all at once.
        """
        found = []
        for ask in need:
            fitting = self.fitting(ask)
            if sum(supply.units for supply in fitting) < ask.units:
                found.append((ask, "none", 0, len(fitting)))
                continue
            there = [s for s in fitting if self._open_starts(ask, s, anywhere=True) >> start & 1]
            if sum(supply.units for supply in there) < ask.units:
                found.append((ask, "closed", len(fitting) - len(there), len(fitting)))
                continue
            there = [s for s in there if self._open_starts(ask, s) >> start & 1]
            units = sum(supply.units for supply in there)
            if units < ask.units:
                found.append((ask, "raster", 0, min(s.unit_minutes for s in fitting)))
                continue
            free = sum(self.room(ask, supply, start, supply.units) for supply in there)
            if free < ask.units:
                found.append((ask, "taken", units - free, units))
        if not found and not self.plan(need, start):
            found.append((need[0], "together", 0, 0))
        return found

    def open_spans(self, supply):
        """Return when the resource is there, as spans of cells after ``base``."""
        return spans(supply.hours.there & mask(0, self.size))
