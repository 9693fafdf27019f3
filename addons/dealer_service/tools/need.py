"""What several services need together, done one after the other in one visit."""

from dataclasses import dataclass

#: A booking begins at a full quarter of an hour, so does each part of it.
STEP = 15


@dataclass(frozen=True)
class Line:
    """A line of what one service needs."""

    kind: int
    person: bool
    skills: frozenset
    units: int
    minutes: int
    offset: int


def joined(services):
    """Return the need of services that are done in one visit, as ``dealer.capacity`` reads it.

    A car stays in its bay: what is needed for the whole of a service is asked once for all of them, and for
    as long as all of them take. Persons are asked once by what they must be able to do, one after the other.
    What is needed for a part only, e.g. the advisor at the start, is needed once.

    :param services: list of lists of :class:`Line`
    :return: ``(need, minutes)``
    """
    ordered = sorted((list(lines) for lines in services if lines), key=_persons)
    work, parts, passed = {}, {}, 0
    for lines in ordered:
        whole = max(line.offset + line.minutes for line in lines)
        for line in lines:
            if line.offset or line.minutes < whole:
                key = line.kind, line.skills
                known = parts.get(key)
                parts[key] = line if known is None else _longer(known, line)
                continue
            key = (line.kind, line.skills) if line.person else (line.kind, None)
            known = work.get(key)
            if known is None:
                work[key] = {
                    "kind": line.kind,
                    "skills": set(line.skills),
                    "units": line.units,
                    "minutes": line.minutes,
                    "offset": -(-passed // STEP) * STEP if line.person else 0,
                }
                continue
            known["skills"] |= line.skills
            known["units"] = max(known["units"], line.units)
            known["minutes"] += line.minutes
        passed += whole
    need = [{**row, "skills": sorted(row["skills"])} for row in work.values()]
    need += [
        {
            "kind": line.kind,
            "skills": sorted(line.skills),
            "units": line.units,
            "minutes": line.minutes,
            "offset": line.offset,
        }
        for line in parts.values()
    ]
    return need, passed


def _persons(lines):
    """Return by what services are put in order: those for the same hands follow each other."""
    return sorted((line.kind, sorted(line.skills)) for line in lines if line.person)


def _longer(one, other):
    return max(one, other, key=lambda line: (line.units, line.minutes, -line.offset))
