"""Replays the statements about indexes that stand by themselves."""

from __future__ import annotations

from dataclasses import replace

from referee.ddl.model import Index, IndexPart, Name, PrimaryKey, Table
from referee.migrations.effects import Effect
from referee.migrations.replay.constraints import drop_index_of, rename_in_table
from referee.migrations.replay.indexes import add_index
from referee.migrations.replay.refusals import refuse_dropped_indexes
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.tables import rename_table
from referee.migrations.sql.statements import CreateIndex, DropIndex, RenameIndex


def create_index(database: RunningDatabase, statement: CreateIndex) -> None:
    table = database.find(statement.table)
    if table is None:
        database.note(Effect(statement, database.span))
        return
    spec = statement.index
    if database.provider == "sqlite":
        parts = (_as_sqlite_reads(database, table, part, spec.quoted) for part in spec.parts)
        spec = replace(spec, parts=tuple(parts))
    add_index(database, table.name, spec, statement.if_not_exists)
    after = database.tables[table.name]
    database.note(Effect(statement, database.span, None, table.name, table, after))


def _as_sqlite_reads(
    database: RunningDatabase, table: Table, part: IndexPart, quoted: frozenset[str]
) -> IndexPart:
    """Return a part of an index; SQLite takes a name in quotes that is no column for a text.

    Prisma quotes every name, so such an index is made, and no lookup ever uses it.
    """
    name = part.column
    if (
        name not in quoted
        or table.has_unknown_shape
        or database.known_column(table, name) is not None
    ):
        return part
    return replace(part, column=None, expression=f'"{name}"')


def drop_index(database: RunningDatabase, statement: DropIndex) -> None:
    before: Table | None = None
    for name in statement.names:
        owner: tuple[Table, Index | PrimaryKey] | None = None
        if statement.table is not None:
            table = database.find(statement.table)
            if table is not None:
                found = next((i for i in table.indexes if database.equal(i.name, name.name)), None)
                owner = None if found is None else (table, found)
        else:
            owner = database.index_owner(database.resolve_index(name))
        if owner is None:
            if not statement.if_exists and database.provider != "sqlserver":
                in_table = None if statement.table is None else database.resolve(statement.table)
                if in_table is None or not database.tables[in_table].has_unknown_shape:
                    database.problem("missing", "index", name.name, in_table)
            continue
        table, index = owner
        before = table
        if isinstance(index, PrimaryKey) or (index.is_constraint and database.is_postgres):
            database.problem("not allowed", "index", name.name, table.name)
        else:
            drop_index_of(database, table, index, False)
            refuse_dropped_indexes(database, table.name, [index])
    database.note(
        Effect(
            statement,
            database.span,
            None,
            None if before is None else before.name,
            before,
            None if before is None else database.tables[before.name],
        )
    )


def rename_index(database: RunningDatabase, statement: RenameIndex) -> None:
    full = database.resolve_index(statement.old_name)
    owner = database.index_owner(full)
    if owner is None:
        if full in database.tables:  # PostgreSQL takes ALTER INDEX for tables too
            rename_table(database, full, Name(full.namespace, statement.name))
        elif not statement.if_exists:
            database.problem("missing", "index", statement.old_name.name)
        database.note(Effect(statement, database.span))
        return
    table, _ = owner
    if database.index_owner(Name(full.namespace, statement.name)) is not None:
        database.problem("exists", "index", statement.name, table.name)
    rename_in_table(database, table.name, full.name, statement.name)
    database.note(
        Effect(statement, database.span, None, table.name, table, database.tables[table.name])
    )
