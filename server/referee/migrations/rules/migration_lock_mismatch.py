"""The lock file names another database than the schema.

The scripts were written for the database in `migration_lock.toml`; Prisma refuses to apply them to
the one that `schema.prisma` names now (P3019).
Prisma reads the first line that begins with `provider`, and knows it in one form alone:
`provider = "postgresql"`, without a space before it or anything behind it.
It refuses a lock file that says the same in another form of TOML, one that is empty, and one that
has a byte order mark before that line.
A lock file that names two providers, or holds the marks of an unfinished merge, is reported too.
SQL does not move from one database to another: after a switch the history starts anew.

There is no fix.

Sources: Prisma's schema engine, error P3019 and `read_provider_from_lock_file`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from referee.migrations.evidence import HistoryEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.history import LockFile
from referee.migrations.rules.rule import MigrationRule
from referee.migrations.sql.statements import Span
from referee.rules.words import listed
from referee.schema.providers import PROVIDER_TITLES, Provider

CODE = "migration-lock-mismatch"


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield the lock file that does not fit the schema."""
    lock, provider = evidence.history.lock, evidence.provider
    if lock is None or provider is None:
        return
    message = _message(lock, provider)
    if message is not None:
        mark = lock.merge_mark_span if len(lock.written_providers) < 2 else None
        span = mark or lock.provider_span
        yield MigrationFinding(CODE, "error", message, FilePlace(lock.path, Span(*span)))


def _message(lock: LockFile, provider: Provider) -> str | None:
    named = lock.written_providers
    if len(named) > 1:
        return f"The lock file names more than one provider: {listed(named)}."
    names = _NAMES.get(provider, (provider,))
    wanted = f'the line `provider = "{names[0]}"`'
    if lock.merge_mark_span is not None:
        return f"The lock file holds the marks of an unfinished merge; it needs {wanted} alone."
    if lock.read_provider in names:
        return None
    if lock.provider == provider:
        how = "behind a byte order mark" if lock.has_byte_order_mark else "in another form"
        if lock.written_provider not in names:
            how = f"as `{lock.written_provider}`"
        return (
            f"The lock file names {PROVIDER_TITLES[provider]} {how}, which Prisma does not read "
            f"(P3019); it needs {wanted}."
        )
    written = lock.written_provider
    said = f"says `{written}`" if written else "names no provider"
    return f"The lock file {said}, but the schema is for {PROVIDER_TITLES[provider]} (P3019)."


# What the engine calls SQL Server, and what schemas call it, which is not known to be refused.
_NAMES: Mapping[Provider, tuple[str, ...]] = {"sqlserver": ("mssql", "sqlserver")}


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="history",
    summary="A lock file for another database than the schema's",
    check=check,
    documentation=__doc__,
    documented=("Prisma Migrate",),
)
