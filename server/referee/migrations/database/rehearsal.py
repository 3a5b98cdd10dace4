"""Runs single steps of a verification on throwaway databases: scripts, rows, ways back.

It deliberately does not decide which steps are run, nor what their outcome is worth.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

from referee.ddl.model import DatabaseModel, Table
from referee.ddl.quoting import quote_name, quote_path
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.statements import Dialect, split_statements
from referee.migrations.database.throwaway import ThrowawayDatabase, ThrowawayServer
from referee.migrations.difference import Change, difference
from referee.migrations.history import Migration
from referee.migrations.verification import (
    Failure,
    advice_for,
    advice_for_added_column,
    kind_of_refusal,
    lack_of_server,
    moment_left_out,
)
from referee.rules.words import counted
from referee.text.decoding import ENCODING
from referee.text.lines import LINE_END, line_starts


class CannotRepeat(Exception):
    """A migration that applied does not apply to a second database; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What makes databases, and the namespace in which their unqualified names live.

    `begins_session` names the migrations before which a deploy ended, so that they run over a
    connection of their own.
    """

    server: ThrowawayServer
    namespace: str | None = None
    begins_session: frozenset[str] = frozenset()

    @contextmanager
    def open(self, database: ThrowawayDatabase) -> Iterator[Connection]:
        """Connect to a database as Prisma's engine does: its namespace is made and searched."""
        with database.connect() as connection:
            if self.namespace is not None and connection.dialect == "postgresql":
                quoted = quote_name("postgresql", self.namespace)
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
                connection.query(
                    "SELECT set_config('search_path', quote_ident(%s), false)", (self.namespace,)
                )
            yield connection

    @contextmanager
    def fresh(self) -> Iterator[ThrowawayDatabase]:
        """Make an empty database, and drop it at the end."""
        database = self.server.create()
        try:
            yield database
        finally:
            self.server.drop(database)

    @contextmanager
    def state_after(self, scripts: Sequence[Migration]) -> Iterator[ThrowawayDatabase]:
        """Make a database to which migrations are applied, and drop it at the end."""
        with self.fresh() as database:
            with closing(self.in_sessions(database, scripts)) as steps:
                for connection, migration in steps:
                    _run_again(connection, migration)
            yield database

    @contextmanager
    def session_before(
        self, scripts: Sequence[Migration], number: int
    ) -> Iterator[tuple[ThrowawayDatabase, Connection]]:
        """Make the database before a migration, with the session in which a deploy runs it."""
        with self.fresh() as database, closing(self.in_sessions(database, scripts)) as steps:
            for connection, migration in steps:
                if migration.name == scripts[number].name:
                    yield database, connection
                    return
                _run_again(connection, migration)

    def in_sessions(
        self, database: ThrowawayDatabase, scripts: Iterable[Migration]
    ) -> Generator[tuple[Connection, Migration], None, None]:
        """Yield migrations, each with the connection over which a deploy runs it."""
        with ExitStack() as stack:
            connection: Connection | None = None
            for migration in scripts:
                if connection is None or migration.name in self.begins_session:
                    stack.close()
                    connection = stack.enter_context(self.open(database))
                yield connection, migration


def _run_again(connection: Connection, migration: Migration) -> None:
    try:
        connection.run_script(script_of(migration))
    except DatabaseError as error:
        raise CannotRepeat(
            f"`{migration.name}` applies once and not to a second database on the same server: "
            f"{error.message}."
        ) from None


def script_of(migration: Migration) -> str:
    """Return a script as it is sent: nothing is taken off, a byte order mark stays."""
    return migration.data.decode(ENCODING, errors="surrogateescape")


