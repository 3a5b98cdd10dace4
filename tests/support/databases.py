"""Database servers for tests: each is started once in a pytest worker, when it is first asked for.

Where no server can be found the test is skipped by name, and fails on CI (`needs.py`).
It deliberately finds and starts nothing by itself: the product does.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from referee.migrations.database.binaries import (
    HOW_TO_GET_MYSQL,
    HOW_TO_GET_POSTGRESQL,
    Installation,
    NoServer,
    find_mysql,
    find_postgresql,
)
from referee.migrations.database.mysql import MysqlConnection
from referee.migrations.database.mysql_server import MysqlServer, mysql_server
from referee.migrations.database.postgresql import PostgresqlConnection
from referee.migrations.database.postgresql_server import PostgresqlServer, postgresql_server
from tests.support.needs import need


def shared_postgresql() -> PostgresqlServer:
    """Return the PostgreSQL of this worker; make your own databases in it."""
    installation = postgresql_installation()
    need("PostgreSQL", HOW_TO_GET_POSTGRESQL, installation is not None)
    return _start_postgresql()


def shared_mysql() -> MysqlServer:
    """Return the MariaDB or MySQL of this worker; make your own databases in it."""
    installation = mysql_installation()
    need("MariaDB or MySQL", HOW_TO_GET_MYSQL, installation is not None)
    return _start_mysql()


@contextmanager
def fresh_postgresql(script: str = "") -> Iterator[PostgresqlConnection]:
    """Connect to a new database of the shared server in which `script` ran; drop it at the end."""
    server = shared_postgresql()
    database = server.create_database()
    try:
        with database.connect() as connection:
            if script:
                connection.run_script(script)
            yield connection
    finally:
        server.drop_database(database)


@contextmanager
def fresh_mysql(script: str = "") -> Iterator[MysqlConnection]:
    """Connect to a new database of the shared server in which `script` ran; drop it at the end."""
    server = shared_mysql()
    database = server.create_database()
    try:
        with database.connect() as connection:
            if script:
                connection.run_script(script)
            yield connection
    finally:
        server.drop_database(database)


@cache
def postgresql_installation() -> Installation | None:
    """Return the PostgreSQL of this machine with its driver, None where one is missing."""
    try:
        import psycopg  # noqa: F401

        return find_postgresql()
    except (ImportError, NoServer):
        return None


@cache
def mysql_installation() -> Installation | None:
    """Return the MariaDB or MySQL of this machine with its driver, None where one is missing."""
    try:
        import pymysql  # noqa: F401

        return find_mysql()
    except (ImportError, NoServer):
        return None


@cache
def _start_postgresql() -> PostgresqlServer:
    return _until_exit().enter_context(postgresql_server(postgresql_installation()))


@cache
def _start_mysql() -> MysqlServer:
    return _until_exit().enter_context(mysql_server(mysql_installation()))


@cache
def _until_exit() -> ExitStack:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack
