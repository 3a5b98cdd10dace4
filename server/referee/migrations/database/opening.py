"""Connections to databases by their address, also to one made beside another for a while.

It deliberately starts no server.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from referee.ddl.quoting import quote_name
from referee.migrations.database.connection import CannotConnect, Connection, DatabaseError
from referee.migrations.database.mysql import connect_mysql
from referee.migrations.database.postgresql import connect_postgresql
from referee.migrations.database.sqlite import connect_sqlite
from referee.migrations.database.urls import Address

SCRATCH_PREFIX = "referee_scratch_"
# A run that was killed cannot drop its database. No run lasts so long as this, so what is older
# and has nobody connected belongs to none.
_STALE_AFTER = 24 * 60 * 60


def connect(address: Address, *, read_only: bool = False) -> Connection:
    """Connect to a database; with `read_only` the database itself refuses every change.

    Raises CannotConnect with a text that holds no password.
    """
    if address.dialect == "sqlite":
        return connect_sqlite(address, read_only=read_only)
    connection: Connection
    if address.dialect == "mysql":
        connection = connect_mysql(address)
        only_reading = "SET SESSION TRANSACTION READ ONLY"
    else:
        connection = connect_postgresql(address)
        only_reading = "SET default_transaction_read_only = on"
    if read_only:
        connection.execute(only_reading)
    return connection


@contextmanager
def scratch_database(address: Address) -> Iterator[Address]:
    """Make an empty database beside the one of an address, and drop it at the end.

    Nothing is changed in the one beside it. Raises CannotConnect where the user may make none.
    """
    if address.dialect == "sqlite":
        yield replace(address, file=None)
        return
    name = f"{SCRATCH_PREFIX}{int(time.time()):x}_{secrets.token_hex(8)}"
    quoted = quote_name(address.dialect, name)
    with connect(address) as connection:
        _drop_stale(connection)
        try:
            connection.execute(f"CREATE DATABASE {quoted}")
        except DatabaseError as error:
            raise CannotConnect(
                f"no database could be made beside {address} ({error}); name an empty one with "
                "--scratch-url"
            ) from None
    try:
        yield replace(address, database=name)
    finally:
        with connect(address) as connection:
            force = " WITH (FORCE)" if _drops_by_force(connection) else ""
            connection.execute(f"DROP DATABASE {quoted}{force}")


def _drop_stale(connection: Connection) -> None:
    """Drop the databases that runs left which were killed, as far as the user may."""
    names = _UNUSED_SCHEMATA if connection.dialect == "mysql" else _OWN_DATABASES
    with suppress(DatabaseError):
        for (name,) in connection.query(names):
            if _is_stale(str(name), time.time()):
                with suppress(DatabaseError):
                    connection.execute(f"DROP DATABASE {quote_name(connection.dialect, str(name))}")


# A user without the privilege PROCESS sees but the user's own connections, as runs of ours are.
_UNUSED_SCHEMATA = (
    "SELECT schema_name FROM information_schema.schemata s WHERE NOT EXISTS (SELECT 1"
    " FROM information_schema.processlist p WHERE p.db = s.schema_name)"
)
_OWN_DATABASES = (
    "SELECT datname FROM pg_catalog.pg_database d WHERE pg_catalog.pg_get_userbyid(datdba) = "
    "current_user AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)"
)


def _is_stale(name: str, now: float) -> bool:
    made, _, rest = name.removeprefix(SCRATCH_PREFIX).partition("_")
    if not name.startswith(SCRATCH_PREFIX) or not rest:
        return False
    with suppress(ValueError):
        return now - int(made, 16) > _STALE_AFTER
    return False


def _drops_by_force(connection: Connection) -> bool:
    """Tell whether DROP DATABASE can end the connections to it: PostgreSQL since version 13."""
    return connection.server.product == "PostgreSQL" and connection.server.numbers >= (13,)
