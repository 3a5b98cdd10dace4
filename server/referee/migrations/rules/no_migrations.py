"""A schema without migrations.

Nothing says how a database comes to be what the schema says, so no environment can be made or
brought up to date from the repository alone.
Projects that use `prisma db push` have none on purpose, so this is reported only where migrations
are what was asked about.

The fix writes the first migration and is safe.

Sources: Prisma's documentation, "Prototyping your schema" (`db push` keeps no history).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import HistoryEvidence
from referee.migrations.findings import MigrationFinding, MigrationFix, WriteMigration
from referee.migrations.rules.rule import MigrationRule
from referee.rules.rule import DATASOURCE, Place

CODE = "no-migrations"


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield the absence of all migrations."""
    history = evidence.history
    if history.migrations or history.empty_folders or history.layout in ("prisma-8", "other"):
        return
    title = "Write the first migration: `referee migrations new NAME`"
    fix = MigrationFix(title, (WriteMigration(),), is_safe=True)
    message = "There are no migrations, so nothing makes the database that the schema means."
    yield MigrationFinding(CODE, "warning", message, Place(DATASOURCE), fixes=(fix,))


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="history",
    summary="A schema without migrations",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
    is_asked_for=True,
)
