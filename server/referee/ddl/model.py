"""The model of a database: the tables, columns, keys, indexes and enums that it holds.

Three ways lead to it, and equal databases have equal models whichever way was taken: from a schema
(`ddl/of_schema.py`), from migrations that are replayed, and from the catalog of a running server.
It deliberately knows no Prisma names, no SQL syntax and no server; every name here is a database's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from referee.schema.providers import Provider

IndexMethod = Literal["btree", "hash", "gist", "gin", "spgist", "brin", "fulltext", "other"]
ReferentialAction = Literal["CASCADE", "RESTRICT", "NO ACTION", "SET NULL", "SET DEFAULT"]


class Name(NamedTuple):
    """The name of a table, enum or view; `namespace` is the PostgreSQL schema, None elsewhere."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class SqlType:
    """The type of a column, in the one spelling that `ddl/types.py` gives to all its synonyms.

    `name` is that spelling without arguments and in lower case (`varchar`, `timestamp`, `int8`
    never stands beside `bigint`). `enum` names the enum of PostgreSQL the column is of;
    `values` are those of an enum that MySQL writes into the column. `written` is the spelling for
    a script where it is another one; it makes no difference to what the type is.
    """

    name: str
    arguments: tuple[str, ...] = ()
    is_array: bool = False
    enum: Name | None = None
    values: tuple[str, ...] = ()
    written: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        text = str(self.enum) if self.enum is not None else self.name
        if self.values:
            text += "(" + ",".join(f"'{value}'" for value in self.values) + ")"
        if self.arguments:
            text += "(" + ",".join(self.arguments) + ")"
        return text + "[]" * self.is_array


@dataclass(frozen=True, slots=True)
class ColumnDefault:
    """The DEFAULT of a column.

    `value` is a literal, its text without quotes and in the one spelling of `ddl/defaults.py`;
    `sequence` counts up (SERIAL, AUTO_INCREMENT, IDENTITY) and `now` is the moment of the insert,
    both without text; `expression` is any other SQL, its white space made single.
    `unknown` is a default of which nothing but its existence is known, and equals every other.
    `written` is the SQL for a script where it is another spelling; it makes no difference.
    """

    kind: Literal["value", "sequence", "now", "expression", "unknown"]
    text: str = ""
    written: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `updates_itself` is MySQL's ON UPDATE CURRENT_TIMESTAMP.

    Of a generated column the default is what makes its values, as catalogs have it; MySQL's has
    none.
    """

    name: str
    type: SqlType
    is_nullable: bool
    default: ColumnDefault | None = None
    is_generated: bool = False
    updates_itself: bool = False


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The primary key; `name` is None where the database gives it none (SQLite, MySQL).

    `lengths` are MySQL's prefixes, one for each column, and empty if none has one.
    """

    columns: tuple[str, ...]
    name: str | None = None
    lengths: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexPart:
    """A column of an index, or an expression (then `column` is None).

    `length` is MySQL's prefix; `operator_class` is None for the type's default. `written` is what
    a script says behind the column where it says what holds anyway; it makes no difference.
    """

    column: str | None
    expression: str | None = None
    is_descending: bool = False
    length: int | None = None
    operator_class: str | None = None
    written: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Index:
    """An index or unique constraint.

    `predicate` is the WHERE of a partial index, white space made single. `is_constraint` tells a
    UNIQUE constraint from a unique index where the database knows the difference.
    """

    name: str
    parts: tuple[IndexPart, ...]
    is_unique: bool = False
    method: IndexMethod = "btree"
    predicate: str | None = None
    included: tuple[str, ...] = ()
    is_constraint: bool = False
    is_valid: bool = True

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns in order; None if a part is an expression."""
        names = tuple(part.column for part in self.parts)
        return None if None in names else tuple(name for name in names if name is not None)


@dataclass(frozen=True, slots=True)
class ForeignKeyConstraint:
    """A foreign key; `name` is None where the database keeps none (SQLite).

    `is_at_column` tells that a script writes it at its column; it makes no difference.
    """

    columns: tuple[str, ...]
    referenced_table: Name
    referenced_columns: tuple[str, ...]
    on_delete: ReferentialAction = "NO ACTION"
    on_update: ReferentialAction = "NO ACTION"
    name: str | None = None
    is_validated: bool = True
    is_at_column: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint, its text with white space made single.

    `is_validated` tells that every row satisfies it, `column` is the one it is written at; they
    make no difference to which check it is.
    """

    text: str
    name: str | None = None
    is_validated: bool = field(default=True, compare=False)
    column: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    `has_unknown_shape` is a table of which columns may be missing here, `is_assumed` one that
    nothing made and a script speaks of. A partition belongs to the table `partition_of`.
    """

    name: Name
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None = None
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKeyConstraint, ...] = ()
    checks: tuple[Check, ...] = ()
    has_unknown_shape: bool = False
    is_assumed: bool = False
    partition_of: Name | None = None

    def column(self, name: str) -> Column | None:
        """Return the column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum type of PostgreSQL or CockroachDB, its values in order."""

    name: Name
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column that a view reads."""

    table: Name
    column: str


@dataclass(frozen=True, slots=True)
class ViewReads:
    """The tables, views and columns that a view surely reads; it may read others."""

    tables: tuple[Name, ...] = ()
    columns: tuple[ViewColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger, the function that it runs (PostgreSQL) or the tables that it writes (SQLite)."""

    name: str
    table: Name
    function: str = ""
    writes: tuple[Name, ...] = ()


def _no_tables() -> Mapping[Name, Table]:
    return MappingProxyType({})


def _no_enums() -> Mapping[Name, Enum]:
    return MappingProxyType({})


def _no_reads() -> Mapping[Name, ViewReads]:
    return MappingProxyType({})


def _no_functions() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


def _no_types() -> Mapping[str, SqlType | None]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DatabaseModel:
    """What a database holds. `views`, `extensions` and `namespaces` are known by name only.

    `other_types` are the types that scripts make besides enums; a domain has the type it is of,
    which is that of its columns, as it is for Prisma. `view_reads` is what the views of scripts
    read, `functions` are those that scripts make, with the arguments of each of a name, and
    `triggers` those of PostgreSQL and SQLite. `may_hold_more` tells that a script put SQL together
    by itself, which may have made anything. No catalog is asked for these.
    """

    provider: Provider
    tables: Mapping[Name, Table] = field(default_factory=_no_tables)
    enums: Mapping[Name, Enum] = field(default_factory=_no_enums)
    views: frozenset[Name] = frozenset()
    extensions: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    other_types: Mapping[str, SqlType | None] = field(default_factory=_no_types, compare=False)
    view_reads: Mapping[Name, ViewReads] = field(default_factory=_no_reads, compare=False)
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=_no_functions, compare=False)
    triggers: tuple[Trigger, ...] = field(default=(), compare=False)
    may_hold_more: bool = field(default=False, compare=False)

    def table(self, name: str, namespace: str | None = None) -> Table | None:
        """Return a table by its name, in the namespace given or else in whichever has it."""
        if namespace is not None:
            return self.tables.get(Name(namespace, name))
        return next((table for table in self if table.name.name == name), None)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())
