"""Prisma's own schema engine at work on a database: it applies, marks and judges migrations.

The engine runs in node; every statement it wants to run comes here and runs on a connection of
ours, so that it needs no driver of its own. It knows SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal, Protocol

from tests.support.needs import need
from tests.support.official import ROOT

SCRIPT = Path(__file__).with_suffix(".mjs")
PACKAGE = ROOT / "node_modules" / "@prisma" / "schema-engine-wasm"
Kind = Literal["sqlite", "postgres"]
# How the adapters of Prisma write times into SQLite: text is what they do unless told otherwise.
SqliteTimes = Literal["iso8601", "unixepoch-ms"]

# ColumnType of @prisma/driver-adapter-utils.
_INT32, _INT64, _DOUBLE, _BOOLEAN, _CHARACTER, _TEXT, _DATETIME = 0, 1, 3, 5, 6, 7, 10
_TEXT_ARRAY = 71
_TYPES = {
    16: _BOOLEAN, 18: _CHARACTER, 20: _INT64, 21: _INT32, 23: _INT32, 26: _INT64, 700: _DOUBLE,
    701: _DOUBLE, 1114: _DATETIME, 1184: _DATETIME, 1002: _TEXT_ARRAY, 1003: _TEXT_ARRAY,
    1009: _TEXT_ARRAY, 1015: _TEXT_ARRAY,
}  # fmt: skip


class Refused(Exception):
    """The engine refused; the text is its own."""


class Database(Protocol):
    """What can run the statements of the engine."""

    kind: Kind

    def query(self, sql: str, args: Sequence[Any], types: Sequence[Any]) -> Mapping[str, Any]: ...

    def script(self, text: str) -> None: ...

    def error(self, failure: Exception) -> Mapping[str, Any] | None: ...

    def close(self) -> None: ...


def require_engine() -> None:
    """Go on if the engine can run here; skip the test, or fail it on CI, if not."""
    present = shutil.which("node") is not None and (PACKAGE / "package.json").is_file()
    need("Prisma's schema engine", "install Node 20 or newer and run: npm ci", present)


class Engine:
    """The engine on one database."""

    def __init__(
        self, process: subprocess.Popen[str], database: Database, folder: Path, provider: str
    ) -> None:
        self._process = process
        self._database = database
        self._folder = folder
        self._provider = provider

    def deploy(self) -> list[str]:
        """Apply what is pending, as `migrate deploy` does, and return what was."""
        params = {"migrationsList": self._migrations(), "filters": _NO_FILTERS}
        names: list[str] = self._ask("applyMigrations", params)["appliedMigrationNames"]
        return names

    def resolve(self, how: Literal["applied", "rolled-back"], name: str) -> None:
        """Say of a migration what became of it, as `migrate resolve` does."""
        if how == "applied":
            params = {"migrationName": name, "migrationsList": self._migrations()}
            self._ask("markMigrationApplied", params)
        else:
            self._ask("markMigrationRolledBack", {"migrationName": name})

    def diagnose(self) -> Mapping[str, Any]:
        """Return what `migrate status` is told."""
        params = {
            "migrationsList": self._migrations(),
            "optInToShadowDatabase": False,
            "filters": _NO_FILTERS,
        }
        found: Mapping[str, Any] = self._ask("diagnoseMigrationHistory", params)
        return found

    def _migrations(self) -> Mapping[str, Any]:
        lock = self._folder / "migration_lock.toml"
        scripts = sorted(self._folder.glob("*/migration.sql"))
        return {
            "baseDir": str(self._folder),
            "lockfile": {
                "path": lock.name,
                "content": lock.read_text(encoding="utf-8") if lock.exists() else None,
            },
            "shadowDbInitScript": "",
            "migrationDirectories": [
                {
                    "path": script.parent.name,
                    "migrationFile": {
                        "path": script.name,
                        "content": {"tag": "ok", "value": script.read_bytes().decode("utf-8")},
                    },
                }
                for script in scripts
            ],
        }

    def _ask(self, method: str, params: Mapping[str, Any]) -> Any:
        schema = f'datasource db {{\n  provider = "{self._provider}"\n}}\n'
        self._write(
            {
                "method": method,
                "params": params,
                "files": [["schema.prisma", schema]],
                "provider": self._database.kind,
            }
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "result" in said:
                return said["result"]
            if "refusal" in said:
                raise Refused(said["refusal"])
            self._write(self._run(said))
        raise AssertionError("the engine ended without an answer")

    def _run(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            if "script" in said:
                self._database.script(said["script"])
                return {}
            sql = said.get("query") or said["execute"]
            return self._database.query(sql, said["args"], said["types"])
        except Exception as failure:
            error = self._database.error(failure)
            if error is None:
                raise
            return {"error": error}

    def _write(self, value: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()


_NO_FILTERS: Mapping[str, Any] = {"externalTables": [], "externalEnums": []}


@contextmanager
def official_engine(database: Database, folder: Path) -> Iterator[Engine]:
    """Run the engine on a database, with the migrations of a folder; both end together."""
    require_engine()
    provider = "sqlite" if database.kind == "sqlite" else "postgresql"
    with subprocess.Popen(
        ["node", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Engine(process, database, folder, provider)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            # The engine keeps a file of SQLite locked for itself as long as it is connected.
            database.close()


class SqliteForEngine:
    """A file of SQLite."""

    kind: Kind = "sqlite"

    def __init__(self, file: Path, times: SqliteTimes = "iso8601") -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._times = times

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def query(self, sql: str, args: Sequence[Any], types: Sequence[Any]) -> Mapping[str, Any]:
        """Run one statement; the types of columns are those of their first values."""
        values = [self._value(arg, type) for arg, type in zip(args, types, strict=True)]
        cursor = self._connection.execute(sql, values)
        rows = cursor.fetchall()
        names = [each[0] for each in cursor.description or ()]
        kinds = [
            _DATETIME
            if name.endswith("_at")
            else _type_of(next((row[n] for row in rows if row[n] is not None), ""))
            for n, name in enumerate(names)
        ]
        written = [
            [_sqlite_value(value, kind) for value, kind in zip(row, kinds, strict=True)]
            for row in rows
        ]
        return {"names": names, "types": kinds, "rows": written, "count": max(cursor.rowcount, 0)}

    def script(self, text: str) -> None:
        """Run a script, as the adapters do, in one go."""
        # A lone BEGIN or COMMIT must not be preceded by one that Python adds.
        if ";" in text:
            self._connection.executescript(text)
        else:
            self._connection.execute(text)

    def error(self, failure: Exception) -> Mapping[str, Any] | None:
        """Return a refusal as adapters tell it."""
        if not isinstance(failure, sqlite3.Error):
            return None
        said = str(failure)
        if said.startswith("no such table: "):
            table = said.removeprefix("no such table: ")
            return {
                "kind": "TableDoesNotExist",
                "table": table,
                "originalCode": "1",
                "originalMessage": said,
            }
        return {
            "kind": "sqlite",
            "extendedCode": 1,
            "message": str(failure),
            "originalCode": "1",
            "originalMessage": str(failure),
        }

    def _value(self, arg: Any, type: Any) -> Any:
        if not isinstance(arg, str) or "datetime" not in json.dumps(type).lower():
            return arg
        moment = _moment(arg)
        if self._times == "unixepoch-ms":
            return round(moment.timestamp() * 1000)
        return moment.isoformat(timespec="milliseconds")


class PostgresqlForEngine:
    """A database of PostgreSQL; statements go over the wire as they are."""

    kind: Kind = "postgres"

    def __init__(self, url: str) -> None:
        import psycopg

        self._connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def query(self, sql: str, args: Sequence[Any], types: Sequence[Any]) -> Mapping[str, Any]:
        """Run one statement; values come as text."""
        values = [None if arg is None else _as_text(arg).encode() for arg in args]
        result = self._connection.pgconn.exec_params(sql.encode(), values)
        self._check(result)
        oids = [result.ftype(n) for n in range(result.nfields)]
        return {
            "names": [(result.fname(n) or b"").decode() for n in range(result.nfields)],
            "types": [_TYPES.get(oid, _TEXT) for oid in oids],
            "rows": [
                [_from_text(result.get_value(row, n), oid) for n, oid in enumerate(oids)]
                for row in range(result.ntuples)
            ],
            "count": result.command_tuples or 0,
        }

    def script(self, text: str) -> None:
        """Run a script as one message."""
        self._check(self._connection.pgconn.exec_(text.encode()))

    def error(self, failure: Exception) -> Mapping[str, Any] | None:
        """Return a refusal as adapters tell it."""
        import psycopg

        if not isinstance(failure, psycopg.Error):
            return None
        diag = failure.diag
        return {
            "kind": "postgres",
            "code": failure.sqlstate,
            "severity": diag.severity or "ERROR",
            "message": diag.message_primary,
            "detail": diag.message_detail,
            "column": diag.column_name,
            "hint": diag.message_hint,
            "originalCode": failure.sqlstate,
            "originalMessage": diag.message_primary,
        }

    def _check(self, result: Any) -> None:
        from psycopg import pq
        from psycopg.errors import error_from_result

        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise error_from_result(result)


def _sqlite_value(value: Any, kind: int) -> Any:
    """Return a value as adapters hand it on: whole numbers as text, times in one form."""
    if isinstance(value, int):
        if kind == _DATETIME:
            return datetime.fromtimestamp(value / 1000, timezone.utc).isoformat()
        return str(value)
    return value


def _type_of(value: Any) -> int:
    return _INT64 if isinstance(value, int) else _DOUBLE if isinstance(value, float) else _TEXT


def _moment(text: str) -> datetime:
    head, _, fraction = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    moment = datetime.strptime(f"{head}.{fraction[:6] or '0'}", "%Y-%m-%dT%H:%M:%S.%f")
    return moment.replace(tzinfo=timezone.utc)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "{" + ",".join(json.dumps(_as_text(each)) for each in value) + "}"
    return str(value)


def _from_text(value: bytes | None, oid: int) -> Any:
    if value is None:
        return None
    text = value.decode()
    kind = _TYPES.get(oid, _TEXT)
    if kind == _BOOLEAN:
        return text == "t"
    if kind == _INT32:
        return int(text)
    if kind == _DOUBLE:
        return float(text)
    if kind == _DATETIME:
        text = text.replace(" ", "T")
        return re.sub(r"([+-]\d\d)\Z", r"\1:00", text) if oid == 1184 else f"{text}+00:00"
    if kind == _TEXT_ARRAY:
        return [each.strip('"') for each in text.strip("{}").split(",") if each]
    return text
