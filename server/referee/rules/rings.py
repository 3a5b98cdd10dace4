"""Rings of relations: which there are, how one is shown, and which keys break them.

A ring is reported once for all models that can reach each other, by the shortest ring through the
model declared first; rings are never enumerated, since there can be millions.
It deliberately knows no action and no database: which keys count is the caller's choice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from referee.rules.rule import Fix, Place, Related, relation_place
from referee.rules.words import listed, name_words
from referee.schema.graph import strong_components
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# Field names that speak of one row among many: the other relation is the one that carries.
_POINTER_WORDS = frozenset(
    ["owner", "primary", "current", "latest", "default", "main", "head", "last", "active"]
)
# A ring of more keys than this is offered fixes for its first ones only.
_MOST_FIXES = 4
# More keys than this are not broken in one fix, nor looked for among more than so many.
_MOST_BROKEN = 6
_MOST_SEARCHED = 60


class Ring(NamedTuple):
    """Models that can all reach each other.

    `keys` is the shortest ring through the model declared first, starting there, and
    `all_keys` are the keys between any two of the models, in declaration order.
    """

    members: tuple[str, ...]
    keys: tuple[ForeignKey, ...]
    all_keys: tuple[ForeignKey, ...]

    @property
    def anchor(self) -> ForeignKey:
        """The key at which the ring is reported."""
        return self.keys[0]

    @property
    def has_others(self) -> bool:
        """Whether the models form more than the one ring shown."""
        return len(self.all_keys) > len(self.keys)

    @property
    def others_note(self) -> str:
        """What a message adds where there are more rings than the one shown."""
        if not self.has_others:
            return ""
        return f" (and others among {listed(self.members)})"


def rings(view: SchemaView, is_edge: Callable[[ForeignKey], bool]) -> list[Ring]:
    """Return the rings of two and more models along the keys that count, first declared first."""
    edges: dict[str, list[ForeignKey]] = {}
    for key in view.keys_on_rings():
        if is_edge(key):
            edges.setdefault(key.child, []).append(key)
    components = strong_components(
        {name: [key.parent for key in keys] for name, keys in edges.items()}
    )
    position = {name: index for index, name in enumerate(edges)}
    found: list[Ring] = []
    for component in components:
        members = tuple(sorted(component, key=position.__getitem__))
        inside = frozenset(members)
        keys = tuple(key for name in members for key in edges[name] if key.parent in inside)
        found.append(Ring(members, _shortest_ring(members[0], edges, inside), keys))
    found.sort(key=lambda ring: position[ring.members[0]])
    return found


def _shortest_ring(
    start: str, edges: dict[str, list[ForeignKey]], inside: frozenset[str]
) -> tuple[ForeignKey, ...]:
    """Return the shortest way from a model back to itself; of equal ones the first declared."""
    reached_by: dict[str, ForeignKey] = {}
    queue = deque([start])
    while queue:
        model = queue.popleft()
        for key in edges[model]:
            if key.parent == start:
                keys = [key]
                while model != start:
                    keys.append(reached_by[model])
                    model = reached_by[model].child
                return tuple(reversed(keys))
            if key.parent in inside and key.parent not in reached_by:
                reached_by[key.parent] = key
                queue.append(key.parent)
    raise AssertionError(f"{start} is in no ring")


def related_places(ring: Ring, describe: Callable[[ForeignKey], str]) -> tuple[Related, ...]:
    """Return one entry for each key of the ring that is shown."""
    return tuple(Related(relation_place(key), describe(key)) for key in ring.keys)


def silencing_places(ring: Ring) -> tuple[Place, ...]:
    """Return the places of which each can silence the ring."""
    return tuple(relation_place(key) for key in ring.all_keys)


def breaking_fixes(
    ring: Ring, view: SchemaView, fix_of: Callable[[ForeignKey], Fix | None]
) -> tuple[Fix, ...]:
    """Return fixes after each of which the ring is gone, the best first.

    One key is enough for a single ring. Where it is not, one fix breaks several; there is none
    where that would take too many. `fix_of` returns None for a key that cannot be broken.
    """
    fixes: list[Fix] = []
    for key in by_preference(ring.keys, view)[:_MOST_FIXES]:
        if len(ring.all_keys) > len(ring.members) + _MOST_SEARCHED:
            # Nowhere near a single ring.
            break
        rest = [each for each in ring.all_keys if each != key]
        if not _rings_among(rest) and (fix := fix_of(key)) is not None:
            fixes.append(fix)
    if fixes or not len(ring.keys) < len(ring.all_keys) <= _MOST_SEARCHED:
        return tuple(fixes)
    combined = _break_all(ring, view, fix_of)
    return () if combined is None else (combined,)


def by_preference(keys: Iterable[ForeignKey], view: SchemaView) -> list[ForeignKey]:
    """Return keys with the one that is best broken first.

    That is one whose name speaks of a pointer, else the one whose model most others refer to.
    """
    return sorted(
        keys,
        key=lambda key: (
            _POINTER_WORDS.isdisjoint(name_words(key.field)),
            -len(view.keys_to(key.child)),
        ),
    )


def _break_all(
    ring: Ring, view: SchemaView, fix_of: Callable[[ForeignKey], Fix | None]
) -> Fix | None:
    """Return one fix that breaks key after key until no ring is left."""
    keys = list(ring.all_keys)
    broken: list[Fix] = []
    while components := _rings_among(keys):
        inside = frozenset(components[0])
        candidates = [key for key in keys if key.child in inside and key.parent in inside]
        found = next(
            (
                (key, fix)
                for key in by_preference(candidates, view)
                if (fix := fix_of(key)) is not None
            ),
            None,
        )
        if found is None or len(broken) == _MOST_BROKEN:
            return None
        keys.remove(found[0])
        broken.append(found[1])
    title = ", and ".join(
        fix.title if not index else fix.title[0].lower() + fix.title[1:]
        for index, fix in enumerate(broken)
    )
    edits = tuple(dict.fromkeys(edit for fix in broken for edit in fix.edits))
    return Fix(title, edits, is_safe=False)


def _rings_among(keys: Iterable[ForeignKey]) -> list[tuple[str, ...]]:
    graph: dict[str, list[str]] = {}
    for key in keys:
        graph.setdefault(key.child, []).append(key.parent)
    return strong_components(graph)
