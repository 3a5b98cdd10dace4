"""Statements that change a database of PostgreSQL or CockroachDB.

It deliberately does not decide what changes; `ddl/difference.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from referee.ddl.difference import ColumnChange, DatabaseChange, TableChange
from referee.ddl.model import (
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    Name,
    PrimaryKey,
    SqlType,
    Table,
)
from referee.ddl.obstacles import indexes_in_the_way, keys_in_the_way, texts_of
from referee.ddl.quoting import quote_text
from referee.ddl.sql import Statement, Writer
from referee.schema.facts import Extension


def postgresql_statements(
    change: DatabaseChange, writer: Writer, extensions: Sequence[Extension] = ()
) -> Iterator[Statement]:
    """Yield the statements of a change in an order in which they run."""
    yield from _Steps(change, writer, extensions).statements()


class _Steps:
    def __init__(
        self, change: DatabaseChange, writer: Writer, extensions: Sequence[Extension]
    ) -> None:
        self.change = change
        self.writer = writer
        self.extensions = {each.name: each for each in extensions}
        self.rebuilt = {
            old.name: (old, new)
            for old, new in change.altered_enums
            if not self.can_add_values(old, new)
        }
        self.moved_keys = keys_in_the_way(change)
        self.moved_indexes = [
            (table.name, index)
            for table in change.before
            if table.name in change.after.tables
            for index in self.obstructing_indexes(table)
        ]

    def statements(self) -> Iterator[Statement]:
        change, writer = self.change, self.writer
        for namespace in change.added_namespaces:
            yield writer.create_namespace(namespace)
        for extension in change.added_extensions:
            yield writer.create_extension(self.extensions.get(extension) or Extension(extension))
        for enum in change.added_enums:
            yield writer.create_enum(enum)
        for name, index in self.moved_indexes:
            yield self.drop_index(name, index)
        for old, new in change.altered_enums:
            yield from self.alter_enum(old, new)
        yield from self.drop_foreign_keys()
        yield from self.drop_indexes()
        for each in change.tables:
            yield from self.alter_table(each)
        for table in change.dropped_tables:
            yield Statement("DropTable", f"DROP TABLE {writer.path(table.name)};")
        for enum in change.dropped_enums:
            yield Statement("DropEnum", f"DROP TYPE {writer.path(enum.name)};")
        for table in change.added_tables:
            yield writer.create_table(table)
        yield from self.create_indexes()
        yield from self.add_foreign_keys()
        yield from self.rename()
        for extension in change.dropped_extensions:
            yield Statement("DropExtension", f"DROP EXTENSION {writer.name(extension)};")
        for namespace in change.dropped_namespaces:
            yield Statement("DropSchema", f"DROP SCHEMA {writer.name(namespace)};")

    # ---- enums ----

    def can_add_values(self, old: Enum, new: Enum) -> bool:
        """Tell whether values are only added, and none is used before the script has ended.

        PostgreSQL refuses to use a value in the transaction that added it (error 55P04).
        """
        kept = [value for value in new.values if value in old.values]
        if kept != list(old.values):
            return False
        added = [value for value in new.values if value not in old.values]
        return not any(self.is_used(value, new.name) for value in added)

    def is_used(self, value: str, enum: Name) -> bool:
        literal = quote_text(self.writer.provider, value)
        for table in self.change.after:
            of_enum = [column for column in table.columns if column.type.enum == enum]
            if not of_enum:
                continue
            texts = [check.text for check in table.checks]
            texts += [text for index in table.indexes for text in texts_of(index)]
            texts += [each.default.text for each in of_enum if each.default is not None]
            if any(literal in text or text == value or f'"{value}"' in text for text in texts):
                return True
        return False

    def alter_enum(self, old: Enum, new: Enum) -> Iterator[Statement]:
        if old.name in self.rebuilt:
            yield self.rebuild_enum(old, new)
            return
        added = [value for value in new.values if value not in old.values]
        lines = [self.add_value(old, new, value) for value in added]
        text = "\n".join(lines)
        yield Statement("AlterEnum", _MANY_VALUES + text if len(added) > 1 else text)

    def add_value(self, old: Enum, new: Enum, value: str) -> str:
        """Return ADD VALUE; its place is said unless it is the last."""
        following = new.values[new.values.index(value) + 1 :]
        anchor = next((each for each in following if each in old.values), None)
        provider = self.writer.provider
        place = "" if anchor is None else f" BEFORE {quote_text(provider, anchor)}"
        literal = quote_text(provider, value)
        return f"ALTER TYPE {self.writer.path(new.name)} ADD VALUE {literal}{place};"

    def rebuild_enum(self, old: Enum, new: Enum) -> Statement:
        """Return the statements that put a new type in the place of the old one.

        Every column of the type gets the new one; defaults, which hold values of the old type, are
        taken away first and come back as they are to be afterwards.
        """
        writer = self.writer
        new_name = Name(old.name.namespace, f"{old.name.name}_new")
        old_name = Name(old.name.namespace, f"{old.name.name}_old")
        lines = ["BEGIN;", writer.create_enum(Enum(new_name, new.values)).sql]
        columns = [
            (table, column)
            for table in self.change.before
            for column in table.columns
            if column.type.enum == old.name
        ]
        for table, column in columns:
            if column.default is not None:
                lines.append(self.alter(table.name, column, "DROP DEFAULT"))
        for table, column in columns:
            target = writer.path(new_name) + "[]" * column.type.is_array
            cast = f"{writer.name(column.name)}::text::{target}"
            lines.append(self.alter(table.name, column, f"TYPE {target} USING ({cast})"))
        lines.append(f"ALTER TYPE {writer.path(old.name)} RENAME TO {writer.name(old_name.name)};")
        lines.append(f"ALTER TYPE {writer.path(new_name)} RENAME TO {writer.name(old.name.name)};")
        lines.append(f"DROP TYPE {writer.path(old_name)};")
        for table, column in columns:
            after = self.column_after(table.name, column.name)
            if after is None or after.default is None or after.type != column.type:
                continue
            default = writer.default(after.default, after.type)
            if default is not None:
                lines.append(self.alter(table.name, column, f"SET DEFAULT {default}"))
        lines.append("COMMIT;")
        return Statement("AlterEnum", "\n".join(lines))

    def alter(self, table: Name, column: Column, action: str) -> str:
        writer = self.writer
        return f"ALTER TABLE {writer.path(table)} ALTER COLUMN {writer.name(column.name)} {action};"

    def column_after(self, table: Name, column: str) -> Column | None:
        after = self.change.after.tables.get(table)
        return None if after is None else after.column(column)

    # ---- what goes first ----

    def obstructing_indexes(self, table: Table) -> list[Index]:
        """Return indexes that stay but speak of a column whose type changes."""
        changes = {each.name: each for each in self.change.tables}
        own = changes.get(table.name)
        columns = [column for column in table.columns if column.type.enum in self.rebuilt]
        if own is not None:
            columns += [each.before for each in own.altered_columns if each.has_other_type]
        gone = () if own is None else own.dropped_indexes
        return [index for index in indexes_in_the_way(table, columns) if index not in gone]

    def drop_foreign_keys(self) -> Iterator[Statement]:
        for each in self.change.tables:
            for key in each.dropped_keys:
                yield self.drop_constraint("DropForeignKey", each.name, key.name)
        for moved in self.moved_keys:
            yield self.drop_constraint("DropForeignKey", moved.table, moved.before.name)
        for gone in self.change.dropped_tables:
            for key in gone.foreign_keys:
                yield self.drop_constraint("DropForeignKey", gone.name, key.name)

    def drop_constraint(self, title: str, table: Name, name: str | None) -> Statement:
        constraint = self.writer.name(name or "")
        sql = f"ALTER TABLE {self.writer.path(table)} DROP CONSTRAINT {constraint};"
        return Statement(title, sql)

    def drop_indexes(self) -> Iterator[Statement]:
        for each in self.change.tables:
            for index in each.dropped_indexes:
                yield self.drop_index(each.name, index)

    def drop_index(self, table: Name, index: Index) -> Statement:
        if index.is_constraint and self.writer.provider == "postgresql":
            return self.drop_constraint("DropConstraint", table, index.name)
        cascade = " CASCADE" * (self.writer.provider == "cockroachdb" and index.is_unique)
        path = self.writer.path(Name(table.namespace, index.name))
        return Statement("DropIndex", f"DROP INDEX {path}{cascade};")

    # ---- tables ----

    def alter_table(self, change: TableChange) -> Iterator[Statement]:
        writer = self.writer
        before, after = change.before.primary_key, change.after.primary_key
        clauses: list[str] = []
        preparing: list[str] = []
        finishing: list[str] = []
        clauses += [
            f"DROP CONSTRAINT {writer.name(check.name)}"
            for check in change.dropped_checks
            if check.name is not None
        ]
        if change.has_other_key_columns and before is not None:
            clauses.append(f"DROP CONSTRAINT {writer.name(_key_name(change.before, before))}")
        clauses += [f"DROP COLUMN {writer.name(each.name)}" for each in change.dropped_columns]
        # The wide gap is the engine's.
        clauses += [f"ADD COLUMN     {writer.column(each)}" for each in change.added_columns]
        for column in change.altered_columns:
            clauses += self.alter_column(change.name, column)
            if _starts_counting(column):
                sequence = f"{change.name.name}_{column.after.name}_seq"
                path = writer.path(Name(change.name.namespace, sequence))
                owner = f"{writer.path(change.name)}.{writer.name(column.after.name)}"
                preparing.append(f"CREATE SEQUENCE {path};")
                finishing.append(f"ALTER SEQUENCE {path} OWNED BY {owner};")
                value = quote_text(writer.provider, path)
                name = writer.name(column.after.name)
                clauses.append(f"ALTER COLUMN {name} SET DEFAULT nextval({value})")
            elif _stops_counting(column):
                sequence = f"{change.name.name}_{column.before.name}_seq"
                path = writer.path(Name(change.name.namespace, sequence))
                finishing.append(f"DROP SEQUENCE IF EXISTS {path};")
        if change.has_other_key_columns and after is not None:
            name = writer.name(_key_name(change.after, after))
            clauses.append(f"ADD CONSTRAINT {name} PRIMARY KEY ({writer.names(after.columns)})")
        clauses += [f"ADD {writer.check(each.name, each.text)}" for each in change.added_checks]
        if clauses:
            altering = f"ALTER TABLE {writer.path(change.name)} " + ",\n".join(clauses) + ";"
            yield Statement("AlterTable", "\n".join([*preparing, altering, *finishing]))
        if change.has_other_key_name and before is not None and after is not None:
            old, new = _key_name(change.before, before), _key_name(change.after, after)
            yield self.rename_constraint("AlterTable", change.name, old, new)

    def alter_column(self, table: Name, change: ColumnChange) -> list[str]:
        """Return the clauses of a column; a default is never cast, but taken away and set anew."""
        writer, before, after = self.writer, change.before, change.after
        name = writer.name(after.name)
        if before.is_generated or after.is_generated:
            return [f"DROP COLUMN {name}", f"ADD COLUMN     {writer.column(after)}"]
        head = f"ALTER COLUMN {name}"
        clauses: list[str] = []
        is_rebuilt = before.type.enum in self.rebuilt and not change.has_other_type
        has_other_default = change.has_other_default and not is_rebuilt
        sets_anew = change.has_other_type and not is_counting(before)
        if before.default is not None and (
            (has_other_default and after.default is None) or sets_anew or _stops_counting(change)
        ):
            clauses.append(f"{head} DROP DEFAULT")
        if before.is_nullable != after.is_nullable:
            clauses.append(f"{head} {'DROP' if after.is_nullable else 'SET'} NOT NULL")
        if after.default is not None and (has_other_default or sets_anew):
            default = writer.default(after.default, after.type)
            if default is not None:
                clauses.append(f"{head} SET DEFAULT {default}")
        if change.has_other_type:
            cast = cast_of(writer, name, before.type, after.type)
            clauses.append(f"{head} SET DATA TYPE {writer.type(after.type)}{cast}")
        return clauses

    # ---- what comes last ----

    def create_indexes(self) -> Iterator[Statement]:
        for table in self.change.added_tables:
            for index in table.indexes:
                yield self.writer.create_index(table.name, index)
        for each in self.change.tables:
            for index in each.added_indexes:
                yield self.writer.create_index(each.name, index)
        for name, index in self.moved_indexes:
            yield self.writer.create_index(name, index)

    def add_foreign_keys(self) -> Iterator[Statement]:
        keys: list[tuple[Name, ForeignKeyConstraint]] = [
            (table.name, key) for table in self.change.added_tables for key in table.foreign_keys
        ]
        keys += [(each.name, key) for each in self.change.tables for key in each.added_keys]
        keys += [(moved.table, moved.after) for moved in self.moved_keys]
        for table, key in keys:
            yield self.writer.add_foreign_key(table, key)

    def rename(self) -> Iterator[Statement]:
        writer = self.writer
        moved = {(each.table, each.before) for each in self.moved_keys}
        for each in self.change.tables:
            for old, new in each.renamed_keys:
                if (each.name, old) in moved:
                    continue
                yield self.rename_constraint(
                    "RenameForeignKey", each.name, old.name or "", new.name or ""
                )
        for each in self.change.tables:
            for before, after in each.renamed_indexes:
                path = writer.path(Name(each.name.namespace, before.name))
                sql = f"ALTER INDEX {path} RENAME TO {writer.name(after.name)};"
                yield Statement("RenameIndex", sql)

    def rename_constraint(self, title: str, table: Name, old: str, new: str) -> Statement:
        writer = self.writer
        sql = (
            f"ALTER TABLE {writer.path(table)} RENAME CONSTRAINT {writer.name(old)}"
            f" TO {writer.name(new)};"
        )
        return Statement(title, sql)


_MANY_VALUES = """\
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


