"""Reads the statements that make, change and drop what a database holds, from tokens.

Each function begins behind the first word of its statement. It deliberately does not judge the
syntax.
"""

from __future__ import annotations

import re

from referee.ddl.model import Name
from referee.migrations.sql.cursor import POSTGRESQL_FAMILY, TEMPORARY_WORDS, Cursor, Unreadable
from referee.migrations.sql.query_sources import read_sources
from referee.migrations.sql.statements import (
    AddEnumValue,
    AlterAction,
    AlterTable,
    ColumnSpec,
    ConstraintSpec,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateTrigger,
    CreateView,
    DropExtension,
    DropFunction,
    DropIndex,
    DropNamespace,
    DropTable,
    DropTrigger,
    DropType,
    DropView,
    IndexSpec,
    OtherAction,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    SetNamespace,
    SetTypeNamespace,
    Span,
    Statement,
)
from referee.migrations.sql.table_parts import (
    read_action,
    read_column,
    read_constraint,
    starts_constraint,
    takes_cascade,
)
from referee.migrations.sql.tokens import Token, split_at

# ---- CREATE ----


def create(cursor: Cursor) -> Statement:
    is_replacing = cursor.take("or", "replace") or cursor.take("or", "alter")
    is_temporary = False
    while word := cursor.take_one_of("global", "local", "temp", "temporary", "unlogged"):
        is_temporary |= word in TEMPORARY_WORDS
    if cursor.take("table"):
        return _create_table(cursor, is_temporary)
    if cursor.take("virtual", "table"):
        if_not_exists = cursor.take_if_not_exists()
        return CreateTable(cursor.name(), if_not_exists=if_not_exists, has_unknown_shape=True)
    if cursor.take("foreign", "table"):
        if_not_exists = cursor.take_if_not_exists()
        return CreateView(cursor.name(), is_replacing=if_not_exists)
    if cursor.take("type"):
        return _create_type(cursor)
    if cursor.take("domain"):
        domain = cursor.name()
        cursor.take("as")
        return CreateOtherType(domain, cursor.type())
    if cursor.take("schema"):
        if_not_exists = cursor.take_if_not_exists()
        return CreateNamespace(cursor.identifier(), if_not_exists)
    if cursor.take("database"):
        if cursor.provider != "mysql":  # where it is the same as a schema
            raise Unreadable
        if_not_exists = cursor.take_if_not_exists()
        return CreateNamespace(cursor.identifier(), if_not_exists)
    if cursor.take("extension"):
        cursor.take_if_not_exists()
        name = cursor.identifier()
        return CreateExtension(name, any(each.is_word("cascade") for each in cursor.rest()))
    is_materialized = cursor.take("materialized")
    cursor.take("recursive")
    if cursor.take("view"):
        cursor.take_if_not_exists()
        return _create_view(cursor, is_replacing, is_materialized)
    cursor.take("constraint")
    if cursor.take("trigger"):
        return _create_trigger(cursor)
    if cursor.provider in POSTGRESQL_FAMILY and cursor.take_one_of("function", "procedure"):
        function = cursor.name()
        return CreateFunction(function, cursor.sql(cursor.group()))
    return _create_index(cursor)


def _create_table(cursor: Cursor, is_temporary: bool) -> CreateTable:
    if_not_exists = cursor.take_if_not_exists()
    name = cursor.name()
    if not cursor.peek().is_mark("(") or _is_column_list_of_query(cursor):
        parent = cursor.name() if cursor.take("partition", "of") else None
        return CreateTable(
            name, (), (), if_not_exists, is_temporary, has_unknown_shape=True, partition_of=parent
        )
    columns: list[ColumnSpec] = []
    constraints: list[ConstraintSpec] = []
    is_unknown = False
    for tokens in split_at(cursor.group(), ","):
        if not tokens:
            cursor.has_gaps = True
            continue
        inner = cursor.inside(tokens)
        if inner.take("like"):
            is_unknown = True
        elif starts_constraint(inner):
            constraints.append(read_constraint(inner))
            # SQLite wants no comma between the constraints of a table.
            while cursor.provider == "sqlite" and starts_constraint(inner):
                constraints.append(read_constraint(inner))
            cursor.has_gaps |= not inner.is_at_end
        else:
            column, its_own = read_column(inner)
            columns.append(column)
            constraints.extend(its_own)
    if cursor.sees("inherits") or cursor.sees("as"):
        is_unknown = True
    # It may stand behind STRICT and a comma.
    is_without_rowid = any(cursor.peek(number).is_word("rowid") for number in range(4))
    return CreateTable(
        name,
        tuple(columns),
        tuple(constraints),
        if_not_exists,
        is_temporary,
        is_unknown,
        is_without_rowid,
    )


def _is_column_list_of_query(cursor: Cursor) -> bool:
    """Tell whether the parentheses only name the columns of CREATE TABLE (a, b) AS SELECT."""
    begun = cursor.at
    cursor.group()
    found = cursor.sees("as")
    cursor.at = begun
    return found


