"""A delete as SQLite and InnoDB do it: row by row, depth first, each key checked at once.

One row a table is played, and all of its keys refer to such rows.
It deliberately knows no levels: databases that delete in rounds are judged in `delete.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple, TypeAlias

from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.providers import Database
from referee.schema.referential_actions import Verdict, can_refuse, cascades, is_checked_at_once
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# The place of an index among those of a model, by model and columns.
_Places: TypeAlias = Callable[[str, tuple[str, ...]], int]


def plays_row_by_row(database: Database) -> bool:
    """Tell whether a database deletes row by row, so that the way through the graph decides."""
    return database.has_foreign_keys and database.provider in ("mysql", "sqlite")


def played_verdicts(view: SchemaView) -> Callable[[str, ForeignKey], Verdict]:
    """Return what SQLite or InnoDB says to a key when it deletes a row of a root row by row.

    A root's delete is played through when it is first asked about, and not again. On SQLite the
    order of tables changes when a migration makes one anew, so it is played in both directions: a
    check that passes in the order of the schema may fail in another.
    """
    is_sqlite = view.database.provider == "sqlite"
    # The keys whose check may fail, by child and field, each as one bit: both they and the roots
    # can be thousands.
    bits: dict[tuple[str, str], int] = {}
    # Of thousands of keys most are looked up by one of few indexes.
    place = cache(partial(_place, view))
    order = _remembered(_row_by_row_order(view, place), view, place, bits)
    failing = _player(order)
    failing_later = _player(lambda model: order(model)[::-1]) if is_sqlite else failing

    def verdict(root: str, key: ForeignKey) -> Verdict:
        now, later = failing(root), failing_later(root)
        bit = bits.get((key.child, key.field), 0)
        if now & bit:
            return "blocked"
        return "depends-on-order" if later & bit else "ok"

    return verdict


def verdicts_of_plays(view: SchemaView) -> Callable[[str, ForeignKey], Verdict]:
    """Return the same for many models in turn: no delete is played twice in one view.

    Who asks for a verdict about a key depends on the plays above its child as a whole.
    """

    def verdict(root: str, key: ForeignKey) -> Verdict:
        quiet = view.played_above(key.child)
        played = quiet.remembered.get(played_verdicts)
        if played is None:
            played = quiet.remembered[played_verdicts] = played_verdicts(quiet)
        found: Verdict = played(root, key)
        return found

    return verdict


def entries_differ(
    old: ModelFacts, new: ModelFacts, keys_of: Iterable[ForeignKey], keys_to: Iterable[ForeignKey]
) -> tuple[bool, bool]:
    """Tell whether a play looks differently at the keys of a changed model, and at those to it."""
    looked_up = {key.columns for key in keys_of}
    referred_to = {key.references for key in keys_to}
    return (
        any(_entry_order(old, each) != _entry_order(new, each) for each in looked_up),
        any(_entry_order(old, each) != _entry_order(new, each) for each in referred_to),
    )


class _Step(NamedTuple):
    """A key that points at a deleted row, as the row by row delete sees it.

    `check` is the bit of a key that refuses, and None of one that cascades. `at` is the index
    of the parent whose entry is being deleted when the database looks at the key, `found_by` the
    index of the child in which it looks; both are counted in the order in which the entries of a
    row are deleted.
    """

    child: str
    check: int | None
    at: int = 0
    found_by: int = 0


class _Play(NamedTuple):
    """What comes of deleting a row: checks and models as sets of bits.

    `failing` are the checks that fail, `deleted` the models that lose rows, and `read` those in
    whose rows a check looked.
    """

    failing: int
    deleted: int
    read: int


class _RowInProgress(NamedTuple):
    model: str
    steps: Iterator[_Step]


def _player(order: Callable[[str], Sequence[_Step]]) -> Callable[[str], int]:
    """Return which checks fail when a row of a root is deleted.

    The play of a root is put together from those of its children where these do not meet, as in a
    tree or a long chain; only where they do, it is played step by step.
    """
    bits: dict[str, int] = {}
    plays: dict[str, _Play | None] = {}

    def bit(model: str) -> int:
        return bits.setdefault(model, 1 << len(bits))

    def put_together(root: str) -> None:
        work = [root]
        begun: set[str] = set()
        while work:
            model = work[-1]
            if model not in begun and model not in plays:
                begun.add(model)
                work += [
                    step.child
                    for step in order(model)
                    if step.check is None and step.child not in begun and step.child not in plays
                ]
                continue
            work.pop()
            if model not in plays:
                plays[model] = _put_together(model, order(model), plays, bit)

    def failing(root: str) -> int:
        if root not in plays:
            put_together(root)
        found = plays[root]
        if found is None:
            found = plays[root] = _play_delete(root, order, bit)
        return found.failing

    return failing


def _put_together(
    root: str,
    steps: Sequence[_Step],
    plays: Mapping[str, _Play | None],
    bit: Callable[[str], int],
) -> _Play | None:
    """Return the play of a root by those of its children; None where one changes another's."""
    failing, read, deleted = 0, 0, bit(root)
    for child, check, at, found_by in steps:
        if check is not None:
            read |= bit(child)
            if found_by > at if child == root else not deleted & bit(child):
                failing |= check
        elif not deleted & bit(child):
            play = plays.get(child)
            if play is None or deleted & (play.deleted | play.read):
                return None
            failing |= play.failing
            deleted |= play.deleted
            read |= play.read
    return _Play(failing, deleted, read)


