"""MariaDB or MySQL as a place for trials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from referee.migrations.database.connection import Connection, DatabaseError
from referee.schema.providers import Provider
from tests.truth.graphs import Rows
from tests.truth.trial import Observed, Refusal, insert_statements, read_rows

_CONSTRAINT = re.compile(r"CONSTRAINT `([^`]+)`")
_COLUMN = re.compile(r"Column '([^']+)' cannot be null")


class MariadbServer:
    """A running MariaDB or MySQL; every trial has a database of its own."""

    provider: Provider = "mysql"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.title = str(connection.server)

    def observe(self, script: str, rows: Rows, deed: str) -> Observed:
        """Make tables, put rows in without looking at keys, do the deed, and tell."""
        connection = self._connection
        connection.run_script("CREATE DATABASE trial; USE trial")
        try:
            connection.run_script(script)
            connection.run_script(
                f"SET foreign_key_checks = 0;\n{insert_statements(rows, self.quoted)}"
                "SET foreign_key_checks = 1"
            )
            try:
                connection.execute(deed)
            except DatabaseError as error:
                text = str(error)
                constraint, column = _CONSTRAINT.search(text), _COLUMN.search(text)
                return Observed(
                    Refusal(text, constraint and constraint[1], column and column[1]), None
                )
            return Observed(None, read_rows(connection, rows, self.quoted))
        finally:
            connection.run_script("DROP DATABASE trial")

    @contextmanager
    def tables(self, script: str) -> Iterator[Callable[[str], bool]]:
        """Make tables; the value tells of single statements whether the database takes them."""

        def attempt(statement: str) -> bool:
            try:
                self._connection.execute(statement)
            except DatabaseError:
                return False
            return True

        self._connection.run_script(f"CREATE DATABASE trial; USE trial;\n{script}")
        try:
            yield attempt
        finally:
            self._connection.run_script("DROP DATABASE trial")

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        return f"`{name}`"
