"""An enum value that is used in the migration that adds it.

PostgreSQL lets a transaction add a value to an enum that existed before, but not use it (55P04), and
Prisma runs a migration as one transaction.
The value may be used in the same migration only if that also makes the enum.
The same word is no use of it where it is a text: in a column of another type, or compared with
`"role"::text`.

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

from collections.abc import Iterator, Sequence

from referee.ddl.model import Column, Name, Table
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.row_changes import assignments, comparisons, inserted
from referee.migrations.rules.rule import MigrationRule, finding_in
from referee.migrations.sql.statements import (
    AddConstraint,
    AddEnumValue,
    CheckSpec,
    CreateIndex,
    DataChange,
    TransactionControl,
)
from referee.migrations.sql.tokens import Token, tokenize

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
                columns = _using_columns(effect, enum_name, value, evidence)
                if columns is not None:
                    del added[enum_name, value]
                    yield finding_in(
                        evidence,
                        CODE,
                        "error",
                        effect.span,
                        f"`{value}` is used in the migration that adds it to "
                        f"`{enum_name.name}`, which PostgreSQL refuses (55P04).",
                        table=effect.table,
                        columns=columns,
                        object=value,
                        type=enum_name,
                    )


def _using_columns(
    effect: Effect, enum: Name, value: str, evidence: MigrationEvidence
) -> tuple[str, ...] | None:
    """Return the columns for which a statement takes the value; None if it is not sure to."""
    after = effect.after
    if after is None:
        return None
    columns = frozenset(
        column.name
        for column in after.columns
        if column.type.enum == enum and not column.type.is_array
    )
    for column in after.columns:
        if (
            column.name in columns
            and _default_value(column) == value
            and _default_value(_old(effect.before, column)) != value
        ):
            return (column.name,)
    statement = effect.statement
    is_check = isinstance(effect.action, AddConstraint) and isinstance(
        effect.action.constraint, CheckSpec
    )
    if not is_check and not isinstance(statement, DataChange | CreateIndex):
        return None
    span = effect.span
    tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
    if isinstance(statement, DataChange):
        written = [*assignments(tokens)]
        if statement.kind == "insert" and not after.has_unknown_shape:
            named = statement.columns or tuple(column.name for column in after.columns)
            written += inserted(tokens, named)
        for name, given in written:
            if name in columns and len(given) == 1 and _is_text(given[0], value):
                return (name,)
            if _casts(given, enum, value, evidence):
                return (name,)
    if not any(token.is_word("from", "using", "select", "join") for token in tokens):
        for condition in comparisons(tokens):
            if condition.column in columns and value in condition.values:
                return (condition.column,)
    return () if _casts(tokens, enum, value, evidence) else None


def _is_text(token: Token, value: str) -> bool:
    return token.kind == "string" and token.value == value


def _casts(tokens: Sequence[Token], enum: Name, value: str, evidence: MigrationEvidence) -> bool:
    """Tell whether the value is cast to the enum: `'B'::"E"` or `CAST('B' AS "E")`."""
    for at, token in enumerate(tokens):
        if not _is_text(token, value):
            continue
        rest = list(tokens[at + 1 : at + 7])
        if at and tokens[at - 1].is_mark("(") and rest and rest[0].is_word("as"):
            if at < 2 or not tokens[at - 2].is_word("cast"):
                continue
            rest = rest[1:]
        elif rest and rest[0].is_mark("::"):
            rest = rest[1:]
        elif len(rest) > 1 and rest[0].is_mark(":") and rest[1].is_mark(":"):
            rest = rest[2:]
        else:
            continue
        names = [each.value for each in rest[:3] if each.kind in ("word", "name")]
        is_dotted = len(rest) > 2 and rest[1].is_mark(".")
        behind = rest[3:4] if is_dotted else rest[1:2]
        if not names or (behind and behind[0].is_mark("[")):
            continue
        if is_dotted and names[:2] == [enum.namespace, enum.name]:
            return True
        if (
            not is_dotted
            and names[0] == enum.name
            and enum.namespace
            in (
                None,
                evidence.default_namespace,
            )
        ):
            return True
    return False


def _default_value(column: Column | None) -> str | None:
    if column is None or column.default is None or column.default.kind != "value":
        return None
    return column.default.text


def _old(table: Table | None, column: Column) -> Column | None:
    return None if table is None else table.column(column.name)


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="migration",
    summary="An enum value used in the migration that adds it",
    check=check,
    documentation=__doc__,
    claims=("new-enum-values",),
)
