"""Statements that change a database of SQLite.

SQLite changes little of a table that is there, so a table is made anew beside the old one, filled
from it and given its name (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema
Changes").
It deliberately does not decide what changes; `ddl/difference.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.difference import ColumnChange, DatabaseChange, TableChange
from referee.ddl.model import Column, Name
from referee.ddl.sql import Statement, Writer


def sqlite_statements(change: DatabaseChange, writer: Writer) -> Iterator[Statement]:
    """Yield the statements of a change in an order in which they run."""
    redefined = [each for each in change.tables if _has_to_be_redefined(each)]
    altered = [each for each in change.tables if not _has_to_be_redefined(each)]
    for each in altered:
        for index in each.dropped_indexes:
            yield Statement("DropIndex", f"DROP INDEX {writer.name(index.name)};")
    for each in altered:
        for column in each.added_columns:
            sql = f"ALTER TABLE {writer.path(each.name)} ADD COLUMN {writer.column(column)};"
            yield Statement("AlterTable", sql)
    for table in change.dropped_tables:
        yield Statement(
            "DropTable",
            "PRAGMA foreign_keys=off;\n"
            f"DROP TABLE {writer.path(table.name)};\n"
            "PRAGMA foreign_keys=on;",
        )
    for table in change.added_tables:
        yield writer.create_table(table)
    if redefined:
        lines = ["PRAGMA defer_foreign_keys=ON;", "PRAGMA foreign_keys=OFF;"]
        for each in redefined:
            lines += _redefinition(each, writer)
        lines += ["PRAGMA foreign_keys=ON;", "PRAGMA defer_foreign_keys=OFF;"]
        yield Statement("RedefineTables", "\n".join(lines))
    for table in change.added_tables:
        for index in table.indexes:
            if not index.is_constraint:
                yield writer.create_index(table.name, index)
    for each in altered:
        for index in each.added_indexes:
            yield writer.create_index(each.name, index)
    for each in altered:
        for old, new in each.renamed_indexes:
            dropping = f"DROP INDEX {writer.name(old.name)};"
            making = writer.index_sql(each.name, new)
            yield Statement("RedefineIndex", f"{dropping}\n{making}")


def _has_to_be_redefined(change: TableChange) -> bool:
    return bool(
        change.dropped_columns
        or change.altered_columns
        or change.added_keys
        or change.dropped_keys
        or change.added_checks
        or change.dropped_checks
        or change.has_other_key_columns
        or not all(_can_be_added(column) for column in change.added_columns)
        # A UNIQUE of the table itself has no index that could be dropped.
        or any(index.is_constraint for index in (*change.dropped_indexes, *change.added_indexes))
        or any(old.is_constraint for old, _ in change.renamed_indexes)
    )


def _can_be_added(column: Column) -> bool:
    """Tell whether ADD COLUMN takes the column, as the engine uses it: NULL in the old rows."""
    return column.is_nullable and column.default is None and not column.is_generated


def _redefinition(change: TableChange, writer: Writer) -> Iterator[str]:
    old, new = change.before.name, Name(None, f"new_{change.name.name}")
    yield writer.table_sql(change.after, new)
    kept = _kept_columns(change)
    if kept:
        targets = writer.names(name for name, _ in kept)
        sources = ", ".join(_source(column, name, writer) for name, column in kept)
        yield (
            f"INSERT INTO {writer.path(new)} ({targets}) SELECT {sources} FROM {writer.path(old)};"
        )
    yield f"DROP TABLE {writer.path(old)};"
    yield f"ALTER TABLE {writer.path(new)} RENAME TO {writer.path(old)};"
    for index in change.after.indexes:
        if not index.is_constraint:
            yield writer.index_sql(change.name, index)


def _kept_columns(change: TableChange) -> list[tuple[str, ColumnChange | None]]:
    """Return the columns whose values are carried over, by name, as the engine orders them."""
    altered = {each.after.name: each for each in change.altered_columns}
    old = {column.name for column in change.before.columns}
    names = sorted(
        column.name
        for column in change.after.columns
        if column.name in old and not column.is_generated
    )
    return [(name, altered.get(name)) for name in names]


def _source(change: ColumnChange | None, name: str, writer: Writer) -> str:
    """Return what fills a column; its default stands in for NULL where that is no longer taken."""
    column = writer.name(name)
    if change is None or not change.becomes_required or change.after.default is None:
        return column
    default = writer.default(change.after.default, change.after.type)
    return column if default is None else f"coalesce({column}, {default}) AS {column}"
