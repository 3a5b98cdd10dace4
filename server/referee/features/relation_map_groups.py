"""Groups for a map: models that stand near each other, small enough to be looked at.

A file is a group. A schema of one file is divided by its relations: each connected area is a
group, and one that is too large to be seen at a glance is divided into neighbourhoods.
It deliberately knows no picture: what a group looks like is decided where it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from referee.features.relation_graph import Group, RelationGraph

# An area of more models than this is divided, and no part of it grows larger by joining another.
_LARGEST_PART = 18
# Parts of fewer models join another one.
_SMALLEST_PART = 8


def map_groups(graph: RelationGraph) -> tuple[Group, ...]:
    """Return the groups of a map; every model is in exactly one."""
    if graph.groups and graph.groups[0].is_file:
        return graph.groups
    referred_to = {model.name: len(graph.view.keys_to(model.name)) for model in graph.models}
    groups: list[Group] = []
    for area in graph.areas:
        if len(area) == 1:
            continue
        parts = [area] if len(area) <= _LARGEST_PART else neighbourhoods(area, _weights(graph))
        for part in parts:
            hub = max(part, key=lambda name: referred_to[name])
            groups.append(Group(f"around {hub}", tuple(part), False))
    alone = tuple(area[0] for area in graph.areas if len(area) == 1)
    return (*groups, *([Group("without relations", alone, False)] if alone else []))


def _weights(graph: RelationGraph) -> dict[str, dict[str, float]]:
    """Return how strongly models hang together.

    A key to a model that everything refers to says little about where its own model belongs.
    """
    found: dict[str, dict[str, float]] = {model.name: {} for model in graph.models}
    ties = [(key.child, key.parent, 1 / len(graph.view.keys_to(key.parent))) for key in graph.keys]
    ties += [(join.first, join.second, 0.5) for join in graph.joins]
    for one, other, weight in ties:
        if one != other:
            found[one][other] = found[one].get(other, 0.0) + weight
            found[other][one] = found[other].get(one, 0.0) + weight
    return found


def neighbourhoods(
    models: Sequence[str], weights: Mapping[str, Mapping[str, float]]
) -> list[tuple[str, ...]]:
    """Divide connected models so that most of the weight lies inside the parts, largest first.

    Models first move to the part that they add most modularity to (the first phase of the method
    of Louvain), then small parts join the part that they are most connected with. Ties go to what
    was declared first, so equal schemas are divided equally.
    """
    inside = frozenset(models)
    between = {
        name: {other: weight for other, weight in weights[name].items() if other in inside}
        for name in models
    }
    members: dict[str, list[str]] = {}
    for name, own in _moved(between).items():
        members.setdefault(own, []).append(name)
    position = {name: number for number, name in enumerate(models)}
    parts = [
        tuple(sorted(part, key=position.__getitem__))
        for part in _joined(list(members.values()), between)
    ]
    return sorted(parts, key=lambda part: (-len(part), position[part[0]]))


def _moved(between: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Return for each model the one whose part it belongs to when no model gains by moving."""
    strength = {name: sum(ties.values()) for name, ties in between.items()}
    total = sum(strength.values())
    home = {name: name for name in between}
    of_home = dict(strength)
    has_moved = total > 0
    while has_moved:
        has_moved = False
        for name, ties in between.items():
            own = home[name]
            of_home[own] -= strength[name]
            pull: dict[str, float] = {own: 0.0}
            for other, weight in ties.items():
                pull[home[other]] = pull.get(home[other], 0.0) + weight
            gain = {
                each: weight - strength[name] * of_home[each] / total
                for each, weight in pull.items()
            }
            best = max(gain, key=gain.__getitem__)
            # Without a margin, rounding could move a model to and fro for ever.
            if gain[best] <= gain[own] + 1e-9:
                best = own
            of_home[best] += strength[name]
            if best != own:
                home[name] = best
                has_moved = True
    return home


def _joined(
    parts: Sequence[list[str]], between: Mapping[str, Mapping[str, float]]
) -> list[list[str]]:
    """Let small parts, the smallest first, join the part that they are most connected with."""
    part_of = {name: number for number, part in enumerate(parts) for name in part}
    found = {number: list(part) for number, part in enumerate(parts)}
    waiting = [(len(part), number) for number, part in found.items()]
    heapify(waiting)
    while waiting:
        size, number = heappop(waiting)
        small = found.get(number)
        if small is None or size != len(small) or size >= _SMALLEST_PART:
            continue
        pull: dict[int, float] = {}
        for name in small:
            for other, weight in between[name].items():
                host = part_of[other]
                if host != number and len(found[host]) + size <= _LARGEST_PART:
                    pull[host] = pull.get(host, 0.0) + weight / len(found[host])
        if not pull:
            continue
        host = max(pull, key=pull.__getitem__)
        found[host] += small
        part_of.update(dict.fromkeys(small, host))
        del found[number]
        heappush(waiting, (len(found[host]), host))
    return list(found.values())
