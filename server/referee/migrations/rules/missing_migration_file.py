"""A folder of a migration that has no `migration.sql`.

`prisma migrate deploy` stops at it (P3015); `prisma migrate status` calls it pending for ever.
It is what remains of a migration whose script was moved, ignored by git, or never written.

There is no fix: write the script, or remove the folder.

Sources: Prisma's schema engine, error P3015.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import HistoryEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.rules.rule import MigrationRule

CODE = "missing-migration-file"


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield the folders that have no script."""
    for name in evidence.history.empty_folders:
        yield MigrationFinding(
            CODE,
            "error",
            f"`{name}` has no `migration.sql`, so Prisma refuses to deploy (P3015).",
            FilePlace(f"{evidence.history.path}/{name}"),
            name,
        )


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="history",
    summary="A migration's folder without its script",
    check=check,
    documentation=__doc__,
    documented=("Prisma Migrate",),
)
