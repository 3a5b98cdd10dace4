"""The database writes a whole table anew.

SQLite cannot change most of what a table is: Prisma makes a new one, copies all rows into it, drops
the old one and renames the new one; what only a hand-made index or trigger gave the old one is lost.
PostgreSQL writes every row anew for a column whose default is different for each of them, and locks
the table against reads and writes meanwhile.

```sql bad
ALTER TABLE "User" ADD COLUMN "publicId" UUID NOT NULL DEFAULT gen_random_uuid();
```

```sql good
ALTER TABLE "User" ADD COLUMN "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
```

There is no fix.

Sources: SQLite manual, "Making Other Kinds Of Table Schema Changes"; PostgreSQL manual, "ALTER
TABLE", Notes.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import AddColumn

CODE = "rebuilds-table"

# What is in the names of functions that give every row another value.
_VOLATILE = ("random", "nextval", "uuid", "clock_timestamp", "timeofday")


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the tables that are written anew."""
    for rebuild in evidence.rebuilds:
        yield finding_in(
            evidence,
            CODE,
            "information",
            rebuild.span,
            f"{shown(evidence, rebuild.new.name)} is made anew and all its rows copied.",
            table=rebuild.new.name,
        )
    if evidence.provider != "postgresql":
        return
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        if not isinstance(action, AddColumn) or before.column(action.column.name) is not None:
            continue
        column = after.column(action.column.name)
        if column is not None and _differs_by_row(column):
            yield finding_in(
                evidence,
                CODE,
                "information",
                step.effect.span,
                f"Every row of {shown(evidence, after.name)} is written anew, since "
                f"`{column.name}` is different in each.",
                table=after.name,
                columns=(column.name,),
            )


def _differs_by_row(column: Column) -> bool:
    default = column.default
    if column.is_generated:
        return True
    if default is None:
        return False
    if default.kind == "sequence":
        return True
    text = default.text.lower()
    return default.kind == "expression" and any(word in text for word in _VOLATILE)


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A table that the database writes anew",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("rewritten-tables",),
)
