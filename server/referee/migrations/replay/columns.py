"""Adds, changes and drops columns while a script is replayed."""

from __future__ import annotations

from dataclasses import replace

from referee.ddl.defaults import canonical_default, value_text
from referee.ddl.model import Column, ColumnDefault, Index, Name, SqlType
from referee.ddl.types import canonical_type, is_serial
from referee.migrations.extensions import TYPES
from referee.migrations.replay.constraints import add_constraint, each_once
from referee.migrations.replay.functions import need_functions
from referee.migrations.replay.mentions import (
    index_uses,
    index_with,
    mentions,
    text_with,
    with_new_name,
)
from referee.migrations.replay.refusals import (
    refuse_added_column,
    refuse_dropped_column,
    refuse_new_type,
)
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.views import (
    refuse_for_lost_tables,
    release_views_of_column,
    rename_column_in_views,
)
from referee.migrations.sql.statements import (
    AddColumn,
    ChangeColumn,
    ColumnSpec,
    DropColumn,
    DropDefault,
    DropNotNull,
    RenameColumn,
    SetDefault,
    SetIdentity,
    SetNotNull,
    SetType,
)

# Types of MySQL, SQLite and SQL Server that PostgreSQL lacks: what a project keeps from before it
# moved. It may make them itself, as domains.
_OF_OTHERS = frozenset(
    [
        *("binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "clob"),
        *("datetime", "datetime2", "smalldatetime", "double", "tinyint", "mediumint"),
        *("tinytext", "mediumtext", "longtext", "nvarchar", "uniqueidentifier"),
    ]
)


def type_of(database: RunningDatabase, text: str) -> SqlType:
    found = canonical_type(database.provider, text, database.find_enum)
    if (
        database.is_postgres
        and found.enum is None
        and '"' in text
        and found.name not in database.other_types
        and any(letter.isupper() for letter in found.name)
    ):
        database.problem("missing", "type", found.name)
        database.other_types[found.name] = None
    if (
        database.provider == "postgresql"
        and found.name in _OF_OTHERS
        and found.enum is None
        and "." not in text
        and found.name not in database.other_types
    ):
        database.problem("missing", "type", found.name)
        database.other_types[found.name] = None
    extension = TYPES.get(found.name)
    if (
        extension is not None
        and database.provider == "postgresql"
        and found.enum is None
        and "." not in text
        and found.name not in database.other_types
        and extension not in database.extensions
    ):
        database.problem("missing", "type", found.name, user=extension)
        if not database.is_assumed:
            database.other_types[found.name] = None
    base = database.other_types.get(found.name)
    if base is not None and not found.is_array:
        found = base
    # SERIAL is no type but a way to say one and a default, which may be dropped again.
    return replace(found, written="" if is_serial(database.provider, text) else text)


def _default_of(database: RunningDatabase, text: str | None, type: SqlType) -> ColumnDefault | None:
    need_functions(database, text)
    found = canonical_default(database.provider, text, type)
    return None if found is None or text is None else replace(found, written=text)


def made_column(database: RunningDatabase, spec: ColumnSpec) -> Column:
    type = type_of(database, spec.type)
    default = _default_of(database, spec.default, type)
    is_nullable = not spec.is_not_null
    if spec.counts_up:
        default = ColumnDefault("sequence")
        is_nullable = is_nullable and not database.is_postgres
    elif is_serial(database.provider, spec.type):
        default = ColumnDefault("sequence")
        is_nullable = False
    if spec.is_generated and database.provider == "mysql":
        default = None  # as in its catalog
    updates_itself = spec.updates_itself
    return Column(spec.name, type, is_nullable, default, spec.is_generated, updates_itself)


def _retyped(database: RunningDatabase, column: Column, text: str) -> Column:
    type = type_of(database, text)
    default = column.default
    if default is not None and default.kind == "value" and type != column.type:
        value = value_text(database.provider, default.text, type)
        default = replace(default, text=value, written="")
    return replace(column, type=type, default=default)


def add_column(database: RunningDatabase, full: Name, action: AddColumn) -> None:
    table = database.tables[full]
    existing = database.known_column(table, action.column.name)
    if existing is not None:
        if not action.if_not_exists:
            database.problem("exists", "column", action.column.name, full)
        return
    refuse_added_column(database, full, action)
    database.put(replace(table, columns=(*table.columns, made_column(database, action.column))))
    for constraint in each_once(database, database.tables[full], action.constraints):
        add_constraint(database, full, constraint)


def drop_column(database: RunningDatabase, full: Name, action: DropColumn) -> None:
    table = database.tables[full]
    column = (
        database.known_column(table, action.column)
        if action.if_exists
        else database.column_of(table, action.column)
    )
    if column is None:
        return
    if not action.is_cascading:
        refuse_dropped_column(database, table, column)
    name = column.name
    refuse_for_lost_tables(database, full, "drops no column", name)
    release_views_of_column(database, full, name, is_cascading=action.is_cascading)
    columns = tuple(each for each in table.columns if each is not column)
    key = table.primary_key
    if key is not None and name in key.columns:
        key = None
    indexes: list[Index] = []
    for index in table.indexes:
        if not index_uses(index, name):
            indexes.append(index)
        elif database.provider == "mysql" and len(index.parts) > 1:
            # MySQL takes the column out of the index and keeps the rest of it.
            rest = tuple(part for part in index.parts if part.column != name)
            indexes.append(replace(index, parts=rest))
    table = replace(
        table,
        columns=columns,
        primary_key=key,
        indexes=tuple(indexes),
        foreign_keys=tuple(k for k in table.foreign_keys if name not in k.columns),
        checks=tuple(c for c in table.checks if not mentions(c.text, name)),
    )
    database.put(table)
    _release_columns(database, full, frozenset([name]), action.is_cascading, name)


def _release_columns(
    database: RunningDatabase, full: Name, columns: frozenset[str], is_cascading: bool, shown: str
) -> None:
    """Take away the foreign keys that refer to columns which go or lose their key."""
    if database.provider == "sqlite":
        return  # SQLite keeps what refers to a column by its name
    for other in list(database.tables.values()):
        kept = tuple(
            key
            for key in other.foreign_keys
            if key.referenced_table != full or not columns & set(key.referenced_columns)
        )
        if len(kept) == len(other.foreign_keys):
            continue
        if not is_cascading and database.checks_keys:
            database.problem("in use", "column", shown, full, other.name.name)
        if database.is_postgres:
            database.put(replace(other, foreign_keys=kept))


def set_type(database: RunningDatabase, full: Name, action: SetType) -> None:
    table = database.tables[full]
    column = database.column_of(table, action.column)
    if column is None:
        return
    retyped = _retyped(database, column, action.type)
    refuse_new_type(database, table, column, retyped.type, action)
    database.exchange(full, column, retyped)


def set_default(database: RunningDatabase, full: Name, action: SetDefault) -> None:
    column = database.column_of(database.tables[full], action.column)
    if column is not None:
        default = _default_of(database, action.default, column.type)
        database.exchange(full, column, replace(column, default=default))


def drop_default(database: RunningDatabase, full: Name, action: DropDefault) -> None:
    column = database.column_of(database.tables[full], action.column)
    if column is not None:
        database.exchange(full, column, replace(column, default=None))


def set_not_null(database: RunningDatabase, full: Name, action: SetNotNull) -> None:
    column = database.column_of(database.tables[full], action.column)
    if column is not None:
        database.exchange(full, column, replace(column, is_nullable=False))


def drop_not_null(database: RunningDatabase, full: Name, action: DropNotNull) -> None:
    column = database.column_of(database.tables[full], action.column)
    if column is not None:
        database.exchange(full, column, replace(column, is_nullable=True))


def set_identity(database: RunningDatabase, full: Name, action: SetIdentity) -> None:
    column = database.column_of(database.tables[full], action.column)
    if column is None:
        return
    if action.counts_up:
        database.exchange(full, column, replace(column, default=ColumnDefault("sequence")))
    elif column.default is not None and column.default.kind == "sequence":
        database.exchange(full, column, replace(column, default=None))


def change_column(database: RunningDatabase, full: Name, action: ChangeColumn) -> None:
    column = database.column_of(database.tables[full], action.old_name)
    if column is None:
        return
    changed = made_column(database, action.column)
    if database.provider == "sqlserver":
        changed = replace(changed, default=column.default)
    key = database.tables[full].primary_key
    if key is not None and column.name in key.columns:
        changed = replace(changed, is_nullable=False)
    database.exchange(full, column, replace(changed, name=column.name))
    if changed.name != column.name:
        rename_column(database, full, RenameColumn(column.name, changed.name))
    for constraint in action.constraints:
        add_constraint(database, full, constraint)


def rename_column(database: RunningDatabase, full: Name, action: RenameColumn) -> None:
    table = database.tables[full]
    column = database.column_of(table, action.old_name)
    if column is None:
        return
    old, new = column.name, action.name
    refuse_for_lost_tables(database, full, "renames no column", old)
    rename_column_in_views(database, full, old, new)
    if (new != old or database.provider == "postgresql") and table.column(new) is not None:
        database.problem("exists", "column", new, full)
    key = table.primary_key
    if key is not None:
        key = replace(key, columns=with_new_name(key.columns, old, new))
    database.put(
        replace(
            table,
            columns=tuple(
                replace(each, name=new) if each is column else each for each in table.columns
            ),
            primary_key=key,
            indexes=tuple(index_with(index, old, new) for index in table.indexes),
            foreign_keys=tuple(
                replace(each, columns=with_new_name(each.columns, old, new))
                for each in table.foreign_keys
            ),
            checks=tuple(
                replace(
                    each,
                    text=text_with(each.text, old, new),
                    column=new if each.column == old else each.column,
                )
                for each in table.checks
            ),
        )
    )
    for other in list(database.tables.values()):
        keys = tuple(
            replace(each, referenced_columns=with_new_name(each.referenced_columns, old, new))
            if each.referenced_table == full
            else each
            for each in other.foreign_keys
        )
        if keys != other.foreign_keys:
            database.put(replace(other, foreign_keys=keys))
