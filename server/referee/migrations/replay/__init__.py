"""Replays the statements of a migration on the model of a database, as the database would.

Each rule here was found by a difference from a real database. What a database would refuse is
noted as a problem, and the replay goes on as well as it can. Statements in DO blocks are taken as
run: the conditions around them guard against running twice, and what they find missing is no
problem. Of branches that cannot all run, it is not known which does, nor what their tables become
by them. It deliberately knows no schema, no file and no severity.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from referee.ddl.model import DatabaseModel, Name
from referee.ddl.of_schema import DEFAULT_NAMESPACES
from referee.migrations.effects import Effect, Replayed
from referee.migrations.extensions import TYPES
from referee.migrations.replay.enums import (
    add_enum_value,
    create_enum,
    create_other_type,
    drop_type,
    rename_enum_value,
    rename_type,
    set_type_namespace,
)
from referee.migrations.replay.functions import (
    create_function,
    create_trigger,
    drop_function,
    drop_trigger,
)
from referee.migrations.replay.index_statements import create_index, drop_index, rename_index
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.replay.surroundings import (
    control_transaction,
    create_extension,
    create_namespace,
    create_view,
    data_change,
    drop_extension,
    drop_namespace,
    drop_view,
    set_variable,
)
from referee.migrations.replay.tables import alter_table, create_table, drop_table
from referee.migrations.sql.statements import (
    AddEnumValue,
    AlterTable,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateTrigger,
    CreateView,
    DataChange,
    DoBlock,
    DropExtension,
    DropFunction,
    DropIndex,
    DropNamespace,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    Opaque,
    PlacedStatement,
    RenameEnumValue,
    RenameIndex,
    RenameType,
    SetTypeNamespace,
    SetVariable,
    TransactionControl,
)
from referee.schema.providers import Provider


def empty_database(provider: Provider, namespace: str | None = None) -> DatabaseModel:
    """Return a database before the first migration; `namespace` is where unqualified names go."""
    own = namespace or DEFAULT_NAMESPACES.get(provider)
    return DatabaseModel(provider, {}, {}, namespaces=frozenset([own] if own else ()))


def replay(
    model: DatabaseModel,
    statements: Iterable[PlacedStatement],
    default_namespace: str | None = None,
) -> Replayed:
    """Return what a script makes of a database.

    `default_namespace` is where unqualified names are looked up and made, if it is not the usual
    one of the database.
    """
    database = RunningDatabase(model, default_namespace or DEFAULT_NAMESPACES.get(model.provider))
    for placed in statements:
        _run(database, placed)
    return Replayed(database.model(), tuple(database.effects), tuple(database.problems))


def _run(database: RunningDatabase, placed: PlacedStatement) -> None:
    database.span = placed.span
    statement = placed.statement
    if isinstance(statement, DoBlock):
        was_assumed, database.is_assumed = database.is_assumed, True
        for number, inner in enumerate(statement.statements):
            if number not in statement.alternatives:
                _run(database, inner)
                continue
            before = dict(database.tables)
            _run(database, inner)
            database.doubt_changes(before)
        if statement.is_dynamic:
            database.doubt_routines()
            # What it puts together itself may have made any extension.
            database.other_types.update(dict.fromkeys(TYPES.keys() - database.other_types.keys()))
        database.is_assumed = was_assumed
        database.span = placed.span
        database.note(Effect(statement, placed.span))
    elif database_beside(database.provider, statement, database.namespaces) is not None:
        database.note(Effect(Opaque("elsewhere"), placed.span))
    elif isinstance(statement, AlterTable):
        alter_table(database, statement, placed)
    else:
        replay_it = _STATEMENTS.get(type(statement))
        if isinstance(statement, Opaque) and _may_change_routines(database, statement):
            database.doubt_routines()
        if replay_it is None:
            database.note(Effect(statement, placed.span))
        else:
            replay_it(database, statement)


def database_beside(
    provider: Provider, statement: object, databases: Collection[str]
) -> str | None:
    """Return the database of MySQL beside its own to which a statement reaches.

    Which one is its own is not known, so only those count that a script makes.
    """
    if provider != "mysql" or not databases:
        return None
    names: tuple[Name, ...] = ()
    if isinstance(statement, CreateTable | AlterTable | CreateView):
        names = (statement.name,)
    elif isinstance(statement, DropTable | DropView):
        names = statement.names
    elif isinstance(statement, CreateIndex):
        names = (statement.table,)
    elif isinstance(statement, DataChange):
        names = statement.tables
    found = {name.namespace for name in names}
    return next(iter(found)) if len(found) == 1 and found <= set(databases) else None


# Statements whose words are all that is read, and which rename, move or import what is replayed.
_UNREAD = (
    "alter function",
    "alter procedure",
    "alter routine",
    "alter trigger",
    "alter view",
    "alter materialized",
    "import foreign",
    "drop owned",
)


def _may_change_routines(database: RunningDatabase, statement: Opaque) -> bool:
    """Tell whether a statement that is not read may make, drop or rename views and functions.

    A query that calls a function of the scripts may, too.
    """
    calls = statement.words.startswith(("select", "call")) and bool(database.functions)
    return database.is_postgres and (calls or statement.words.startswith(_UNREAD))


_STATEMENTS: dict[type, Callable[..., None]] = {
    CreateTable: create_table,
    DropTable: drop_table,
    CreateIndex: create_index,
    DropIndex: drop_index,
    RenameIndex: rename_index,
    CreateEnum: create_enum,
    CreateOtherType: create_other_type,
    AddEnumValue: add_enum_value,
    RenameEnumValue: rename_enum_value,
    RenameType: rename_type,
    SetTypeNamespace: set_type_namespace,
    DropType: drop_type,
    CreateNamespace: create_namespace,
    DropNamespace: drop_namespace,
    CreateExtension: create_extension,
    DropExtension: drop_extension,
    CreateView: create_view,
    DropView: drop_view,
    CreateFunction: create_function,
    DropFunction: drop_function,
    CreateTrigger: create_trigger,
    DropTrigger: drop_trigger,
    DataChange: data_change,
    SetVariable: set_variable,
    TransactionControl: control_transaction,
}
