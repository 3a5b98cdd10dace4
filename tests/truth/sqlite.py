"""SQLite as a place for trials."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from referee.migrations.database.connection import DatabaseError
from referee.migrations.database.sqlite import sqlite_database
from referee.schema.providers import Provider
from tests.truth.graphs import Rows
from tests.truth.trial import CannotMake, ConnectedTables, Observed, Refusal

_FOREIGN_KEY = "FOREIGN KEY constraint failed"
_NOT_NULL = re.compile(r"NOT NULL constraint failed: \w+\.(\w+)")


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
                refusal = Refusal(
                    str(error),
                    column=found and found.group(1),
                    is_for_other_reasons=found is None and _FOREIGN_KEY not in str(error),
                )
                return Observed(refusal, None)
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
    def tables(self, script: str) -> Iterator[ConnectedTables]:
        """Make tables for statements one by one; raises CannotMake where they are refused."""
        with sqlite_database() as connection:
            try:
                connection.run_script(script)
            except DatabaseError as error:
                raise CannotMake(error) from error
            yield ConnectedTables(connection)

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        return f'"{name}"'
