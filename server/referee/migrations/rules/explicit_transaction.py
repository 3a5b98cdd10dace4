"""`BEGIN` or `COMMIT` in a migration.

Prisma sends a PostgreSQL migration as one message, which is one transaction already.
A `COMMIT` in it ends that transaction: if a later statement fails, what stands before the `COMMIT`
stays applied although the migration counts as failed, and running it again fails there.
On MySQL every change of a table commits by itself, so the transaction does not hold what it promises.
On SQLite it does what it says, and nothing is reported.
The frame that Prisma itself writes for SQL Server is not meant.

```sql bad
BEGIN;
ALTER TABLE "User" ADD COLUMN "age" INTEGER;
COMMIT;
```

```sql good
ALTER TABLE "User" ADD COLUMN "age" INTEGER;
```

There is no fix: leave both away, unless the point is to end the transaction in between.
What Prisma writes itself around the exchange of an enum is not reported.

Sources: PostgreSQL manual, "Multiple Statements in a Simple Query"; MySQL manual, "Statements That
Cause an Implicit Commit".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in
from referee.migrations.sql.statements import (
    AlterTable,
    CreateEnum,
    DropType,
    PlacedStatement,
    RenameType,
    TransactionControl,
)

CODE = "explicit-transaction"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the first statement of each transaction that is written out."""
    if evidence.provider in ("sqlite", "sqlserver"):
        return
    statements = evidence.script.statements
    number = 0
    while number < len(statements):
        placed = statements[number]
        number += 1
        if not isinstance(placed.statement, TransactionControl):
            continue
        inside: list[PlacedStatement] = []
        if placed.statement.kind == "begin":
            while number < len(statements):
                inner = statements[number]
                number += 1
                if isinstance(inner.statement, TransactionControl):
                    break
                inside.append(inner)
            if _is_exchange_of_enum(inside):
                continue
        yield finding_in(
            evidence,
            CODE,
            "information",
            placed.span,
            "A transaction is written out, although the migration is one: a failure behind its end "
            "leaves the migration half applied.",
        )


def _is_exchange_of_enum(inside: list[PlacedStatement]) -> bool:
    """Tell whether a transaction is the one in which Prisma makes an enum anew."""
    kinds = {type(each.statement) for each in inside}
    return (
        {CreateEnum, RenameType, DropType}
        <= kinds
        <= {
            CreateEnum,
            RenameType,
            DropType,
            AlterTable,
        }
    )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A transaction written out in a migration",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("transactions",),
    documented=("CockroachDB",),
)
