"""A foreign key that did not cascade does so from here on.

Deleting a row of the parent now deletes rows of the child, where it was refused or left them before.
Code that relied on the refusal deletes more than it knows.

```sql bad
ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE CASCADE;
```

```sql good
ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE SET NULL;
```

There is no fix.

Sources: PostgreSQL manual, "Foreign Keys".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import ForeignKeyConstraint, Table
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import Span
from referee.rules.words import listed

CODE = "cascade-added"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the foreign keys that begin to cascade."""
    for step, before, after in steps_on_existing(evidence):
        if step.origin is None or step.effect.action is None:
            continue
        for key in after.foreign_keys:
            if key not in before.foreign_keys:
                yield from _cascading(evidence, step.origin, after, key, step.effect.span)
    for rebuild in evidence.rebuilds:
        for key in rebuild.new.foreign_keys:
            yield from _cascading(evidence, rebuild.old, rebuild.new, key, rebuild.span)


def _cascading(
    evidence: MigrationEvidence,
    origin: Table,
    table: Table,
    key: ForeignKeyConstraint,
    span: Span,
) -> Iterator[MigrationFinding]:
    old = next((each for each in origin.foreign_keys if each.columns == key.columns), None)
    if old is None or key.on_delete != "CASCADE" or old.on_delete == "CASCADE":
        return
    yield finding_in(
        evidence,
        CODE,
        "information",
        span,
        f"Deleting a row of {shown(evidence, key.referenced_table)} deletes its rows of "
        f"{shown(evidence, table.name)} from here on (by {listed(key.columns)}); before, it was "
        f"`{old.on_delete}`.",
        table=table.name,
        columns=key.columns,
        object=key.name,
    )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A foreign key that begins to cascade",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("new-cascades",),
    documented=("SQL Server", "CockroachDB"),
)
