"""Replays functions and triggers: who needs a function, and whether it is there (PostgreSQL).

A function is known by its name and the text of its arguments, not by its schema. Of those that no
script makes, only well-known ones of well-known extensions are judged. It reads no body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from referee.ddl.model import Name, Trigger
from referee.migrations.effects import Effect, ObjectKind
from referee.migrations.extensions import (
    FUNCTIONS,
    OPERATOR_CLASSES,
    TRIGGER_FUNCTIONS,
    WITHOUT_TRIGGER_FUNCTIONS,
)
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.sql.statements import (
    CreateFunction,
    CreateTrigger,
    DropFunction,
    DropTrigger,
)
from referee.migrations.sql.tokens import calls_in, tokenize

# Trigger functions that PostgreSQL itself has ("Trigger Functions" and "Triggers for Automatic
# Updates" in its manual).
_BUILT_IN = frozenset(
    [
        "suppress_redundant_updates_trigger",
        "tsvector_update_trigger",
        "tsvector_update_trigger_column",
    ]
)

# Functions that newer versions have themselves, so that a default calls theirs: a script may make
# them for older ones.
_POLYFILLED = frozenset(["gen_random_uuid", "uuidv4", "uuidv7"])


def create_function(database: RunningDatabase, statement: CreateFunction) -> None:
    name = statement.name.name
    known = database.functions.get(name, ())
    if statement.arguments not in known:
        database.functions[name] = (*known, statement.arguments)
    database.note(Effect(statement, database.span))


def drop_function(database: RunningDatabase, statement: DropFunction) -> None:
    for name, arguments in statement.functions:
        known = database.functions.get(name.name, ())
        if not known:
            if not statement.if_exists and _knows_functions(database, name):
                database.problem("missing", "function", name.name)
            continue
        if statement.is_cascading:
            database.triggers = [each for each in database.triggers if each.function != name.name]
            database.view_reads.clear()  # which views go with it is not known
        elif len(known) == 1 and (user := _user_of(database, name.name)) is not None:
            database.problem("in use", "function", name.name, None, user)
        if arguments is None or len(known) == 1:
            del database.functions[name.name]
        else:
            database.functions[name.name] = tuple(each for each in known if each != arguments)
    database.note(Effect(statement, database.span))


def create_trigger(database: RunningDatabase, statement: CreateTrigger) -> None:
    table = database.find(statement.table)
    if table is not None:
        for column in statement.columns:
            database.column_of(table, column)
    if database.provider == "sqlite" and table is not None:
        writes = [database.resolve(each) for each in statement.writes]
        there = tuple(each for each in writes if each in database.tables and each != table.name)
        database.triggers.append(Trigger(statement.name, table.name, writes=there))
    function = statement.function
    if function is not None and database.provider == "postgresql":
        _need_trigger_function(database, function)
        if table is not None and not database.is_assumed:
            database.triggers.append(Trigger(statement.name, table.name, function.name))
    database.note(Effect(statement, database.span))


def drop_trigger(database: RunningDatabase, statement: DropTrigger) -> None:
    table = None if statement.table is None else database.resolve(statement.table)
    database.triggers = [
        each
        for each in database.triggers
        if not database.equal(each.name, statement.name)
        or (table is not None and each.table != table)
    ]
    database.note(Effect(statement, database.span))


def forget_triggers(database: RunningDatabase, table: Name) -> None:
    """Take away the triggers of a table that goes."""
    database.triggers = [each for each in database.triggers if each.table != table]


def rename_in_triggers(database: RunningDatabase, old: Name, new: Name) -> None:
    """Let the triggers follow their table to its new name."""
    database.triggers = [
        replace(
            each,
            table=new if each.table == old else each.table,
            writes=each.writes
            if database.has_legacy_alter
            else tuple(new if written == old else written for written in each.writes),
        )
        for each in database.triggers
    ]


def need_functions(database: RunningDatabase, sql: str | None) -> None:
    """Note a function in an expression whose extension is not there."""
    if sql is None or database.provider != "postgresql":
        return
    for name in _called(sql):
        extension = FUNCTIONS.get(name)
        if extension is not None and name not in database.functions:
            _need_extension(database, extension, "function", name)


def need_operator_class(database: RunningDatabase, name: str | None) -> None:
    """Note an operator class whose extension is not there."""
    extension = OPERATOR_CLASSES.get(name or "")
    if extension is not None and name is not None and database.provider == "postgresql":
        _need_extension(database, extension, "operator class", name)


def _called(sql: str) -> Iterator[str]:
    """Yield the functions that an expression calls without saying their schema."""
    if "(" not in sql:
        return
    tokens = tokenize("postgresql", sql).tokens
    for at in calls_in(tokens):
        if not at or not tokens[at - 1].is_mark("."):
            yield tokens[at].value


def _need_extension(database: RunningDatabase, extension: str, kind: ObjectKind, name: str) -> None:
    if extension in database.extensions or database.may_hold_more or database.is_assumed:
        return
    database.problem("missing", kind, name, user=extension)
    database.functions.setdefault(name, ("",))  # told once


def _need_trigger_function(database: RunningDatabase, function: Name) -> None:
    name = function.name
    if name in database.functions or name in _BUILT_IN:
        return
    extension = TRIGGER_FUNCTIONS.get(name)
    if extension is not None:
        if function.namespace is None:
            _need_extension(database, extension, "function", name)
    elif _knows_functions(database, function):
        database.problem("missing", "function", name)


def _knows_functions(database: RunningDatabase, function: Name) -> bool:
    """Tell whether a function can only come from a script that was replayed."""
    return (
        database.provider == "postgresql"
        and function.namespace in (None, database.usual_namespace)
        and not database.may_hold_more
        and database.extensions <= WITHOUT_TRIGGER_FUNCTIONS
    )


def _user_of(database: RunningDatabase, function: str) -> str | None:
    """Return what of the database uses a function, so that it stays."""
    for trigger in database.triggers:
        if trigger.function == function:
            return trigger.name
    if function in _POLYFILLED:
        return None
    for owner, text in _expressions(database):
        if function.lower() in text.lower() and function in _called(text):
            return owner
    return None


def _expressions(database: RunningDatabase) -> Iterator[tuple[str, str]]:
    """Yield the expressions of all tables, each with the object that it is part of."""
    for table in database.tables.values():
        for column in table.columns:
            if column.default is not None and column.default.kind in ("expression", "value"):
                default = column.default.written or column.default.text
                yield f"{table.name.name}.{column.name}", default
        for check in table.checks:
            yield check.name or table.name.name, check.text
        for index in table.indexes:
            for text in (index.predicate, *(part.expression for part in index.parts)):
                if text is not None:
                    yield index.name, text
