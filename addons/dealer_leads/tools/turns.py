"""Whose turn it is: round robin weighted by open load. Knows nothing of Odoo.

The next lead goes to whom least waits for, in proportion to the person's share; of those who are
equal, to whom got least in the last day, then to whom got one longest ago.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Person:
    """What is known of a person when leads are given out.

    ``waiting`` leads wait for a first answer, of at most ``cap`` (0: no limit); ``lately`` came in
    the last day, the ``last`` one at that moment. ``share`` is in percent of a usual share; who has
    none gets nothing by turn.
    """

    waiting: int = 0
    lately: int = 0
    last: datetime | None = None
    share: int = 100
    cap: int = 0

    @property
    def open(self) -> bool:
        """Whether the person may get one more lead."""
        return self.share > 0 and (not self.cap or self.waiting < self.cap)


class Turns:
    """The turns of one batch: what is given in it counts at once."""

    def __init__(self, people: dict[int, Person]):
        self._people = people
        self._given = dict.fromkeys(people, 0)
        self._count = 0

    def _rank(self, key: int) -> tuple:
        person = self._people[key]
        return (
            person.waiting / person.share,
            person.lately / person.share,
            self._given[key],
            person.last or datetime.min,
            key,
        )

    def waiting(self, key: int) -> int:
        return self._people[key].waiting

    def choose(self, candidates: Iterable[int]) -> int | None:
        """Return who of ``candidates`` is next, None where all are at their caps."""
        ready = [key for key in candidates if self._people[key].open]
        return min(ready, key=self._rank, default=None)

    def give(self, key: int) -> None:
        """Note that the person got a lead, by turn or not."""
        person = self._people[key]
        person.waiting += 1
        person.lately += 1
        self._count += 1
        self._given[key] = self._count
