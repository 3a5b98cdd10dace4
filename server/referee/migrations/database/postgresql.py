"""Connections to PostgreSQL: scripts run as Prisma's engine runs them, refusals with their place.

It deliberately knows neither how a server is started nor what its catalog holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from referee.migrations.database.binaries import HOW_TO_GET_POSTGRESQL_DRIVER
from referee.migrations.database.connection import (
    CannotConnect,
    DatabaseError,
    NoDriver,
    Parameters,
    Row,
    ServerVersion,
)
from referee.migrations.database.open_transactions import open_transaction
from referee.migrations.database.statements import (
    Dialect,
    Statement,
    split_statements,
    tokens_of,
)
from referee.migrations.database.urls import Address
from referee.text.decoding import ENCODING
from referee.text.lines import line_starts

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGresult

# Parameters of Prisma's that libpq knows under the same name; the others are for Prisma's pool.
_LIBPQ_PARAMETERS = frozenset(
    {"application_name", "channel_binding", "options", "sslcert", "sslcrl", "sslkey", "sslmode",
     "sslpassword", "sslrootcert", "target_session_attrs", "gssencmode"}
)  # fmt: skip


def require_postgresql_driver() -> None:
    """Raise NoDriver where the package that speaks to such a server cannot be loaded."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NoDriver("psycopg", "PostgreSQL", error, HOW_TO_GET_POSTGRESQL_DRIVER) from None


def connect_postgresql(address: Address, seconds: float = 10.0) -> PostgresqlConnection:
    """Connect to a database; its search path starts with the namespace of the address.

    Raises CannotConnect, with a text without the password, also where the driver is missing.
    """
    require_postgresql_driver()
    import psycopg

    parameters: dict[str, Any] = libpq_parameters(address.options)
    try:
        connection = psycopg.connect(
            host=address.socket or address.host,
            port=address.port,
            dbname=address.database or "postgres",
            user=address.user or None,
            password=address.password or None,
            connect_timeout=max(2, round(seconds)),
            autocommit=True,
            prepare_threshold=None,
            client_encoding=ENCODING,
            **parameters,
        )
    except (psycopg.Error, ValueError) as error:
        # The chain would carry the driver's own text along, and with it what was redacted.
        raise CannotConnect(address.redact(_words_of(error))) from None
    opened = PostgresqlConnection(connection, address)
    if address.namespace is not None:
        opened.set_search_path(address.namespace)
    return opened


def libpq_parameters(options: Mapping[str, str]) -> dict[str, str]:
    """Return what libpq is told of the parameters of an address in Prisma's form.

    There `sslcert` is the certificate of the server's authority, and looked at only with
    `sslaccept=strict`; to libpq it is the client's, which comes with a key.
    """
    found = {key: value for key, value in options.items() if key in _LIBPQ_PARAMETERS}
    if "sslkey" not in found:
        authority = found.pop("sslcert", None)
        if authority is not None and options.get("sslaccept") == "strict":
            found |= {"sslrootcert": authority, "sslmode": "verify-full"}
    return found


def _words_of(error: Exception) -> str:
    """Return why no connection came about, without what the driver and the system wrap around."""
    said = str(error).strip().removeprefix("connection failed: ")
    first, _, rest = said.partition("\n")
    # What follows asks whether a server runs there, unless several addresses were tried.
    said = said if rest.lstrip().startswith("-") or "failures were" in said else first
    return re.sub(r"\[Errno -?\d+\] ", "", said)


