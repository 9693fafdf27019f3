"""Who takes what: a matching of demands and resources, by augmenting paths (Kuhn)."""


def match(demands, candidates, room, overlaps):
    """Give each demand a resource, or return None where they cannot all have one.

    Preferred candidates are taken where that leaves room for the others; who is in the way of a
    demand that has no other choice goes to the next one of its own choices. When all demands overlap in time
    the answer is exact: None means that no assignment exists.

    :param list demands: what asks, in any order; hashable
    :param dict candidates: ``{demand: [resource, …]}``, the preferred first
    :param room: function of demand and resource: how many demands at once it has room for
    :param overlaps: function of two demands: whether they need their resource at the same time
    :return: ``{demand: resource}`` or None
    """
    taken = {}

    def place(demand, seen):
        for resource in candidates[demand]:
            if resource in seen:
                continue
            seen.add(resource)
            rivals = [
                other
                for other, held in taken.items()
                if held == resource and overlaps(demand, other)
            ]
            if len(rivals) < room(demand, resource):
                taken[demand] = resource
                return True
            if len(rivals) > room(demand, resource):
                continue  # one that makes way would not be enough
            for rival in rivals:
                del taken[rival]
                taken[demand] = resource
                if place(rival, seen):
                    return True
                del taken[demand]
                taken[rival] = resource
        return False

    for demand in sorted(demands, key=lambda demand: len(candidates[demand])):
        if not place(demand, set()):
            return None
    return taken
