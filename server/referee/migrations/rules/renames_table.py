"""A table that existed before gets another name.

Programs that still run, or run again after a rollback, ask for the old name and fail from the moment
the migration is applied.
Not reported is the new name that SQLite's way of changing a table ends with, nor a table in whose
place the migration leaves a view of the old name.

```sql bad
ALTER TABLE "User" RENAME TO "Account";
```

```sql good
CREATE VIEW "Account" AS SELECT * FROM "User";
```

There is no fix: keep the table's name with `@@map`, or leave a view under the old name.

Sources: Prisma's documentation, "Expand and contract pattern".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import RenameTable, SetNamespace

CODE = "renames-table"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the tables that get another name."""
    for step, before, after in steps_on_existing(evidence):
        is_renamed = isinstance(step.effect.action, RenameTable | SetNamespace)
        if is_renamed and before.name not in (after.name, *evidence.after.views):
            yield finding_in(
                evidence,
                CODE,
                "information",
                step.effect.span,
                f"{shown(evidence, before.name)} becomes {shown(evidence, after.name)}: programs "
                "that still use the old name fail.",
                table=after.name,
                object=before.name.name,
            )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A table that gets another name",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("renamed-tables",),
    documented=("SQL Server", "CockroachDB"),
)
