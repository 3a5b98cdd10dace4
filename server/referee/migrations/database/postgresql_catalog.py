"""Reads the catalog of a PostgreSQL.

CockroachDB answers the same questions; that was not executed. It deliberately leaves expressions as
the server writes them, for the server has given equal ones an equal text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from referee.ddl.defaults import canonical_default
from referee.ddl.model import (
    Check,
    Column,
    ColumnDefault,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    IndexMethod,
    IndexPart,
    Name,
    PrimaryKey,
    ReferentialAction,
    SqlType,
    Table,
)
from referee.ddl.types import canonical_type
from referee.migrations.database.connection import Connection
from referee.migrations.database.statements import single_spaced
from referee.schema.providers import Provider

# The namespaces asked for; `extension` holds the objects that came with an extension.
_SCOPE = """
WITH namespace AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE CASE WHEN %(all)s THEN
        nspname NOT IN ('pg_catalog', 'information_schema', 'crdb_internal', 'pg_extension')
        AND nspname !~ '^pg_(toast|temp)'
    ELSE nspname = ANY(%(namespaces)s) END
), extension AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relation AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition FROM pg_class c
    JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
        SELECT 1 FROM extension e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
)
"""
_RELATIONS = """
SELECT r.oid::bigint, r.nspname, r.relname, r.relkind::text, pn.nspname, p.relname
FROM relation r
LEFT JOIN pg_inherits i ON r.relispartition AND i.inhrelid = r.oid
LEFT JOIN pg_class p ON p.oid = i.inhparent
LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
ORDER BY 2, 3
"""
_COLUMNS = """
SELECT a.attrelid::bigint, a.attnum, a.attname,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
        ELSE format_type(a.atttypid, a.atttypmod) END,
    a.attnotnull, a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
    en.nspname, et.typname
FROM pg_attribute a
JOIN relation r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p')
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_type et ON et.typtype = 'e'
    AND et.oid = CASE t.typcategory WHEN 'E' THEN t.oid WHEN 'A' THEN t.typelem END
LEFT JOIN pg_namespace en ON en.oid = et.typnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
_INDEXES = """
SELECT i.indrelid::bigint, c.relname, i.indisunique, i.indisprimary, i.indisvalid, am.amname,
    i.indnkeyatts, k.attnum, k.place,
    CASE WHEN k.attnum = 0 THEN pg_get_indexdef(i.indexrelid, k.place::int, false) END,
    CASE WHEN k.place <= i.indnkeyatts THEN i.indoption[k.place - 1] & 1 END,
    CASE WHEN o.opcdefault THEN NULL ELSE o.opcname END,
    CASE WHEN k.place = 1 THEN pg_get_expr(i.indpred, i.indrelid) END,
    EXISTS (SELECT 1 FROM pg_constraint n
            WHERE n.conindid = i.indexrelid AND n.contype = 'u')
FROM pg_index i
JOIN relation r ON r.oid = i.indrelid AND r.relkind IN ('r', 'p')
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am am ON am.oid = c.relam
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
LEFT JOIN pg_opclass o ON k.place <= i.indnkeyatts AND o.oid = i.indclass[k.place - 1]
WHERE NOT i.indisexclusion
ORDER BY i.indrelid, c.relname, k.place
"""
_CONSTRAINTS = """
SELECT c.conrelid::bigint, c.contype::text, c.conname, c.conkey::int[], f.nspname, f.relname,
    c.confrelid::bigint, c.confkey::int[], c.confdeltype::text, c.confupdtype::text,
    c.convalidated, CASE c.contype WHEN 'x' THEN pg_get_constraintdef(c.oid)
        ELSE pg_get_expr(c.conbin, c.conrelid) END
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
LEFT JOIN LATERAL (
    SELECT n.nspname, t.relname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.oid = c.confrelid
) f ON true
WHERE c.contype IN ('p', 'f', 'c', 'x') AND (c.contype <> 'f' OR c.conparentid = 0)
ORDER BY c.conrelid, c.conname
"""
_REFERENCED_COLUMNS = """
SELECT a.attrelid::bigint, a.attnum, a.attname FROM pg_attribute a
WHERE a.attrelid = ANY(%(tables)s::oid[]) AND a.attnum > 0
"""
_ENUMS = """
SELECT n.nspname, t.typname, v.enumlabel
FROM pg_type t
JOIN namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_enum v ON v.enumtypid = t.oid
WHERE t.typtype = 'e' AND NOT EXISTS (
    SELECT 1 FROM extension e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
ORDER BY n.nspname, t.typname, v.enumsortorder
"""
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"
_NAMESPACES = "SELECT nspname FROM namespace"

_METHODS: dict[str, IndexMethod] = {
    "btree": "btree",
    "hash": "hash",
    "gist": "gist",
    "gin": "gin",
    "spgist": "spgist",
    "brin": "brin",
    # CockroachDB's names of its two kinds.
    "prefix": "btree",
    "inverted": "gin",
}
_ACTIONS: dict[str, ReferentialAction] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}


def read_postgresql(
    connection: Connection, namespaces: Sequence[str] | None = None
) -> DatabaseModel:
    """Return what the database holds in the namespaces, by default in all but the server's own."""
    return _Reader(connection, namespaces).read()


