"""What a migration that did not end left in a database: which of its statements ran, what stands.

Nothing keeps which statement of a script failed, so what the database holds is held against what
the script makes statement by statement, and the nearest state counts.
A script without a transaction of its own stops where it fails in SQLite and MySQL, and what ran
before that stands; PostgreSQL undoes all of it up to the last COMMIT in it, but leaves an invalid
index behind where one was to be built concurrently.
It deliberately knows no rows of `_prisma_migrations`, and no sentence for people.

Sources: "Simple Query" in PostgreSQL's protocol (several statements are one transaction), "Building
Indexes Concurrently" there, "Statements That Cause an Implicit Commit" in MySQL's manual; the tests
run such scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from referee.ddl.model import DatabaseModel
from referee.migrations.difference import Change
from referee.migrations.drift import drift_of
from referee.migrations.history import Migration
from referee.migrations.replay import replay
from referee.migrations.sql.reading import parse_script
from referee.migrations.sql.statements import (
    CreateIndex,
    DataChange,
    PlacedStatement,
    TransactionControl,
)
from referee.schema.providers import Provider

_WITH_TRANSACTIONS: frozenset[Provider] = frozenset(["postgresql", "cockroachdb"])


@dataclass(frozen=True, slots=True)
class HalfApplied:
    """What stands of a migration, as far as tables, types and views tell.

    `ran` of its `statements` ran, up to `until_line`, and `made` is the database they make of the
    one before them. `unsure` are the lines of the statements behind those that change rows alone:
    nothing tells whether they ran. `left` is what is not as it was before the migration: dropped
    is what it made, added what it took away.
    """

    statements: int
    ran: int
    until_line: int
    made: DatabaseModel
    left: tuple[Change, ...]
    unsure: tuple[int, ...] = ()

    @property
    def has_run_whole(self) -> bool:
        """Whether all its statements ran."""
        return self.ran == self.statements

    @property
    def is_undone(self) -> bool:
        """Whether nothing of it stands."""
        return not self.left and not self.unsure and not self.has_run_whole


def half_applied(
    migration: Migration,
    before: DatabaseModel,
    database: DatabaseModel,
    *,
    has_failed: bool,
    namespace: str | None = None,
    external: Iterable[str] = (),
) -> HalfApplied:
    """Return what stands of a migration that ran on a database and did not end.

    `has_failed` tells that a statement of it failed: then not all of them ran. Otherwise it may
    have been interrupted behind the last one.
    """
    text, provider = migration.text or "", before.provider
    statements = parse_script(provider, text).statements
    external = tuple(external)
    made_by: dict[int, DatabaseModel] = {}
    distances: dict[int, int] = {}

    def distance_after(ran: int) -> int:
        if ran not in distances:
            made_by[ran] = replay(before, statements[:ran], namespace).model
            distances[ran] = len(drift_of(database, made_by[ran], external))
        return distances[ran]

    stops = _stops(provider, statements, has_failed=has_failed)
    ran, end = _nearest(stops, distance_after)
    made = made_by[ran]
    if _is_one_index(provider, statements):
        broken = _with_invalid_index(replay(before, statements, namespace).model, before)
        if len(drift_of(database, broken, external)) < distances[ran]:
            ran, end, made = 0, 0, broken
    last = statements[ran - 1].span.end if ran else 0
    return HalfApplied(
        len(statements),
        ran,
        _line_at(text, last),
        made,
        drift_of(made, before, external),
        tuple(
            _line_at(text, placed.span.start)
            for placed in statements[ran:end]
            if isinstance(placed.statement, DataChange)
        ),
    )


def _stops(
    provider: Provider, statements: Sequence[PlacedStatement], *, has_failed: bool
) -> list[int]:
    """Return after how many statements the database may have been left."""
    number = len(statements)
    stops = set(range(number + 1))
    if provider in _WITH_TRANSACTIONS:
        commits = (
            place
            for place, each in enumerate(statements, 1)
            if isinstance(each.statement, TransactionControl) and each.statement.kind == "commit"
        )
        stops = {0, *commits, number}
    if has_failed and number:
        stops.discard(number)
    return sorted(stops)


def _nearest(stops: Sequence[int], distance_after: Callable[[int], int]) -> tuple[int, int]:
    """Return the first stop whose distance is the least, and the last behind it of the same.

    The distance falls up to where the script ended and rises behind it, so of a long script only
    some stops are looked at first, and then those around the nearest of them.
    """
    low, high = 0, len(stops) - 1
    step = max(1, (high - low) // _AT_ONCE)
    while True:
        looked_at = sorted({*range(low, high + 1, step), high})
        best = min(looked_at, key=lambda at: (distance_after(stops[at]), at))
        least = distance_after(stops[best])
        last = best
        for at in looked_at[looked_at.index(best) :]:
            if distance_after(stops[at]) != least:
                break
            last = at
        if step == 1:
            return stops[best], stops[last]
        low, high = max(low, best - step), min(high, last + step)
        step = max(1, min(step - 1, (high - low) // _AT_ONCE))


_AT_ONCE = 16


def _is_one_index(provider: Provider, statements: Sequence[PlacedStatement]) -> bool:
    """Tell whether a script only builds an index concurrently, which leaves one if it fails."""
    if provider not in _WITH_TRANSACTIONS or len(statements) != 1:
        return False
    built = statements[0].statement
    return isinstance(built, CreateIndex) and built.is_concurrent


def _with_invalid_index(after: DatabaseModel, before: DatabaseModel) -> DatabaseModel:
    """Return a database in which every index that it has more than before is not valid."""
    tables = dict(after.tables)
    for name, table in after.tables.items():
        old = before.tables.get(name)
        had = frozenset() if old is None else frozenset(each.name for each in old.indexes)
        indexes = tuple(
            each if each.name in had else replace(each, is_valid=False) for each in table.indexes
        )
        tables[name] = replace(table, indexes=indexes)
    return replace(after, tables=tables)


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
