"""Statements that change a database of MySQL or MariaDB.

It deliberately does not decide what changes; `ddl/difference.py` does. The indexes that InnoDB
makes for foreign keys are in no model, and are taken away with the key that they were made for.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.difference import DatabaseChange, TableChange
from referee.ddl.model import ForeignKeyConstraint, Index, Name, Table
from referee.ddl.obstacles import MovedKey, keys_in_the_way
from referee.ddl.sql import Statement, Writer


def mysql_statements(change: DatabaseChange, writer: Writer) -> Iterator[Statement]:
    """Yield the statements of a change in an order in which they run."""
    # A foreign key cannot change its name.
    moved = [
        *keys_in_the_way(change),
        *(MovedKey(each.name, *pair) for each in change.tables for pair in each.renamed_keys),
    ]
    moved = list(dict.fromkeys(moved))
    tables = {each.name: each for each in change.before}
    gone_keys = [(each.name, key) for each in change.tables for key in each.dropped_keys]
    renamed_keys = [(each.table, each.before) for each in moved if each.before != each.after]
    for name, key in [*gone_keys, *((each.table, each.before) for each in moved)]:
        yield _drop_foreign_key(writer, name, key)
    for name, key in [*gone_keys, *renamed_keys]:
        if _has_implied_index(tables[name], key):
            yield _drop_index(writer, name, key.name or "")
    for gone in change.dropped_tables:
        for key in gone.foreign_keys:
            yield _drop_foreign_key(writer, gone.name, key)
    for each in change.tables:
        for index in each.dropped_indexes:
            yield _drop_index(writer, each.name, index.name)
    for each in change.tables:
        yield from _alter_table(writer, each)
    for gone in change.dropped_tables:
        yield Statement("DropTable", f"DROP TABLE {writer.path(gone.name)};")
    for table in change.added_tables:
        yield writer.create_table(table)
    for each in change.tables:
        for index in each.added_indexes:
            yield writer.create_index(each.name, index)
    yield from _add_foreign_keys(writer, change, moved)
    for each in change.tables:
        for old, new in each.renamed_indexes:
            sql = (
                f"ALTER TABLE {writer.path(each.name)} RENAME INDEX {writer.name(old.name)}"
                f" TO {writer.name(new.name)};"
            )
            yield Statement("RenameIndex", sql)


def _add_foreign_keys(
    writer: Writer, change: DatabaseChange, moved: list[MovedKey]
) -> Iterator[Statement]:
    for table in change.added_tables:
        for key in table.foreign_keys:
            yield writer.add_foreign_key(table.name, key)
    for each in change.tables:
        for key in each.added_keys:
            yield writer.add_foreign_key(each.name, key)
    for key_moved in moved:
        yield writer.add_foreign_key(key_moved.table, key_moved.after)


def _alter_table(writer: Writer, change: TableChange) -> Iterator[Statement]:
    clauses: list[str] = []
    if change.has_other_key_columns and change.before.primary_key is not None:
        clauses.append("DROP PRIMARY KEY")
    clauses += [
        f"DROP CONSTRAINT {writer.name(check.name)}"
        for check in change.dropped_checks
        if check.name is not None
    ]
    clauses += [f"DROP COLUMN {writer.name(each.name)}" for each in change.dropped_columns]
    clauses += [f"ADD COLUMN {writer.column(each)}" for each in change.added_columns]
    clauses += [f"MODIFY {writer.column(each.after)}" for each in change.altered_columns]
    after = change.after.primary_key
    if change.has_other_key_columns and after is not None:
        clauses.append(f"ADD PRIMARY KEY ({writer.key_columns(after)})")
    clauses += [f"ADD {writer.check(each.name, each.text)}" for each in change.added_checks]
    if clauses:
        sql = f"ALTER TABLE {writer.path(change.name)} " + ",\n    ".join(clauses) + ";"
        yield Statement("AlterTable", sql)


def _drop_foreign_key(writer: Writer, table: Name, key: ForeignKeyConstraint) -> Statement:
    sql = f"ALTER TABLE {writer.path(table)} DROP FOREIGN KEY {writer.name(key.name or '')};"
    return Statement("DropForeignKey", sql)


def _drop_index(writer: Writer, table: Name, index: str) -> Statement:
    return Statement("DropIndex", f"DROP INDEX {writer.name(index)} ON {writer.path(table)};")


def _has_implied_index(table: Table, key: ForeignKeyConstraint) -> bool:
    """Tell whether InnoDB made an index for a foreign key: no other begins with its columns."""
    leading = [_leading(index) for index in table.indexes]
    if table.primary_key is not None:
        leading.append(table.primary_key.columns)
    size = len(key.columns)
    if any(columns[:size] == key.columns for columns in leading):
        return False
    # One made for another key, earlier in the table, serves this key as well.
    earlier = table.foreign_keys[: table.foreign_keys.index(key)]
    return not any(each.columns[:size] == key.columns for each in earlier)


def _leading(index: Index) -> tuple[str, ...]:
    usable = all(part.length is None for part in index.parts) and index.method != "fulltext"
    return (index.columns or ()) if usable else ()
