"""Makes, changes, renames and drops tables while a script is replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from referee.ddl.model import ColumnDefault, ForeignKeyConstraint, Index, Name, Table
from referee.migrations.effects import Effect
from referee.migrations.replay.columns import (
    add_column,
    change_column,
    drop_column,
    drop_default,
    drop_not_null,
    made_column,
    rename_column,
    set_default,
    set_identity,
    set_not_null,
    set_type,
)
from referee.migrations.replay.constraints import (
    add_constraint,
    add_constraint_action,
    drop_constraint,
    drop_primary_key_action,
    each_once,
    rename_constraint,
    validate_constraint,
)
from referee.migrations.replay.functions import forget_triggers, rename_in_triggers
from referee.migrations.replay.refusals import refuse_dropped_indexes
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.views import refuse_for_lost_tables, release_views, rename_in_views
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AlterAction,
    AlterTable,
    AttachPartition,
    ChangeColumn,
    ConstraintSpec,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    DropPrimaryKey,
    DropTable,
    ForeignKeySpec,
    PlacedStatement,
    PrimaryKeySpec,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    SetDefault,
    SetIdentity,
    SetNamespace,
    SetNotNull,
    SetType,
    Span,
    ValidateConstraint,
)


def create_table(database: RunningDatabase, statement: CreateTable) -> None:
    full = database.resolve_new(statement.name)
    if statement.is_temporary or statement.name.namespace == "pg_temp":
        database.temporary.add(statement.name.name)
        database.note(Effect(statement, database.span))
        return
    if full in database.tables or full in database.views:
        if not statement.if_not_exists:
            database.problem("exists", "table", str(database.shown(full)))
        if full in database.tables:
            database.note(Effect(statement, database.span, None, full, database.tables[full], None))
            return
    database.missing_namespace(full)
    columns = tuple(made_column(database, spec) for spec in statement.columns)
    parent = None if statement.partition_of is None else database.resolve(statement.partition_of)
    table = Table(full, columns, has_unknown_shape=statement.has_unknown_shape, partition_of=parent)
    database.put(table)
    for constraint in each_once(database, table, _keys_first(statement.constraints)):
        add_constraint(database, full, constraint)
    if database.provider == "sqlite" and not statement.is_without_rowid:
        database.put(_with_row_number(database.tables[full]))
    database.note(Effect(statement, database.span, None, full, None, database.tables[full]))


def drop_table(database: RunningDatabase, statement: DropTable) -> None:
    dropped: list[Table] = []
    released: list[tuple[Name, ForeignKeyConstraint]] = []
    going = {database.resolve(name) for name in statement.names}
    for name in statement.names:
        full = database.resolve(name)
        if database.is_temporary(name):
            database.temporary.discard(name.name)
            continue
        if full not in database.tables:
            if not statement.if_exists and full not in database.views:
                database.find(name)
                database.tables.pop(full, None)
            continue
        before = database.tables[full]
        release_views(database, full, going, is_cascading=statement.is_cascading)
        released += release_table(database, full, going, statement.is_cascading)
        del database.tables[full]
        forget_triggers(database, full)
        dropped.append(before)
    for part in [each for each in database.tables.values() if each.partition_of in going]:
        del database.tables[part.name]  # a partition goes with its table
    database.note(
        Effect(
            statement,
            database.span,
            dropped_with=tuple(dropped),
            released=tuple(each for each in released if each[0] not in going),
        )
    )


def release_table(
    database: RunningDatabase, full: Name, going: set[Name], is_cascading: bool
) -> list[tuple[Name, ForeignKeyConstraint]]:
    """Take away the foreign keys that refer to a table which goes; return them and their tables."""
    released: list[tuple[Name, ForeignKeyConstraint]] = []
    if database.provider == "sqlite":
        return released  # SQLite keeps what refers to a table by its name
    for other in list(database.tables.values()):
        if other.name == full:
            continue
        kept = tuple(key for key in other.foreign_keys if key.referenced_table != full)
        if len(kept) == len(other.foreign_keys):
            continue
        if not is_cascading and other.name not in going and database.checks_keys:
            database.problem(
                "in use", "table", str(database.shown(full)), full, str(other.name.name)
            )
        if is_cascading or database.is_postgres:
            database.put(replace(other, foreign_keys=kept))
            released += [(other.name, key) for key in other.foreign_keys if key not in kept]
    return released


def alter_table(database: RunningDatabase, statement: AlterTable, placed: PlacedStatement) -> None:
    if database.is_temporary(statement.name):
        for action in statement.actions:
            if isinstance(action, RenameTable):
                database.temporary.discard(statement.name.name)
                database.temporary.add(action.name.name)
        database.note(Effect(statement, placed.span))
        return
    full = database.resolve(statement.name)
    if full not in database.tables and (statement.if_exists or not statement.name.name):
        database.note(Effect(statement, placed.span))
        return
    if full not in database.tables and (full in database.views or database.is_index(full)):
        for action in statement.actions:
            if isinstance(action, RenameTable | SetNamespace) and full in database.views:
                new = (
                    Name(full.namespace, action.name.name)
                    if isinstance(action, RenameTable)
                    else Name(action.namespace, full.name)
                )
                database.views.discard(full)
                database.views.add(new)
                rename_in_views(database, full, new)
        database.note(Effect(statement, placed.span))
        return
    if database.find(statement.name) is None:
        database.note(Effect(statement, placed.span))
        return
    spans = placed.parts or tuple(placed.span for _ in statement.actions)
    order = sorted(range(len(statement.actions)), key=lambda i: _turn(database, statement, i))
    dropped: list[tuple[Span, Index]] = []
    for number in order:
        action = statement.actions[number]
        database.span = spans[number]
        before = database.tables[full]
        after_name = _run_action(database, full, action)
        after = database.tables.get(after_name)
        database.note(Effect(statement, spans[number], action, after_name, before, after))
        if isinstance(action, DropConstraint) and after is not None:
            kept = [each.name for each in after.indexes]
            dropped += [(spans[number], i) for i in before.indexes if i.name not in kept]
        full = after_name
    # What MySQL drops and adds in one statement counts only when all of it is done.
    for database.span, index in dropped:
        refuse_dropped_indexes(database, full, [index])
    database.span = placed.span


def _turn(database: RunningDatabase, statement: AlterTable, number: int) -> int:
    """Return when a part runs: PostgreSQL drops first, then changes types, adds columns, keys.

    See the passes of `ATPrepCmd` in its sources (src/backend/commands/tablecmds.c). MySQL takes
    what is to go from the table as it was before; see `mysql_prepare_alter_table` in its sources
    (sql/sql_table.cc).
    """
    action = statement.actions[number]
    if database.provider == "mysql":
        if isinstance(action, DropConstraint | DropPrimaryKey):
            return 0
        return 1 if isinstance(action, DropColumn) else 2
    if not database.is_postgres:
        return 0
    if isinstance(action, DropColumn | DropConstraint | DropNotNull):
        return 0
    if isinstance(action, SetType):
        return 1
    if isinstance(action, AddColumn):
        return 2
    if isinstance(action, SetDefault | DropDefault):
        # Written before a change of type of the same column, DROP DEFAULT runs before it.
        return 0 if isinstance(action, DropDefault) else 3
    if isinstance(action, SetNotNull | SetIdentity):
        return 3
    if isinstance(action, AddConstraint):
        return 5 if isinstance(action.constraint, ForeignKeySpec) else 4
    return 6


def _run_action(database: RunningDatabase, full: Name, action: AlterAction) -> Name:
    """Run a part of ALTER TABLE and return the table's name after it."""
    if isinstance(action, RenameTable):
        return rename_table(database, full, Name(full.namespace, action.name.name))
    if isinstance(action, SetNamespace):
        database.missing_namespace(Name(action.namespace, full.name))
        return rename_table(database, full, Name(action.namespace, full.name))
    if isinstance(action, AttachPartition):
        partition = database.find(action.name)
        if partition is not None:
            parent = full if action.is_attached else None
            database.put(replace(partition, partition_of=parent))
        return full
    run = _ACTIONS.get(type(action))
    if run is not None:
        run(database, full, action)
    return full


