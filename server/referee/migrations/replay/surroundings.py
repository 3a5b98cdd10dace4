"""Replays what is around tables: namespaces, extensions, views, rows and settings."""

from __future__ import annotations

from referee.ddl.model import Table
from referee.migrations.effects import Effect
from referee.migrations.extensions import NEEDED
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.tables import release_table
from referee.migrations.replay.views import forget_view, note_view, release_views
from referee.migrations.sql.statements import (
    CreateExtension,
    CreateNamespace,
    CreateView,
    DataChange,
    DropExtension,
    DropNamespace,
    DropView,
    SetVariable,
    TransactionControl,
)


def create_namespace(database: RunningDatabase, statement: CreateNamespace) -> None:
    if statement.name in database.namespaces and not statement.if_not_exists:
        # Every PostgreSQL has `public`, and migrations that say CREATE SCHEMA "public" fail.
        database.problem("exists", "schema", statement.name)
    database.namespaces.add(statement.name)
    database.note(Effect(statement, database.span))


def drop_namespace(database: RunningDatabase, statement: DropNamespace) -> None:
    dropped: list[Table] = []
    for name in statement.names:
        if name not in database.namespaces and not statement.if_exists:
            database.problem("missing", "schema", name)
        database.namespaces.discard(name)
        inside = {full for full in database.tables if full.namespace == name}
        for full in inside:
            release_table(database, full, inside, True)
            dropped.append(database.tables.pop(full))
        for view in [full for full in database.view_reads if full.namespace == name]:
            forget_view(database, view)
        for enum in [full for full in database.enums if full.namespace == name]:
            del database.enums[enum]
    database.note(Effect(statement, database.span, dropped_with=tuple(dropped)))


def create_extension(database: RunningDatabase, statement: CreateExtension) -> None:
    database.extensions.add(statement.name)
    if statement.is_cascading:
        database.extensions.update(NEEDED.get(statement.name, ()))
    database.note(Effect(statement, database.span))


def drop_extension(database: RunningDatabase, statement: DropExtension) -> None:
    database.extensions -= set(statement.names)
    database.view_reads.clear()  # with CASCADE, what is made of the extension goes
    database.note(Effect(statement, database.span))


def create_view(database: RunningDatabase, statement: CreateView) -> None:
    full = database.resolve_new(statement.name)
    if (full in database.views and not statement.is_replacing) or full in database.tables:
        database.problem("exists", "view", str(database.shown(full)))
    database.views.add(full)
    note_view(database, full, statement)
    database.note(Effect(statement, database.span))


def drop_view(database: RunningDatabase, statement: DropView) -> None:
    going = {database.resolve(name) for name in statement.names}
    for name in statement.names:
        full = database.resolve(name)
        if full not in database.views and not statement.if_exists:
            database.problem("missing", "view", str(database.shown(full)))
        release_views(database, full, going, is_cascading=statement.is_cascading)
        database.views.discard(full)
        database.view_reads.pop(full, None)
    database.note(Effect(statement, database.span))


def data_change(database: RunningDatabase, statement: DataChange) -> None:
    table: Table | None = None
    for name in statement.tables:
        table = database.find(name)
    if table is not None:
        for column in statement.columns:
            if not (database.provider == "sqlite" and column.lower() == "rowid"):
                database.column_of(table, column)
    full = None if table is None else table.name
    database.note(Effect(statement, database.span, None, full, table, table))


def set_variable(database: RunningDatabase, statement: SetVariable) -> None:
    value = statement.value.strip("'\"()").lower()
    if statement.name == "foreign_key_checks":
        database.checks_keys = value not in ("0", "off", "false")
    elif statement.name == "legacy_alter_table":
        database.has_legacy_alter = value in ("1", "on", "true", "yes")
    elif (
        database.is_postgres
        and statement.name in ("search_path", "all")
        # An empty path is that of a dump, which names the namespace of everything.
        and (statement.path or not statement.value)
    ):
        database.set_path(statement.path, is_local=statement.is_local)
    database.note(Effect(statement, database.span))


def control_transaction(database: RunningDatabase, statement: TransactionControl) -> None:
    if statement.kind in ("commit", "rollback"):
        database.end_transaction()
    database.note(Effect(statement, database.span))
