"""Algorithms on the relation graph: strong components and what a delete reaches.

Edges run from the child, which holds the key, to the parent; a cascade runs against them.
It deliberately knows no database: which edges count is the caller's choice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from referee.schema.relations import ForeignKey


def strong_components(graph: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return the strongly connected components of two and more nodes, each in order of discovery.

    `graph` maps a node to its successors; successors that are no keys are leaves.
    """
    return components_from(graph, lambda node: graph.get(node, ()))


def components_from(
    roots: Iterable[str], successors_of: Callable[[str], Iterable[str]]
) -> list[tuple[str, ...]]:
    """Return the strongly connected components of two and more nodes that some nodes can reach.

    This is Tarjan's algorithm without recursion, linear in the nodes and edges that are reached.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    components: list[tuple[str, ...]] = []
    for root in roots:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(successors_of(root)))]
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    on_stack.add(successor)
                    work.append((successor, iter(successors_of(successor))))
                    break
                if successor in on_stack:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members: list[str] = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.append(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        components.append(tuple(sorted(members, key=index.__getitem__)))
    return components


def levels_below(
    root: str, incoming: Callable[[str], Iterable[ForeignKey]]
) -> tuple[dict[str, int], dict[str, ForeignKey]]:
    """Return how far below a root each model lies, and the edge by which it is first reached.

    `incoming` gives the edges to follow backwards from a model to its children. The root has
    level 0 and no edge. Self relations lead nowhere new.
    """
    levels = {root: 0}
    reached_by: dict[str, ForeignKey] = {}
    queue = deque([root])
    while queue:
        parent = queue.popleft()
        for key in incoming(parent):
            if key.child not in levels:
                levels[key.child] = levels[parent] + 1
                reached_by[key.child] = key
                queue.append(key.child)
    return levels, reached_by


def levels_above(
    model: str, outgoing: Callable[[str], Iterable[ForeignKey]], most: int | None = None
) -> tuple[dict[str, int], dict[str, ForeignKey]]:
    """Return how far above a model each root lies, and the edge that leads down from it.

    Where a number of levels is given, what lies higher is left out.

    `outgoing` gives the edges to follow from a model to its parents. It is `levels_below` seen
    from the other end: the level of the model below each of these roots, without walking
    everything that lies below them.
    """
    levels = {model: 0}
    leads_down: dict[str, ForeignKey] = {}
    queue = deque([model])
    while queue:
        child = queue.popleft()
        if levels[child] == most:
            break
        for key in outgoing(child):
            if key.parent not in levels:
                levels[key.parent] = levels[child] + 1
                leads_down[key.parent] = key
                queue.append(key.parent)
    return levels, leads_down


def path_down(root: str, model: str, leads_down: Mapping[str, ForeignKey]) -> list[ForeignKey]:
    """Return the edges from a root down to the model that `levels_above` was asked about."""
    path: list[ForeignKey] = []
    while root != model:
        path.append(leads_down[root])
        root = leads_down[root].child
    return path


def path_from_root(model: str, reached_by: Mapping[str, ForeignKey]) -> list[ForeignKey]:
    """Return the edges from the root down to a model, nearest to the root first."""
    path: list[ForeignKey] = []
    while (key := reached_by.get(model)) is not None:
        path.append(key)
        model = key.parent
    path.reverse()
    return path


def longest_paths(edges: Iterable[ForeignKey]) -> tuple[dict[str, int], dict[str, ForeignKey]]:
    """Return the most edges on a way down to each model, and the last edge of such a way.

    Models that can all reach each other count as one, so that the way has an end and the whole
    stays linear.
    """
    below: dict[str, list[ForeignKey]] = {}
    for key in edges:
        below.setdefault(key.parent, []).append(key)
    together = strong_components(
        {parent: [key.child for key in keys] for parent, keys in below.items()}
    )
    first_of = {name: members[0] for members in together for name in members}
    steps: dict[str, list[tuple[str, ForeignKey]]] = {}
    waiting: dict[str, int] = {}
    for parent, keys in below.items():
        start = first_of.get(parent, parent)
        waiting.setdefault(start, 0)
        for key in keys:
            end = first_of.get(key.child, key.child)
            if end != start:
                steps.setdefault(start, []).append((end, key))
                waiting[end] = waiting.get(end, 0) + 1
    lengths = dict.fromkeys(waiting, 0)
    last_edges: dict[str, ForeignKey] = {}
    ready = deque(name for name, number in waiting.items() if number == 0)
    while ready:
        start = ready.popleft()
        for end, key in steps.get(start, ()):
            if lengths[start] + 1 > lengths[end]:
                lengths[end] = lengths[start] + 1
                last_edges[end] = key
            waiting[end] -= 1
            if waiting[end] == 0:
                ready.append(end)
    for name, first in first_of.items():
        lengths[name] = lengths[first]
        if first in last_edges:
            last_edges[name] = last_edges[first]
    return lengths, last_edges