def rename_table(database: RunningDatabase, full: Name, new: Name) -> Name:
    if new == full:
        # MySQL does nothing then.
        if database.provider in ("postgresql", "sqlite"):
            database.problem("exists", "table", str(database.shown(new)))
        return full
    if new in database.tables or new in database.views or _is_taken_in_sqlite(database, new):
        database.problem("exists", "table", str(database.shown(new)))
    refuse_for_lost_tables(database, full, "renames no table")
    table = database.tables.pop(full)
    indexes = table.indexes
    if database.provider == "sqlite":
        old_stem, stem = f"sqlite_autoindex_{full.name}_", f"sqlite_autoindex_{new.name}_"
        indexes = tuple(
            replace(each, name=stem + each.name.removeprefix(old_stem))
            if each.is_constraint and each.name.startswith(old_stem)
            else each
            for each in indexes
        )
    database.tables[new] = replace(table, name=new, indexes=indexes)
    for other in list(database.tables.values()):
        keys = tuple(
            replace(key, referenced_table=new) if key.referenced_table == full else key
            for key in other.foreign_keys
        )
        parent = new if other.partition_of == full else other.partition_of
        if keys != other.foreign_keys or parent != other.partition_of:
            database.put(replace(other, foreign_keys=keys, partition_of=parent))
    rename_in_views(database, full, new)
    rename_in_triggers(database, full, new)
    return new


def _is_taken_in_sqlite(database: RunningDatabase, new: Name) -> bool:
    """Tell whether something has the name already, in capitals or not."""
    if database.provider != "sqlite":
        return False
    names = [each.name for each in (*database.tables, *database.views)]
    names += [index.name for table in database.tables.values() for index in table.indexes]
    return any(database.equal(each, new.name) for each in names)


def _with_row_number(table: Table) -> Table:
    """Return a table of SQLite whose INTEGER PRIMARY KEY, if it has one, counts up.

    It does with or without AUTOINCREMENT ("ROWIDs and the INTEGER PRIMARY KEY", SQLite manual).
    """
    key = table.primary_key
    if key is None or len(key.columns) != 1:
        return table
    columns = tuple(
        replace(column, default=ColumnDefault("sequence"))
        if column.name == key.columns[0] and column.type.written.upper() == "INTEGER"
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def _keys_first(constraints: Sequence[ConstraintSpec]) -> list[ConstraintSpec]:
    """Return constraints as a database makes them: the primary key first, references last."""
    return sorted(
        constraints,
        key=lambda each: (
            0 if isinstance(each, PrimaryKeySpec) else 2 if isinstance(each, ForeignKeySpec) else 1
        ),
    )


_ACTIONS: dict[type, Callable[..., None]] = {
    AddColumn: add_column,
    DropColumn: drop_column,
    SetType: set_type,
    SetDefault: set_default,
    DropDefault: drop_default,
    SetNotNull: set_not_null,
    DropNotNull: drop_not_null,
    SetIdentity: set_identity,
    ChangeColumn: change_column,
    AddConstraint: add_constraint_action,
    DropConstraint: drop_constraint,
    DropPrimaryKey: drop_primary_key_action,
    ValidateConstraint: validate_constraint,
    RenameColumn: rename_column,
    RenameConstraint: rename_constraint,
}
