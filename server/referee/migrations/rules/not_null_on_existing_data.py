"""A column that could be NULL becomes required.

If any row holds NULL there, the migration fails (23502).
A migration that writes the column before, in the same file, is not reported, nor is a column of
which a validated CHECK says that it is not NULL, nor one for which SQLite's new table is filled by
`coalesce` or `ifnull`.

```sql bad
ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;
```

```sql good
UPDATE "User" SET "name" = '' WHERE "name" IS NULL;
ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;
```

There is no fix: what the rows are to hold, only a person knows.

Sources: PostgreSQL manual, "ALTER TABLE", `SET NOT NULL`.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Table
from referee.migrations.evidence import MigrationEvidence, Rebuild
from referee.migrations.findings import MigrationFinding
from referee.migrations.row_changes import inserted
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    AddConstraint,
    ChangeColumn,
    DataChange,
    PrimaryKeySpec,
    SetNotNull,
    Span,
)
from referee.migrations.sql.tokens import tokenize

CODE = "not-null-on-existing-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns that become required on rows that exist."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        is_meant = isinstance(effect.action, SetNotNull | ChangeColumn) or (
            isinstance(effect.action, AddConstraint)
            and isinstance(effect.action.constraint, PrimaryKeySpec)
        )
        if is_meant:
            yield from _tightened(evidence, before, after, effect.span)
    for rebuild in evidence.rebuilds:
        for finding in _tightened(evidence, rebuild.old, rebuild.new, rebuild.span):
            if not _are_replaced(evidence, rebuild, finding.columns[0]):
                yield finding


def _tightened(
    evidence: MigrationEvidence, before: Table, after: Table, span: Span
) -> Iterator[MigrationFinding]:
    for column in after.columns:
        old = before.column(column.name)
        if old is None or not old.is_nullable or column.is_nullable:
            continue
        if _is_proved(evidence, before, column.name):
            continue
        if evidence.is_emptied(after.name, span) or evidence.writes(after.name, column.name, span):
            continue
        yield finding_in(
            evidence,
            CODE,
            "warning",
            span,
            f"`{column.name}` of {shown(evidence, after.name)} becomes required: the migration "
            "fails if a row holds NULL there.",
            table=after.name,
            columns=(column.name,),
        )


def _are_replaced(evidence: MigrationEvidence, rebuild: Rebuild, column: str) -> bool:
    """Tell whether the rows are copied with something else in the place of NULL."""
    for effect in evidence.replayed.effects:
        statement, span = effect.statement, effect.span
        if not isinstance(statement, DataChange) or statement.kind != "insert":
            continue
        if rebuild.span.start <= span.start and span.end <= rebuild.span.end:
            tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
            given = dict(inserted(tokens, statement.columns)).get(column)
            if given and given[0].is_word("coalesce", "ifnull"):
                return True
    return False


def _is_proved(evidence: MigrationEvidence, table: Table, column: str) -> bool:
    """Tell whether a CHECK that every row satisfies says that the column is not NULL."""
    if evidence.provider == "mysql":
        return False  # before 8.0.16 it reads a CHECK and forgets it
    for check in table.checks:
        if not check.is_validated:
            continue
        tokens = list(tokenize(evidence.provider, check.text).tokens)
        while len(tokens) > 2 and tokens[0].is_mark("(") and tokens[-1].is_mark(")"):
            tokens = tokens[1:-1]
        words = [token.value for token in tokens]
        if words == [column, "is", "not", "null"] and tokens[0].kind in ("word", "name"):
            return True
    return False


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A nullable column that becomes required",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("nulls-forbidden",),
    documented=("SQL Server", "CockroachDB"),
)
