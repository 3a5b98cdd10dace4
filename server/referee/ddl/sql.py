"""The SQL that makes a database: a migration from nothing, as Prisma Migrate writes it.

Statements, order, comment lines and layout are those of Prisma's schema engine.
It deliberately compares nothing; `ddl/steps.py` writes how one database becomes another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from referee.ddl.model import (
    Column,
    ColumnDefault,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    SqlType,
    Table,
)
from referee.ddl.quoting import quote_name, quote_names, quote_path, quote_text
from referee.schema.facts import Extension
from referee.schema.names import cut_identifier
from referee.schema.providers import Provider


class Statement(NamedTuple):
    """A statement under the comment line that says what it is for; `sql` ends in a semicolon."""

    title: str
    sql: str


def create_script(
    model: DatabaseModel,
    extensions: Iterable[Extension] = (),
    search_path: str | None = "public",
) -> str:
    """Return the migration that makes a database from an empty one.

    `extensions` tells schema and version of those that are to have one. Names in the namespace
    `search_path` are written without it.
    """
    script = script_of(create_statements(model, extensions, search_path))
    return _SQLSERVER_TRANSACTION.format(script) if model.provider == "sqlserver" else script


# What the engine puts around every migration for SQL Server, whose batches go on after an error.
_SQLSERVER_TRANSACTION = """\
BEGIN TRY

BEGIN TRAN;

{}
COMMIT TRAN;

END TRY
BEGIN CATCH

IF @@TRANCOUNT > 0
BEGIN
    ROLLBACK TRAN;
END;
THROW

