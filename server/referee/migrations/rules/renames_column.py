"""A column that existed before gets another name.

Programs that still run, or run again after a rollback, ask for the old name and fail from the moment
the migration is applied.

```sql bad
ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";
```

```sql good
ALTER TABLE "User" ADD COLUMN "fullName" TEXT;
```

There is no fix: keep the column's name with `@map`, or add the new one, write both, and drop later.

Sources: Prisma's documentation, "Expand and contract pattern".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import ChangeColumn, RenameColumn

CODE = "renames-column"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns that get another name."""
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        if isinstance(action, RenameColumn):
            old_name, name = action.old_name, action.name
        elif isinstance(action, ChangeColumn) and action.old_name != action.column.name:
            old_name, name = action.old_name, action.column.name
        else:
            continue
        if before.column(old_name) is None or step.origin is None:
            continue
        if step.origin.column(old_name) is None:
            continue
        yield finding_in(
            evidence,
            CODE,
            "information",
            step.effect.span,
            f"`{old_name}` of {shown(evidence, after.name)} becomes `{name}`: programs that still "
            "use the old name fail.",
            table=after.name,
            columns=(old_name, name),
        )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A column that gets another name",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("renamed-columns",),
    documented=("SQL Server", "CockroachDB"),
)