def failure_of(
    error: DatabaseError,
    script: str,
    migration: str,
    product: str,
    before: DatabaseModel | None = None,
) -> Failure:
    """Return a refusal with the statement it is about, and what helps.

    `product` is the server that refused, `before` the database before the migration.
    """
    statement = _shown_statement(error, script, product)
    # Bytes that are no UTF-8 can be shown nowhere.
    statement = statement.encode(ENCODING, "surrogateescape").decode(ENCODING, "replace")
    kind = kind_of_refusal(error.sqlstate, error.code)
    table, column, message = error.table, error.column, error.message
    if product not in _DIALECTS and (table is None or _ALTERED_COPY.match(table)):
        # MySQL names the copy that it fills while it alters a table, or none.
        table = _altered_table(error, script)
        if table is not None:
            message = _ALTERED_COPY.sub(table.replace("\\", r"\\"), message)
    moment = moment_left_out(message) if kind == "22007" else None
    if moment is not None:
        kind, column = "23502", moment
    advice = advice_for(kind, table, column, before, message)
    if message.startswith("Data truncated") and not _may_be_null(before, table, column):
        kind = "22001"
    lack = lack_of_server(product, error.code, error.message)
    if lack is not None:
        advice = f"{lack}: it needs the URL of a server that has it (--scratch-url)."
        if product == "MariaDB":
            advice = f"{lack}: give the URL of a MySQL server (--scratch-url)."
    if product == "SQLite" and error.message.startswith("Cannot add a"):
        table, column = _added_column(error, script) or (table, column)
        advice = advice_for_added_column(error.message, table, column)
    if error.detail is not None:
        message = f"{message} ({error.detail})"
    message = _OWN_DATABASE.sub("", message)
    return Failure(
        migration,
        message,
        error.sqlstate or error.code,
        error.line,
        statement[:200],
        table,
        column,
        error.constraint,
        advice,
        lack is not None,
        kind,
    )


def _may_be_null(before: DatabaseModel | None, table: str | None, column: str | None) -> bool:
    """Tell whether a column may hold NULL before a migration; so it is taken where unknown."""
    found = None if before is None or table is None else before.table(table)
    known = None if found is None or column is None else found.column(column)
    return known is None or known.is_nullable


_ADDED_COLUMN = re.compile(
    r"""\s*ALTER\s+TABLE\s+(?:["`\[]?\w+["`\]]?\s*\.\s*)?["`\[]?(?P<table>\w+)["`\]]?\s+
    ADD\s+(?:COLUMN\s+)?["`\[]?(?P<column>\w+)""",
    re.IGNORECASE | re.VERBOSE,
)


def _added_column(error: DatabaseError, script: str) -> tuple[str, str] | None:
    """Return the table and the column that a statement adds, which SQLite does not name."""
    statements = split_statements(script, "sqlite")
    if error.statement is None or error.statement >= len(statements):
        return None
    found = _ADDED_COLUMN.match(statements[error.statement].of(script))
    return None if found is None else (found["table"], found["column"])


_ALTERED_COPY = re.compile(r"#sql[\w-]+")
_ALTERED_TABLE = re.compile(
    r"""\s*(?:ALTER\s+(?:ONLINE\s+|IGNORE\s+)*TABLE\s+(?:IF\s+EXISTS\s+)?
    |CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?\S+\s+ON\s+)
    (?:(?:`[^`]+`|\w+)\s*\.\s*)?(?:`(?P<quoted>[^`]+)`|(?P<plain>\w+))""",
    re.IGNORECASE | re.VERBOSE,
)


def _altered_table(error: DatabaseError, script: str) -> str | None:
    """Return the table that a refused statement of MySQL alters, or makes an index on."""
    statements = split_statements(script, "mysql")
    if error.statement is None or error.statement >= len(statements):
        return None
    found = _ALTERED_TABLE.match(statements[error.statement].of(script))
    return None if found is None else found["quoted"] or found["plain"]


def _shown_statement(error: DatabaseError, script: str, product: str) -> str:
    """Return the line of a refusal, from where its statement begins on it."""
    lines = LINE_END.split(script)
    if error.line is None or not 0 < error.line <= len(lines):
        return ""
    line = lines[error.line - 1]
    if error.statement is not None:
        statements = split_statements(script, _DIALECTS.get(product, "mysql"))
        begun = statements[error.statement] if error.statement < len(statements) else None
        if begun is not None and begun.line == error.line:
            start = line_starts(script)[error.line - 1]
            line = line[begun.start - start :]
    return line.strip()


