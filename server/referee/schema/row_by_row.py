"""A delete as SQLite and InnoDB do it: row by row, depth first, each key checked at once.

One row a table is played, and all of its keys refer to such rows.
It deliberately knows no levels: databases that delete in rounds are judged in `delete.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from referee.schema.facts import IndexFacts
from referee.schema.referential_actions import Verdict, can_refuse, cascades, is_checked_at_once
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView


def played_verdicts(view: SchemaView) -> Callable[[str, ForeignKey], Verdict]:
    """Return what SQLite or InnoDB says to a key when it deletes a row of a root row by row.

    A root's delete is played through when it is first asked about, and not again. On SQLite the
    order of tables changes when a migration makes one anew, so it is played in both directions: a
    check that passes in the order of the schema may fail in another.
    """
    is_sqlite = view.database.provider == "sqlite"
    # The keys whose check may fail, by child and field; both they and the roots can be thousands.
    numbers: dict[tuple[str, str], int] = {}
    order = _remembered(_row_by_row_order(view), view, numbers)
    found: dict[str, tuple[bytearray, bytearray]] = {}

    def reverse_order(model: str) -> Sequence[_Step]:
        return order(model)[::-1]

    def played(root: str, order: Callable[[str], Sequence[_Step]]) -> bytearray:
        failing = _play_delete(root, order)
        marks = bytearray(len(numbers))
        for number in failing:
            marks[number] = 1
        return marks

    def verdict(root: str, key: ForeignKey) -> Verdict:
        if root not in found:
            now = played(root, order)
            found[root] = now, played(root, reverse_order) if is_sqlite else now
        number = numbers.get((key.child, key.field))
        now, later = found[root]
        if number is None or number >= len(now):
            return "ok"
        if now[number]:
            return "blocked"
        return "depends-on-order" if later[number] else "ok"

    return verdict


class _Step(NamedTuple):
    """A key that points at a deleted row, as the row by row delete sees it.

    `check` is the number of a key that refuses, and None of one that cascades. `at` is the index
    of the parent whose entry is being deleted when the database looks at the key, `found_by` the
    index of the child in which it looks; both are counted in the order in which the entries of a
    row are deleted.
    """

    child: str
    check: int | None
    at: int = 0
    found_by: int = 0


class _RowInProgress(NamedTuple):
    model: str
    steps: Iterator[_Step]


def _play_delete(root: str, order: Callable[[str], Sequence[_Step]]) -> list[int]:
    """Play a delete depth first, one row a table, and return the numbers of the checks that fail.

    A check that fails is passed over, so that every key is judged by itself.
    """
    failing: list[int] = []
    # Which entry of a row was deleted last; every entry, once the row is done with.
    deleted = {root: 0}
    work = [_RowInProgress(root, iter(order(root)))]
    while work:
        model, steps = work[-1]
        for child, check, at, found_by in steps:
            deleted[model] = at
            if check is None and child not in deleted:
                deleted[child] = 0
                work.append(_RowInProgress(child, iter(order(child))))
                break
            if check is not None and found_by > deleted.get(child, -1):
                failing.append(check)
        else:
            deleted[model] = _ALL_ENTRIES
            work.pop()
    return failing


_ALL_ENTRIES = 1_000_000


def _row_by_row_order(view: SchemaView) -> Callable[[str], Sequence[ForeignKey]]:
    """Return the order in which a database looks at the keys that point at a row.

    InnoDB goes by the indexes that the keys refer to, then by the bytes of the constraints' names;
    SQLite from the newest key to the oldest; a fresh database has them in the order of the schema.
    """
    if view.database.provider == "mysql":
        return lambda model: sorted(
            view.keys_to(model),
            key=lambda key: (
                _entry_order(model, key.references, view),
                key.constraint_name.encode(),
            ),
        )
    position: dict[str, int] = {}

    def newest_first(model: str) -> Sequence[ForeignKey]:
        if not position:
            position.update({name: index for index, name in enumerate(view.model_names())})
        keys = list(view.keys_to(model))
        keys.reverse()
        return sorted(keys, key=lambda key: position[key.child], reverse=True)

    return newest_first


def _entry_order(model: str, columns: tuple[str, ...], view: SchemaView) -> int:
    """Return the place of the index by which InnoDB looks up columns, in the order of deleting.

    InnoDB deletes the entry of the primary key, then those of the other indexes one by one, and
    looks at the keys that refer to an index when its entry is deleted. Other indexes come in the
    order in which MySQL sorts them: unique ones without nullable columns, then those with, then
    the rest, to which the ones belong that InnoDB adds for foreign keys.
    """
    facts = view.model(model)
    if facts is None:
        return _LAST_INDEX

    def rank(index: IndexFacts) -> int:
        if index.kind == "id":
            return 0
        if not index.is_unique:
            return 3
        fields = [facts.field(name) for name in index.column_names]
        return 1 if all(field is not None and field.is_required for field in fields) else 2

    for place, index in enumerate(sorted(facts.indexes, key=rank)):
        if index.kind != "fulltext" and index.column_names[: len(columns)] == columns:
            return place
    return _LAST_INDEX


_LAST_INDEX = 1_000


def _remembered(
    order: Callable[[str], Sequence[ForeignKey]],
    view: SchemaView,
    numbers: dict[tuple[str, str], int],
) -> Callable[[str], Sequence[_Step]]:
    """Return the keys of an order that delete rows or are checked at once, looked up once.

    The latter are numbered.
    """
    known: dict[str, Sequence[_Step]] = {}

    def step(key: ForeignKey) -> _Step:
        check = None
        if not cascades(key):
            check = numbers.setdefault((key.child, key.field), len(numbers))
        if view.database.provider != "mysql":
            return _Step(key.child, check)
        return _Step(
            key.child,
            check,
            _entry_order(key.parent, key.references, view),
            _entry_order(key.child, key.columns, view),
        )

    def remembered(model: str) -> Sequence[_Step]:
        if model not in known:
            known[model] = [
                step(key)
                for key in order(model)
                if cascades(key)
                or (is_checked_at_once(key, view.database) and can_refuse(key, view))
            ]
        return known[model]

    return remembered
