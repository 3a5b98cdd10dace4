"""The lock file names another database than the schema.

The scripts were written for the database in `migration_lock.toml`; Prisma refuses to apply them to
the one that `schema.prisma` names now (P3019).
A lock file that names two providers, as a merge leaves it, is reported, too.
SQL does not move from one database to another: after a switch the history starts anew.

There is no fix.

Sources: Prisma's schema engine, error P3019.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import HistoryEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.rules.rule import MigrationRule
from referee.migrations.sql.statements import Span
from referee.rules.words import listed
from referee.schema.providers import PROVIDER_TITLES

CODE = "migration-lock-mismatch"


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield the lock file that does not fit the schema."""
    lock, provider = evidence.history.lock, evidence.provider
    if lock is None or provider is None:
        return
    if lock.provider == provider and len(lock.written_providers) <= 1:
        return
    written = lock.written_provider
    named = lock.written_providers
    if len(named) > 1:
        yield MigrationFinding(
            CODE,
            "error",
            f"The lock file names more than one provider: {listed(named)}.",
            FilePlace(lock.path, Span(*lock.provider_span)),
        )
        return
    said = "names no provider" if written is None else f"says `{written}`"
    yield MigrationFinding(
        CODE,
        "error",
        f"The lock file {said}, but the schema is for {PROVIDER_TITLES[provider]} (P3019).",
        FilePlace(lock.path, Span(*lock.provider_span)),
    )


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="history",
    summary="A lock file for another database than the schema's",
    check=check,
    documentation=__doc__,
    documented=("Prisma Migrate",),
)
