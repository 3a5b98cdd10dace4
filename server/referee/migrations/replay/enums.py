"""Replays the statements about enums and other types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from referee.ddl.model import Column, Enum, Name, SqlType
from referee.migrations.effects import Effect
from referee.migrations.replay.columns import drop_column, type_of
from referee.migrations.replay.mentions import with_new_name
from referee.migrations.replay.state import OWN_NAMESPACES, RunningDatabase
from referee.migrations.sql.statements import (
    AddEnumValue,
    CreateEnum,
    CreateOtherType,
    DropColumn,
    DropType,
    RenameEnumValue,
    RenameType,
    SetTypeNamespace,
)


def create_enum(database: RunningDatabase, statement: CreateEnum) -> None:
    full = database.resolve_new_type(statement.name)
    database.missing_namespace(full)
    if full in database.enums:
        database.problem("exists", "type", full.name)
    database.enums[full] = Enum(full, statement.values)
    database.note(Effect(statement, database.span, enum_after=database.enums[full]))


def create_other_type(database: RunningDatabase, statement: CreateOtherType) -> None:
    base = None if statement.base is None else type_of(database, statement.base)
    database.other_types[statement.name.name] = base
    database.note(Effect(statement, database.span))


def _enum_named(database: RunningDatabase, name: Name) -> Enum | None:
    full = database.resolve_type(name)
    found = database.enums.get(full)
    if (
        found is None
        and full.name not in database.other_types
        and full.namespace not in (OWN_NAMESPACES)
    ):
        database.problem("missing", "type", str(database.shown(full)))
        database.other_types[full.name] = None
    return found


def add_enum_value(database: RunningDatabase, statement: AddEnumValue) -> None:
    before = _enum_named(database, statement.name)
    if before is None:
        database.note(Effect(statement, database.span))
        return
    values = list(before.values)
    if statement.value in values:
        if not statement.if_not_exists:
            database.problem("exists", "enum value", statement.value, before.name)
    else:
        at = len(values)
        if statement.before in values:
            at = values.index(statement.before)
        elif statement.after in values:
            at = values.index(statement.after) + 1
        elif statement.before is not None or statement.after is not None:
            neighbour = statement.before or statement.after or ""
            database.problem("missing", "enum value", neighbour, before.name)
        values.insert(at, statement.value)
    database.enums[before.name] = Enum(before.name, tuple(values))
    after = database.enums[before.name]
    database.note(Effect(statement, database.span, enum_before=before, enum_after=after))


def rename_enum_value(database: RunningDatabase, statement: RenameEnumValue) -> None:
    before = _enum_named(database, statement.name)
    if before is None:
        database.note(Effect(statement, database.span))
        return
    old, new = statement.old_value, statement.value
    if old not in before.values:
        database.problem("missing", "enum value", old, before.name)
    after = Enum(before.name, with_new_name(before.values, old, new))
    database.enums[before.name] = after
    for table, column in _columns_of_enum(database, before.name):
        default = column.default
        if default is not None and default.kind == "value" and default.text == old:
            renamed = replace(column, default=replace(default, text=new, written=""))
            database.exchange(table, column, renamed)
    database.note(Effect(statement, database.span, enum_before=before, enum_after=after))


def _columns_of_enum(database: RunningDatabase, enum: Name) -> Iterator[tuple[Name, Column]]:
    for table in list(database.tables.values()):
        for column in table.columns:
            if column.type.enum == enum:
                yield table.name, column


def rename_type(database: RunningDatabase, statement: RenameType) -> None:
    old = database.resolve_type(statement.old_name)
    _move_type(database, statement.old_name, Name(old.namespace, statement.name))
    database.note(Effect(statement, database.span))


def set_type_namespace(database: RunningDatabase, statement: SetTypeNamespace) -> None:
    full = Name(statement.namespace, statement.name.name)
    database.missing_namespace(full)
    _move_type(database, statement.name, full)
    database.note(Effect(statement, database.span))


def _move_type(database: RunningDatabase, old_name: Name, new: Name) -> None:
    old = database.resolve_type(old_name)
    if old.name in database.other_types:
        database.other_types[new.name] = database.other_types.pop(old.name)
        return
    before = _enum_named(database, old_name)
    if before is None:
        database.other_types[new.name] = None
        return
    if new in database.enums and new != old:
        database.problem("exists", "type", str(database.shown(new)))
    columns = list(_columns_of_enum(database, before.name))
    del database.enums[before.name]
    database.enums[new] = Enum(new, before.values)
    for table, column in columns:
        present = database.tables[table].column(column.name)
        if present is not None:
            type = SqlType(new.name, (), column.type.is_array, new)
            database.exchange(table, present, replace(present, type=type))


def drop_type(database: RunningDatabase, statement: DropType) -> None:
    for name in statement.names:
        full = database.resolve_type(name)
        before = database.enums.get(full)
        if before is None:
            if not statement.if_exists and full.name not in database.other_types:
                _enum_named(database, name)
            continue
        users = list(_columns_of_enum(database, full))
        if users and not statement.is_cascading:
            table, column = users[0]
            database.problem(
                "in use", "type", str(database.shown(full)), None, f"{table.name}.{column.name}"
            )
        del database.enums[full]
        if statement.is_cascading:
            database.view_reads.clear()  # which views go with it is not known
        for table, column in users:
            if statement.is_cascading:
                drop_column(database, table, DropColumn(column.name, is_cascading=True))
        database.note(Effect(statement, database.span, enum_before=before))
