"""The clock of the three guarantees (三包: 修理, 更换, 退货) of a private car; knows nothing of Odoo.

The rules are those of 家用汽车产品修理更换退货责任规定, Order 43 of SAMR of 2021-07-22, in force since
2022-01-01. Each rule names its article. Periods of days and years begin with the day after the event
and end with the corresponding day (民法典 Art. 201, 202): what starts on 1 March 2025 for two years
ends with 1 March 2027.
"""

import calendar
from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple

#: Shares at which people are told, percent; at the last one the right has arisen.
LEVELS = (60, 80, 100)
#: Art. 20, 22, 24: engine, gearbox, traction battery, drive motor.
ASSEMBLIES = ("engine", "gearbox", "battery", "motor")
#: Art. 24 names these besides, for main parts that are replaced again and again.
SYSTEMS = ("steering", "brake", "suspension", "drive", "emission", "body")
#: Art. 23: what gives the right at once within 60 days or 3,000 km.
ACUTE = ("steering", "brake", "body_crack", "fuel_leak", "battery_fire")
DAY = timedelta(days=1)


class Span(NamedTuple):
    """A period: so many months and days, or so many kilometres, whichever ends first."""

    months: int = 0
    days: int = 0
    km: int | None = None

    def last_day(self, start):
        """Return the last day of the period that began with the event on ``start``."""
        months = start.month - 1 + self.months
        year, month = start.year + months // 12, months % 12 + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        return date(year, month, day) + timedelta(days=self.days)

    def holds(self, start, day, km):
        """Whether a day and a mileage (None: not known) lie in the period."""
        return day <= self.last_day(start) and (self.km is None or km is None or km <= self.km)


#: Art. 18: at least; a maker may promise more.
REPAIR = Span(months=36, km=60_000)
GUARANTEE = Span(months=24, km=50_000)


class Rule(NamedTuple):
    """When a right arises."""

    code: str
    article: int
    #: None: the car's own period of guarantee or repair (``Car``).
    span: Span | str
    #: What is counted: a name of a method of :class:`_Count`.
    counts: str
    #: The right arises when so many are counted.
    arises_at: int


RULES = (
    # An assembly or its main part must be replaced within 7 days: exchange or return.
    Rule("early_exchange", 22, Span(days=7), "replaced", 1),
    # A main part of an assembly fails within 60 days or 3,000 km: a new assembly.
    Rule("early_assembly", 20, Span(days=60, km=3000), "assembly_faults", 1),
    # Steering or brakes fail, the body cracks, fuel leaks, the battery burns: exchange or return.
    Rule("early_safety", 23, Span(days=60, km=3000), "acute_faults", 1),
    # A serious safety fault, repaired twice in vain, or a new one: exchange or return.
    Rule("safety", 24, "guarantee", "safety_repairs", 3),
    # The same assembly replaced twice, and it fails again.
    Rule("assembly", 24, "guarantee", "assembly_replacements", 3),
    # The same main part replaced twice, and it fails again.
    Rule("part", 24, "guarantee", "part_replacements", 3),
    # Repairs of more than 30 days in sum.
    Rule("days", 24, "guarantee", "repair_days", 31),
    # The same fault repaired more than four times.
    Rule("same_fault", 24, "guarantee", "same_fault_repairs", 5),
    # A repair of more than five days: from the sixth on a loan car or money for travel.
    Rule("loaner", 21, "repair", "running_days", 6),
)


class Fault(NamedTuple):
    """A fault of the car's quality that a repair dealt with."""

    #: The same for the same fault, whenever it comes.
    key: object
    #: Of :data:`ASSEMBLIES` or :data:`SYSTEMS`, or None for anything else.
    system: str | None = None
    #: Name of the main part, as long as it is one.
    part: str | None = None
    #: Art. 24: a serious fault of safety, as people judged it.
    safety: bool = False
    #: Of :data:`ACUTE`, or None.
    acute: str | None = None
    #: What was done: "repaired", "part" (replaced), "assembly" (replaced).
    remedy: str = "repaired"


class Repair(NamedTuple):
    """A repair under the guarantee; moments on the wall of the store."""

    agreed_at: datetime
    #: None: it is still going on.
    completed_at: datetime | None
    faults: tuple[Fault, ...]
    mileage: int | None = None
    #: Art. 24: hours of transport of VIN-specific special parts or of the traction battery, and
    #: on the road with the rescue car. Waiting for any other part counts.
    excluded: timedelta = timedelta()

    def spent(self, now):
        """Return the time from agreement to completion, without what is left out."""
        return max((self.completed_at or now) - self.agreed_at - self.excluded, timedelta())

    def days(self, now):
        """Return the days of repair: hours from agreement to completion, each begun 24 one day (Art. 40)."""
        return ceil(self.spent(now) / DAY)


class Car(NamedTuple):
    """What the periods depend on."""

    #: Day of the invoice, or of the delivery where that differs (Art. 18).
    start: date
    #: Mileage of today, as far as known.
    mileage: int | None = None
    guarantee: Span = GUARANTEE
    repair: Span = REPAIR


