"""The migration writes, changes or deletes rows of a table that existed before.

A script that is tried on an empty database says nothing about it, no reverse script can undo it, and
on a large table it holds its locks for as long as it runs.

```sql bad
UPDATE "User" SET "plan" = 'free';
```

```sql good
ALTER TABLE "User" ALTER COLUMN "plan" SET DEFAULT 'free';
```

There is no fix.

Sources: PostgreSQL manual, "Explicit Locking".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from referee.ddl.model import Name
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import DataChange
from referee.rules.words import counted

CODE = "changes-rows"

_VERBS = {
    "insert": "are added to",
    "update": "are changed in",
    "delete": "are deleted from",
    "merge": "are merged into",
    "copy": "are copied into",
}


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield one finding for each table and kind of change, at its first statement."""
    found: dict[tuple[Name, str], int] = {}
    first: dict[tuple[Name, str], MigrationFinding] = {}
    for step, _, after in steps_on_existing(evidence):
        statement = step.effect.statement
        if not isinstance(statement, DataChange) or statement.kind == "truncate":
            continue
        change = (after.name, str(statement.kind))
        found[change] = found.get(change, 0) + 1
        if change not in first:
            first[change] = finding_in(
                evidence,
                CODE,
                "information",
                step.effect.span,
                f"Rows {_VERBS[statement.kind]} {shown(evidence, after.name)}",
                table=after.name,
                columns=statement.columns,
            )
    for change, finding in first.items():
        number = found[change]
        times = "" if number == 1 else f" by {counted(number, 'statement')}"
        message = f"{finding.message}{times}, which no reverse script undoes."
        yield replace(finding, message=message)


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="Rows that the migration writes, changes or deletes",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("changed-rows",),
    documented=("SQL Server", "CockroachDB"),
)
