"""Reads the catalog of a MySQL or MariaDB.

It says what the server says: the index that InnoDB makes for a foreign key is an index, and
RESTRICT and NO ACTION, which InnoDB treats alike, stay as the server reports them.
"""

from __future__ import annotations

import re
from collections import defaultdict
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
    IndexMethod,
    IndexPart,
    Name,
    PrimaryKey,
    SqlType,
    Table,
)
from referee.ddl.types import canonical_type
from referee.migrations.database.connection import Connection
from referee.migrations.database.statements import single_spaced

_TABLES = """
SELECT table_name, table_type FROM information_schema.tables
WHERE table_schema = DATABASE() ORDER BY 1
"""
_COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable, column_default, extra,
    generation_expression
FROM information_schema.columns WHERE table_schema = DATABASE()
ORDER BY table_name, ordinal_position
"""
_INDEXES = """
SELECT table_name, index_name, non_unique, index_type, column_name, sub_part, collation,
    {expression}
FROM information_schema.statistics WHERE table_schema = DATABASE()
ORDER BY table_name, index_name, seq_in_index
"""
_FOREIGN_KEYS = """
SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name,
    k.referenced_column_name, r.delete_rule, r.update_rule
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
    AND r.table_name = k.table_name
WHERE k.table_schema = DATABASE() AND r.constraint_schema = DATABASE()
    AND k.referenced_table_name IS NOT NULL
ORDER BY k.table_name, k.constraint_name, k.ordinal_position
"""
_CHECKS_OF_MARIADB = """
SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints
WHERE constraint_schema = DATABASE() ORDER BY 1, 2
"""
_CHECKS_OF_MYSQL = """
SELECT t.table_name, c.constraint_name, c.check_clause
FROM information_schema.check_constraints c
JOIN information_schema.table_constraints t
    ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
    AND t.constraint_type = 'CHECK'
WHERE c.constraint_schema = DATABASE() ORDER BY 1, 2
"""
_METHODS: dict[str, IndexMethod] = {"BTREE": "btree", "HASH": "hash", "FULLTEXT": "fulltext"}
# MariaDB keeps JSON as LONGTEXT with this check of the column's name.
_JSON_CHECK = re.compile(r"json_valid\(`(?P<column>(?:[^`]|``)+)`\)", re.IGNORECASE)


def read_mysql(connection: Connection) -> DatabaseModel:
    """Return what the database that the connection uses holds."""
    return _Reader(connection).read()


class _Reader:
    """Asks one question for each kind of object, and puts the answers together by table."""

    def __init__(self, connection: Connection) -> None:
        self.ask = connection.query
        self.is_mariadb = connection.server.product == "MariaDB"
        self.version = connection.server.numbers

    def read(self) -> DatabaseModel:
        relations = self.ask(_TABLES)
        checks = self.checks()
        columns = self.columns(checks)
        primary_keys, indexes = self.indexes()
        foreign_keys = self.foreign_keys()
        tables = {
            Name(None, name): Table(
                Name(None, name),
                tuple(columns.get(name, ())),
                primary_key=primary_keys.get(name),
                indexes=tuple(indexes.get(name, ())),
                foreign_keys=tuple(foreign_keys.get(name, ())),
                checks=tuple(checks.get(name, ())),
            )
            for name, kind in relations
            if kind == "BASE TABLE"
        }
        return DatabaseModel(
            "mysql",
            tables=MappingProxyType(tables),
            views=frozenset(Name(None, name) for name, kind in relations if kind == "VIEW"),
        )

    def columns(self, checks: dict[str, list[Check]]) -> dict[str, list[Column]]:
        found: dict[str, list[Column]] = defaultdict(list)
        for table, name, written, nullable, default, extra, generated in self.ask(_COLUMNS):
            if self.is_mariadb and written.lower() == "longtext":
                written = self.json_or_longtext(name, checks[table])
            type = canonical_type("mysql", written)
            extra = extra.lower()
            found[table].append(
                Column(
                    name,
                    type,
                    is_nullable=nullable == "YES",
                    default=ColumnDefault("sequence")
                    if "auto_increment" in extra
                    else self.default(generated or default, type, bool(generated), extra),
                    is_generated=bool(generated),
                    updates_itself="on update" in extra,
                )
            )
        return found

    def default(
        self, text: str | None, type: SqlType, is_generated: bool, extra: str
    ) -> ColumnDefault | None:
        """MariaDB keeps SQL; MySQL keeps the value, and marks what is SQL."""
        is_sql = (
            self.is_mariadb
            or is_generated
            or "default_generated" in extra
            or (text is not None and text.upper().startswith("CURRENT_TIMESTAMP"))
        )
        return canonical_default("mysql", text, type, is_bare=not is_sql)

    def json_or_longtext(self, column: str, checks: list[Check]) -> str:
        for check in checks:
            found = _JSON_CHECK.fullmatch(check.text)
            if found is not None and found.group("column").replace("``", "`") == column:
                checks.remove(check)
                return "json"
        return "longtext"

    def indexes(self) -> tuple[dict[str, PrimaryKey], dict[str, list[Index]]]:
        has_expressions = not self.is_mariadb and self.version >= (8, 0, 13)
        question = _INDEXES.format(expression="expression" if has_expressions else "NULL")
        rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.ask(question):
            rows[row[0], row[1]].append(row)
        primary_keys: dict[str, PrimaryKey] = {}
        indexes: dict[str, list[Index]] = defaultdict(list)
        for (table, name), parts in rows.items():
            if name == "PRIMARY":
                primary_keys[table] = _primary_key(parts)
                continue
            method = _METHODS.get(parts[0][3], "other")
            indexes[table].append(
                Index(
                    name,
                    tuple(
                        IndexPart(
                            column,
                            expression=single_spaced(expression) if expression else None,
                            is_descending=order == "D",
                            length=length if method in {"btree", "hash"} else None,
                        )
                        for *_, column, length, order, expression in parts
                    ),
                    is_unique=not parts[0][2],
                    method=method,
                )
            )
        return primary_keys, indexes

    def foreign_keys(self) -> dict[str, list[ForeignKeyConstraint]]:
        rows: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.ask(_FOREIGN_KEYS):
            rows[row[0], row[1]].append(row)
        found: dict[str, list[ForeignKeyConstraint]] = defaultdict(list)
        for (table, name), parts in rows.items():
            found[table].append(
                ForeignKeyConstraint(
                    tuple(part[2] for part in parts),
                    Name(None, parts[0][3]),
                    tuple(part[4] for part in parts),
                    on_delete=parts[0][5],
                    on_update=parts[0][6],
                    name=name,
                )
            )
        return found

    def checks(self) -> dict[str, list[Check]]:
        found: dict[str, list[Check]] = defaultdict(list)
        if not self.is_mariadb and self.version < (8, 0, 16):
            return found
        question = _CHECKS_OF_MARIADB if self.is_mariadb else _CHECKS_OF_MYSQL
        for table, name, text in self.ask(question):
            found[table].append(Check(single_spaced(text), name))
        return found


def _primary_key(parts: list[tuple[Any, ...]]) -> PrimaryKey:
    lengths = tuple(part[5] for part in parts)
    return PrimaryKey(tuple(part[4] for part in parts), None, lengths if any(lengths) else ())