def _create_view(cursor: Cursor, is_replacing: bool, is_materialized: bool) -> CreateView:
    name = cursor.name()
    while not cursor.is_at_end and not cursor.take("as"):
        cursor.next()
    read = read_sources(cursor, cursor.rest())
    return CreateView(name, is_replacing, is_materialized, read.tables, read.columns)


def _create_trigger(cursor: Cursor) -> CreateTrigger:
    cursor.take_if_not_exists()
    name = cursor.name().name
    columns: tuple[str, ...] = ()
    while not cursor.take("on"):
        if cursor.take("update", "of"):
            columns = cursor.separated(Cursor.identifier)
        else:
            cursor.next()
    table = cursor.name()
    if cursor.provider == "sqlite":
        return CreateTrigger(table, columns, name, writes=_written_tables(cursor))
    if cursor.provider not in POSTGRESQL_FAMILY:
        return CreateTrigger(table, columns, name)
    while not cursor.take("execute"):
        cursor.next()
    cursor.take_one_of("function", "procedure")
    return CreateTrigger(table, columns, name, cursor.name())


def _written_tables(cursor: Cursor) -> tuple[Name, ...]:
    """Return the tables that the body of a trigger inserts into, updates or deletes from."""
    while not cursor.take("begin"):
        cursor.next()
    found: list[Name] = []
    while not cursor.is_at_end:
        is_update = cursor.take("update")
        if is_update and cursor.take("or"):
            cursor.next()
        if (is_update and not cursor.sees("set")) or (
            cursor.take("into") or cursor.take("delete", "from")
        ):
            found.append(cursor.name())
        elif not is_update:
            cursor.next()
    return tuple(dict.fromkeys(found))


def _create_type(cursor: Cursor) -> Statement:
    name = cursor.name()
    if cursor.take("as", "enum"):
        return CreateEnum(name, cursor.list_of(Cursor.string))
    return CreateOtherType(name)


def _create_index(cursor: Cursor) -> CreateIndex:
    is_unique = cursor.take("unique")
    kind = cursor.take_one_of("fulltext", "spatial", "clustered", "nonclustered")
    cursor.expect("index")
    is_concurrent = cursor.take("concurrently")
    if_not_exists = cursor.take_if_not_exists()
    name = None if cursor.sees("on") else cursor.name().name
    cursor_method = cursor.method() if cursor.take("using") else None
    cursor.expect("on")
    cursor.take("only")
    table = cursor.name()
    method = cursor.method() if cursor.take("using") else (cursor_method or "btree")
    if kind in ("fulltext", "spatial"):
        method = "fulltext" if kind == "fulltext" else "other"
    begun = cursor.at
    parts = cursor.list_of(Cursor.index_part)
    quoted = frozenset[str]()
    if cursor.provider == "sqlite":
        written = cursor.tokens[begun : cursor.at]
        quoted = frozenset(each.value for each in written if each.kind in ("name", "string"))
    included: tuple[str, ...] = ()
    predicate: str | None = None
    if cursor.take("include"):
        included = cursor.column_list()
    while not cursor.is_at_end:
        if cursor.take("where"):
            predicate = cursor.sql(cursor.rest())
        elif cursor.take("with") and cursor.peek().is_mark("("):
            cursor.group()
        else:
            cursor.next()
            cursor.has_gaps |= cursor.provider != "mysql"  # where options follow
    index = IndexSpec(name, parts, is_unique, method, predicate, included, quoted)
    return CreateIndex(table, index, is_concurrent, if_not_exists)


# ---- ALTER ----


def alter_table(cursor: Cursor) -> tuple[AlterTable, tuple[Span, ...]]:
    cursor.expect("alter", "table")
    if_exists = cursor.take_if_exists()
    cursor.take("only")
    name = cursor.name()
    cursor.take_mark("*")
    actions: list[AlterAction] = []
    parts: list[Span] = []
    heading: tuple[Token, ...] = ()
    for tokens in split_at(cursor.rest(), ","):
        if not tokens:
            raise Unreadable
        if cursor.provider == "sqlserver":
            tokens, heading = _with_heading(tokens, heading)
        for action in read_action(cursor.inside(tokens)):
            actions.append(action)
            parts.append(Span(tokens[0].start, tokens[-1].end))
    return AlterTable(name, tuple(actions), if_exists), tuple(parts)


def _with_heading(
    tokens: tuple[Token, ...], heading: tuple[Token, ...]
) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """Put the words of the action before it in front of an entry that has none (SQL Server)."""
    if tokens[0].is_word("add", "drop", "alter", "with", "rename", "set"):
        length = 2 if len(tokens) > 1 and tokens[1].is_word("column", "constraint") else 1
        return tokens, tokens[:length]
    if len(heading) == 2 and heading[0].is_word("add"):
        heading = heading[:1]
    return (*heading, *tokens), heading