def _play_delete(
    root: str, order: Callable[[str], Sequence[_Step]], bit: Callable[[str], int]
) -> _Play:
    """Play a delete depth first, one row a table.

    A check that fails is passed over, so that every key is judged by itself.
    """
    failing = read = 0
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
            if check is not None:
                read |= bit(child)
                if found_by > deleted.get(child, -1):
                    failing |= check
        else:
            deleted[model] = _ALL_ENTRIES
            work.pop()
    return _Play(failing, sum(map(bit, deleted)), read)


_ALL_ENTRIES = 1_000_000


def _row_by_row_order(view: SchemaView, place: _Places) -> Callable[[str], Sequence[ForeignKey]]:
    """Return the order in which a database looks at the keys that point at a row.

    InnoDB goes by the indexes that the keys refer to, then by the bytes of the constraints' names;
    SQLite from the newest key to the oldest; a fresh database has them in the order of the schema.
    """
    if view.database.provider == "mysql":
        return lambda model: sorted(
            view.keys_to(model),
            key=lambda key: (place(model, key.references), key.constraint_name.encode()),
        )

    def newest_first(model: str) -> Sequence[ForeignKey]:
        keys = list(view.keys_to(model))
        keys.reverse()
        return sorted(keys, key=lambda key: view.position(key.child), reverse=True)

    return newest_first


def entry_order(model: str, columns: tuple[str, ...], view: SchemaView) -> int:
    """Return the place of the index by which InnoDB looks up columns, in the order of deleting.

    InnoDB deletes the entry of the primary key, then those of the other indexes one by one, and
    looks at the keys that refer to an index when its entry is deleted. Other indexes come in the
    order in which MySQL sorts them: unique ones without nullable columns, then those with, then
    the rest, to which the ones belong that InnoDB adds for foreign keys.
    """
    facts = view.model(model)
    return _LAST_INDEX if facts is None else _entry_order(facts, columns)


def _place(view: SchemaView, model: str, columns: tuple[str, ...]) -> int:
    return entry_order(model, columns, view)


def _entry_order(facts: ModelFacts, columns: tuple[str, ...]) -> int:
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
    place: _Places,
    bits: dict[tuple[str, str], int],
) -> Callable[[str], Sequence[_Step]]:
    """Return the keys of an order that delete rows or are checked at once, looked up once.

    Each of the latter is given a bit.
    """
    known: dict[str, Sequence[_Step]] = {}

    def step(key: ForeignKey) -> _Step:
        check = None
        if not cascades(key):
            check = bits.setdefault((key.child, key.field), 1 << len(bits))
        if view.database.provider != "mysql":
            return _Step(key.child, check)
        return _Step(
            key.child,
            check,
            place(key.parent, key.references),
            place(key.child, key.columns),
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