class _Reader:
    """Asks one question for each kind of object, and puts the answers together by table."""

    def __init__(self, connection: Connection, namespaces: Sequence[str] | None) -> None:
        self.connection = connection
        self.scope = {"all": namespaces is None, "namespaces": list(namespaces or ())}
        product = connection.server.product
        self.provider: Provider = "cockroachdb" if product == "CockroachDB" else "postgresql"
        # The same few types and defaults stand in most columns.
        self.types: dict[tuple[str, Name | None], SqlType] = {}
        self.defaults: dict[tuple[str, SqlType], ColumnDefault | None] = {}
        # Names of columns by table and number, with which indexes and keys speak of them.
        self.column_names: dict[int, dict[int, str]] = defaultdict(dict)

    def read(self) -> DatabaseModel:
        relations = self.ask(_RELATIONS)
        columns = self.columns()
        indexes = self.indexes()
        primary_keys, foreign_keys, checks = self.constraints()
        tables = {
            Name(namespace, name): Table(
                Name(namespace, name),
                tuple(columns.get(oid, ())),
                primary_key=primary_keys.get(oid),
                indexes=tuple(indexes.get(oid, ())),
                foreign_keys=tuple(foreign_keys.get(oid, ())),
                checks=tuple(checks.get(oid, ())),
                partition_of=None if parent[1] is None else Name(*parent),
            )
            for oid, namespace, name, kind, *parent in relations
            if kind in {"r", "p"}
        }
        return DatabaseModel(
            self.provider,
            tables=MappingProxyType(tables),
            enums=MappingProxyType(self.enums()),
            views=frozenset(Name(*each[1:3]) for each in relations if each[3] in {"v", "m", "f"}),
            extensions=frozenset(name for (name,) in self.ask(_EXTENSIONS)),
            namespaces=frozenset(name for (name,) in self.ask(_NAMESPACES)),
        )

    def ask(self, question: str, **more: object) -> list[tuple[Any, ...]]:
        return self.connection.query(_SCOPE + question, {**self.scope, **more})

    def columns(self) -> dict[int, list[Column]]:
        found: dict[int, list[Column]] = defaultdict(list)
        for table, number, name, written, required, identity, generated, default, *enum in self.ask(
            _COLUMNS
        ):
            self.column_names[table][number] = name
            type = self.type_of(written, Name(*enum) if enum[1] is not None else None)
            found[table].append(
                Column(
                    name,
                    type,
                    is_nullable=not required,
                    default=ColumnDefault("sequence")
                    if identity
                    else self.default_of(default, type),
                    is_generated=bool(generated),
                )
            )
        return found

    def type_of(self, written: str, enum: Name | None) -> SqlType:
        known = self.types.get((written, enum))
        if known is None:
            known = canonical_type(self.provider, written, lambda _namespace, _name: enum)
            self.types[written, enum] = known
        return known

    def default_of(self, written: str | None, type: SqlType) -> ColumnDefault | None:
        if written is None:
            return None
        if (written, type) not in self.defaults:
            self.defaults[written, type] = canonical_default(self.provider, written, type)
        return self.defaults[written, type]

    def indexes(self) -> dict[int, list[Index]]:
        rows: dict[tuple[int, str], list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.ask(_INDEXES):
            if not row[3]:
                rows[row[0], row[1]].append(row)
        found: dict[int, list[Index]] = defaultdict(list)
        for (table, name), parts in rows.items():
            _, _, unique, _, valid, method, keys, *_, predicate, constraint = parts[0]
            found[table].append(
                Index(
                    name,
                    tuple(self.part(each) for each in parts[:keys]),
                    is_unique=unique,
                    method=_METHODS.get(method, "other"),
                    predicate=single_spaced(predicate) if predicate is not None else None,
                    included=tuple(self.column_names[table][each[7]] for each in parts[keys:]),
                    is_constraint=constraint,
                    is_valid=valid,
                )
            )
        return found

    def part(self, row: tuple[Any, ...]) -> IndexPart:
        table, number, expression, descending, operator_class = row[0], row[7], *row[9:12]
        return IndexPart(
            self.column_names[table][number] if expression is None else None,
            expression=single_spaced(expression) if expression is not None else None,
            is_descending=bool(descending),
            operator_class=operator_class,
        )

    def constraints(
        self,
    ) -> tuple[
        dict[int, PrimaryKey], dict[int, list[ForeignKeyConstraint]], dict[int, list[Check]]
    ]:
        rows = self.ask(_CONSTRAINTS)
        self.learn_columns_elsewhere({row[6] for row in rows if row[1] == "f"})
        primary_keys: dict[int, PrimaryKey] = {}
        foreign_keys: dict[int, list[ForeignKeyConstraint]] = defaultdict(list)
        checks: dict[int, list[Check]] = defaultdict(list)
        for table, kind, name, numbers, *reference, validated, text in rows:
            if kind in ("c", "x"):  # an EXCLUDE constraint is one of them, as in a replay
                checks[table].append(Check(single_spaced(text or ""), name, validated))
                continue
            columns = tuple(self.column_names[table][number] for number in numbers)
            if kind == "p":
                primary_keys[table] = PrimaryKey(columns, name)
                continue
            namespace, other, oid, referenced, on_delete, on_update = reference
            foreign_keys[table].append(
                ForeignKeyConstraint(
                    columns,
                    Name(namespace, other),
                    tuple(self.column_names[oid][number] for number in referenced),
                    on_delete=_ACTIONS[on_delete],
                    on_update=_ACTIONS[on_update],
                    name=name,
                    is_validated=validated,
                )
            )
        return primary_keys, foreign_keys, checks

    def learn_columns_elsewhere(self, tables: set[int]) -> None:
        """Learn the columns of referenced tables that stand in no namespace asked for."""
        unknown = sorted(tables - self.column_names.keys())
        if unknown:
            for table, number, name in self.ask(_REFERENCED_COLUMNS, tables=unknown):
                self.column_names[table][number] = name

    def enums(self) -> dict[Name, Enum]:
        values: dict[Name, list[str]] = defaultdict(list)
        for namespace, name, value in self.ask(_ENUMS):
            values[Name(namespace, name)] += [value] if value is not None else []
        return {name: Enum(name, tuple(found)) for name, found in values.items()}
