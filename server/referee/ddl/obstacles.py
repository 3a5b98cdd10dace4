"""What stands in the way of a change: parts that stay but have to be taken away while it runs.

It deliberately writes no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from referee.ddl.difference import DatabaseChange, TableChange
from referee.ddl.model import Column, ForeignKeyConstraint, Index, Name, Table


class MovedKey(NamedTuple):
    """A foreign key of a table that is taken away and put back, perhaps under another name."""

    table: Name
    before: ForeignKeyConstraint
    after: ForeignKeyConstraint


def keys_in_the_way(change: DatabaseChange) -> list[MovedKey]:
    """Return foreign keys that stay, but whose columns or whose index under them do not."""
    changes = {each.name: each for each in change.tables}
    found: list[MovedKey] = []
    for name, table in change.before.tables.items():
        after = change.after.tables.get(name)
        if after is None:
            continue
        gone = changes[name].dropped_keys if name in changes else ()
        renamed = dict(changes[name].renamed_keys) if name in changes else {}
        for key in table.foreign_keys:
            if key in gone:
                continue
            child, parent = changes.get(name), changes.get(key.referenced_table)
            if (child is not None and _is_touched(change, child, key.columns, is_parent=False)) or (
                parent is not None
                and _is_touched(change, parent, key.referenced_columns, is_parent=True)
            ):
                found.append(MovedKey(name, key, renamed.get(key, key)))
    return found


def _is_touched(
    change: DatabaseChange, table: TableChange, columns: tuple[str, ...], *, is_parent: bool
) -> bool:
    if any(each.has_other_type and each.after.name in columns for each in table.altered_columns):
        return True
    if change.before.provider == "mysql":
        # InnoDB holds on to any index that it uses for a foreign key, on either side.
        dropped = [index.columns for index in table.dropped_indexes]
        if table.has_other_key_columns and table.before.primary_key is not None:
            dropped.append(table.before.primary_key.columns)
        return any(each is not None and each[:1] == columns[:1] for each in dropped)
    if not is_parent:
        return False
    dropped_uniques = [index.columns for index in table.dropped_indexes if index.is_unique]
    if table.has_other_key_columns and table.before.primary_key is not None:
        dropped_uniques.append(table.before.primary_key.columns)
    return any(each is not None and set(each) == set(columns) for each in dropped_uniques)


def indexes_in_the_way(table: Table, columns: Iterable[Column]) -> list[Index]:
    """Return the indexes of a table whose condition or expression speaks of one of the columns."""
    names = [column.name for column in columns]
    return [
        index
        for index in table.indexes
        if any(mentions(text, name) for text in texts_of(index) for name in names)
    ]


def texts_of(index: Index) -> list[str]:
    """Return the pieces of SQL in an index: its condition and its expressions."""
    found = [part.expression for part in index.parts if part.expression is not None]
    return found if index.predicate is None else [*found, index.predicate]


def mentions(text: str, name: str) -> bool:
    """Tell whether SQL speaks of a column, as far as its name as a word says."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
