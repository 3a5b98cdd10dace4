"""Asks Prisma's own schema engine what a history of migrations lacks to be a schema.

The engine runs in Node without a driver; the databases that it wants to try migrations on are
SQLite's in memory and those of the PostgreSQL that the tests share. It deliberately uses none of
the product's own readers of catalogs.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from tests.support.databases import shared_postgresql
from tests.support.official import ROOT, blank_urls, without_unknown_previews

SCRIPT = Path(__file__).with_suffix(".mjs")
Rows: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class OfficialRefusal(Exception):
    """The engine could not compare, for instance because a migration does not run."""

    message: str

    def __str__(self) -> str:
        return self.message


class OfficialComparison:
    """The engine in a process of its own, which answers one question after another."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self._databases: dict[int, _Database] = {}

    def __enter__(self) -> OfficialComparison:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)
        self._close_databases()

    @property
    def process_id(self) -> int:
        """The engine's process."""
        return self._process.pid

    def lacking(
        self, provider: str, schema: Mapping[str, str], migrations: Sequence[tuple[str, str]]
    ) -> str:
        """Return the SQL that makes what migrations leave into what a schema means.

        Raises OfficialRefusal.
        """
        files = [
            [path, without_unknown_previews(blank_urls(text))] for path, text in schema.items()
        ]
        question = {
            "provider": provider,
            "files": files,
            "lock": f'provider = "{provider}"\n',
            "migrations": list(migrations),
        }
        answer = self._say({"question": question})
        try:
            while "request" in answer:
                answer = self._say(self._run(provider, answer["request"]))
        finally:
            self._close_databases()
        if "sql" not in answer:
            raise OfficialRefusal(f"{answer['refusal']} {answer.get('panic', '')}".strip())
        return str(answer["sql"])

    def _say(self, message: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def _run(self, provider: str, request: Mapping[str, Any]) -> dict[str, object]:
        if request["kind"] == "open":
            number = len(self._databases)
            self._databases[number] = _Sqlite() if provider == "sqlite" else _Postgresql()
            return {"result": number}
        database = self._databases[request["id"]]
        sql, args = request.get("sql", ""), request.get("args", ())
        try:
            if request["kind"] == "query":
                return {"result": database.query(sql, args)}
            if request["kind"] == "script":
                database.script(sql)
            elif request["kind"] == "execute":
                return {"result": database.execute(sql, args)}
            return {"result": None}
        except _Failure as failure:
            return {"failure": {"code": failure.code, "message": failure.message}}

    def _close_databases(self) -> None:
        for database in self._databases.values():
            database.close()
        self._databases.clear()


# ---- the databases ----


@dataclass(frozen=True, slots=True)
class _Failure(Exception):
    code: str
    message: str


class _Database(Protocol):
    def query(self, sql: str, args: Sequence[Any]) -> Rows: ...

    def execute(self, sql: str, args: Sequence[Any]) -> int: ...

    def script(self, sql: str) -> None: ...

    def close(self) -> None: ...


class _Sqlite:
    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)

    def query(self, sql: str, args: Sequence[Any]) -> Rows:
        cursor = self._cursor(sql, args)
        rows = [list(row) for row in cursor.fetchall()]
        names = [column[0] for column in cursor.description or ()]
        # A column is of the type of its values; one that holds several is text.
        types = []
        for number in range(len(names)):
            kinds = {type(row[number]) for row in rows} - {type(None)}
            types.append({int: "Int32", float: "Double"}.get(*kinds) if len(kinds) == 1 else None)
        for row in rows:
            for number, each in enumerate(types):
                if each is None and row[number] is not None:
                    row[number] = str(row[number])
        return {"names": names, "types": [each or "Text" for each in types], "rows": rows}

    def execute(self, sql: str, args: Sequence[Any]) -> int:
        if args:
            return self._cursor(sql, args).rowcount
        self.script(sql)  # a whole migration comes this way too
        return 0

    def _cursor(self, sql: str, args: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, args)
        except sqlite3.Error as error:
            raise _Failure("", str(error)) from None

    def script(self, sql: str) -> None:
        try:
            self._connection.executescript(sql)
        except sqlite3.Error as error:
            raise _Failure("", str(error)) from None

    def close(self) -> None:
        self._connection.close()


# Types by PostgreSQL's numbers for them (pg_type.dat), as Prisma's adapter for `pg` maps them.
_POSTGRESQL_TYPES = {
    16: "Boolean",
    18: "Character",
    20: "Int64",
    21: "Int32",
    23: "Int32",
    26: "Int64",
    700: "Float",
    701: "Double",
    1000: "BooleanArray",
    1002: "CharacterArray",
    1003: "TextArray",
    1005: "Int32Array",
    1007: "Int32Array",
    1009: "TextArray",
    1015: "TextArray",
    1016: "Int64Array",
    1028: "Int64Array",
}


class _Postgresql:
    def __init__(self) -> None:
        import psycopg

        self._server = shared_postgresql()
        self._database = self._server.create_database()
        address = self._database.address
        self._connection = psycopg.connect(
            host=address.socket or address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            dbname=address.database,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
        )

    def query(self, sql: str, args: Sequence[Any]) -> Rows:
        cursor = self._run(sql, args)
        columns = cursor.description or ()
        types = [_POSTGRESQL_TYPES.get(column.type_code, "Text") for column in columns]
        rows = [
            [_plain(value, type) for value, type in zip(row, types, strict=True)]
            for row in cursor.fetchall()
        ]
        return {"names": [column.name for column in columns], "types": types, "rows": rows}

    def execute(self, sql: str, args: Sequence[Any]) -> int:
        return int(self._run(sql, args or None).rowcount)

    def script(self, sql: str) -> None:
        self._run(sql, None)  # without arguments a script goes whole, as one message

    def _run(self, sql: str, args: Sequence[Any] | None) -> Any:
        import psycopg

        try:
            return self._connection.execute(sql, args)
        except psycopg.Error as error:
            raise _Failure(error.sqlstate or "", str(error)) from None

    def close(self) -> None:
        self._connection.close()
        self._server.drop_database(self._database)


def _plain(value: Any, type: str) -> Any:
    if isinstance(value, list):
        return [_plain(each, type.removesuffix("Array")) for each in value]
    if type == "Int64" or not isinstance(value, bool | int | float | str | None):
        return None if value is None else str(value)
    return value
