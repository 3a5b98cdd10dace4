"""What a change may do to rows that are there, in the sentences of Prisma Migrate.

It deliberately knows no rows: a sentence is about what happens if there are any.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.difference import ColumnChange, DatabaseChange, TableChange
from referee.ddl.model import Column, Index, SqlType


def risks_of(change: DatabaseChange) -> Iterator[str]:
    """Yield a sentence for everything that may lose values or be refused because of them."""
    for old, new in change.altered_enums:
        gone = [value for value in old.values if value not in new.values]
        if gone:
            yield (
                f"The values [{','.join(gone)}] on the enum `{old.name.name}` will be removed. "
                "If these variants are still used in the database, this will fail."
            )
    for table in change.tables:
        yield from _risks_of_table(change, table)
    for gone_table in change.dropped_tables:
        yield (
            f"You are about to drop the `{gone_table.name.name}` table. If the table is not empty, "
            "all the data it contains will be lost."
        )


def _risks_of_table(change: DatabaseChange, table: TableChange) -> Iterator[str]:
    name = table.name.name
    for column in table.dropped_columns:
        yield (
            f"You are about to drop the column `{column.name}` on the `{name}` table. "
            "All the data in the column will be lost."
        )
    if table.has_other_key_columns and table.before.primary_key is not None:
        yield (
            f"The primary key for the `{name}` table will be changed. If it partially fails, "
            "the table could be left without primary key constraint."
        )
    for column in table.added_columns:
        if not column.is_nullable and not _fills_itself(column):
            yield (
                f"Added the required column `{column.name}` to the `{name}` table without a "
                "default value. This is not possible if the table is not empty."
            )
    for each in table.altered_columns:
        yield from _risks_of_column(change, name, each)
    for index in table.added_indexes:
        if index.is_unique and not _is_old_constraint(table, index):
            columns = ",".join(part.column or part.expression or "" for part in index.parts)
            yield (
                f"A unique constraint covering the columns `[{columns}]` on the table `{name}` "
                "will be added. If there are existing duplicate values, this will fail."
            )


def _risks_of_column(change: DatabaseChange, table: str, each: ColumnChange) -> Iterator[str]:
    name = each.after.name
    if each.becomes_required and not (
        change.before.provider == "sqlite" and each.after.default is not None
    ):
        yield (
            f"Made the column `{name}` on table `{table}` required. "
            "This step will fail if there are existing NULL values in that column."
        )
    if each.has_other_type and not is_widening(each.before.type, each.after.type):
        yield (
            f"You are about to alter the column `{name}` on the `{table}` table. The data in that "
            f"column could be lost. The data in that column will be cast from `{each.before.type}` "
            f"to `{each.after.type}`.{_refused_rows(change, each)}"
        )


def _refused_rows(change: DatabaseChange, each: ColumnChange) -> str:
    """Say on which rows the cast fails; PostgreSQL refuses the values that do not fit."""
    before, after = each.before.type.enum, each.after.type.enum
    if before is None or after is None:
        is_known = change.before.provider == "postgresql"
        return _refused_values(each.before.type, each.after.type) if is_known else ""
    old, new = change.before.enums.get(before), change.after.enums.get(after)
    if old is None or new is None:
        return ""
    gone = [value for value in old.values if value not in new.values]
    return (
        f" This step fails on rows that hold {', '.join(f'`{each}`' for each in gone)}."
        if gone
        else ""
    )


_TEXTS = frozenset(["text", "varchar", "char", "citext"])
_WHOLE_NUMBERS = frozenset(["smallint", "integer", "bigint"])
_NUMBERS = _WHOLE_NUMBERS | {"decimal", "real", "double precision"}


def _refused_values(before: SqlType, after: SqlType) -> str:
    """Say which values PostgreSQL refuses to cast, where that is known.

    A change to a shorter text is no explicit cast, which would cut: it fails (PostgreSQL manual,
    "Character Types").
    """
    if before.is_array or after.is_array:
        return ""
    if after.name in ("varchar", "char") and after.arguments:
        characters = "character" if after.arguments == ("1",) else "characters"
        return f" This step fails on values longer than {after.arguments[0]} {characters}."
    if before.enum is None and before.name in _TEXTS and after.name not in _TEXTS:
        kind = "the enum " if after.enum is not None else ""
        return f" This step fails on values that are not valid for {kind}`{after}`."
    if before.name in _NUMBERS and _may_be_too_large(before, after):
        return f" This step fails on numbers that are too large for `{after}`."
    return ""


def _may_be_too_large(before: SqlType, after: SqlType) -> bool:
    sizes = [
        int(type.arguments[0]) - int(type.arguments[1])
        for type in (before, after)
        if type.name == "decimal" and len(type.arguments) == 2
    ]
    if len(sizes) == 2:
        return sizes[1] < sizes[0]
    if after.name in _WHOLE_NUMBERS or (after.name == "decimal" and after.arguments):
        return True
    is_huge = before.name == "double precision" or (
        before.name == "decimal" and not before.arguments
    )
    return is_huge and after.name in ("real", "double precision")


def _fills_itself(column: Column) -> bool:
    return column.default is not None and column.default.kind != "unknown"


def _is_old_constraint(table: TableChange, index: Index) -> bool:
    """Tell whether the same columns, or some of them, were unique before under another form."""
    columns = set(index.columns or ())
    keys = [set(each.columns or ()) for each in table.before.indexes if each.is_unique]
    if table.before.primary_key is not None:
        keys.append(set(table.before.primary_key.columns))
    return bool(columns) and any(key and key <= columns for key in keys)


# Each kind holds every value of those before it.
_CHAINS: tuple[tuple[str, ...], ...] = (
    ("smallint", "integer", "bigint", "decimal"),
    ("tinyint", "smallint", "mediumint", "integer", "bigint", "decimal"),
    ("int2", "int4", "int8", "decimal"),
    ("real", "double precision"),
    ("float4", "float8"),
    ("float", "double"),
    ("tinytext", "text", "mediumtext", "longtext"),
    ("tinyblob", "blob", "mediumblob", "longblob"),
    ("date", "timestamp", "timestamptz"),
    ("json", "jsonb"),
)
_UNLIMITED_TEXT = frozenset(["text", "string", "citext", "longtext"])


def is_widening(before: SqlType, after: SqlType) -> bool:
    """Tell whether every value of a type is one of another, so that a cast loses nothing."""
    if before.is_array != after.is_array or after.enum is not None:
        return False
    if before.values or after.values:
        return bool(before.values) and set(before.values) <= set(after.values)
    if after.name in _UNLIMITED_TEXT and not after.arguments:
        return True
    if before.name == after.name:
        return _is_roomier(before, after)
    if before.name in ("char", "varchar") and after.name in ("char", "varchar"):
        return _is_roomier(before, after)
    return any(
        before.name in chain
        and after.name in chain
        and chain.index(before.name) < chain.index(after.name)
        and (after.name != "decimal" or not after.arguments)
        for chain in _CHAINS
    )


def _is_roomier(before: SqlType, after: SqlType) -> bool:
    """Tell whether the arguments leave at least as much room; none leave all there is."""
    if before.arguments == after.arguments or not after.arguments:
        return True
    if not before.arguments or len(before.arguments) != len(after.arguments):
        return False
    if not all(each.isdigit() for each in (*before.arguments, *after.arguments)):
        return False
    old = [int(each) for each in before.arguments]
    new = [int(each) for each in after.arguments]
    if len(old) == 2:
        return new[1] >= old[1] and new[0] - new[1] >= old[0] - old[1]
    return new[0] >= old[0]
