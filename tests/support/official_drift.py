"""What Prisma's own schema engine says differs between migrations and a schema.

The engine runs in Node and asks this process what its databases say, so that no driver for Node is
needed. It covers PostgreSQL and SQLite.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from referee.migrations.database.connection import DatabaseError
from referee.migrations.database.sqlite import sqlite_database
from tests.support.databases import shared_postgresql
from tests.support.official import ROOT, blank_urls, without_unknown_previews
from tests.support.official_ddl import require_engine

SCRIPT = Path(__file__).with_suffix(".mjs")

# Prisma's types of columns, from @prisma/driver-adapter-utils, by the type of PostgreSQL.
_INT32, _INT64, _DOUBLE, _NUMERIC, _BOOLEAN, _CHARACTER, _TEXT = 0, 1, 3, 4, 5, 6, 7
_INT64_ARRAY, _INT32_ARRAY, _CHARACTER_ARRAY, _TEXT_ARRAY = 65, 64, 70, 71
_BY_OID: Mapping[int, int] = {
    16: _BOOLEAN, 18: _CHARACTER, 20: _INT64, 21: _INT32, 23: _INT32, 26: _INT64, 28: _TEXT,
    700: _DOUBLE, 701: _DOUBLE, 1700: _NUMERIC,
    1000: 69, 1002: _CHARACTER_ARRAY, 1003: _TEXT_ARRAY, 1005: _INT32_ARRAY, 1007: _INT32_ARRAY,
    1009: _TEXT_ARRAY, 1015: _TEXT_ARRAY, 1016: _INT64_ARRAY, 1028: _INT64_ARRAY,
}  # fmt: skip
_AS_TEXT = frozenset([_INT64, _NUMERIC, _TEXT])


class OfficialRefusal(Exception):
    """The engine could not compare."""


def official_drift(
    provider: str, files: Mapping[str, str], migrations: Sequence[tuple[str, str]]
) -> str:
    """Return the SQL by which the engine would bring migrations up to a schema; "" for none.

    Raises OfficialRefusal with the engine's words.
    """
    require_engine()
    question = {
        "provider": provider,
        "files": [
            [path, without_unknown_previews(blank_urls(text))] for path, text in files.items()
        ],
        "migrations": [list(each) for each in migrations],
    }
    with _databases(provider) as answer:
        process = subprocess.Popen(
            ["node", str(SCRIPT)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                said = json.loads(line)
                if "answer" in said:
                    break
                process.stdin.write(json.dumps(answer(said)).encode() + b"\n")
                process.stdin.flush()
            else:
                raise OfficialRefusal("the engine said nothing")
    if "refusal" in said["answer"]:
        raise OfficialRefusal(said["answer"]["refusal"])
    return str(said["answer"]["sql"])


@contextmanager
def _databases(provider: str) -> Iterator[Any]:
    """Give what answers the engine's questions; every connection gets a database of its own."""
    connections: list[Any] = []
    databases: list[Any] = []
    server = None if provider == "sqlite" else shared_postgresql()

    def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"id": asked["id"], "result": run(asked)}
        except DatabaseError as error:
            code = error.sqlstate or error.code or ""
            return {"id": asked["id"], "error": {"code": code, "message": error.message}}

    def run(asked: Mapping[str, Any]) -> Any:
        if asked["action"] == "connect":
            if server is None:
                connections.append(sqlite_database())
            else:
                databases.append(server.create_database())
                connections.append(databases[-1].connect())
            return len(connections) - 1
        connection = connections[asked["connection"]]
        if asked["action"] == "close":
            connection.close()
            return None
        # For SQLite the engine sends whole scripts where it runs statements elsewhere.
        is_script = asked["action"] == "execute" and server is None and not asked["args"]
        if is_script:
            connection.run_script(asked["sql"])
            return 0
        if asked["action"] == "script":
            connection.run_script(asked["sql"])
            return None
        read = _read_sqlite if server is None else _read_postgresql
        found = read(connection, asked["sql"], asked["args"])
        return len(found["rows"]) if asked["action"] == "execute" else found

    try:
        yield answer
    finally:
        for connection in connections:
            connection.close()
        for database in databases:
            assert server is not None
            server.drop_database(database)


def _read_postgresql(connection: Any, sql: str, arguments: Sequence[Any]) -> dict[str, Any]:
    import psycopg

    try:
        cursor = psycopg.RawCursor(connection._connection)
        cursor.execute(sql.encode(), arguments or None)
    except psycopg.Error as error:
        raise DatabaseError(str(error), sqlstate=error.sqlstate) from None
    described = cursor.description or []
    kinds = [_BY_OID.get(column.type_code, _TEXT) for column in described]
    rows = cursor.fetchall() if cursor.description is not None else []
    return {
        "columnNames": [column.name for column in described],
        "columnTypes": kinds,
        "rows": [[_plain(v, kind) for v, kind in zip(row, kinds, strict=True)] for row in rows],
    }


def _plain(value: Any, kind: int) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_plain(each, _TEXT if kind == _TEXT_ARRAY else kind) for each in value]
    if isinstance(value, bytes):
        return value.decode()
    return str(value) if kind in _AS_TEXT else value


def _read_sqlite(connection: Any, sql: str, arguments: Sequence[Any]) -> dict[str, Any]:
    cursor = connection._connection.execute(re.sub(r"\$\d+", "?", sql), arguments)
    rows = cursor.fetchall()
    names = [column[0] for column in cursor.description or ()]
    kinds = [
        next((_sqlite_kind(row[at]) for row in rows if row[at] is not None), _TEXT)
        for at in range(len(names))
    ]
    return {"columnNames": names, "columnTypes": kinds, "rows": [list(row) for row in rows]}


def _sqlite_kind(value: Any) -> int:
    return _INT32 if isinstance(value, int) else _DOUBLE if isinstance(value, float) else _TEXT