class Right(NamedTuple):
    """How near a right is."""

    rule: Rule
    #: Which fault, assembly or part it is about; None: all of the car.
    key: object
    used: int
    #: Percent of what makes the right arise, 100 at most.
    share: int
    #: The highest of :data:`LEVELS` that is reached, or 0.
    level: int
    last_day: date
    last_km: int | None

    @property
    def left(self):
        """How many more make the right arise."""
        return max(self.rule.arises_at - self.used, 0)


def guarantee_start(invoiced, delivered):
    """Return when the periods begin: with the invoice, or with the delivery if it was on another day."""
    return delivered or invoiced


def judge(car, repairs, now):
    """Return the :class:`Right` of each rule and key that anything counts for, the nearest first.

    What did not become a right until its period ended is left out.

    :param car: :class:`Car`
    :param repairs: :class:`Repair` in any order
    :param now: moment on the wall of the store
    """
    repairs = sorted(repairs, key=lambda repair: repair.agreed_at)
    rights = []
    for rule in RULES:
        span = getattr(car, rule.span) if isinstance(rule.span, str) else rule.span
        inside = [
            repair
            for repair in repairs
            if span.holds(car.start, repair.agreed_at.date(), repair.mileage)
        ]
        over = not span.holds(car.start, now.date(), car.mileage)
        for key, used in getattr(_Count(inside, now), rule.counts)().items():
            share = min(100 * used // rule.arises_at, 100)
            if not used or (over and share < 100):
                continue
            level = max((each for each in LEVELS if share >= each), default=0)
            rights.append(Right(rule, key, used, share, level, span.last_day(car.start), span.km))
    return sorted(rights, key=lambda right: -right.share)


def days_of(repairs, now):
    """Return the days that a car was in repair, with no hour counted twice.

    Repairs that follow one another are added, each with its own begun day (Art. 40). Where two orders
    of one car overlap, their hours are those of one repair; if that makes fewer days than some of them
    have without the others, those count: one repair more never makes the days fewer.
    """
    stays = sorted(
        (repair.agreed_at, repair.completed_at or now, repair.spent(now))
        for repair in repairs
        if repair.spent(now)
    )
    days, together, until = 0, [], None
    for stay in stays:
        if together and stay[0] >= until:
            days += _days_together(together)
            together = []
        until = max(stay[1], until) if together else stay[1]
        together.append(stay)
    return days + _days_together(together)


def _days_together(stays):
    """Return the most days of periods apart from one another, by the stays that lie wholly in each.

    :param stays: list of (begin, end, time that counts), ordered by begin
    """
    if len(stays) < 2:
        return sum(ceil(spent / DAY) for _begin, _end, spent in stays)
    ends = sorted({end for _begin, end, _spent in stays})
    most = [0]  # until before the first end, until the first, …
    for last in ends:
        found = most[-1]
        for first in {begin for begin, _end, _spent in stays if begin < last}:
            inside = [stay for stay in stays if first <= stay[0] and stay[1] <= last]
            spent = sum((stay[2] for stay in inside), timedelta())
            days = ceil(min(_covered(inside), spent) / DAY)
            found = max(found, most[bisect_right(ends, first)] + days)
        most.append(found)
    return most[-1]


def _covered(stays):
    """Return how long at least one of the stays lasts, which are ordered by begin."""
    covered, until = timedelta(), datetime.min
    for begin, end, _spent in stays:
        covered += max(end - max(begin, until), timedelta())
        until = max(until, end)
    return covered


class _Count:
    """What the rules count, each as ``{key: number}``."""

    def __init__(self, repairs, now):
        self.repairs = repairs
        self.now = now

    def _per_repair(self, key_of):
        """Count in how many repairs each key occurs; None is no key."""
        counts = defaultdict(int)
        for repair in self.repairs:
            for key in {key_of(fault) for fault in repair.faults} - {None}:
                counts[key] += 1
        return counts

    def _again(self, key_of, replaced):
        """Count replacements up to two, and one more when it is there again after the second."""
        counts = {}
        for key in self._per_repair(key_of):
            used = 0
            for repair in self.repairs:
                mine = [fault for fault in repair.faults if key_of(fault) == key]
                if mine and (used >= 2 or any(map(replaced, mine))):
                    used = min(used + 1, 3)
            counts[key] = used
        return counts

    def replaced(self):
        return self._per_repair(
            lambda fault: (
                fault.system
                if fault.system in ASSEMBLIES and fault.remedy in ("part", "assembly")
                else None
            )
        )

    def assembly_faults(self):
        return self._per_repair(
            lambda fault: fault.system if fault.system in ASSEMBLIES and fault.part else None
        )

    def acute_faults(self):
        return self._per_repair(lambda fault: fault.acute)

    def safety_repairs(self):
        return {None: sum(any(fault.safety for fault in each.faults) for each in self.repairs)}

    def assembly_replacements(self):
        return self._again(
            lambda fault: fault.system if fault.system in ASSEMBLIES else None,
            lambda fault: fault.remedy == "assembly",
        )

    def part_replacements(self):
        return self._again(
            lambda fault: (fault.system, fault.part) if fault.system and fault.part else None,
            lambda fault: fault.remedy == "part",
        )

    def repair_days(self):
        return {None: days_of(self.repairs, self.now)}

    def same_fault_repairs(self):
        return self._per_repair(lambda fault: fault.key)

    def running_days(self):
        running = [repair.days(self.now) for repair in self.repairs if not repair.completed_at]
        return {None: max(running, default=0)}