"""


def is_counting(column: Column) -> bool:
    """Tell whether a column counts up by itself."""
    return column.default is not None and column.default.kind == "sequence"


def _starts_counting(change: ColumnChange) -> bool:
    return is_counting(change.after) and not is_counting(change.before)


def _stops_counting(change: ColumnChange) -> bool:
    return is_counting(change.before) and not is_counting(change.after)


def _key_name(table: Table, key: PrimaryKey) -> str:
    return key.name or f"{table.name.name}_pkey"


# ---- casts ----

# Types between which PostgreSQL casts on assignment, so that no USING is needed (pg_cast).
_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ["smallint", "integer", "bigint", "decimal", "real", "double precision"], "number"
        ),
        **dict.fromkeys(["int2", "int4", "int8", "float4", "float8"], "number"),
        **dict.fromkeys(["text", "varchar", "char", "citext", "bpchar", "string"], "text"),
        **dict.fromkeys(["timestamp", "timestamptz"], "moment"),
        **dict.fromkeys(["time", "timetz"], "time"),
        **dict.fromkeys(["json", "jsonb"], "json"),
        **dict.fromkeys(["bit", "varbit"], "bits"),
    }
)


def cast_of(writer: Writer, name: str, before: SqlType, after: SqlType) -> str:
    """Return the USING of a change of type; empty where the database casts by itself."""
    if before.is_array == after.is_array and before.enum is None and after.enum is None:
        if before.name == after.name:
            return ""
        family = _FAMILIES.get(after.name)
        if family is not None and family in (_FAMILIES.get(before.name), "text"):
            return ""
    elif before.is_array != after.is_array and after.is_array:
        element = SqlType(after.name, after.arguments, False, after.enum, after.values)
        element_sql = writer.element_type(element)
        return (
            f" USING (CASE WHEN {name} IS NULL THEN NULL"
            f" ELSE ARRAY[{name}::text::{element_sql}] END)"
        )
    target = writer.type(after)
    is_plain = not (before.is_array or after.is_array)
    if is_plain and {before.name, after.name} == {"boolean", "integer"}:
        return f" USING ({name}::{target})"
    return f" USING ({name}::text::{target})"
