"""MariaDB or MySQL as a place for trials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from referee.migrations.database.connection import Connection, DatabaseError
from referee.schema.providers import Provider
from tests.truth.graphs import Rows
from tests.truth.trial import (
    CannotMake,
    ConnectedTables,
    Observed,
    Refusal,
    insert_statements,
    read_rows,
)

_CONSTRAINT = re.compile(r"CONSTRAINT `([^`]+)`")
_COLUMN = re.compile(r"Column '([^']+)' cannot be null")


class MariadbServer:
    """A running MariaDB or MySQL; every trial has its database for itself, called `name`."""

    provider: Provider = "mysql"

    def __init__(self, connection: Connection, name: str = "trial") -> None:
        self._connection = connection
        self.title = str(connection.server)
        self._fresh = f"CREATE DATABASE {name}; USE {name}"
        self._drop = f"DROP DATABASE {name}"

    def observe(self, script: str, rows: Rows, deed: str) -> Observed:
        """Make tables, put rows in without looking at keys, do the deed, and tell."""
        connection = self._connection
        connection.run_script(self._fresh)
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
                refusal = Refusal(
                    text,
                    constraint and constraint[1],
                    column and column[1],
                    is_for_other_reasons=constraint is None and column is None,
                )
                return Observed(refusal, None)
            return Observed(None, read_rows(connection, rows, self.quoted))
        finally:
            connection.run_script(self._drop)

    @contextmanager
    def tables(self, script: str) -> Iterator[ConnectedTables]:
        """Make tables for statements one by one; raises CannotMake where they are refused."""
        self._connection.run_script(self._fresh)
        try:
            try:
                self._connection.run_script(script)
            except DatabaseError as error:
                raise CannotMake(error) from error
            yield ConnectedTables(self._connection)
        finally:
            self._connection.run_script(self._drop)

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        return f"`{name}`"
