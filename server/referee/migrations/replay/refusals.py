"""What a database refuses although all that a statement names is there.

Only what it refuses whatever its rows, version and settings are is known here: a dropped column
that something uses, an index that a foreign key needs, a default that does not become another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from referee.ddl.model import Column, ForeignKeyConstraint, Index, Name, SqlType, Table
from referee.ddl.types import casts_by_itself
from referee.migrations.replay.mentions import mentions
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.views import refuse_type_in_view
from referee.migrations.sql.statements import (
    AddColumn,
    PrimaryKeySpec,
    SetType,
    UniqueSpec,
)
from referee.rules.words import listed


def refuse_added_column(database: RunningDatabase, full: Name, action: AddColumn) -> None:
    """Note a column with a key: SQLite adds none, rows or not ("ALTER TABLE ADD COLUMN")."""
    if database.provider != "sqlite":
        return
    for each in action.constraints:
        if isinstance(each, PrimaryKeySpec | UniqueSpec):
            word = "UNIQUE" if isinstance(each, UniqueSpec) else "PRIMARY KEY"
            way_out = (
                "add it without, and make a unique index"
                if isinstance(each, UniqueSpec)
                else "make the table anew, and copy its rows"
            )
            reason = f"SQLite adds no column that is {word}; {way_out}"
            database.problem("refused", "column", action.column.name, full, reason)
            return


def refuse_dropped_column(database: RunningDatabase, table: Table, column: Column) -> None:
    """Note a column that something else still uses, so that the database does not drop it."""
    user = _user_of_column(database, table, column.name)
    if user is not None:
        database.problem("in use", "column", column.name, table.name, user)


def _user_of_column(database: RunningDatabase, table: Table, column: str) -> str | None:
    """Return what keeps a column of SQLite, or a generated column of PostgreSQL that does."""
    for each in table.columns:
        # CockroachDB and MySQL have rules of their own.
        if database.provider in ("sqlite", "postgresql") and _is_made_of(each, column):
            return each.name
    if database.provider != "sqlite":
        return None
    key = table.primary_key
    if key is not None and column in key.columns:
        return "PRIMARY KEY"
    for index in table.indexes:
        if any(part.column == column for part in index.parts) or (
            index.predicate is not None and names(index.predicate, column)
        ):
            return (
                f"UNIQUE ({', '.join(index.columns or ())})"
                if index.is_constraint
                else (index.name)
            )
    for check in table.checks:
        # What is written at the column goes with it.
        if check.column != column and names(check.text, column):
            return check.name or "CHECK"
    for foreign in table.foreign_keys:
        if column in foreign.columns and not foreign.is_at_column:
            return f"FOREIGN KEY ({', '.join(foreign.columns)})"
    return None


def refuse_new_type(
    database: RunningDatabase, table: Table, column: Column, type: SqlType, action: SetType
) -> None:
    """Note what of a column PostgreSQL cannot take over to another type."""
    if database.provider != "postgresql":
        return
    if refuse_type_in_view(database, table.name, column.name):
        return
    for each in table.columns:
        if _is_made_of(each, column.name):
            reason = (
                f"the generated column `{each.name}` is made of it, so its type cannot change; "
                f"drop `{each.name}` first, and add it again"
            )
            database.problem("refused", "column", column.name, table.name, reason)
            return
    if action.using is None and not casts_by_itself(column.type, type):
        database.problem("no cast", "column", column.name, table.name, action.type)
        return
    wanted = type.enum.name if type.enum is not None else action.type
    if _keeps_its_default_from(column, type):
        reason = (
            f"its default does not become `{wanted}` by itself, with USING or without; drop "
            "the default first, and set it again after the change"
        )
        database.problem("refused", "column", column.name, table.name, reason)
        return
    user = _comparing_with_enum(table, column, type)
    if user is not None:
        reason = (
            f"`{user}` compares it with a value of `{column.type.name}`, "
            f"which `{wanted}` is not compared with; drop it first, and make it again"
        )
        database.problem("refused", "column", column.name, table.name, reason)


def _is_made_of(generated: Column, column: str) -> bool:
    default = generated.default
    if not generated.is_generated or default is None or generated.name == column:
        return False
    return names(default.written or default.text, column)


def _keeps_its_default_from(column: Column, type: SqlType) -> bool:
    """Tell whether a column's default is of a type that is not assigned to another one.

    What counts is the type of the literal: that of the column, or `integer` in one of numbers; in
    one of texts only what stands in quotes is a text.
    """
    default = column.default
    if default is None or default.kind != "value" or column.is_generated or column.type.is_array:
        return False
    is_text = column.type.name in ("text", "varchar") and default.written.startswith("'")
    is_known = (
        is_text
        or column.type.enum is not None
        or column.type.name in ("boolean", "smallint", "integer", "bigint")
    )
    return is_known and not casts_by_itself(column.type, type)


def _comparing_with_enum(table: Table, column: Column, type: SqlType) -> str | None:
    """Return the index or CHECK of a table that compares an enum's column with a value of it."""
    if column.type.enum is None or column.type.enum == type.enum or column.type.is_array:
        return None
    compared = re.compile(
        rf'(?:"{re.escape(column.name)}"'
        + (rf"|(?<![\w\"'.$:]){re.escape(column.name)}" if column.name.islower() else "")
        + r")\s*\)?\s*(?:=|<>|!=|in\s*\()\s*'",
        re.IGNORECASE,
    )
    for index in table.indexes:
        if index.predicate is not None and compared.search(index.predicate):
            return index.name
    for check in table.checks:
        if compared.search(check.text):
            return check.name or "CHECK"
    return None


