"""PostgreSQL as a place for trials."""

from __future__ import annotations

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

_EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class PostgresqlServer:
    """A database of a running PostgreSQL, emptied after every trial.

    What the deed finds is committed before: PostgreSQL looks once more at all keys of a row that
    the same transaction has made (`RI_FKey_fk_upd_check_required` in `ri_triggers.c`).
    """

    provider: Provider = "postgresql"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        version = connection.server
        self.title = f"{version.product} {version.version}"

    def observe(self, script: str, rows: Rows, deed: str) -> Observed:
        """Make tables, put rows in without looking at keys, do the deed, and tell."""
        inserts = insert_statements(rows, self.quoted)
        # A replica takes rows as they come: no key is looked at.
        self._connection.run_script(
            f"{script};\nSET LOCAL session_replication_role = replica;\n{inserts}"
        )
        try:
            self._connection.execute(deed)
        except DatabaseError as error:
            refusal = Refusal(
                error.message,
                error.constraint or None,
                error.column or None,
                is_for_other_reasons=error.sqlstate not in ("23503", "23001", "23502"),
            )
            return Observed(refusal, None)
        else:
            return Observed(None, read_rows(self._connection, rows, self.quoted))
        finally:
            self._connection.run_script(_EMPTY)

    @contextmanager
    def tables(self, script: str) -> Iterator[ConnectedTables]:
        """Make tables for statements one by one; raises CannotMake where they are refused."""
        try:
            try:
                self._connection.run_script(script)
            except DatabaseError as error:
                raise CannotMake(error) from error
            yield ConnectedTables(self._connection)
        finally:
            self._connection.run_script(_EMPTY)

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        return f'"{name}"'
