"""A unique index or constraint is put on columns that rows hold already.

If two rows agree on them, the migration fails (23505).
Columns that the same migration adds without a default are not reported: there every row holds NULL.
Nor are columns of which some were unique before, since rows that agree on all agree on those, nor
columns by which the migration deletes rows first.

```sql bad
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
```

```sql good
CREATE INDEX "User_email_idx" ON "User"("email");
```

There is no fix: look for duplicates first (`SELECT "email" FROM "User" GROUP BY 1 HAVING count(*) > 1`).

Sources: PostgreSQL manual, "CREATE INDEX", `UNIQUE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.ddl.model import ColumnDefault, Index, Name, Table
from referee.migrations.evidence import (
    MigrationEvidence,
    Rebuild,
    Step,
    new_indexes,
    unique_columns,
)
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    ChangeColumn,
    CreateIndex,
    DataChange,
    RenameColumn,
    Span,
)
from referee.migrations.sql.tokens import tokenize
from referee.rules.words import listed

CODE = "unique-index-on-existing-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the unique indexes on columns that hold values."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if not isinstance(effect.statement, CreateIndex) and not isinstance(
            effect.action, AddColumn | AddConstraint
        ):
            continue
        yield from _uniques(evidence, step, before, after, effect.span)
    for rebuild in evidence.rebuilds:
        yield from _uniques_of_rebuild(evidence, rebuild)


def _uniques_of_rebuild(
    evidence: MigrationEvidence, rebuild: Rebuild
) -> Iterator[MigrationFinding]:
    guarded = unique_columns(rebuild.old)
    found = [
        (index.name, index.columns)
        for index in rebuild.new.indexes
        if index.is_unique and index.columns is not None
    ]
    key = rebuild.new.primary_key
    if key is not None:
        found.append((key.name or "PRIMARY KEY", key.columns))
    for name, columns in found:
        added = [each for each in columns if rebuild.old.column(each) is None]
        if added or _are_unique(columns, guarded):
            continue
        if not _are_cleared(evidence, rebuild.new.name, columns, rebuild.span):
            yield _finding(evidence, rebuild.new, columns, name, rebuild.span)


def _uniques(
    evidence: MigrationEvidence, step: Step, before: Table, after: Table, span: Span
) -> Iterator[MigrationFinding]:
    origin = step.origin
    had = {index.name for index in before.indexes}
    guarded = unique_columns(before)
    if origin is not None:
        # A unique index that is dropped and made again under another name finds unique rows.
        guarded += unique_columns(origin)
    found: list[tuple[str, tuple[str, ...]]] = []
    for index in new_indexes(before, after):
        if not index.is_unique or index.name in had:
            continue
        if index.columns is not None:
            found.append((index.name, index.columns))
        elif not evidence.is_emptied(after.name, span):
            yield _finding_of_expression(evidence, after, index, span)
    key = after.primary_key
    if key is not None and key != before.primary_key:
        found.append((key.name or "PRIMARY KEY", key.columns))
    for name, columns in found:
        if _are_unique(columns, guarded) or _are_empty(evidence, columns, step):
            continue
        if not evidence.is_emptied(after.name, span) and not _are_cleared(
            evidence, after.name, columns, span
        ):
            yield _finding(evidence, after, columns, name, span)


def _are_unique(columns: Sequence[str], guarded: Sequence[Sequence[str]]) -> bool:
    """Tell whether rows that agree on the columns would have agreed on unique ones before."""
    return any(frozenset(each) <= frozenset(columns) for each in guarded)


def _are_cleared(
    evidence: MigrationEvidence, table: Name, columns: Sequence[str], before: Span
) -> bool:
    """Tell whether the migration deletes rows by the columns first, as it does with duplicates."""
    for step in evidence.steps:
        statement, span = step.effect.statement, step.effect.span
        if not isinstance(statement, DataChange) or statement.kind != "delete":
            continue
        if step.effect.table == table and span.start < before.start:
            tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
            named = {token.value.lower() for token in tokens if token.kind in ("word", "name")}
            if {each.lower() for each in columns} <= named:
                return True
    return False


def _are_empty(evidence: MigrationEvidence, columns: Sequence[str], until: Step) -> bool:
    """Tell whether one of the columns is new, and NULL or different in every row.

    What fills a new column is the default that it is added with, whether or not it stays.
    """
    filled: dict[str, ColumnDefault | None] = {}
    for step in evidence.steps:
        action, after = step.effect.action, step.effect.after
        if step.origin is not until.origin:
            continue
        if isinstance(action, AddColumn) and after is not None and after != step.effect.before:
            added = after.column(action.column.name)
            filled[action.column.name] = None if added is None else added.default
        elif isinstance(action, RenameColumn) and action.old_name in filled:
            filled[action.name] = filled.pop(action.old_name)
        elif isinstance(action, ChangeColumn) and action.old_name in filled:
            filled[action.column.name] = filled.pop(action.old_name)
        if step is until:
            break
    return any(
        default is None or default.kind in ("sequence", "expression")
        for name, default in filled.items()
        if name in columns
    )


def _finding(
    evidence: MigrationEvidence, table: Table, columns: tuple[str, ...], name: str, span: Span
) -> MigrationFinding:
    return finding_in(
        evidence,
        CODE,
        "warning",
        span,
        f"{listed(columns)} of {shown(evidence, table.name)} must be unique from here on: the "
        "migration fails if two rows agree.",
        table=table.name,
        columns=columns,
        object=name,
    )


def _finding_of_expression(
    evidence: MigrationEvidence, table: Table, index: Index, span: Span
) -> MigrationFinding:
    columns = tuple(part.column for part in index.parts if part.column is not None)
    return finding_in(
        evidence,
        CODE,
        "warning",
        span,
        f"What `{index.name}` is built on must be unique in {shown(evidence, table.name)} from "
        "here on: the migration fails if two rows agree.",
        table=table.name,
        columns=columns,
        object=index.name,
    )


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A unique index on columns that rows hold already",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("new-unique-indexes",),
    documented=("SQL Server", "CockroachDB"),
)