def refuse_dropped_indexes(database: RunningDatabase, full: Name, dropped: Sequence[Index]) -> None:
    """Note dropped indexes that InnoDB keeps for a foreign key, which no other one serves."""
    table = database.tables.get(full)
    if (
        database.provider != "mysql"
        or table is None
        or not database.checks_keys
        or table.has_unknown_shape
    ):
        return
    for index in dropped:
        if any(part.length is not None for part in index.parts):
            continue
        for key, columns in _keys_on(database, table):
            if _starts_with(index, columns) and not _is_served(table, columns):
                database.problem(
                    "in use", "index", index.name, table.name, key.name or listed(columns)
                )
                break


def _keys_on(
    database: RunningDatabase, table: Table
) -> Iterator[tuple[ForeignKeyConstraint, tuple[str, ...]]]:
    """Yield the foreign keys from a table and to it, with the columns that need an index there."""
    for key in table.foreign_keys:
        yield key, key.columns
    for other in database.tables.values():
        for key in other.foreign_keys:
            if key.referenced_table == table.name and key.referenced_columns:
                yield key, key.referenced_columns


def _is_served(table: Table, columns: tuple[str, ...]) -> bool:
    key = table.primary_key
    if key is not None and key.columns[: len(columns)] == columns:
        return True
    return any(_starts_with(index, columns) for index in table.indexes)


def _starts_with(index: Index, columns: tuple[str, ...]) -> bool:
    found = index.columns
    return index.method == "btree" and found is not None and found[: len(columns)] == columns


# Types of one family are compared with each other, and with none of another. What stands in none
# of them may be compared with anything.
_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("smallint", "integer", "bigint", "decimal"), "number"),
        **dict.fromkeys(("real", "double precision"), "number"),
        **dict.fromkeys(("text", "varchar"), "text"),
        **dict.fromkeys(("timestamp", "timestamptz", "date"), "moment"),
        **{name: name for name in ("uuid", "boolean", "bytea")},
    }
)


def incomparable_types(
    table: Table, columns: Sequence[str], parent: Table, references: Sequence[str]
) -> tuple[str, str] | None:
    """Return the types of the first columns of a key that PostgreSQL does not compare."""
    for own, other in zip(columns, references, strict=False):
        child_column, parent_column = table.column(own), parent.column(other)
        if child_column is None or parent_column is None:
            continue
        child, wanted = _family(child_column.type), _family(parent_column.type)
        if child is not None and wanted is not None and child != wanted:
            return str(child_column.type), str(parent_column.type)
    return None


def _family(type: SqlType) -> str | None:
    if type.is_array:
        return None
    return f"enum {type.enum}" if type.enum is not None else _FAMILIES.get(type.name)


_NO_NAME = re.compile(
    r"""\w*\s*'(?:[^'])*'            # a text, and the type before it
    |::\s*(?:"[^"]*"|[\w.]+)         # a cast
    |\bas\s+\w+                      # CAST (... AS type)
    |\w+\s+from\b                    # extract(year FROM ...)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def names(text: str, column: str) -> bool:
    """Tell whether SQL surely names a column: neither a text in it nor a type is called so."""
    return mentions(_NO_NAME.sub(" ''", text), column)
