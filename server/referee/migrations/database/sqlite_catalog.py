"""Reads the catalog of a SQLite database.

What its PRAGMAs do not tell (checks, conditions and expressions of indexes, WITHOUT ROWID) is read
from the statements that it keeps.
It deliberately does not tell AUTOINCREMENT from the counting that every INTEGER PRIMARY KEY does:
that only keeps numbers of removed rows from being used again (sqlite.org/autoinc.html).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from referee.ddl.defaults import canonical_default
from referee.ddl.model import (
    Check,
    Column,
    ColumnDefault,
    DatabaseModel,
    ForeignKeyConstraint,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    Table,
)
from referee.ddl.types import canonical_type
from referee.migrations.database.connection import Connection
from referee.migrations.database.statements import Token, single_spaced, tokens_of

_OBJECTS = """
SELECT type, name, tbl_name, sql FROM sqlite_master
WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR type = 'index' ORDER BY name
"""
_OF_TABLES = "FROM sqlite_master m JOIN pragma_{}(m.name) p WHERE m.type = 'table'"
_COLUMNS = (
    'SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk, p.hidden '
    + _OF_TABLES.format("table_xinfo")
    + " ORDER BY m.name, p.cid"
)
_FOREIGN_KEYS = (
    'SELECT m.name, p.id, p."table", p."from", p."to", p.on_delete, p.on_update '
    + _OF_TABLES.format("foreign_key_list")
    + " ORDER BY m.name, p.id DESC, p.seq"
)
_INDEXES = (
    'SELECT m.name, p.name, p."unique", p.origin, p.partial, x.cid, x.name, x."desc" '
    "FROM sqlite_master m JOIN pragma_index_list(m.name) p JOIN pragma_index_xinfo(p.name) x "
    "WHERE m.type = 'table' AND x.key ORDER BY m.name, p.name, x.seqno"
)
# The tables in which a virtual table keeps what it holds are none of their own. SQLite 3.37 and
# later tell them apart ("PRAGMA table_list" in its manual).
_SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
_TELLS_SHADOWS = (3, 37)
# `hidden` of a column: 0 is an ordinary one, 2 and 3 are generated, 1 belongs to a virtual table.
_GENERATED = frozenset({2, 3})
_EXPRESSION = -2


def read_sqlite(connection: Connection) -> DatabaseModel:
    """Return what the main database of the connection holds."""
    return _Reader(connection).read()


@dataclass(frozen=True, slots=True)
class _IndexText:
    """What stands in the statement that made an index."""

    parts: tuple[str, ...]
    predicate: str | None


class _Reader:
    """Asks one question for each kind of object, and puts the answers together by table."""

    def __init__(self, connection: Connection) -> None:
        self.ask = connection.query
        self.primary_keys: dict[str, tuple[str, ...]] = {}

    def read(self) -> DatabaseModel:
        shadows = self.shadows()
        objects = [each for each in self.ask(_OBJECTS) if each[2] not in shadows]
        texts = {name: sql or "" for kind, name, _, sql in objects if kind == "table"}
        columns = self.columns(texts)
        indexes = self.indexes({name: sql for kind, name, _, sql in objects if kind == "index"})
        foreign_keys = self.foreign_keys()
        tables = {
            Name(None, name): Table(
                Name(None, name),
                tuple(columns.get(name, ())),
                primary_key=PrimaryKey(self.primary_keys[name])
                if name in self.primary_keys
                else None,
                indexes=tuple(indexes.get(name, ())),
                foreign_keys=tuple(foreign_keys.get(name, ())),
                checks=tuple(_checks_in(text)),
            )
            for name, text in texts.items()
        }
        return DatabaseModel(
            "sqlite",
            tables=MappingProxyType(tables),
            views=frozenset(Name(None, name) for kind, name, *_ in objects if kind == "view"),
        )

    def shadows(self) -> frozenset[str]:
        ((version,),) = self.ask("SELECT sqlite_version()")
        if tuple(int(part) for part in version.split(".")[:2]) < _TELLS_SHADOWS:
            return frozenset()
        return frozenset(name for (name,) in self.ask(_SHADOWS))

    def columns(self, texts: dict[str, str]) -> dict[str, list[Column]]:
        found: dict[str, list[Column]] = defaultdict(list)
        rows = [row for row in self.ask(_COLUMNS) if row[0] in texts]
        keys: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for table, name, *_, place, _ in rows:
            if place:
                keys[table].append((place, name))
        generated = {table: dict(_generated_in(text)) for table, text in texts.items()}
        for table, name, written, required, default, place, hidden in rows:
            is_row_number = (
                place == 1
                and len(keys[table]) == 1
                and written.upper() == "INTEGER"
                and not _is_without_rowid(texts[table])
            )
            type = canonical_type("sqlite", written)
            found[table].append(
                Column(
                    name,
                    type,
                    is_nullable=not required,
                    default=ColumnDefault("sequence")
                    if is_row_number
                    else canonical_default(
                        "sqlite", generated[table].get(name) if hidden else default, type
                    ),
                    is_generated=hidden in _GENERATED,
                )
            )
        self.primary_keys = {
            table: tuple(name for _, name in sorted(parts)) for table, parts in keys.items()
        }
        return found

    def indexes(self, texts: dict[str, str | None]) -> dict[str, list[Index]]:
        rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.ask(_INDEXES):
            rows[row[0], row[1]].append(row)
        found: dict[str, list[Index]] = defaultdict(list)
        for (table, name), parts in rows.items():
            _, _, unique, origin, *_ = parts[0]
            if origin == "pk":
                continue
            text = _read_index(texts.get(name) or "")
            found[table].append(
                Index(
                    name,
                    tuple(
                        IndexPart(
                            column if number != _EXPRESSION else None,
                            expression=text.parts[place] if number == _EXPRESSION else None,
                            is_descending=bool(descending),
                        )
                        for place, (*_, number, column, descending) in enumerate(parts)
                    ),
                    is_unique=bool(unique),
                    predicate=text.predicate,
                    is_constraint=origin == "u",
                )
            )
        return found

    def foreign_keys(self) -> dict[str, list[ForeignKeyConstraint]]:
        rows: dict[tuple[str, int], list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.ask(_FOREIGN_KEYS):
            rows[row[0], row[1]].append(row)
        found: dict[str, list[ForeignKeyConstraint]] = defaultdict(list)
        # The numbers run against the order of the text.
        for (table, _), parts in rows.items():
            _, _, other, _, named, on_delete, on_update = parts[0]
            # One that names no columns means the primary key of the other table.
            referenced = (
                tuple(part[4] for part in parts)
                if named is not None
                else self.primary_key_of(other)
            )
            found[table].append(
                ForeignKeyConstraint(
                    tuple(part[3] for part in parts),
                    Name(None, other),
                    referenced,
                    on_delete=on_delete,
                    on_update=on_update,
                )
            )
        return found

    def primary_key_of(self, table: str) -> tuple[str, ...]:
        """Return the primary key of a table, whose name may be written in other capitals."""
        known = {name.lower(): columns for name, columns in self.primary_keys.items()}
        return known.get(table.lower(), ())


def _is_without_rowid(text: str) -> bool:
    words = [token.word for token in tokens_of(text, "sqlite")]
    return ("WITHOUT", "ROWID") in itertools.pairwise(words)


def _checks_in(text: str) -> Iterator[Check]:
    """Yield the checks of a CREATE TABLE, each with its name if it has one."""
    tokens = list(tokens_of(text, "sqlite"))
    for place, token in enumerate(tokens[:-1]):
        if token.word == "CHECK" and tokens[place + 1].word == "(":
            closing = _closing(tokens, place + 1)
            inside = text[tokens[place + 1].end : tokens[closing].start]
            is_named = place >= 2 and tokens[place - 2].word == "CONSTRAINT"
            name = _unquoted(tokens[place - 1].of(text)) if is_named else None
            yield Check(single_spaced(inside), name)


def _generated_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the generated columns of a CREATE TABLE with their expressions."""
    tokens = list(tokens_of(text, "sqlite"))
    opening = next((place for place, token in enumerate(tokens) if token.word == "("), None)
    if opening is None:
        return
    for part in _parts_between(text, tokens, opening, _closing(tokens, opening)):
        within = list(tokens_of(part, "sqlite"))
        for place, token in enumerate(within[:-1]):
            if token.word == "AS" and within[place + 1].word == "(":
                closing = _closing(within, place + 1)
                inside = part[within[place + 1].end : within[closing].start]
                yield _unquoted(within[0].of(part)), single_spaced(inside)


