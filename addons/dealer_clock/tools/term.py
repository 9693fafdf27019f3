"""Terms as plain data: starting a clock asks no table for what managers seldom change."""

from dataclasses import dataclass

from .quiet import awake
from .worktime import WallTime


@dataclass(frozen=True)
class Rung:
    """When a step of the ladder is taken."""

    minutes: int
    #: Whether it waits for the end of the quiet hours.
    waits: bool
    from_turn: int
    to_turn: int

    def holds_in(self, turn):
        """Whether the step is taken for the ``turn``-th person in a row."""
        return self.from_turn <= turn and (not self.to_turn or turn <= self.to_turn)

    def moment(self, due, started, time):
        """Return when the step is due (naive UTC), before quiet hours are asked for.

        Before due never earlier than the start.
        """
        return max(time.add(due, self.minutes * 60), started)


@dataclass(frozen=True)
class Term:
    """What a new clock needs of its policy."""

    id: int
    unit_id: int
    domain: str
    minutes: int
    basis: str
    quiet_from: float
    quiet_to: float
    rungs: tuple[Rung, ...]

    def time(self, unit):
        """Return the counter of time for store ``unit``."""
        return unit._clock_time() if self.basis == "working" else WallTime()

    def first_moment(self, due, started, unit, time, turn):
        """Return when the first step of a new clock is taken, at the latest when it is due."""
        moments = [due]
        for rung in self.rungs:
            if rung.holds_in(turn):
                moment = rung.moment(due, started, time)
                if rung.waits:
                    moment = awake(moment, unit._clock_zone(), self.quiet_from, self.quiet_to)
                moments.append(moment)
        return min(moments)
