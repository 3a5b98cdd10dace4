"""Rows of `_prisma_migrations` as Prisma's schema engine writes them, on any database.

The tables are those of `sql_migration_persistence.rs` and the flavours of the engine, which
`tests/migrations/database/test_status.py` runs itself where there is one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Literal

from referee.migrations.database.connection import Connection
from referee.migrations.database.statements import Dialect

TABLES: Mapping[Dialect, str] = {
    "postgresql": """\
CREATE TABLE "_prisma_migrations" (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);
""",
    "mysql": """\
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             DATETIME(3),
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          DATETIME(3),
    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
""",
    "sqlite": """\
CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);
""",
}
# `marked` is what `migrate resolve --applied` writes: it ends when it begins, without a step.
State = Literal["applied", "marked", "failed", "running", "rolled-back"]
_BEGIN, _END = "2026-01-02 12:00:00", "2026-01-02 12:00:01"


def make_history(connection: Connection) -> None:
    """Make the table."""
    connection.run_script(TABLES[connection.dialect])


def write_row(
    connection: Connection, name: str, script: str, state: State = "applied", logs: str = ""
) -> None:
    """Write the row of a migration; its script is not run."""
    row: dict[str, object] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {state}")),
        "checksum": hashlib.sha256(script.encode()).hexdigest(),
        "migration_name": name,
        "started_at": _BEGIN,
        "finished_at": {"applied": _END, "marked": _BEGIN}.get(state),
        "rolled_back_at": _END if state == "rolled-back" else None,
        "logs": logs or ("Database error:\nno more space" if state == "failed" else None),
        "applied_steps_count": 1 if state == "applied" else 0,
    }
    table = "`_prisma_migrations`" if connection.dialect == "mysql" else '"_prisma_migrations"'
    sign = "?" if connection.dialect == "sqlite" else "%s"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join([sign] * len(row))})",
        tuple(row.values()),
    )


def apply_as_prisma(connection: Connection, scripts: Mapping[str, str]) -> None:
    """Run migrations and write their rows, as `prisma migrate deploy` does."""
    make_history(connection)
    for name, script in scripts.items():
        connection.run_script(script)
        write_row(connection, name, script)
