"""A table or column that existed before is dropped, or a table emptied.

Its rows or values are gone once the migration is applied, and no later migration brings them back.
A column whose values the migration copies into another one first is not reported, nor is a table
whose rows go into a new one that takes its name.
Nor is a generated column, whose values can be computed again.

```sql bad
ALTER TABLE "User" DROP COLUMN "phone";
```

```sql good
ALTER TABLE "User" ALTER COLUMN "phone" DROP NOT NULL;
```

There is no fix: keep a copy, or stop using it first and drop it later.

Sources: PostgreSQL manual, "DROP TABLE", "ALTER TABLE", "TRUNCATE".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.drop_and_add_column import replaced_columns
from referee.migrations.rules.rule import (
    MigrationRule,
    finding_in,
    is_dropped_later,
    name_at_start,
    shown,
    steps_on_existing,
)
from referee.migrations.sql.statements import DataChange, DropColumn

CODE = "drops-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield what the migration destroys."""
    replaced = {(table, column.name) for table, _, column, _ in replaced_columns(evidence)}
    for step in evidence.steps:
        effect = step.effect
        if step.is_rebuilding:
            continue
        for table in effect.dropped_with:
            if table.name in evidence.before.tables:
                message = f"{shown(evidence, table.name)} is dropped with all its rows."
                yield finding_in(evidence, CODE, "warning", effect.span, message, table=table.name)
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if isinstance(effect.action, DropColumn):
            column = before.column(effect.action.column)
            if column is None or name_at_start(evidence, step, column.name) is None:
                continue
            if column.is_generated:
                continue  # what it held can be computed again
            if (after.name, column.name) in replaced or is_dropped_later(evidence, after.name):
                continue
            if evidence.copies(after.name, column.name, effect.span):
                continue
            yield finding_in(
                evidence,
                CODE,
                "warning",
                effect.span,
                f"`{column.name}` of {shown(evidence, after.name)} is dropped with all its values.",
                table=after.name,
                columns=(column.name,),
            )
        elif isinstance(effect.statement, DataChange) and effect.statement.kind == "truncate":
            message = f"All rows of {shown(evidence, after.name)} are deleted."
            yield finding_in(evidence, CODE, "warning", effect.span, message, table=after.name)
    for rebuild in evidence.rebuilds:
        for column in rebuild.old.columns:
            if rebuild.new.column(column.name) is None and not column.is_generated:
                yield finding_in(
                    evidence,
                    CODE,
                    "warning",
                    rebuild.span,
                    f"`{column.name}` of {shown(evidence, rebuild.new.name)} is dropped with all "
                    "its values.",
                    table=rebuild.new.name,
                    columns=(column.name,),
                )


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="Rows or values that the migration destroys",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("dropped-data",),
    documented=("SQL Server", "CockroachDB"),
)
