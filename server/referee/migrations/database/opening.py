"""Connections to databases by their address, also to one made beside another for a while.

It deliberately starts no server.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from referee.migrations.database.connection import CannotConnect, Connection, DatabaseError
from referee.migrations.database.mysql import connect_mysql
from referee.migrations.database.postgresql import connect_postgresql
from referee.migrations.database.sqlite import connect_sqlite
from referee.migrations.database.statements import quoted_name
from referee.migrations.database.urls import Address

SCRATCH_PREFIX = "referee_scratch_"


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

    The one beside it is not touched. Raises CannotConnect where the user may make none.
    """
    if address.dialect == "sqlite":
        yield replace(address, file=None)
        return
    name = SCRATCH_PREFIX + secrets.token_hex(8)
    quoted = quoted_name(name, address.dialect)
    with connect(address) as connection:
        try:
            connection.execute(f"CREATE DATABASE {quoted}")
        except DatabaseError as error:
            raise CannotConnect(f"no database could be made beside {address}: {error}") from None
    try:
        yield replace(address, database=name)
    finally:
        with connect(address) as connection:
            force = " WITH (FORCE)" if _drops_by_force(connection) else ""
            connection.execute(f"DROP DATABASE {quoted}{force}")


def _drops_by_force(connection: Connection) -> bool:
    """Tell whether DROP DATABASE can end the connections to it: PostgreSQL since version 13."""
    return connection.server.product == "PostgreSQL" and connection.server.numbers >= (13,)
