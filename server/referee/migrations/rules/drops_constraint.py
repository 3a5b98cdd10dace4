"""A foreign key, unique index, primary key or CHECK is dropped and not made again.

From here on the database no longer refuses the rows that it forbade, and what they break is found
late; making the constraint again fails as soon as one such row is there.
A unique index is not reported where another one remains whose columns are all among its own.
`DROP TABLE ... CASCADE` takes along the foreign keys of other tables that refer to the table.

```sql bad
ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";
```

```sql good
ALTER TABLE "Post" RENAME CONSTRAINT "Post_authorId_fkey" TO "Post_author_fkey";
```

There is no fix.

Sources: PostgreSQL manual, "ALTER TABLE", `DROP CONSTRAINT`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from referee.ddl.model import Index, Name, Table
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence, unique_columns
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.check_on_existing_data import checked_columns
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    DropConstraint,
    DropIndex,
    DropPrimaryKey,
    DropTable,
    Span,
)
from referee.rules.words import listed

CODE = "drops-constraint"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the constraints that are gone when the migration ends."""
    for step in evidence.steps:
        if not step.is_rebuilding:
            yield from _released(evidence, step.effect)
    told: set[tuple[object, ...]] = set()
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if not isinstance(effect.statement, DropIndex) and not isinstance(
            effect.action, DropConstraint | DropPrimaryKey
        ):
            continue
        final = _final_table(evidence, after.name)
        if final is None or step.origin is None:
            continue
        for finding in _lost(evidence, before, after, final, step.origin, effect.span):
            told.add((finding.table, finding.object, finding.columns))
            yield finding
    for rebuild in evidence.rebuilds:
        final = evidence.after.tables.get(rebuild.new.name)
        if final is None:
            continue
        for finding in _lost(evidence, rebuild.old, final, final, rebuild.old, rebuild.span):
            if (finding.table, finding.object, finding.columns) not in told:
                yield finding


def _released(evidence: MigrationEvidence, effect: Effect) -> Iterator[MigrationFinding]:
    """Yield the foreign keys that CASCADE takes along with the table they refer to."""
    if not isinstance(effect.statement, DropTable) or not effect.statement.is_cascading:
        return
    for name, key in effect.released:
        before, final = evidence.before.tables.get(name), evidence.after.tables.get(name)
        if before is None or final is None or key not in before.foreign_keys:
            continue
        kept = {column.name for column in final.columns}
        if key.columns in [each.columns for each in final.foreign_keys]:
            continue
        if kept >= set(key.columns):
            yield finding_in(
                evidence,
                CODE,
                "information",
                effect.span,
                f"CASCADE also drops the foreign key `{key.name}` of {shown(evidence, name)}: from "
                f"here on {listed(key.columns)} may refer to nothing.",
                table=name,
                columns=key.columns,
                object=key.name,
            )


def _final_table(evidence: MigrationEvidence, name: Name) -> Table | None:
    found = evidence.after.tables.get(name)
    if found is None and name in evidence.before.tables:
        for step in evidence.steps:
            if step.origin is not None and step.origin.name == name and step.effect.after:
                found = evidence.after.tables.get(step.effect.after.name) or found
    return found


def _lost(
    evidence: MigrationEvidence,
    before: Table,
    after: Table,
    final: Table,
    origin: Table,
    span: Span,
) -> Iterator[MigrationFinding]:
    """Yield what a statement drops of a table and no later one makes again.

    What is only dropped because its columns go is `drops-data`.
    """
    kept_columns = {column.name for column in final.columns}
    for lost in (
        *_lost_foreign_keys(before, after, final),
        *_lost_unique_indexes(before, after, final, origin),
        *_lost_primary_key(before, after, final, origin),
        *_lost_checks(evidence, before, after, final),
    ):
        if kept_columns >= set(lost.columns) or lost.is_whole_key:
            named = f"{lost.what} `{lost.name}`" if lost.name else lost.what
            yield finding_in(
                evidence,
                CODE,
                "information",
                span,
                f"The {named} of {shown(evidence, after.name)} is dropped: from here on "
                f"{lost.consequence}.",
                table=after.name,
                columns=lost.columns,
                object=lost.name,
            )


@dataclass(frozen=True, slots=True)
class _Lost:
    """A constraint that is gone, and what the database lets happen since.

    `is_whole_key` tells of a primary key that goes with its columns and leaves the table without.
    """

    what: str
    name: str | None
    columns: tuple[str, ...]
    consequence: str
    is_whole_key: bool = False


def _lost_foreign_keys(before: Table, after: Table, final: Table) -> Iterator[_Lost]:
    kept = [each.columns for each in final.foreign_keys]
    for key in before.foreign_keys:
        if key not in after.foreign_keys and key.columns not in kept:
            consequence = f"{listed(key.columns)} may refer to nothing"
            yield _Lost("foreign key", key.name, key.columns, consequence)


def _lost_unique_indexes(
    before: Table, after: Table, final: Table, origin: Table
) -> Iterator[_Lost]:
    for index in before.indexes:
        if not index.is_unique or index in after.indexes or index not in origin.indexes:
            continue
        columns = index.columns or ()
        if not columns or index.predicate:
            is_kept = _is_made_again(index, final)
        else:
            is_kept = _is_unique(final, columns)
        if not is_kept:
            what = f"on {listed(columns)}" if columns else "on what it is built on"
            where = " where its condition holds" if index.predicate else ""
            yield _Lost("unique index", index.name, columns, f"two rows may agree {what}{where}")


def _lost_primary_key(before: Table, after: Table, final: Table, origin: Table) -> Iterator[_Lost]:
    old = before.primary_key
    if old is None or old in (after.primary_key, final.primary_key) or origin.primary_key is None:
        return
    if _is_unique(final, old.columns):
        return
    if all(final.column(name) is not None for name in old.columns):
        consequence = f"two rows may agree on {listed(old.columns)}"
        yield _Lost("primary key", old.name, old.columns, consequence)
    elif final.primary_key is None:
        yield _Lost("primary key", old.name, old.columns, "the table has none", True)


def _lost_checks(
    evidence: MigrationEvidence, before: Table, after: Table, final: Table
) -> Iterator[_Lost]:
    kept = [each.name for each in final.checks]
    for each in before.checks:
        if each not in after.checks and each.name not in kept:
            columns = checked_columns(evidence, each, before)
            yield _Lost("check", each.name, columns, "rows need not satisfy it")


def _is_unique(table: Table, columns: tuple[str, ...]) -> bool:
    """Tell whether no two rows of a table agree on the columns."""
    return any(set(each) <= set(columns) for each in unique_columns(table))


def _is_made_again(index: Index, table: Table) -> bool:
    """Tell whether a unique index over the same, or one without its condition, is there."""
    return any(
        each.is_unique and each.parts == index.parts and each.predicate in (None, index.predicate)
        for each in table.indexes
    )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A constraint that is dropped and not made again",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("dropped-constraints",),
    documented=("SQL Server", "CockroachDB"),
)