class PostgresqlConnection:
    """A connection to PostgreSQL or CockroachDB."""

    def __init__(self, connection: psycopg.Connection[Any], address: Address) -> None:
        self._connection = connection
        self._address = address
        self._server: ServerVersion | None = None

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's."""
        return "postgresql"

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open, or has failed and waits for its end."""
        from psycopg import pq

        return self._connection.pgconn.transaction_status != pq.TransactionStatus.IDLE

    @property
    def server(self) -> ServerVersion:
        """Which server answers; CockroachDB tells itself by the text of version()."""
        if self._server is None:
            said = str(self.query("SELECT version()")[0][0])
            product, _, rest = said.partition(" ")
            if product == "CockroachDB":
                words = (word for word in rest.split() if word.startswith("v"))
                self._server = ServerVersion(product, next(words, "v").removeprefix("v"))
            else:
                self._server = ServerVersion("PostgreSQL", rest.split()[0])
        return self._server

    def set_search_path(self, namespace: str) -> None:
        """Make a namespace the one in which unqualified names are looked up and made.

        As Prisma's engine does for `?schema=`; the namespace need not exist yet.
        """
        self.query("SELECT set_config('search_path', quote_ident(%s), false)", (namespace,))

    def run_script(self, script: str) -> None:
        """Run a script as one simple-query message, which is one implicit transaction.

        Nothing is encoded, split or trimmed on the way. Raises DatabaseError with the place.
        """
        from psycopg import generators, pq

        nul = script.find("\0")
        if nul >= 0:
            # The protocol ends a text there, so that the rest would silently not run.
            line = bisect_right(line_starts(script), nul)
            raise DatabaseError("it holds a NUL character", offset=nul, line=line)
        sent = self._connection.pgconn
        try:
            # What no encoding knows is for the server to refuse, like all else.
            sent.send_query(script.encode(errors="surrogateescape"))
            results = self._connection.wait(generators.execute(sent))
        except self._refusals as error:
            raise self._error_of(error) from None
        for number, result in enumerate(results):
            if result.status == pq.ExecStatus.FATAL_ERROR:
                # One result stands for each statement before the one that failed.
                raise self._error_at(script, result, number)
        if self.is_in_transaction:
            self._connection.execute("ROLLBACK")
            raise open_transaction(script, "postgresql")

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement and return its rows."""
        try:
            cursor = self._connection.execute(statement, parameters or None, prepare=False)
            return cursor.fetchall() if cursor.description is not None else []
        except self._refusals as error:
            raise self._error_of(error) from None

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it touched."""
        try:
            return self._connection.execute(statement, parameters or None, prepare=False).rowcount
        except self._refusals as error:
            raise self._error_of(error) from None

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> PostgresqlConnection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _refusals(self) -> type[psycopg.Error]:
        import psycopg

        return psycopg.Error

    def _error_at(self, script: str, result: PGresult, number: int) -> DatabaseError:
        from psycopg.errors import error_from_result

        error = error_from_result(result, encoding=ENCODING)
        statements = split_statements(script, "postgresql")
        position = error.diag.statement_position
        if position is not None:
            # A syntax error is found before any statement runs: the place tells the statement.
            offset = int(position) - 1
            starts = [statement.start for statement in statements]
            placed = max(0, bisect_right(starts, offset) - 1)
            if 0 < number < len(statements) and placed != number:
                # Some ran, so this is no syntax error; the place is one in a definition that the
                # server read again, as that of an index whose column gets another type.
                offset = statements[number].start
            else:
                number = placed
        elif number < len(statements):
            offset = _place_in(script, statements[number], error.diag.context)
        else:
            return self._error_of(error)
        line = bisect_right(line_starts(script), offset)
        return self._error_of(error, statement=number, offset=offset, line=line)

    def _error_of(
        self,
        error: psycopg.Error,
        statement: int | None = None,
        offset: int | None = None,
        line: int | None = None,
    ) -> DatabaseError:
        diag = error.diag

        def shown(text: str | None) -> str | None:
            return None if text is None else self._address.redact(text)

        return DatabaseError(
            self._address.redact(diag.message_primary or str(error).strip()),
            sqlstate=error.sqlstate,
            detail=shown(diag.message_detail),
            hint=shown(diag.message_hint),
            context=shown(diag.context),
            statement=statement,
            offset=offset,
            line=line,
            namespace=diag.schema_name,
            table=diag.table_name,
            column=diag.column_name,
            constraint=diag.constraint_name,
            type_name=diag.datatype_name,
        )


_LINE_OF_BLOCK = re.compile(r"function inline_code_block line (\d+)")


def _place_in(script: str, statement: Statement, context: str | None) -> int:
    """Return where a statement begins, or the line in the body of a DO that the server names."""
    named = _LINE_OF_BLOCK.findall(context or "")
    tokens = tokens_of(statement.of(script), "postgresql")
    if not named or next(tokens).word != "DO":
        return statement.start
    for token in tokens:
        text = token.of(statement.of(script))
        if text.startswith("$"):
            # Lines are counted from the opening of the body; the outermost block is named last.
            body = statement.start + token.start + text.index("$", 1) + 1
            starts = line_starts(script)
            line = bisect_right(starts, body) + int(named[-1]) - 1
            return max(body, starts[line - 1]) if line <= len(starts) else statement.start
    return statement.start
