"""`BEGIN` or `COMMIT` in a migration.

Prisma sends a PostgreSQL migration as one message, which is one transaction already.
A `COMMIT` in it, with or without a `BEGIN`, ends that transaction: if a later statement fails, what
stands before the `COMMIT` stays applied although the migration counts as failed, and running it
again fails there.
A `ROLLBACK` undoes what stands before it, and the migration counts as applied all the same.
Where `BEGIN` and `COMMIT` frame the whole script they add nothing, and a failure between them leaves
the session in a transaction that takes no statement any more (25P02).
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
What Prisma writes itself around the exchange of an enum is not reported, nor is a change of rows that
somebody wrote into it.

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
    DataChange,
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
        kind = _kind_of(placed)
        if kind is None:
            continue
        end: str | None = kind
        if kind == "begin":
            inside: list[PlacedStatement] = []
            end = None
            while number < len(statements) and end is None:
                inner = statements[number]
                number += 1
                end = _kind_of(inner)
                if end is None:
                    inside.append(inner)
            if _is_exchange_of_enum(inside):
                continue
        is_last = number == len(statements)
        if kind == "commit" and is_last:
            continue  # it ends a transaction that ends here anyway
        message = _message(evidence, kind, end, is_last)
        yield finding_in(evidence, CODE, "information", placed.span, message)


def _kind_of(placed: PlacedStatement) -> str | None:
    """Return how a statement begins or ends a transaction, None if it does neither."""
    statement = placed.statement
    if not isinstance(statement, TransactionControl) or statement.kind == "savepoint":
        return None
    return statement.kind


def _message(evidence: MigrationEvidence, kind: str, end: str | None, is_last: bool) -> str:
    if evidence.provider == "mysql":
        return (
            "A transaction is written out, but every change of a table commits by itself on MySQL: "
            "a failure leaves the migration half applied."
        )
    if end == "rollback":
        return (
            "`ROLLBACK` undoes what the migration has done until there, although it counts as "
            "applied."
        )
    if kind == "commit":
        return (
            "`COMMIT` ends the transaction that the migration is: a failure after it leaves the "
            "migration half applied."
        )
    if not is_last:
        return (
            "A transaction is written out, although the migration is one: a failure after its end "
            "leaves the migration half applied."
        )
    return (
        "A transaction is written out, although the migration is one: it adds nothing, and a "
        "failure in it leaves the session in a failed transaction (25P02)."
    )


def _is_exchange_of_enum(inside: list[PlacedStatement]) -> bool:
    """Tell whether a transaction is the one in which Prisma makes an enum anew."""
    kinds = {type(each.statement) for each in inside}
    made = {CreateEnum, RenameType, DropType}
    return made <= kinds <= {*made, AlterTable, DataChange}


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
