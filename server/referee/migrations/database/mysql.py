"""Connections to MySQL and MariaDB.

It deliberately knows neither how a server is started nor what its catalog holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from types import TracebackType
from typing import TYPE_CHECKING, Any

from referee.migrations.database.binaries import HOW_TO_GET_MYSQL_DRIVER
from referee.migrations.database.connection import (
    CannotConnect,
    DatabaseError,
    NoDriver,
    Parameters,
    Row,
    ServerVersion,
)
from referee.migrations.database.open_transactions import open_transaction
from referee.migrations.database.statements import Dialect, split_statements
from referee.migrations.database.urls import Address
from referee.text.lines import line_starts

if TYPE_CHECKING:
    import pymysql
    from pymysql.connections import Connection as Driver

_EMPTY_QUERY = 1065
_SYNTAX_ERROR = 1064


def require_mysql_driver() -> None:
    """Raise NoDriver where the package that speaks to such a server cannot be loaded."""
    try:
        import pymysql  # noqa: F401
    except ImportError as error:
        raise NoDriver("PyMySQL", "MySQL and MariaDB", error, HOW_TO_GET_MYSQL_DRIVER) from None


def connect_mysql(address: Address, seconds: float = 10.0) -> MysqlConnection:
    """Connect to a database.

    Raises CannotConnect, with a text without the password, also where the driver is missing.
    """
    require_mysql_driver()
    import pymysql
    from pymysql.constants import CLIENT

    tls: dict[str, Any] = {}
    if address.options.get("sslaccept") == "strict" or "sslcert" in address.options:
        tls = {"ssl": {"ca": address.options.get("sslcert")}}
    try:
        connection = pymysql.connect(
            host=address.host,
            port=address.port or 3306,
            unix_socket=address.socket,
            user=address.user or None,
            password=address.password,
            database=address.database or None,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=max(1, round(seconds)),
            client_flag=CLIENT.MULTI_STATEMENTS | CLIENT.FOUND_ROWS,
            **tls,
        )
    except (pymysql.Error, ValueError, OSError) as error:
        said = str(error.args[-1]) if error.args else type(error).__name__
        if isinstance(error, FileNotFoundError) and "sslcert" in address.options:
            said = f"there is no certificate {address.options['sslcert']}, as sslcert says"
        raise CannotConnect(address.redact(said)) from None
    return MysqlConnection(connection, address)


class MysqlConnection:
    """A connection to MySQL or MariaDB."""

    def __init__(self, connection: Driver[Any], address: Address) -> None:
        self._connection = connection
        self._address = address
        self._server: ServerVersion | None = None

    @property
    def dialect(self) -> Dialect:
        """MySQL's."""
        return "mysql"

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open, as the server says with every answer."""
        from pymysql.constants import SERVER_STATUS

        # The stubs of the driver leave it out.
        status: int = self._connection.server_status  # type: ignore[attr-defined]
        return bool(status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @property
    def server(self) -> ServerVersion:
        """Which server answers; MariaDB tells itself by the text of version()."""
        if self._server is None:
            said = str(self.query("SELECT version()")[0][0])
            product = "MariaDB" if "mariadb" in said.lower() else "MySQL"
            self._server = ServerVersion(product, said.partition("-")[0])
        return self._server

    def run_script(self, script: str) -> None:
        """Run a script as one message of several statements, each of which commits by itself.

        A script that holds nothing but comments is no error. Raises DatabaseError with the place.
        """
        number = 0
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(script)
                number = 1
                while cursor.nextset():
                    number += 1
        except self._refusals as error:
            is_empty = bool(error.args) and error.args[0] == _EMPTY_QUERY
            if is_empty and number >= len(split_statements(script, "mysql")):
                return
            raise self._error_at(script, error, number) from None
        if self.is_in_transaction:
            self._connection.rollback()
            raise open_transaction(script, "mysql")

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement and return its rows."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return list(cursor.fetchall())
        except self._refusals as error:
            raise self._error_of(error) from None

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement and return how many rows it touched."""
        try:
            with self._connection.cursor() as cursor:
                return int(cursor.execute(statement, parameters or None))
        except self._refusals as error:
            raise self._error_of(error) from None

    def close(self) -> None:
        """End the connection."""
        if self._connection.open:
            self._connection.close()

    def __enter__(self) -> MysqlConnection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _refusals(self) -> type[pymysql.Error]:
        import pymysql

        return pymysql.Error

    def _error_at(self, script: str, error: pymysql.Error, number: int) -> DatabaseError:
        statements = split_statements(script, "mysql")
        if number >= len(statements):
            return self._error_of(error)
        offset = statements[number].start
        counted = _LINE.search(str(error.args[-1]))
        if error.args[0] == _SYNTAX_ERROR and counted is not None:
            # The server counts the lines from the first sign behind the last semicolon.
            starts = line_starts(script)
            begin = script.find(";", statements[number - 1].end) + 1 if number else 0
            begin += len(script[begin:]) - len(script[begin:].lstrip())
            line = bisect_right(starts, begin) + int(counted.group(1)) - 1
            if line <= len(starts):
                offset = max(offset, starts[line - 1])
        line = bisect_right(line_starts(script), offset)
        return self._error_of(error, statement=number, offset=offset, line=line)

    def _error_of(
        self,
        error: pymysql.Error,
        statement: int | None = None,
        offset: int | None = None,
        line: int | None = None,
    ) -> DatabaseError:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else None
        said = self._address.redact(str(error.args[-1]) if error.args else str(error))
        named = _names_in(code, said)
        return DatabaseError(
            said,
            sqlstate=self._sqlstate() if code is not None and 1000 <= code < 2000 else None,
            code=str(code) if code is not None else None,
            statement=statement,
            offset=offset,
            line=line,
            table=named.get("table"),
            column=named.get("column"),
            constraint=named.get("constraint"),
        )

    def _sqlstate(self) -> str | None:
        """Ask for the SQLSTATE of the last refusal, which the driver throws away."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("GET DIAGNOSTICS CONDITION 1 @referee_state = RETURNED_SQLSTATE")
                cursor.execute("SELECT @referee_state")
                row = cursor.fetchone()
        except self._refusals:
            return None
        return str(row[0]) if row is not None and row[0] is not None else None


_LINE = re.compile(r" at line (\d+)\Z")
# MySQL and MariaDB tell the object of a refusal in the text alone; by error number.
_FOREIGN_KEY = re.compile(r"\(`[^`]+`\.`(?P<table>[^`]+)`, CONSTRAINT `(?P<constraint>[^`]+)`")
_KEY = re.compile(r"for key '(?:(?P<table>[^'.]+)\.)?(?P<constraint>[^']+)'\Z")
_COLUMN = re.compile(r"(?:column|Column|Field|Unknown column) '(?P<column>[^']+)'")
_TABLE = re.compile(r"[Tt]able '(?:[^'.]+\.)?(?P<table>[^']+)'")
_CHECK = re.compile(r"(?:CONSTRAINT `|Check constraint ')(?P<constraint>[^`']+)")
_NAMES: dict[int, re.Pattern[str]] = {
    1048: _COLUMN,
    1050: _TABLE,
    1051: _TABLE,
    1054: _COLUMN,
    1062: _KEY,
    1146: _TABLE,
    1216: _FOREIGN_KEY,
    1217: _FOREIGN_KEY,
    1264: _COLUMN,
    1265: _COLUMN,
    1364: _COLUMN,
    1366: _COLUMN,
    1406: _COLUMN,
    1451: _FOREIGN_KEY,
    1452: _FOREIGN_KEY,
    3819: _CHECK,
    4025: _CHECK,
}


def _names_in(code: int | None, said: str) -> dict[str, str | None]:
    pattern = _NAMES.get(code) if code is not None else None
    found = pattern.search(said) if pattern is not None else None
    return found.groupdict() if found is not None else {}
