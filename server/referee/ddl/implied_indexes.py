"""The indexes that a database makes by itself for foreign keys.

InnoDB makes one, under the name of the foreign key, where none begins with its columns (MySQL
manual, "FOREIGN KEY Constraints"); no script asks for it, so a model of a schema has none.
It deliberately knows no catalog.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from referee.ddl.model import DatabaseModel, Index, Table


def without_implied_indexes(model: DatabaseModel) -> DatabaseModel:
    """Return a database without the indexes that InnoDB made for foreign keys."""
    if model.provider != "mysql":
        return model
    tables = {name: _without_implied(table) for name, table in model.tables.items()}
    return replace(model, tables=MappingProxyType(tables))


def is_implied_index(table: Table, index: Index) -> bool:
    """Tell whether an index looks like one that InnoDB made for a foreign key of the table."""
    return not index.is_unique and any(
        index.name == key.name and index.columns == key.columns for key in table.foreign_keys
    )


def _without_implied(table: Table) -> Table:
    kept = tuple(index for index in table.indexes if not is_implied_index(table, index))
    return table if len(kept) == len(table.indexes) else replace(table, indexes=kept)
