"""`CONCURRENTLY` beside other statements in one migration.

PostgreSQL builds or drops an index concurrently only outside a transaction.
Prisma sends a migration as one message, which PostgreSQL runs as one transaction as soon as it
holds two statements: the migration fails (25001).

```sql bad
ALTER TABLE "Post" ADD COLUMN "slug" TEXT;
CREATE INDEX CONCURRENTLY "Post_slug_idx" ON "Post"("slug");
```

```sql good
CREATE INDEX CONCURRENTLY "Post_slug_idx" ON "Post"("slug");
```

There is no fix: give the statement a migration of its own.

Sources: PostgreSQL manual, "CREATE INDEX", "Building Indexes Concurrently"; Prisma's schema engine
runs a script as one simple query.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in
from referee.migrations.sql.statements import CreateIndex, DropIndex
from referee.rules.words import counted

CODE = "concurrent-index-with-others"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the concurrent statements that are not alone in their migration."""
    statements = evidence.script.statements
    if evidence.provider != "postgresql" or len(statements) < 2:
        return
    others = counted(len(statements) - 1, "other statement")
    for placed in statements:
        statement = placed.statement
        if isinstance(statement, CreateIndex | DropIndex) and statement.is_concurrent:
            if isinstance(statement, CreateIndex):
                name = statement.index.name
            else:
                name = statement.names[0].name
            yield finding_in(
                evidence,
                CODE,
                "error",
                placed.span,
                f"`CONCURRENTLY` stands beside {others}, so the migration runs as one transaction "
                "and fails (25001).",
                table=statement.table,
                object=name,
            )


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="migration",
    summary="An index built concurrently beside other statements",
    check=check,
    documentation=__doc__,
    claims=("concurrent-indexes",),
)
