"""What a database holds, read from its catalog into the model of `ddl`.

Each reader asks a few questions about all tables at once. It deliberately knows no Prisma schema:
tables that Prisma keeps for itself are tables like any other here.
"""

from __future__ import annotations

from collections.abc import Sequence

from referee.ddl.model import DatabaseModel
from referee.migrations.database.connection import Connection
from referee.migrations.database.mysql_catalog import read_mysql
from referee.migrations.database.postgresql_catalog import read_postgresql
from referee.migrations.database.sqlite_catalog import read_sqlite


def catalog_of(connection: Connection, namespaces: Sequence[str] | None = None) -> DatabaseModel:
    """Return what the database of a connection holds.

    `namespaces` are the PostgreSQL schemas to read, by default all but the server's own. What
    belongs to an extension is left out.
    """
    if connection.dialect == "sqlite":
        return read_sqlite(connection)
    if connection.dialect == "mysql":
        return read_mysql(connection)
    return read_postgresql(connection, namespaces)
