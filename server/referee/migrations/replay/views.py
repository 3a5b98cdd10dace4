"""Replays what views read: what is not there for them, and what they keep from going.

PostgreSQL keeps what a view reads and lets it follow a new name. SQLite looks at every view when a
table or column is renamed and a column dropped, and refuses all of that while one of them reads
what is not there. MySQL looks at a view when it is made, and never again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from referee.ddl.model import Name, Table, ViewColumn, ViewReads
from referee.migrations.extensions import extension_of
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.sql.statements import CreateView, ReadColumn

# Columns that every table of PostgreSQL has ("System Columns" in its manual).
_SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"])


def note_view(database: RunningDatabase, full: Name, statement: CreateView) -> None:
    """Note what a new view reads; what is not there is a problem, but on SQLite."""
    database.view_reads.pop(full, None)
    if database.is_assumed or database.provider == "sqlserver":
        return
    tables: list[Name] = []
    for name in statement.tables:
        source = database.resolve(name)
        if database.is_temporary(name) or source == full:
            continue
        if source in database.tables or source in database.views:
            tables.append(source)
        elif _is_judged(database, name):
            database.find(name)
    columns: list[ViewColumn] = []
    for column in statement.columns:
        table = database.tables.get(database.resolve(column.table))
        if table is not None and not database.is_temporary(column.table):
            columns.extend(ViewColumn(table.name, each) for each in _read(database, table, column))
    if database.provider != "mysql":
        database.view_reads[full] = ViewReads(tuple(tables), tuple(dict.fromkeys(columns)))


def _is_judged(database: RunningDatabase, name: Name) -> bool:
    """Tell whether a table that is not there is surely missing to a new view."""
    if database.provider == "sqlite":
        return False  # it looks at the tables of a view when the view is read
    if database.provider == "mysql":
        others = {each.name.lower() for each in (*database.tables, *database.views)}
        return name.namespace is None and name.name.lower() not in {"dual", *others}
    if database.may_hold_more or name.name.endswith("_seq"):
        return False
    return extension_of(name, database.model()) is None


def _read(database: RunningDatabase, table: Table, column: ReadColumn) -> Iterator[str]:
    if column.column == "*":
        if database.is_postgres:
            yield from (each.name for each in table.columns)
        return
    known = database.known_column(table, column.column)
    if known is not None:
        # SQLite takes what is in quotes for a text once the column is gone.
        if database.provider != "sqlite" or column.is_qualified or not column.is_quoted:
            yield known.name
    elif (
        column.is_qualified
        and database.provider in ("postgresql", "mysql")
        and column.column not in _SYSTEM_COLUMNS
        and column.column not in database.functions  # of a row, it is called as a column is read
    ):
        database.column_of(table, column.column)


def forget_view(database: RunningDatabase, full: Name) -> None:
    """Take a view away, and with it the views that read it."""
    database.views.discard(full)
    database.view_reads.pop(full, None)
    for view, reads in list(database.view_reads.items()):
        if full in reads.tables:
            forget_view(database, view)


def release_views(
    database: RunningDatabase, full: Name, going: Collection[Name], *, is_cascading: bool
) -> None:
    """Let the views go that read a table or view which goes, or note that they keep it."""
    if database.provider != "postgresql":
        return
    for view, reads in list(database.view_reads.items()):
        if full not in reads.tables or view in going:
            continue
        if is_cascading:
            forget_view(database, view)
            continue
        shown = str(database.shown(full))
        if full in database.tables:
            database.problem("in use", "table", shown, full, view.name)
        else:
            database.problem("in use", "view", shown, None, view.name)
        del database.view_reads[view]  # told once


def release_views_of_column(
    database: RunningDatabase, full: Name, column: str, *, is_cascading: bool
) -> None:
    """Let the views go that read a column which goes, or note that they keep it."""
    for view in _views_of_column(database, full, column):
        if is_cascading and database.provider == "postgresql":
            forget_view(database, view)
        else:
            database.problem("in use", "column", column, full, view.name)
            return


def refuse_type_in_view(database: RunningDatabase, full: Name, column: str) -> bool:
    """Note a view that keeps PostgreSQL from changing the type of a column; tell whether so."""
    for view in _views_of_column(database, full, column):
        reason = (
            f"the view `{view.name}` reads it, so its type cannot change; drop the view first, "
            "and make it again after the change"
        )
        database.problem("refused", "column", column, full, reason)
        return True
    return False


def _views_of_column(database: RunningDatabase, full: Name, column: str) -> list[Name]:
    if database.provider not in ("postgresql", "sqlite"):
        return []
    wanted = ViewColumn(full, column)
    return [view for view, reads in database.view_reads.items() if wanted in reads.columns]


def refuse_for_lost_tables(
    database: RunningDatabase, full: Name, doing: str, column: str | None = None
) -> None:
    """Note a view or trigger of a table which is gone, so that SQLite changes no table.

    `doing` is what it then does not do to a table.
    """
    if database.provider != "sqlite" or database.has_legacy_alter:
        return
    users = [
        *(("view", view.name, "reads", each.tables) for view, each in database.view_reads.items()),
        *(("trigger", each.name, "writes", each.writes) for each in database.triggers),
    ]
    for kind, user, verb, tables in users:
        for lost in tables:
            if lost in database.tables or lost in database.views:
                continue
            reason = (
                f"SQLite {doing} while the {kind} `{user}` {verb} `{lost.name}`, which is not "
                f"there; drop the {kind} first, and make it again afterwards"
            )
            if column is None:
                database.problem("refused", "table", full.name, full, reason)
            else:
                database.problem("refused", "column", column, full, reason)
            return


def rename_in_views(database: RunningDatabase, old: Name, new: Name) -> None:
    """Let the views follow a table or view to its new name."""
    if database.has_legacy_alter:
        return  # SQLite then leaves them as they are
    for view, reads in list(database.view_reads.items()):
        renamed = ViewReads(
            tuple(new if each == old else each for each in reads.tables),
            tuple(
                replace(each, table=new) if each.table == old else each for each in reads.columns
            ),
        )
        del database.view_reads[view]
        database.view_reads[new if view == old else view] = renamed


def rename_column_in_views(database: RunningDatabase, full: Name, old: str, new: str) -> None:
    """Let the views follow a column to its new name."""
    for view, reads in list(database.view_reads.items()):
        columns = tuple(
            ViewColumn(full, new) if each == ViewColumn(full, old) else each
            for each in reads.columns
        )
        database.view_reads[view] = replace(reads, columns=columns)