END CATCH
"""


def script_of(statements: Iterable[Statement]) -> str:
    """Return statements as the text of a migration."""
    blocks = [f"-- {each.title}\n{each.sql}\n" for each in statements]
    return "\n".join(blocks)


def create_statements(
    model: DatabaseModel,
    extensions: Iterable[Extension] = (),
    search_path: str | None = "public",
) -> Iterator[Statement]:
    """Yield the statements that make a database, in an order in which they run."""
    writer = Writer(model.provider, search_path)
    if model.provider in ("postgresql", "cockroachdb", "sqlserver"):
        for namespace in sorted(model.namespaces):
            if model.provider != "sqlserver" or namespace != "dbo":
                yield writer.create_namespace(namespace)
    known = {each.name: each for each in extensions}
    for name in [*known, *sorted(model.extensions - known.keys())]:
        yield writer.create_extension(known.get(name) or Extension(name))
    for enum in model.enums.values():
        yield writer.create_enum(enum)
    for table in model:
        yield writer.create_table(table)
    if model.provider != "mysql":
        for table in model:
            for index in table.indexes:
                if model.provider not in ("sqlite", "sqlserver") or not index.is_constraint:
                    yield writer.create_index(table.name, index)
    if model.provider != "sqlite":
        for table in model:
            for key in table.foreign_keys:
                yield writer.add_foreign_key(table.name, key)


class Writer(NamedTuple):
    """Writes statements for one database; names in the namespace `search_path` go without it."""

    provider: Provider
    search_path: str | None = "public"

    # ---- names ----

    def name(self, name: str) -> str:
        """Return a name in quotes."""
        return quote_name(self.provider, name)

    def names(self, names: Iterable[str]) -> str:
        """Return names in quotes."""
        return quote_names(self.provider, names)

    def path(self, name: Name) -> str:
        """Return the name of a table or enum in quotes."""
        return quote_path(self.provider, name, name.namespace != self.search_path)

    # ---- namespaces, extensions, enums ----

    def create_namespace(self, namespace: str) -> Statement:
        """Return CREATE SCHEMA."""
        if self.provider == "sqlserver":
            return Statement("CreateSchema", f"EXEC sp_executesql N'CREATE SCHEMA [{namespace}];';")
        return Statement("CreateSchema", f"CREATE SCHEMA IF NOT EXISTS {self.name(namespace)};")

    def create_extension(self, extension: Extension) -> Statement:
        """Return CREATE EXTENSION."""
        sql = f"CREATE EXTENSION IF NOT EXISTS {self.name(extension.name)}"
        if extension.schema or extension.version:
            sql += " WITH"
        if extension.schema:
            sql += f" SCHEMA {self.name(extension.schema)}"
        if extension.version:
            sql += f" VERSION {self.name(extension.version)}"
        return Statement("CreateExtension", sql + ";")

    def create_enum(self, enum: Enum) -> Statement:
        """Return CREATE TYPE."""
        values = ", ".join(quote_text(self.provider, value) for value in enum.values)
        return Statement("CreateEnum", f"CREATE TYPE {self.path(enum.name)} AS ENUM ({values});")

    # ---- tables ----

    def create_table(self, table: Table) -> Statement:
        """Return CREATE TABLE, with what the database's dialect puts into it."""
        return Statement("CreateTable", self.table_sql(table, table.name))

    def table_sql(self, table: Table, name: Name) -> str:
        """Return CREATE TABLE of a table under a name."""
        if self.provider == "sqlite":
            return self._sqlite_table(table, name)
        if self.provider == "mysql":
            return self._mysql_table(table, name)
        lines = [self.column(column, table=table.name) for column in table.columns]
        body = ",\n".join(f"    {line}" for line in lines)
        constraints = self._constraints(table)
        if constraints:
            body += ",\n" if self.provider == "sqlserver" else ",\n\n"
            body += ",\n".join(f"    {line}" for line in constraints)
        return f"CREATE TABLE {self.path(name)} (\n{body}\n);"

    def _constraints(self, table: Table) -> list[str]:
        found: list[str] = []
        key = table.primary_key
        if self.provider == "sqlserver":
            if key is not None:
                found.append(
                    f"CONSTRAINT {self.name(key.name or '')} PRIMARY KEY CLUSTERED"
                    f" ({quote_names(self.provider, key.columns, ',')})"
                )
            for index in table.indexes:
                if index.is_constraint:
                    parts = ",".join(self.part(part) for part in index.parts)
                    found.append(
                        f"CONSTRAINT {self.name(index.name)} UNIQUE NONCLUSTERED ({parts})"
                    )
        elif key is not None:
            name = "" if key.name is None else f"CONSTRAINT {self.name(key.name)} "
            columns = quote_names(self.provider, key.columns, ",")
            found.append(f"{name}PRIMARY KEY ({columns})")
        found += [self.check(each.name, each.text) for each in table.checks]
        return found

    def check(self, name: str | None, text: str) -> str:
        """Return a CHECK constraint as it stands in a table."""
        head = "" if name is None else f"CONSTRAINT {self.name(name)} "
        return f"{head}CHECK ({text})"

    def _sqlite_table(self, table: Table, name: Name) -> str:
        key = table.primary_key
        single = key.columns[0] if key is not None and len(key.columns) == 1 else None
        lines = [self.column(column, column.name == single) for column in table.columns]
        body = ",\n".join(f"    {line}" for line in lines)
        if key is not None and single is None:
            body += f",\n\n    PRIMARY KEY ({self.names(key.columns)})"
        for index in table.indexes:
            if index.is_constraint:
                body += f",\n    UNIQUE ({self.parts(index)})"
        for foreign in table.foreign_keys:
            body += f",\n    {self.foreign_key(table.name, foreign)}"
        for check in table.checks:
            body += f",\n    {self.check(check.name, check.text)}"
        return f"CREATE TABLE {self.path(name)} (\n{body}\n);"

    def _mysql_table(self, table: Table, name: Name) -> str:
        lines = [self.column(column) for column in table.columns]
        body = ",\n".join(f"    {line}" for line in lines)
        constraints = [
            f"{self._index_kind(index)}INDEX {self.name(index.name)}({self.parts(index)})"
            for index in table.indexes
        ]
        if table.primary_key is not None:
            constraints.append(f"PRIMARY KEY ({self.key_columns(table.primary_key)})")
        constraints += [self.check(each.name, each.text) for each in table.checks]
        if constraints:
            body += ",\n\n" + ",\n".join(f"    {line}" for line in constraints)
        return (
            f"CREATE TABLE {self.path(name)} (\n{body}\n)"
            " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
        )

    def key_columns(self, key: PrimaryKey) -> str:
        """Return the columns of a primary key on MySQL, with their prefixes."""
        lengths = key.lengths or (None,) * len(key.columns)
        return ", ".join(
            self.name(column) + ("" if length is None else f"({length})")
            for column, length in zip(key.columns, lengths, strict=True)
        )

    # ---- columns ----

    def column(self, column: Column, is_sqlite_key: bool = False, table: Name | None = None) -> str:
        """Return a column as it stands in CREATE TABLE or ADD COLUMN.

        `table` gives the constraint its name that a default is on SQL Server.
        """
        counts = column.default is not None and column.default.kind == "sequence"
        words = [self.name(column.name), self.type(column.type, counts)]
        # A list may be NULL for the database; Prisma Client reads that as the empty list.
        if not column.is_nullable:
            words.append("NOT NULL")
        elif self.provider == "mysql":
            words.append("NULL")
        if is_sqlite_key:
            words.append("PRIMARY KEY")
        if column.is_generated and column.default is not None:
            sql = column.default.written or self.default(column.default, column.type)
            words.append(f"GENERATED ALWAYS AS ({sql}) STORED")
        elif counts:
            words += self._counting(column.default, is_sqlite_key)
        elif column.default is not None:
            sql = self.default(column.default, column.type)
            if sql is not None and self.provider == "sqlserver" and table is not None:
                stem = f"{table.name}_{column.name}"
                name = self.name(cut_identifier(stem, "_df", self.provider))
                words.append(f"CONSTRAINT {name}")
            if sql is not None:
                words.append(f"DEFAULT {sql}")
            if column.updates_itself and "on update" not in (sql or "").lower():
                digits = f"({column.type.arguments[0]})" if column.type.arguments else ""
                words.append(f"ON UPDATE CURRENT_TIMESTAMP{digits}")
        return " ".join(words)

    def _counting(self, default: ColumnDefault | None, is_sqlite_key: bool) -> list[str]:
        if self.provider == "sqlite":
            words = ["AUTOINCREMENT"] if is_sqlite_key else []
            return words + ([f"DEFAULT {default.written}"] if default and default.written else [])
        if self.provider == "mysql":
            return ["AUTO_INCREMENT"]
        if self.provider == "sqlserver":
            return ["IDENTITY(1,1)"]
        if self.provider == "cockroachdb":
            options = "" if default is None or not default.written else f" ({default.written})"
            return [f"GENERATED BY DEFAULT AS IDENTITY{options}"]
        return []

    def type(self, type: SqlType, counts: bool = False) -> str:
        """Return the type of a column; one that counts is PostgreSQL's SERIAL."""
        if counts and self.provider == "postgresql":
            return {"smallint": "SMALLSERIAL", "bigint": "BIGSERIAL"}.get(type.name, "SERIAL")
        return self.element_type(type) + "[]" * type.is_array

    def element_type(self, type: SqlType) -> str:
        """Return a type without the brackets of an array."""
        if type.enum is not None:
            return self.path(type.enum)
        if type.values:
            values = ", ".join(quote_text(self.provider, value) for value in type.values)
            return f"{type.name.upper()}({values})"
        if type.written:
            return type.written
        arguments = f"({','.join(type.arguments)})" if type.arguments else ""
        head, _, tail = type.name.partition(" ")
        if tail == "unsigned":
            return f"{head.upper()}{arguments} UNSIGNED"
        name = type.name if type.name.startswith('"') else type.name.upper()
        return name + arguments

    def default(self, default: ColumnDefault, type: SqlType) -> str | None:
        """Return what follows DEFAULT; None where nothing is to be written."""
        if default.kind in ("unknown", "sequence"):
            return None
        if default.kind == "now":
            if self.provider == "mysql" and not default.written:
                digits = type.arguments[0] if type.arguments else ""
                return f"CURRENT_TIMESTAMP({digits})" if digits else "CURRENT_TIMESTAMP"
            return default.written or "CURRENT_TIMESTAMP"
        if default.kind == "expression":
            text = default.written or default.text
            # These two take a call or an operator in parentheses alone.
            if self.provider in ("sqlite", "mysql") and not text.startswith("("):
                return f"({text})"
            return text
        sql = default.written or self.literal(default.text, type)
        if type.is_array and sql.startswith("ARRAY["):
            sql += f"::{self.type(type)}"
        return sql

    def literal(self, text: str, type: SqlType) -> str:
        """Return the value of a default as SQL, from the one spelling that a model has for it."""
        if type.is_array:
            element = SqlType(type.name, type.arguments, False, type.enum, type.values)
            return f"ARRAY[{', '.join(self.literal(each, element) for each in items_of(text))}]"
        is_bare = type.enum is None and not type.values and is_bare_literal(text)
        if self.provider == "sqlserver" and text in ("true", "false") and is_bare:
            return "1" if text == "true" else "0"
        has_quotes = type.enum is not None or type.values or type.name not in _BARE
        return quote_text(self.provider, text) if has_quotes or not is_bare else text

    # ---- indexes ----

    def create_index(self, table: Name, index: Index) -> Statement:
        """Return CREATE INDEX, or the constraint that the index belongs to."""
        if index.is_constraint and self.provider == "postgresql" and _can_be_constraint(index):
            sql = (
                f"ALTER TABLE {self.path(table)} ADD CONSTRAINT {self.name(index.name)}"
                f" UNIQUE ({self.parts(index)});"
            )
            return Statement("AddConstraint", sql)
        return Statement("CreateIndex", self.index_sql(table, index))

    def index_sql(self, table: Name, index: Index) -> str:
        """Return the SQL of CREATE INDEX."""
        if self.provider == "sqlserver":
            kind = "UNIQUE " if index.is_unique else ""
            head = f"CREATE {kind}NONCLUSTERED INDEX"
        else:
            head = f"CREATE {self._index_kind(index)}INDEX"
        sql = f"{head} {self.name(index.name)} ON {self.path(table)}"
        if index.method in ("btree", "fulltext", "other"):
            sql += f"({self.parts(index)})"
        else:
            sql += f" USING {index.method.upper()} ({self.parts(index)})"
        if index.included:
            sql += f" INCLUDE ({self.names(index.included)})"
        if index.predicate is not None:
            has_parentheses = self.provider in ("postgresql", "cockroachdb")
            predicate = f"({index.predicate})" if has_parentheses else index.predicate
            sql += f" WHERE {predicate}"
        return sql + ";"

    def _index_kind(self, index: Index) -> str:
        if index.method == "fulltext":
            return "FULLTEXT "
        return "UNIQUE " if index.is_unique else ""

    def parts(self, index: Index) -> str:
        """Return the columns of an index."""
        return ", ".join(self.part(part) for part in index.parts)

    def part(self, part: IndexPart) -> str:
        """Return a column of an index."""
        text = f"({part.expression})" if part.column is None else self.name(part.column)
        if part.length is not None:
            text += f"({part.length})"
        if part.written:
            return f"{text} {part.written}"
        if part.operator_class is not None:
            text += f" {part.operator_class}"
        return text + " DESC" * part.is_descending

    # ---- foreign keys ----

    def add_foreign_key(self, table: Name, key: ForeignKeyConstraint) -> Statement:
        """Return ALTER TABLE ... ADD CONSTRAINT ... FOREIGN KEY."""
        constraint = self.foreign_key(table, key)
        return Statement("AddForeignKey", f"ALTER TABLE {self.path(table)} ADD {constraint};")

    def foreign_key(self, table: Name, key: ForeignKeyConstraint) -> str:
        """Return a foreign key as it stands in a table.

        SQLite keeps no name of one, but Prisma writes what it would be called elsewhere.
        """
        name = key.name
        if name is None:
            name = cut_identifier("_".join([table.name, *key.columns]), "_fkey", self.provider)
        space = " " * (self.provider == "sqlite")
        return (
            f"CONSTRAINT {self.name(name)} FOREIGN KEY ({self.names(key.columns)})"
            f" REFERENCES {self.path(key.referenced_table)}{space}"
            f"({self.names(key.referenced_columns)})"
            f" ON DELETE {key.on_delete} ON UPDATE {key.on_update}"
        )


_BARE = frozenset(
    """
    smallint integer bigint decimal real boolean bool oid tinyint mediumint float double int int2
    int4 int8 float4 float8 year bit money smallmoney
    """.split()  # noqa: SIM905 - one a line would say no more
) | {
    "double precision",
    "tinyint unsigned",
    "smallint unsigned",
    "mediumint unsigned",
    "integer unsigned",
    "bigint unsigned",
    "decimal unsigned",
}


def _can_be_constraint(index: Index) -> bool:
    return (
        index.is_unique
        and index.predicate is None
        and index.columns is not None
        and not any(part.is_descending or part.operator_class for part in index.parts)
    )


def is_bare_literal(text: str) -> bool:
    """Tell whether a text stands without quotes as a literal of a number or truth value."""
    if text in ("true", "false"):
        return True
    return text.lstrip("-").replace(".", "", 1).isdigit()


def items_of(text: str) -> list[str]:
    """Return the values of an array's default, which a model keeps as JSON."""
    return [str(each) for each in json.loads(text)]
