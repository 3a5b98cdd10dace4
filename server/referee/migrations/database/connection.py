"""What every connection to a database can do, and how a refusal of the database reads.

It deliberately knows no driver and no dialect: those are in `postgresql.py`, `mysql.py` and
`sqlite.py`, whose connections all fit the protocol here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from referee.migrations.database.statements import Dialect

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Which server answers: `product` is PostgreSQL, MariaDB, MySQL, SQLite or CockroachDB."""

    product: str
    version: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers, so that versions compare."""
        numbers: list[int] = []
        for part in self.version.split("."):
            digits = "".join(digit for digit in part if digit.isdigit())
            if not digits:
                break
            numbers.append(int(digits))
        return tuple(numbers)

    def __str__(self) -> str:
        return f"{self.product} {self.version}"


class DatabaseError(Exception):
    """A database refused a script or a statement.

    `sqlstate` is the code by which to tell errors apart: SQLSTATE of PostgreSQL and MySQL; SQLite
    has none, there `code` holds the name of its result code, as in SQLITE_CONSTRAINT_FOREIGNKEY,
    and for MySQL its error number. `offset` is a place in the script, counted from 0 in
    characters: what the database points at, or else the start of the statement that failed;
    `line` is the line of that place, counted from 1. Both, and `statement`, the number of the
    statement from 0, are None where the database does not say it.
    """

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str | None = None,
        code: str | None = None,
        detail: str | None = None,
        hint: str | None = None,
        context: str | None = None,
        statement: int | None = None,
        offset: int | None = None,
        line: int | None = None,
        namespace: str | None = None,
        table: str | None = None,
        column: str | None = None,
        constraint: str | None = None,
        type_name: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.code = code
        self.detail = detail
        self.hint = hint
        self.context = context
        self.statement = statement
        self.offset = offset
        self.line = line
        self.namespace = namespace
        self.table = table
        self.column = column
        self.constraint = constraint
        self.type_name = type_name

    def __str__(self) -> str:
        code = self.sqlstate or self.code
        return f"{code}: {self.message}" if code else self.message


class CannotConnect(Exception):
    """No connection came about; the text says why and holds no password."""


class NoDriver(CannotConnect):
    """The package that speaks to a kind of database is missing, or cannot be loaded."""

    def __init__(self, package: str, title: str, error: ImportError, how: str) -> None:
        why = "is missing"
        if not isinstance(error, ModuleNotFoundError):
            why = f"cannot be loaded ({' '.join(str(error).split())})"
        super().__init__(f"the package {package}, which speaks to {title}, {why}; {how}")


class Connection(Protocol):
    """A connection to one database. Every statement commits by itself unless BEGIN was executed."""

    @property
    def dialect(self) -> Dialect:
        """Whose SQL it speaks."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @property
    def server(self) -> ServerVersion:
        """Which server answers."""

    def run_script(self, script: str) -> None:
        """Run a whole migration as Prisma's engine does.

        PostgreSQL gets the text as one message, which is one implicit transaction; MySQL and
        SQLite run statement after statement and keep what ran before a failure.
        A transaction that it leaves open is rolled back, and raises OpenTransaction.
        Nothing is taken off the text: a byte order mark is refused with 42601 by PostgreSQL.
        """

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement and return its rows; placeholders are `%s`, in SQLite `?`."""

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it touched, -1 where that is not said."""

    def close(self) -> None:
        """End the connection."""

    def __enter__(self) -> Connection:
        """Return the connection itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the connection."""