def _parts_between(text: str, tokens: list[Token], opening: int, closing: int) -> list[str]:
    """Return what stands between two parentheses, cut at the commas of that level."""
    parts: list[str] = []
    start, depth = tokens[opening].end, 0
    for token in tokens[opening + 1 : closing]:
        depth += (token.word == "(") - (token.word == ")")
        if token.word == "," and depth == 0:
            parts.append(text[start : token.start])
            start = token.end
    return [*parts, text[start : tokens[closing].start]]


def _read_index(text: str) -> _IndexText:
    """Read the parts and the condition of a CREATE INDEX."""
    tokens = list(tokens_of(text, "sqlite"))
    opening = next((place for place, token in enumerate(tokens) if token.word == "("), None)
    if opening is None:
        return _IndexText((), None)
    closing = _closing(tokens, opening)
    parts = _parts_between(text, tokens, opening, closing)
    predicate: str | None = None
    if closing + 1 < len(tokens) and tokens[closing + 1].word == "WHERE":
        predicate = single_spaced(text[tokens[closing + 1].end :])
    return _IndexText(tuple(_without_order(part) for part in parts), predicate)


def _without_order(part: str) -> str:
    """Return an expression of an index without the ASC or DESC behind it."""
    tokens = list(tokens_of(part, "sqlite"))
    end = len(part)
    if tokens and tokens[-1].word in {"ASC", "DESC"}:
        end = tokens[-1].start
    return single_spaced(part[:end])


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].word == "(") - (tokens[place].word == ")")
        if depth == 0:
            return place
    return len(tokens) - 1


def _unquoted(name: str) -> str:
    closing = name[-1]
    if name[0] in "\"`'" and len(name) > 1:
        return name[1:-1].replace(closing * 2, closing)
    return name[1:-1] if name[0] == "[" else name
