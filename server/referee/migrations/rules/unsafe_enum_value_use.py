"""An enum value that is used in the migration that adds it.

PostgreSQL lets a transaction add a value to an enum that existed before, but not use it (55P04), and
Prisma runs a migration as one transaction.
The value may be used in the same migration only if that also makes the enum.

```sql bad
ALTER TYPE "Role" ADD VALUE 'EDITOR';
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'EDITOR';
```

```sql good
ALTER TYPE "Role" ADD VALUE 'EDITOR';
```

There is no fix: move the use to a migration behind this one.

Sources: PostgreSQL manual, "ALTER TYPE", Notes; tried on PostgreSQL 18, which takes a default as a
use as well as a row.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column, Name, Table
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in
from referee.migrations.sql.statements import (
    AddEnumValue,
    CreateIndex,
    DataChange,
    TransactionControl,
)
from referee.migrations.sql.tokens import tokenize

CODE = "unsafe-enum-value-use"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the first use of each value that the migration adds to an older enum."""
    if evidence.provider != "postgresql":
        return
    added: dict[tuple[Name, str], Effect] = {}
    for step in evidence.steps:
        effect = step.effect
        statement = effect.statement
        if isinstance(statement, TransactionControl) and statement.kind == "commit":
            added.clear()
        elif isinstance(statement, AddEnumValue) and effect.enum_before is not None:
            enum = effect.enum_before
            if enum.name in evidence.before.enums and statement.value not in enum.values:
                added[enum.name, statement.value] = effect
        else:
            for enum_name, value in list(added):
                column = _using_column(effect, enum_name, value, evidence)
                if column is not None:
                    del added[enum_name, value]
                    yield finding_in(
                        evidence,
                        CODE,
                        "error",
                        effect.span,
                        f"`{value}` is used in the migration that adds it to "
                        f"`{enum_name.name}`, which PostgreSQL refuses (55P04).",
                        table=effect.table,
                        columns=(column.name,),
                        object=value,
                        type=enum_name,
                    )


def _using_column(
    effect: Effect, enum: Name, value: str, evidence: MigrationEvidence
) -> Column | None:
    after = effect.after
    if after is None:
        return None
    columns = [column for column in after.columns if column.type.enum == enum]
    if not columns:
        return None
    for column in columns:
        if _default_value(column) == value and _default_value(_old(effect.before, column)) != value:
            return column
    says_it = isinstance(effect.statement, DataChange | CreateIndex)
    if says_it and value in _strings_in(evidence, effect):
        return columns[0]
    return None


def _default_value(column: Column | None) -> str | None:
    if column is None or column.default is None or column.default.kind != "value":
        return None
    return column.default.text


def _old(table: Table | None, column: Column) -> Column | None:
    return None if table is None else table.column(column.name)


def _strings_in(evidence: MigrationEvidence, effect: Effect) -> frozenset[str]:
    span = effect.span
    tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
    return frozenset(token.value for token in tokens if token.kind == "string")


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="migration",
    summary="An enum value used in the migration that adds it",
    check=check,
    documentation=__doc__,
    claims=("new-enum-values",),
)
