"""A unique index or constraint is put on columns that rows hold already.

If two rows agree on them, the migration fails (23505).
Columns that the same migration adds without a default are not reported: there every row holds NULL.

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

from referee.ddl.model import ColumnDefault, Table
from referee.migrations.evidence import MigrationEvidence, Step, new_indexes
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    ChangeColumn,
    CreateIndex,
    RenameColumn,
    Span,
)
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
        had = [index.columns for index in rebuild.old.indexes if index.is_unique]
        for index in rebuild.new.indexes:
            if index.is_unique and index.columns is not None and index.columns not in had:
                yield _finding(evidence, rebuild.new, index.columns, index.name, rebuild.span)


def _uniques(
    evidence: MigrationEvidence, step: Step, before: Table, after: Table, span: Span
) -> Iterator[MigrationFinding]:
    origin = step.origin
    had = {index.name for index in before.indexes}
    guarded = [index.columns for index in before.indexes if index.is_unique]
    if origin is not None:
        # A unique index that is dropped and made again under another name finds unique rows.
        guarded += [
            index.columns for index in origin.indexes if index.is_unique and not index.predicate
        ]
        if origin.primary_key is not None:
            guarded.append(origin.primary_key.columns)
    found: list[tuple[str, Sequence[str]]] = [
        (index.name, index.columns)
        for index in new_indexes(before, after)
        if index.is_unique and index.columns is not None and index.name not in had
    ]
    key = after.primary_key
    if key is not None and key != before.primary_key:
        found.append((key.name or "PRIMARY KEY", key.columns))
    for name, columns in found:
        if tuple(columns) in guarded or _are_empty(evidence, columns, step):
            continue
        if not evidence.is_emptied(after.name, span):
            yield _finding(evidence, after, tuple(columns), name, span)


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
