"""Adds indexes while a script is replayed, also those that a database makes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from referee.ddl.model import ForeignKeyConstraint, Index, IndexPart, Name, SqlType, Table
from referee.ddl.operator_classes import is_default_operator_class
from referee.migrations.default_names import (
    column_part,
    first_free,
    index_part_names,
    postgres_name,
)
from referee.migrations.replay.functions import need_functions, need_operator_class
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.sql.statements import IndexSpec


def add_index(
    database: RunningDatabase, full: Name, spec: IndexSpec, if_not_exists: bool = False
) -> None:
    table = database.tables[full]
    name = spec.name
    if if_not_exists and name is not None and database.is_relation(full, name):
        return
    for part in spec.parts:
        if part.column is not None:
            database.column_of(table, part.column)
        need_functions(database, part.expression)
        need_operator_class(database, part.operator_class)
    need_functions(database, spec.predicate)
    if name is None and database.provider == "mysql":
        columns = [part.column or "functional_index" for part in spec.parts]
        name = mysql_index_name(database, table, columns)
    elif name is None:
        parts = (*spec.parts, *(IndexPart(column) for column in spec.included))
        middle = column_part(index_part_names(parts))
        name = postgres_name(full.name, middle, "idx", database.taken(full))
    elif database.is_relation(full, name):
        database.problem("exists", "index", name, full)
        return
    made = Index(
        name,
        tuple(_index_part(database, table, part, spec) for part in spec.parts),
        spec.is_unique,
        spec.method,
        spec.predicate,
        spec.included,
    )
    kept = table.indexes
    if database.provider == "mysql":
        # InnoDB gives up the index it made for a foreign key once another one serves the key.
        implied = {key.name: key.columns for key in table.foreign_keys}
        kept = tuple(
            each
            for each in kept
            if not (implied.get(each.name) == each.columns and _serves(made, each.columns or ()))
        )
    database.put(replace(table, indexes=(*kept, made)))


def _index_part(
    database: RunningDatabase, table: Table, part: IndexPart, spec: IndexSpec
) -> IndexPart:
    found = None if part.column is None else database.known_column(table, part.column)
    if found is not None:
        part = replace(part, column=found.name)
    if part.operator_class is not None and (
        is_default_operator_class(part.operator_class, spec.method)
        or (found is not None and _is_default_class(part.operator_class, found.type, spec.method))
    ):
        part = replace(part, operator_class=None)
    return part


def mysql_index_name(database: RunningDatabase, table: Table, columns: Sequence[str]) -> str:
    return first_free(columns[0], database.taken(table.name))


def index_for_key(database: RunningDatabase, full: Name, key: ForeignKeyConstraint) -> None:
    """Add the index that InnoDB makes for a foreign key which has none."""
    table = database.tables[full]
    if not any(_serves(index, key.columns) for index in table.indexes) and not (
        table.primary_key is not None
        and table.primary_key.columns[: len(key.columns)] == key.columns
    ):
        parts = tuple(IndexPart(column) for column in key.columns)
        name = first_free(key.name or key.columns[0], database.taken(full))
        database.put(replace(table, indexes=(*table.indexes, Index(name, parts))))


def take_index(database: RunningDatabase, table: Table, name: str) -> Index | None:
    index = next((each for each in table.indexes if each.name == name), None)
    if index is None:
        database.problem("missing", "index", name, table.name)
        return None
    rest = tuple(each for each in table.indexes if each is not index)
    database.put(replace(table, indexes=rest))
    return index


def _serves(index: Index, columns: Sequence[str]) -> bool:
    """Tell whether an index starts with columns, so that InnoDB takes it for a foreign key."""
    found = index.columns
    return index.method == "btree" and found is not None and found[: len(columns)] == tuple(columns)


def _is_default_class(name: str, type: SqlType, method: str) -> bool:
    """Tell whether an operator class is the default one of a type."""
    names = {type.name, type.written.lower()}
    return any(name in (f"{each}_ops", f"{method}_{each}_ops") for each in names)
