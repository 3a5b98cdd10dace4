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

    `graph` maps a node to its successors; successors that are no keys are leaves. This is
    Tarjan's algorithm without recursion, linear in nodes and edges.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    components: list[tuple[str, ...]] = []
    for root in graph:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(graph[root]))]
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    on_stack.add(successor)
                    work.append((successor, iter(graph.get(successor, ()))))
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


def path_from_root(model: str, reached_by: Mapping[str, ForeignKey]) -> list[ForeignKey]:
    """Return the edges from the root down to a model, nearest to the root first."""
    path: list[ForeignKey] = []
    while (key := reached_by.get(model)) is not None:
        path.append(key)
        model = key.parent
    path.reverse()
    return path
