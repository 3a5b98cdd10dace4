"""Databases of SQLite, in memory or in a file, with the foreign keys enforced as Prisma does.

It deliberately knows nothing of what the catalog of a database holds.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from types import TracebackType

from referee.migrations.database.connection import (
    CannotConnect,
    DatabaseError,
    Parameters,
    Row,
    ServerVersion,
)
from referee.migrations.database.open_transactions import open_transaction
from referee.migrations.database.statements import Dialect, split_statements
from referee.migrations.database.urls import Address

# Python refuses with ValueError what it cannot hand over: text that is not UTF-8, and before
# Python 3.12 a NUL as well.
_REFUSALS = (sqlite3.Error, sqlite3.Warning, ValueError)


def sqlite_database(file: Path | None = None) -> SqliteConnection:
    """Connect to a new database in memory, or to the one in `file`, which is made if need be."""
    return connect_sqlite(Address("sqlite", file=file))


def connect_sqlite(address: Address, *, read_only: bool = False) -> SqliteConnection:
    """Connect to a database; `read_only` neither makes the file nor lets anything change it."""
    if address.file is None:
        name = ":memory:"
    elif read_only:
        name = f"{address.file.resolve().as_uri()}?mode=ro"
    else:
        name = address.file.resolve().as_uri()
    try:
        connection = sqlite3.connect(
            name, isolation_level=None, uri=address.file is not None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        raise CannotConnect(f"{address}: {error}") from None
    return SqliteConnection(connection)


class SqliteConnection:
    """A connection to a database of SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return "sqlite"

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    @property
    def server(self) -> ServerVersion:
        """The library that this Python was built with."""
        return ServerVersion("SQLite", sqlite3.sqlite_version)

    def run_script(self, script: str) -> None:
        """Run a script statement by statement, each of which commits by itself.

        As `sqlite3_exec` does it, which Prisma's engine calls. Raises DatabaseError with the place
        of the statement that failed.
        """
        for statement in split_statements(script, "sqlite"):
            try:
                self._connection.execute(statement.of(script)).fetchall()
            except _REFUSALS as error:
                raise _error_of(error, statement.index, statement.start, statement.line) from None
        if self.is_in_transaction:
            self._connection.execute("ROLLBACK")
            raise open_transaction(script, "sqlite")
        if "locking_mode" in script.lower():
            # Prisma's engine keeps every file to itself, so that this says nothing new to it; here
            # others look at the file between scripts. The next access lets go of it.
            self._connection.execute("PRAGMA locking_mode=NORMAL").fetchall()
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement and return its rows."""
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except _REFUSALS as error:
            raise _error_of(error) from None

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it touched."""
        try:
            return self._connection.execute(statement, parameters).rowcount
        except _REFUSALS as error:
            raise _error_of(error) from None

    def copy(self) -> SqliteConnection:
        """Return a copy of the whole database in memory."""
        copied = sqlite_database()
        self._connection.backup(copied._connection)
        return copied

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> SqliteConnection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


# Python tells the name of the result code from 3.11 on; the texts are SQLite's own, in vdbe.c and
# build.c, and the same in every release that Python can be built with.
_CONSTRAINTS = {
    "UNIQUE constraint failed": "SQLITE_CONSTRAINT_UNIQUE",
    "NOT NULL constraint failed": "SQLITE_CONSTRAINT_NOTNULL",
    "FOREIGN KEY constraint failed": "SQLITE_CONSTRAINT_FOREIGNKEY",
    "CHECK constraint failed": "SQLITE_CONSTRAINT_CHECK",
}
_COLUMN = re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (?P<table>[^.,]+)\.(?P<column>[^,]+)")
_CHECK = re.compile(r"CHECK constraint failed: (?P<constraint>.+)", re.DOTALL)
_TABLE = re.compile(r"no such table: (?:main\.)?(?P<table>.+)")
_NO_COLUMN = re.compile(r"no such column: (?P<column>.+)")


def _error_of(
    error: Exception,
    statement: int | None = None,
    offset: int | None = None,
    line: int | None = None,
) -> DatabaseError:
    said = "it is not UTF-8" if isinstance(error, UnicodeEncodeError) else str(error)
    code = getattr(error, "sqlite_errorname", None) or _CONSTRAINTS.get(
        said.partition(":")[0], "SQLITE_ERROR"
    )
    named: dict[str, str] = {}
    for pattern in (_COLUMN, _CHECK, _TABLE, _NO_COLUMN):
        found = pattern.match(said)
        if found is not None:
            named = found.groupdict()
    return DatabaseError(
        said,
        code=code,
        statement=statement,
        offset=offset,
        line=line,
        table=named.get("table"),
        column=named.get("column"),
        constraint=named.get("constraint"),
    )
