"""A required column is added to a table that may hold rows, and nothing says what they get.

On an empty table it works, on one with rows PostgreSQL refuses it (23502), and so does SQLite.
MySQL writes zero or an empty text into every row instead, which is hardly what was meant.
A migration that empties the table first is not reported.

```sql bad
ALTER TABLE "User" ADD COLUMN "score" INTEGER NOT NULL;
```

```sql good
ALTER TABLE "User" ADD COLUMN "score" INTEGER NOT NULL DEFAULT 0;
```

There is no fix: give it a default, or add it as nullable, fill it, and then set `NOT NULL`.

Sources: PostgreSQL manual, "ALTER TABLE"; a rehearsal with rows shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import AddColumn

CODE = "required-column-without-default"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the required columns that rows have no value for."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if not isinstance(effect.action, AddColumn):
            continue
        column = after.column(effect.action.column.name)
        if column is None or before.column(column.name) is not None or not _is_needed(column):
            continue
        if evidence.is_emptied(after.name, effect.span):
            continue
        yield finding_in(
            evidence,
            CODE,
            "warning",
            effect.span,
            f"`{column.name}` of {shown(evidence, after.name)} is required and has no default: "
            f"{_consequence(evidence)}.",
            table=after.name,
            columns=(column.name,),
        )
    for rebuild in evidence.rebuilds:
        for column in rebuild.new.columns:
            if rebuild.old.column(column.name) is None and _is_needed(column):
                yield finding_in(
                    evidence,
                    CODE,
                    "warning",
                    rebuild.span,
                    f"`{column.name}` of {shown(evidence, rebuild.new.name)} is required and has "
                    "no default: the rows of the old table have no value for it.",
                    table=rebuild.new.name,
                    columns=(column.name,),
                )


def _is_needed(column: Column) -> bool:
    return not column.is_nullable and column.default is None and not column.is_generated


def _consequence(evidence: MigrationEvidence) -> str:
    if evidence.provider == "mysql":
        return "MySQL fills it with zero or an empty text in every row"
    return "the migration fails if the table holds rows"


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A required column without a default on a table with rows",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("new-required-columns",),
    documented=("SQL Server", "CockroachDB"),
)