_DIALECTS: Mapping[str, Dialect] = {
    "PostgreSQL": "postgresql",
    "CockroachDB": "postgresql",
    "SQLite": "sqlite",
}
# MySQL and MariaDB say in which database a table is; the names of ours tell nobody anything.
_OWN_DATABASE = re.compile(r"`referee_\w+`\.|(?<=')referee_\w+\.")


def broken_keys(connection: Connection, migration: str) -> Failure | None:
    """Return what a script left behind that refers to nothing: SQLite does not look by itself.

    Prisma's scripts for SQLite switch foreign keys off while they make a table anew.
    """
    if connection.dialect != "sqlite":
        return None
    found = connection.query("PRAGMA foreign_key_check")
    if not found:
        return None
    table, _, referenced, _ = found[0]
    code = "SQLITE_CONSTRAINT_FOREIGNKEY"
    kind = kind_of_refusal(code, code)
    return Failure(
        migration,
        f"{counted(len(found), 'row')} of `{table}` refer to no row of `{referenced}` afterwards "
        "(PRAGMA foreign_key_check)",
        code,
        table=str(table),
        advice=advice_for(kind, str(table), None, None),
        kind=kind,
    )


# SQLSTATE of an object that is there already, or is not; tablespaces and databases are of a server.
_THERE_ALREADY = frozenset({"42710", "42704", "42P04"})
_OF_SERVER = re.compile(r"\b(?:create|alter|drop)\s+(?:tablespace|database)\b", re.IGNORECASE)


def is_left_on_server(failure: Failure, script: str) -> bool:
    """Tell whether a failure may come from what an earlier run left on the server."""
    return failure.sqlstate in _THERE_ALREADY and _OF_SERVER.search(script) is not None


# ---- rows ----


def empty_all(connection: Connection) -> None:
    """Delete the rows of all tables."""
    model = catalog_of(connection)
    paths = [quote_path(model.provider, table.name, True) for table in model]
    if not paths:
        return
    if connection.dialect == "postgresql":
        connection.run_script(f"TRUNCATE {', '.join(paths)} CASCADE")
        return
    off, on = (
        ("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1")
        if connection.dialect == "mysql"
        else ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    )
    connection.run_script(off)
    for path in paths:
        connection.run_script(f"DELETE FROM {path}")
    connection.run_script(on)


# ---- comparing ----


def strict_difference(here: DatabaseModel, there: DatabaseModel) -> tuple[Change, ...]:
    """Return what differs between two databases that were read the same way."""
    return difference(here, there, is_strict=True)


def shared(model: DatabaseModel, known: DatabaseModel | None) -> DatabaseModel:
    """Return a model that holds the tables of a known one where they are equal.

    Hundreds of states of one database then take little more memory than one.
    """
    if known is None:
        return model
    tables = {
        name: known.tables[name] if _is_same(known.tables.get(name), table) else table
        for name, table in model.tables.items()
    }
    return replace(model, tables=tables)


def _is_same(known: Table | None, table: Table) -> bool:
    # Whether rows satisfy a check makes no difference to a table, but to a rehearsal.
    return known == table and [check.is_validated for check in known.checks] == [
        check.is_validated for check in table.checks
    ]


def described(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return differences as short sentences, seen from a database that is not as it should be."""
    words = {"add": "is missing", "drop": "is too much", "alter": "is different"}
    found: list[str] = []
    for change in changes:
        named = f"{change.owner}.{change.name}" if change.name else str(change.owner)
        aspects = f" ({', '.join(change.aspects)})" if change.aspects else ""
        found.append(f"The {change.part} `{named}` {words[change.kind]}{aspects}.")
    return tuple(found)
