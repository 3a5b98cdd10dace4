"""The SQL that Prisma's own schema engine makes of schemas, and what it says of keys and indexes.

It covers PostgreSQL, CockroachDB and SQLite; the engine's package holds no other connector.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.needs import need
from tests.support.official import ROOT, blank_urls, without_unknown_previews

SCRIPT = Path(__file__).with_suffix(".mjs")
PACKAGE = ROOT / "node_modules" / "@prisma" / "schema-engine-wasm"
PROVIDERS = ("postgresql", "cockroachdb", "sqlite")

_NAME = r'(?:"[^"]+"\.)?"[^"]+"'
_KEY = re.compile(
    rf'(?:ALTER TABLE (?P<table>{_NAME}) ADD )?CONSTRAINT "(?P<name>[^"]+)" FOREIGN KEY '
    rf"\((?P<columns>[^)]*)\) REFERENCES (?P<parent>{_NAME}) ?\((?P<references>[^)]*)\) "
    r"ON DELETE (?P<delete>[A-Z ]+?) ON UPDATE (?P<update>[A-Z ]+?)(?=[;,\n])"
)
_INDEX = re.compile(
    rf'CREATE (?P<unique>UNIQUE )?INDEX "(?P<name>[^"]+)" ON (?P<table>{_NAME})(?: USING \w+ ?)? ?'
    r"\((?P<columns>[^;]*?)\)(?: WHERE [^;]*)?;"
)
_PRIMARY = re.compile(r'CONSTRAINT "(?P<name>[^"]+)" PRIMARY KEY \((?P<columns>[^)]*)\)')
_TABLE = re.compile(rf"CREATE TABLE (?P<table>{_NAME}) \((?P<body>.*?)\n\);?", re.DOTALL)


class OfficialKey(NamedTuple):
    """A foreign key as the engine declares it; names are those of the database."""

    table: str
    name: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]
    on_delete: str
    on_update: str


class OfficialIndex(NamedTuple):
    """An index, unique index or primary key as the engine declares it."""

    table: str
    name: str
    columns: tuple[str, ...]
    kind: str


def require_engine() -> None:
    """Go on if the engine can run here; skip the test, or fail it on CI, if not."""
    need("node", "install Node 20 or newer", shutil.which("node") is not None)
    need("@prisma/schema-engine-wasm", "run npm ci", PACKAGE.is_dir())


def official_ddl(schemas: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    """Return the SQL of schemas by name; each is a provider and its files.

    Schemas that the engine refuses are left out.
    """
    questions = [
        {
            "name": name,
            "provider": provider,
            "files": [
                [path, without_unknown_previews(blank_urls(text))] for path, text in files.items()
            ],
        }
        for name, (provider, files) in schemas.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "questions.json", Path(folder) / "answers.json"
        asked.write_bytes(json.dumps(questions).encode())
        subprocess.run(
            ["node", str(SCRIPT), str(asked), str(answered)], check=True, cwd=ROOT, timeout=600
        )
        answers = json.loads(answered.read_bytes())
    return {name: answer["sql"] for name, answer in answers.items() if "sql" in answer}


def keys_in(sql: str) -> set[OfficialKey]:
    """Return the foreign keys that a script declares."""
    found: set[OfficialKey] = set()
    for match in _KEY.finditer(sql):
        table = match.group("table") or _table_around(sql, match.start())
        found.add(
            OfficialKey(
                _last(table),
                match.group("name"),
                _columns(match.group("columns")),
                _last(match.group("parent")),
                _columns(match.group("references")),
                match.group("delete"),
                match.group("update"),
            )
        )
    return found


def indexes_in(sql: str) -> set[OfficialIndex]:
    """Return the indexes and primary keys that a script declares."""
    found = {
        OfficialIndex(
            _last(match.group("table")),
            match.group("name"),
            _columns(match.group("columns")),
            "unique" if match.group("unique") else "index",
        )
        for match in _INDEX.finditer(sql)
    }
    for table in _TABLE.finditer(sql):
        for match in _PRIMARY.finditer(table.group("body")):
            found.add(
                OfficialIndex(
                    _last(table.group("table")),
                    match.group("name"),
                    _columns(match.group("columns")),
                    "id",
                )
            )
    return found


def _table_around(sql: str, offset: int) -> str:
    before: Sequence[re.Match[str]] = list(_TABLE.finditer(sql))
    return next(each.group("table") for each in before if each.start() < offset < each.end())


def _last(name: str) -> str:
    return str(re.findall(r'"([^"]+)"', name)[-1])


def _columns(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r'"([^"]+)"', text))