def alter(cursor: Cursor) -> Statement:
    if cursor.take("index"):
        if_exists = cursor.take_if_exists()
        old_name = cursor.name()
        cursor.expect("rename", "to")
        return RenameIndex(old_name, cursor.identifier(), if_exists)
    if cursor.take("view") or cursor.take("materialized", "view"):
        if_exists = cursor.take_if_exists()
        old_name = cursor.name()
        if cursor.take("set", "schema"):
            return AlterTable(old_name, (SetNamespace(cursor.identifier()),), if_exists)
        cursor.expect("rename", "to")
        return AlterTable(old_name, (RenameTable(cursor.name()),), if_exists)
    if cursor.take_one_of("type", "domain") is None:
        raise Unreadable
    name = cursor.name()
    if cursor.take("add", "value"):
        if_not_exists = cursor.take_if_not_exists()
        value = cursor.string()
        before = cursor.string() if cursor.take("before") else None
        after = cursor.string() if cursor.take("after") else None
        return AddEnumValue(name, value, before, after, if_not_exists)
    if cursor.take("rename", "value"):
        old_value = cursor.string()
        cursor.expect("to")
        return RenameEnumValue(name, old_value, cursor.string())
    if cursor.take("rename", "to"):
        return RenameType(name, cursor.identifier())
    if cursor.take("set", "schema"):
        return SetTypeNamespace(name, cursor.identifier())
    raise Unreadable


def rename(cursor: Cursor) -> Statement:
    if cursor.take_one_of("table", "tables") is None:
        raise Unreadable
    old_name = cursor.name()
    cursor.expect("to")
    return AlterTable(old_name, (RenameTable(cursor.name()),))


_BRACKETED = re.compile(r"[\[\]\"]")


def execute(cursor: Cursor) -> Statement:
    """Read SQL Server's sp_rename; any other call is opaque."""
    procedure = cursor.name().name.lower()
    if procedure != "sp_rename":
        raise Unreadable
    arguments = [token.value for token in cursor.rest() if token.kind == "string"]
    if len(arguments) < 2:
        raise Unreadable
    path = [part for part in _BRACKETED.sub("", arguments[0]).split(".") if part]
    kind = arguments[2].upper() if len(arguments) > 2 else "OBJECT"
    if kind == "COLUMN" and len(path) > 1:
        return AlterTable(Name(None, path[-2]), (RenameColumn(path[-1], arguments[1]),))
    if kind == "INDEX" and len(path) > 1:
        return AlterTable(Name(None, path[-2]), (RenameConstraint(path[-1], arguments[1]),))
    if kind == "OBJECT" and arguments[1].endswith(("_pkey", "_key", "_fkey", "_df")):
        return AlterTable(Name(None, ""), (OtherAction(f"rename {path[-1]}"),))
    return AlterTable(Name(None, path[-1]), (RenameTable(Name(None, arguments[1])),))


# ---- DROP ----


def drop(cursor: Cursor) -> Statement:
    if cursor.take("foreign", "table"):
        if_exists = cursor.take_if_exists()
        names = cursor.separated(Cursor.name)
        return DropView(names, if_exists, takes_cascade(cursor))
    cursor.take("temporary")
    if cursor.take("table"):
        if_exists = cursor.take_if_exists()
        names = cursor.separated(Cursor.name)
        return DropTable(names, if_exists, takes_cascade(cursor))
    if cursor.take("index"):
        is_concurrent = cursor.take("concurrently")
        if_exists = cursor.take_if_exists()
        names = cursor.separated(Cursor.name)
        table = cursor.name() if cursor.take("on") else None
        return DropIndex(names, table, if_exists, is_concurrent)
    if cursor.take_one_of("type", "domain"):
        if_exists = cursor.take_if_exists()
        names = cursor.separated(Cursor.name)
        return DropType(names, if_exists, takes_cascade(cursor))
    if cursor.take("schema"):
        if_exists = cursor.take_if_exists()
        namespaces = cursor.separated(Cursor.identifier)
        return DropNamespace(namespaces, if_exists, takes_cascade(cursor))
    if cursor.take("extension"):
        cursor.take_if_exists()
        return DropExtension(cursor.separated(Cursor.identifier))
    if cursor.provider in POSTGRESQL_FAMILY:
        if cursor.take_one_of("function", "procedure", "routine"):
            if_exists = cursor.take_if_exists()
            functions = cursor.separated(_dropped_function)
            return DropFunction(functions, if_exists, takes_cascade(cursor))
        if cursor.take("trigger"):
            if_exists = cursor.take_if_exists()
            trigger = cursor.identifier()
            cursor.expect("on")
            return DropTrigger(trigger, cursor.name(), if_exists)
    if cursor.provider == "sqlite" and cursor.take("trigger"):
        if_exists = cursor.take_if_exists()
        return DropTrigger(cursor.name().name, None, if_exists)
    cursor.take("materialized")
    cursor.expect("view")
    if_exists = cursor.take_if_exists()
    names = cursor.separated(Cursor.name)
    return DropView(names, if_exists, takes_cascade(cursor))


def _dropped_function(cursor: Cursor) -> tuple[Name, str | None]:
    name = cursor.name()
    return name, cursor.sql(cursor.group()) if cursor.peek().is_mark("(") else None
