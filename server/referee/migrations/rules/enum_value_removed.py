"""A value is taken out of an enum.

PostgreSQL cannot remove a value, so the type is made anew and every column cast to it: the migration
fails if a row still holds the value (22P02).
A migration that gives the rows another value before is not reported, nor is an enum that no column
has, or whose columns the migration drops.
On MySQL the enum is part of the column, and a row that holds the value makes it fail as well (1265).

```sql bad
ALTER TYPE "Role" RENAME TO "Role_old";
CREATE TYPE "Role" AS ENUM ('USER');
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role" USING ("role"::text::"Role");
DROP TYPE "Role_old";
```

```sql good
ALTER TYPE "Role" RENAME VALUE 'ADMIN' TO 'OWNER';
```

There is no fix: change the rows that hold the value first.

Sources: PostgreSQL manual, "ALTER TYPE"; a rehearsal with rows shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Name
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, steps_on_existing
from referee.migrations.sql.statements import (
    ChangeColumn,
    CreateEnum,
    RenameColumn,
    RenameEnumValue,
    RenameType,
    SetType,
    Span,
)

CODE = "enum-value-removed"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the values that enums have lost when the migration ends."""
    renamed = {
        (effect.enum_before.name, effect.statement.old_value)
        for effect in evidence.replayed.effects
        if isinstance(effect.statement, RenameEnumValue) and effect.enum_before is not None
    }
    for name, enum in evidence.before.enums.items():
        after = evidence.after.enums.get(name)
        if after is None or after.values == enum.values:
            continue
        if not _is_held(evidence, name):
            continue
        for value in enum.values:
            if value not in after.values and (name, value) not in renamed:
                if _is_moved(evidence, name, value):
                    continue
                yield _finding(evidence, _span_of(evidence, name), value, type=name)
    for step, before, table in steps_on_existing(evidence):
        action = step.effect.action
        if not isinstance(action, ChangeColumn):
            continue
        column, old = table.column(action.column.name), before.column(action.old_name)
        if column is None or old is None or not column.type.values:
            continue
        for value in old.type.values:
            if value not in column.type.values:
                if evidence.moves_from(table.name, old.name, value, step.effect.span):
                    continue
                yield _finding(
                    evidence, step.effect.span, value, table=table.name, column=column.name
                )


def _is_held(evidence: MigrationEvidence, enum: Name) -> bool:
    """Tell whether a column has the enum in which rows are kept."""
    for table in evidence.before.tables.values():
        after = evidence.after.tables.get(table.name)
        for column in table.columns:
            if column.type.enum != enum:
                continue
            is_renamed = any(step.origin is table for step in evidence.steps) and after is None
            if is_renamed or (after is not None and after.column(column.name) is not None):
                return True
            if any(
                isinstance(step.effect.action, RenameColumn | SetType) and step.origin is table
                for step in evidence.steps
            ):
                return True
    return False


def _is_moved(evidence: MigrationEvidence, enum: Name, value: str) -> bool:
    """Tell whether the migration itself takes a value out of every column of an enum first."""
    is_used = False
    for step, before, _ in steps_on_existing(evidence):
        action = step.effect.action
        if not isinstance(action, SetType) or step.origin is None:
            continue
        column, origin = before.column(action.column), step.origin.column(action.column)
        if column is None or origin is None or origin.type.enum != enum:
            continue
        is_used = True
        if not evidence.moves_from(before.name, column.name, value, step.effect.span):
            return False
    return is_used


def _finding(
    evidence: MigrationEvidence,
    span: Span,
    value: str,
    *,
    type: Name | None = None,
    table: Name | None = None,
    column: str | None = None,
) -> MigrationFinding:
    where = f"`{type.name}`" if type is not None else f"`{column}`"
    return finding_in(
        evidence,
        CODE,
        "warning",
        span,
        f"`{value}` is taken from {where}: the migration fails if a row still holds it.",
        table=table,
        columns=() if column is None else (column,),
        object=value,
        type=type,
    )


def _span_of(evidence: MigrationEvidence, enum: Name) -> Span:
    """Return the statement that makes the enum without the value."""
    found: Span | None = None
    for effect in evidence.replayed.effects:
        statement = effect.statement
        if isinstance(statement, CreateEnum) and statement.name.name.startswith(enum.name):
            return effect.span
        if isinstance(statement, RenameType) and statement.name == enum.name:
            found = found or effect.span
    return found or Span(0, 0)


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A value taken out of an enum",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("removed-enum-values",),
)
