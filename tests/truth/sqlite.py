"""SQLite as a place for trials."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from referee.schema.providers import Provider
from tests.truth.graphs import Rows
from tests.truth.trial import CannotMake, Observed, Refusal

_NOT_NULL = re.compile(r"NOT NULL constraint failed: \w+\.(\w+)")


class SqliteTables:
    """Tables in a database in memory."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def takes(self, statement: str) -> bool:
        """Tell whether the database takes a statement."""
        try:
            self._database.execute(statement)
        # A key to a partial index is an OperationalError, "foreign key mismatch".
        except (sqlite3.IntegrityError, sqlite3.OperationalError):
            return False
        return True

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a query finds."""
        return self._database.execute(query).fetchall()


class SqliteServer:
    """The SQLite of the standard library, a new database in memory for every trial."""

    provider: Provider = "sqlite"
    title = f"SQLite {sqlite3.sqlite_version}"

    def observe(self, script: str, rows: Rows, deed: str) -> Observed:
        """Make tables, put rows in without looking at keys, do the deed, and tell."""
        database = sqlite3.connect(":memory:", isolation_level=None)
        database.row_factory = sqlite3.Row
        try:
            database.execute("PRAGMA foreign_keys = OFF")
            database.executescript(script)
            for table, each in rows.items():
                for row in each:
                    names = ", ".join(map(self.quoted, row))
                    marks = ", ".join("?" * len(row))
                    database.execute(
                        f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(row.values())
                    )
            database.execute("PRAGMA foreign_keys = ON")
            try:
                database.execute(deed)
            except sqlite3.IntegrityError as error:
                found = _NOT_NULL.search(str(error))
                return Observed(Refusal(str(error), column=found and found.group(1)), None)
            return Observed(
                None,
                {
                    table: tuple(dict(row) for row in database.execute(f'SELECT * FROM "{table}"'))
                    for table in rows
                },
            )
        finally:
            database.close()

    @contextmanager
    def tables(self, script: str) -> Iterator[SqliteTables]:
        """Make tables for statements one by one; raises CannotMake where they are refused."""
        database = sqlite3.connect(":memory:", isolation_level=None)
        try:
            try:
                database.executescript(script)
            except sqlite3.Error as error:
                raise CannotMake(str(error)) from error
            database.execute("PRAGMA foreign_keys = ON")
            yield SqliteTables(database)
        finally:
            database.close()

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        return f'"{name}"'
