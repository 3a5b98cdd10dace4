"""Reads the table in which Prisma Migrate keeps what it applied to a database.

It only reads. It deliberately does not know what the rows mean.

Sources: `sql_schema_connector/src/sql_migration_persistence.rs` and the flavours of Prisma's schema
engine, for the table, its types and the lock; SQLite has no type for times, so there they are what
the version of Prisma wrote: milliseconds, or text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

from referee.ddl.quoting import quote_name
from referee.migrations.applied import HistoryRow
from referee.migrations.database.connection import Connection, DatabaseError, Row
from referee.migrations.difference import HISTORY_TABLE

_COLUMNS = (
    "migration_name, checksum, started_at, finished_at, rolled_back_at, logs, applied_steps_count"
)
_EXISTS = {
    "postgresql": "SELECT 1 FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')",
    "mysql": "SELECT 1 FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = %s",
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
}
# The numbers and names under which the engine locks while it applies migrations.
_IS_LOCKED = {
    "postgresql": "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = 0 "
    "AND objid = 72707369 AND granted AND database = "
    "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
    "mysql": "SELECT 1 FROM DUAL WHERE IS_USED_LOCK('prisma_migrate') IS NOT NULL",
}
_BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "mysql": "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    "sqlite": "BEGIN",
}


@contextmanager
def one_moment(connection: Connection) -> Iterator[None]:
    """Let everything that is read meanwhile be of one moment, as far as the database can."""
    connection.execute(_BEGIN[connection.dialect])
    try:
        yield
    finally:
        with suppress(DatabaseError):
            connection.execute("ROLLBACK")


def read_rows(connection: Connection, namespace: str = "public") -> tuple[HistoryRow, ...] | None:
    """Return the rows, the oldest first; None if there is no such table.

    `namespace` is where it is on PostgreSQL: what `?schema=` of the address says, else `public`.
    Raises DatabaseError where the table may not be read, or is not Prisma's.
    """
    names: tuple[object, ...] = (HISTORY_TABLE,)
    table = quote_name(connection.dialect, HISTORY_TABLE)
    if connection.dialect == "postgresql":
        names = (namespace, HISTORY_TABLE)
        table = f"{quote_name('postgresql', namespace)}.{table}"
    if not connection.query(_EXISTS[connection.dialect], names):
        return None
    rows = [_row(row) for row in connection.query(f"SELECT {_COLUMNS} FROM {table}")]
    never = datetime.min.replace(tzinfo=timezone.utc)
    return tuple(sorted(rows, key=lambda row: (row.started_at or never, row.finished_at or never)))


def is_migrating(connection: Connection) -> bool:
    """Tell whether somebody holds the lock under which Prisma applies migrations.

    SQLite has none, and where it may not be asked nobody is taken to hold it.
    """
    asked = _IS_LOCKED.get(connection.dialect)
    if asked is None:
        return False
    try:
        return bool(connection.query(asked))
    except DatabaseError:
        return False


def time_of(value: object) -> datetime | None:
    """Return a time as a driver gives it, in UTC; None for NULL and for what is none."""
    if isinstance(value, datetime):
        # MySQL keeps no zone: the engine writes UTC.
        is_aware = value.tzinfo is not None
        return value.astimezone(timezone.utc) if is_aware else value.replace(tzinfo=timezone.utc)
    if isinstance(value, int | float):
        with suppress(OverflowError):
            return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=value)
        return None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text.isdigit():
        return time_of(int(text))
    text = text.removesuffix(" UTC")
    text = text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text
    with suppress(ValueError):
        return time_of(datetime.fromisoformat(_with_six_digits(text)))
    return None


def _with_six_digits(text: str) -> str:
    """Return a time whose fraction of a second has six digits, which Python 3.10 wants."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{head}.{digits[:6]:0<6}{rest[len(digits) :]}"


def _row(row: Row) -> HistoryRow:
    name, checksum, started_at, finished_at, rolled_back_at, logs, steps = row
    return HistoryRow(
        _text(name),
        _text(checksum),
        time_of(started_at),
        time_of(finished_at),
        time_of(rolled_back_at),
        _text(logs),
        int(steps or 0),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
