"""Reads the statements of every dialect from tokens.

It knows the statements that change what a database holds, and those that hazards are about; every
other is opaque, and so is one that is not of the form it should have. It deliberately does not
judge the syntax: a parser of the database's own grammar does, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from referee.ddl.model import Name
from referee.migrations.sql.cursor import Cursor, Unreadable
from referee.migrations.sql.statements import (
    AddEnumValue,
    AlterAction,
    AlterTable,
    ColumnSpec,
    CommentOn,
    ConstraintSpec,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateTrigger,
    CreateView,
    DataChange,
    DoBlock,
    DropExtension,
    DropIndex,
    DropNamespace,
    DropTable,
    DropType,
    DropView,
    IndexSpec,
    Opaque,
    OtherAction,
    PlacedStatement,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    SetTypeNamespace,
    SetVariable,
    Span,
    SqlMistake,
    Statement,
    TransactionControl,
)
from referee.migrations.sql.table_parts import (
    read_action,
    read_column,
    read_constraint,
    starts_constraint,
    takes_cascade,
)
from referee.migrations.sql.tokens import Token, split_at, tokenize, word_outside
from referee.schema.providers import Provider


def cut_statements(provider: Provider, tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """Yield the tokens of each statement, without the semicolon; empty ones are left out."""
    begun = 0
    depth = 0
    number = 0
    while number < len(tokens):
        token = tokens[number]
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth = max(0, depth - 1)
        elif token.is_mark(";") and depth == 0:
            if not _is_inside_body(provider, tokens[begun:number]):
                if number > begun:
                    yield tuple(tokens[begun:number])
                begun = number + 1
        elif provider == "sqlserver" and token.is_word("go") and depth == 0:
            if number > begun:
                yield tuple(tokens[begun:number])
            begun = number + 1
        number += 1
    if begun < len(tokens):
        yield tuple(tokens[begun:])


def _is_inside_body(provider: Provider, tokens: Sequence[Token]) -> bool:
    """Tell whether a semicolon stands inside the body of a trigger or routine."""
    if not tokens or not tokens[0].is_word("create"):
        return False
    head = [token.value for token in tokens[:6] if token.kind == "word"]
    if provider in ("postgresql", "cockroachdb"):
        if not ({"function", "procedure"} & set(head)):
            return False
        atomic = any(
            token.is_word("begin") and tokens[number + 1].is_word("atomic")
            for number, token in enumerate(tokens[:-1])
        )
        return atomic and not tokens[-1].is_word("end")
    if not ({"trigger", "function", "procedure"} & set(head)):
        return False
    opened = sum(token.is_word("begin", "case") for token in tokens)
    closed = sum(token.is_word("end") for token in tokens)
    return opened > closed


def read_statement(provider: Provider, text: str, tokens: Sequence[Token]) -> PlacedStatement:
    """Read the tokens of one statement."""
    return read_closely(provider, text, tokens)[0]


def read_closely(
    provider: Provider, text: str, tokens: Sequence[Token]
) -> tuple[PlacedStatement, bool]:
    """Read the tokens of one statement, and tell whether it was understood.

    What may be anything, such as the query of a view, the values of an INSERT or the options of a
    table, only has to close its parentheses.
    """
    cursor = Cursor(provider, text, tokens)
    span = Span(tokens[0].start, tokens[-1].end)
    try:
        placed = _placed(cursor, span)
    except Unreadable:
        return PlacedStatement(_at_least_a_table(cursor.inside(tokens)), span), False
    return placed, _is_understood(cursor, placed.statement)


def mistake_of_form(tokens: Sequence[Token]) -> SqlMistake | None:
    """Return what no dialect allows in a definition: a parenthesis too many, an empty entry."""
    opened: list[Token] = []
    is_definition = tokens[0].is_word("create", "alter")
    before = tokens[0]
    for token in tokens:
        if token.is_mark("("):
            opened.append(token)
        elif token.is_mark(")"):
            if not opened:
                return SqlMistake("`)` closes nothing", Span(token.start, token.end))
            opened.pop()
        if is_definition and token.is_mark(",", ")") and before.is_mark(","):
            near = f'syntax error at or near "{token.value}"'
            return SqlMistake(near, Span(token.start, token.end))
        before = token
    if is_definition and before.is_mark(","):
        return SqlMistake("nothing follows `,`", Span(before.start, before.end))
    if opened:
        return SqlMistake("`(` is not closed", Span(opened[-1].start, opened[-1].end))
    return None


def _at_least_a_table(cursor: Cursor) -> Statement:
    """Return a table of unknown shape for an unreadable CREATE TABLE, so that its name is known."""
    tokens = cursor.tokens
    try:
        cursor.expect("create")
        is_temporary = cursor.take_one_of(*_TEMPORARY) is not None
        cursor.expect("table")
        if_not_exists = cursor.take_if_not_exists()
        name = cursor.name()
    except Unreadable:
        return opaque(tokens)
    return CreateTable(name, (), (), if_not_exists, is_temporary, has_unknown_shape=True)


def _is_understood(cursor: Cursor, statement: Statement) -> bool:
    if cursor.has_gaps or not _is_balanced(cursor.tokens):
        return False
    if isinstance(statement, AlterTable):
        return not any(isinstance(action, OtherAction) for action in statement.actions)
    if isinstance(statement, CreateTable) and not statement.has_unknown_shape:
        _pass_table_options(cursor)
    elif not isinstance(statement, CreateIndex | DropTable | DropIndex | DropView):
        return True
    return cursor.is_at_end


def _is_balanced(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def _pass_table_options(cursor: Cursor) -> None:
    """Pass what follows the parentheses of CREATE TABLE in SQLite and MySQL."""
    if cursor.provider == "sqlite":
        while cursor.take("without", "rowid") or cursor.take("strict") or cursor.take_mark(","):
            pass
    elif cursor.peek().is_word(*_TABLE_OPTIONS):
        while cursor.peek().kind != "mark" or cursor.peek().is_mark("=", ","):
            cursor.next()


# Those that MySQL's tools write ("CREATE TABLE Statement" in its manual); others are asked about.
_TABLE_OPTIONS = frozenset(
    [
        "auto_increment",
        "character",
        "charset",
        "collate",
        "comment",
        "default",
        "engine",
        "row_format",
    ]
)


def opaque(tokens: Sequence[Token]) -> Opaque:
    """Return a statement of which only the first words are known."""
    words = [token.value for token in tokens[:2] if token.kind == "word"]
    return Opaque(" ".join(words))


def _placed(cursor: Cursor, span: Span) -> PlacedStatement:
    if cursor.sees("alter", "table"):
        statement, parts = _alter_table(cursor)
        return PlacedStatement(statement, span, parts)
    first = cursor.peek()
    read = _READERS.get(first.value) if first.kind == "word" else None
    if read is None:
        raise Unreadable
    cursor.at += 1
    return PlacedStatement(read(cursor), span)


# ---- CREATE ----


def _create(cursor: Cursor) -> Statement:
    is_replacing = cursor.take("or", "replace") or cursor.take("or", "alter")
    is_temporary = False
    while word := cursor.take_one_of("global", "local", "temp", "temporary", "unlogged"):
        is_temporary |= word in ("temp", "temporary")
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
        raise Unreadable
    if cursor.take("extension"):
        cursor.take_if_not_exists()
        name = cursor.identifier()
        return CreateExtension(name, any(each.is_word("cascade") for each in cursor.rest()))
    is_materialized = cursor.take("materialized")
    cursor.take("recursive")
    if cursor.take("view"):
        cursor.take_if_not_exists()
        return CreateView(cursor.name(), is_replacing, is_materialized)
    cursor.take("constraint")
    if cursor.take("trigger"):
        return _create_trigger(cursor)
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


def _create_trigger(cursor: Cursor) -> CreateTrigger:
    cursor.take_if_not_exists()
    cursor.name()
    columns: tuple[str, ...] = ()
    while not cursor.take("on"):
        if cursor.take("update", "of"):
            columns = cursor.separated(Cursor.identifier)
        else:
            cursor.next()
    return CreateTrigger(cursor.name(), columns)


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


def _alter_table(cursor: Cursor) -> tuple[AlterTable, tuple[Span, ...]]:
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


def _alter(cursor: Cursor) -> Statement:
    if cursor.take("index"):
        if_exists = cursor.take_if_exists()
        old_name = cursor.name()
        cursor.expect("rename", "to")
        return RenameIndex(old_name, cursor.identifier(), if_exists)
    if cursor.take("view") or cursor.take("materialized", "view"):
        if_exists = cursor.take_if_exists()
        old_name = cursor.name()
        cursor.expect("rename", "to")
        return AlterTable(old_name, (RenameTable(cursor.name()),), if_exists)
    cursor.expect("type")
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


# ---- DROP ----


def _drop(cursor: Cursor) -> Statement:
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
    cursor.take("materialized")
    cursor.expect("view")
    if_exists = cursor.take_if_exists()
    names = cursor.separated(Cursor.name)
    return DropView(names, if_exists, takes_cascade(cursor))


# ---- rows ----


def _insert(cursor: Cursor) -> Statement:
    while cursor.take_one_of(
        "or", "ignore", "replace", "abort", "fail", "rollback", "low_priority"
    ):
        pass
    cursor.take("into")
    name = cursor.name()
    if cursor.take("as"):
        cursor.identifier()
    columns: tuple[str, ...] = ()
    if cursor.peek().is_mark("(") and not cursor.peek(1).is_word("select", "with", "values"):
        columns = cursor.list_of(_written_column)
    return DataChange("insert", (name,), columns)


def _written_column(cursor: Cursor) -> str:
    column = cursor.identifier()
    while cursor.peek().is_mark("[", "."):  # an element of an array, or a part of a row
        cursor.next()
        if not cursor.peek(-1).is_mark("."):
            while not cursor.next().is_mark("]"):
                pass
        else:
            cursor.identifier()
    return column


def _update(cursor: Cursor) -> Statement:
    if cursor.take("or"):
        cursor.next()
    cursor.take_one_of("only", "ignore", "low_priority")
    name = cursor.name()
    return DataChange("update", (name,), _assigned_columns(cursor))


def _assigned_columns(cursor: Cursor) -> tuple[str, ...]:
    """Return what SET writes; nothing where several tables are updated, as in MySQL's joins."""
    while not cursor.is_at_end and not cursor.sees("set"):
        if cursor.next().is_word("join") or cursor.peek().is_mark(","):
            return ()
    if not cursor.take("set"):
        return ()
    columns: list[str] = []
    for tokens in split_at(cursor.rest(), ","):
        inner = cursor.inside(tokens)
        if inner.peek().is_mark("("):
            columns.extend(inner.column_list())
        elif len(tokens) > 1 and tokens[1].is_mark("=", "["):
            columns.append(inner.identifier())
        if word_outside(tokens, 0, "from", "where") is not None:
            break  # what follows is no assignment
    return tuple(columns)


def _delete(cursor: Cursor) -> Statement:
    if not cursor.take("from"):
        name = cursor.name()
        return DataChange("delete", (name,))
    cursor.take("only")
    return DataChange("delete", (cursor.name(),))


def _truncate(cursor: Cursor) -> Statement:
    cursor.take("table")
    return DataChange("truncate", cursor.separated(_only_name))


def _only_name(cursor: Cursor) -> Name:
    cursor.take("only")
    name = cursor.name()
    cursor.take_mark("*")
    return name


def _merge(cursor: Cursor) -> Statement:
    cursor.take("into")
    cursor.take("only")
    return DataChange("merge", (cursor.name(),))


def _copy(cursor: Cursor) -> Statement:
    name = cursor.name()
    if cursor.peek().is_mark("("):
        cursor.group()
    cursor.expect("from")
    return DataChange("copy", (name,))


def _with(cursor: Cursor) -> Statement:
    depth = 0
    while not cursor.is_at_end:
        token = cursor.next()
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.is_word("insert", "update", "delete", "merge"):
            return _READERS[token.value](cursor)
        elif depth == 0 and token.is_word("select"):
            return _select(cursor)
    raise Unreadable


def _select(cursor: Cursor) -> Statement:
    """Read SELECT ... INTO a new table, or set_config(...); any other query is opaque."""
    if cursor.provider in _POSTGRESQL and (setting := _set_config(cursor)) is not None:
        return setting
    depth = 0
    while not cursor.is_at_end:
        token = cursor.next()
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.is_word("into") and cursor.provider != "mysql":
            is_temporary = cursor.take_one_of("temp", "temporary", "unlogged") in _TEMPORARY
            cursor.take("table")
            return CreateTable(cursor.name(), is_temporary=is_temporary, has_unknown_shape=True)
        elif depth == 0 and token.is_word("from"):
            break
    raise Unreadable


_TEMPORARY = ("temp", "temporary")
_POSTGRESQL = ("postgresql", "cockroachdb")


# ---- the session ----


def _set(cursor: Cursor) -> Statement:
    is_local = cursor.take_one_of("local", "session", "global") == "local"
    begun = cursor.at
    name = cursor.identifier().lower()
    while cursor.take_mark("."):
        name += "." + cursor.identifier().lower()
    if not (cursor.take("to") or cursor.take_mark("=")) and cursor.provider != "sqlserver":
        cursor.at = begun
        if cursor.provider in _POSTGRESQL and cursor.take("schema"):
            name = "search_path"  # its other spelling ("SET" in the manual)
        else:
            return SetVariable(cursor.sql(cursor.rest()).lower(), "")
    value = cursor.rest()
    if cursor.provider not in _POSTGRESQL:
        return SetVariable(name, cursor.sql(value))
    if len(value) == 1 and value[0].is_word("default"):
        return SetVariable(name, "", is_local=is_local)
    path = _names_of_path(value) if name == "search_path" else ()
    return SetVariable(name, cursor.sql(value), path, is_local)


def _reset(cursor: Cursor) -> Statement:
    if cursor.provider not in _POSTGRESQL:
        raise Unreadable
    return SetVariable(cursor.identifier().lower(), "")


def _names_of_path(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the names of a search path, folded as PostgreSQL folds them."""
    return tuple(
        piece[0].value for piece in split_at(tokens, ",") if len(piece) == 1 and piece[0].value
    )


def _set_config(cursor: Cursor) -> SetVariable | None:
    """Read SELECT set_config('search_path', ...), whose second text is a list of names."""
    begun = cursor.at
    if cursor.take("pg_catalog"):
        cursor.take_mark(".")
    if cursor.take("set_config") and cursor.peek().is_mark("("):
        pieces = list(split_at(cursor.group(), ","))
        if (
            len(pieces) == 3
            and all(len(piece) == 1 for piece in pieces)
            and pieces[0][0].value == "search_path"
            and pieces[1][0].kind == "string"
        ):
            value = pieces[1][0].value
            path = _names_of_path(tokenize(cursor.provider, value).tokens)
            return SetVariable("search_path", value, path, pieces[2][0].is_word("true"))
    cursor.at = begun
    return None


def _pragma(cursor: Cursor) -> Statement:
    name = cursor.name().name.lower()
    if cursor.take_mark("="):
        return SetVariable(name, cursor.sql(cursor.rest()))
    return SetVariable(name, cursor.sql(cursor.group()) if cursor.peek().is_mark("(") else "")


def _begin(cursor: Cursor) -> Statement:
    if cursor.provider == "sqlserver" and cursor.take_one_of("try", "catch"):
        raise Unreadable
    return TransactionControl("begin")


def _start(cursor: Cursor) -> Statement:
    cursor.expect("transaction")
    return TransactionControl("begin")


def _end(cursor: Cursor) -> Statement:
    if cursor.provider == "sqlserver":
        raise Unreadable
    return TransactionControl("commit")


def _commit(cursor: Cursor) -> Statement:
    return TransactionControl("commit")


def _rollback(cursor: Cursor) -> Statement:
    return TransactionControl("rollback")


def _savepoint(cursor: Cursor) -> Statement:
    return TransactionControl("savepoint")


def _comment(cursor: Cursor) -> Statement:
    cursor.expect("on")
    return CommentOn()


def _rename(cursor: Cursor) -> Statement:
    cursor.expect("table")
    old_name = cursor.name()
    cursor.expect("to")
    return AlterTable(old_name, (RenameTable(cursor.name()),))


_BRACKETED = re.compile(r"[\[\]\"]")


def _execute(cursor: Cursor) -> Statement:
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


# ---- DO ----

_DEFINING = frozenset(
    ["create", "alter", "drop", "truncate", "insert", "update", "delete", "comment", "with"]
)
_OPENING = frozenset(["begin", "then", "else", "loop", "declare"])

ReadText = Callable[[int, int], "tuple[PlacedStatement, ...]"]


def read_do_block(
    provider: Provider,
    text: str,
    tokens: Sequence[Token],
    read: Callable[[str, Sequence[Token]], PlacedStatement],
) -> DoBlock:
    """Read a DO block: the statements that its body runs, taken as run whatever guards them.

    `read` reads one statement of a text. A static string that is executed counts; SQL that the
    block puts together itself makes it dynamic.
    """
    body = next((token for token in tokens if token.kind == "string"), None)
    if body is None or text[body.start] != "$":
        return DoBlock(is_dynamic=True)
    opening = text.index("$", body.start + 1) + 1
    inner = tokenize(provider, text, opening, body.end - (opening - body.start)).tokens
    found: list[PlacedStatement] = []
    within: list[tuple[_Choice, ...]] = []
    choices: list[_Choice] = []
    is_dynamic = False
    for piece in split_at(inner, ";"):
        command = _command_in(piece)
        _follow_choices(choices, piece[: len(piece) - len(command)])
        if not command:
            continue
        if not command[0].is_word("execute"):
            placed = read(text, command)
            if not isinstance(placed.statement, Opaque):
                found.append(placed)
        elif (sql := _executed_sql(command)) is not None:
            found.extend(_executed(provider, sql, command, read))
        else:
            is_dynamic = True
        within += [tuple(choices)] * (len(found) - len(within))
    alternatives = frozenset(
        number for number, each in enumerate(within) if any(choice.has_others for choice in each)
    )
    return DoBlock(tuple(found), is_dynamic, alternatives)


@dataclass(slots=True)
class _Choice:
    """An IF or CASE of a body while it is read; `has_others` tells that it has several branches."""

    word: str
    has_others: bool = False


def _follow_choices(choices: list[_Choice], opening: Sequence[Token]) -> None:
    """Follow the IFs and CASEs that a piece of a body opens, goes on with and ends.

    `opening` is what stands in front of the piece's command, or all of it.
    """
    is_start = True
    inner_cases = depth = 0
    for number, token in enumerate(opening):
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        if depth or token.kind != "word":
            is_start = False
            continue
        behind_end = number > 0 and opening[number - 1].is_word("end")
        if behind_end and token.is_word("if", "case"):
            while choices and choices.pop().word != token.value:
                pass
        elif token.is_word("end"):
            inner_cases = max(0, inner_cases - 1)
        elif is_start and token.is_word("if", "case"):
            choices.append(_Choice(token.value, token.value == "case"))
        elif token.is_word("case"):
            inner_cases += 1
        elif not inner_cases and choices and token.is_word("else", "elsif", "elseif"):
            choices[-1].has_others = True
        is_start = token.value in _OPENING


def _executed_sql(command: Sequence[Token]) -> str | None:
    """Return the SQL of EXECUTE 'sql', or of EXECUTE format('sql', ...).

    Of the arguments of a format, strings are known; a variable in front of a dot is taken for the
    usual namespace, and any other makes the SQL unknown.
    """
    if len(command) == 2 and command[1].kind == "string":
        return command[1].value
    is_format = len(command) > 3 and command[1].is_word("format") and command[2].is_mark("(")
    if not is_format or command[3].kind != "string" or not command[-1].is_mark(")"):
        return None
    arguments = [
        piece[0].value if len(piece) == 1 and piece[0].kind == "string" else None
        for piece in list(split_at(command[3:-1], ","))[1:]
    ]
    pieces = re.split(r"(%[IsL]\.?)", command[3].value.replace("%%", "%"))
    for number in range(1, len(pieces), 2):
        argument = arguments.pop(0) if arguments else None
        is_namespace = pieces[number].endswith(".")
        if argument is None:
            if not is_namespace:
                return None
            pieces[number] = ""
        elif pieces[number][1] == "I":
            pieces[number] = '"' + argument.replace('"', '""') + '"' + "." * is_namespace
        elif pieces[number][1] == "L":
            pieces[number] = "'" + argument.replace("'", "''") + "'"
        else:
            pieces[number] = argument + "." * is_namespace
    return "".join(pieces)


def _executed(
    provider: Provider,
    sql: str,
    command: Sequence[Token],
    read: Callable[[str, Sequence[Token]], PlacedStatement],
) -> Iterator[PlacedStatement]:
    span = Span(command[0].start, command[-1].end)
    for tokens in cut_statements(provider, tokenize(provider, sql).tokens):
        placed = read(sql, tokens)
        if not isinstance(placed.statement, Opaque):
            yield replace(placed, span=span, parts=tuple(span for _ in placed.parts))


def _command_in(piece: Sequence[Token]) -> Sequence[Token]:
    """Return the command at the end of a piece of a body, behind what opens the block it is in."""
    begun, depth = 0, 0
    for number, token in enumerate(piece):
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.kind == "word" and token.value in _OPENING:
            begun = number + 1
    command = piece[begun:]
    if command and command[0].kind == "word" and command[0].value in (_DEFINING | {"execute"}):
        return command
    return ()


def _do(cursor: Cursor) -> Statement:
    def read(text: str, tokens: Sequence[Token]) -> PlacedStatement:
        return read_statement(cursor.provider, text, tokens)

    return read_do_block(cursor.provider, cursor.text, cursor.tokens, read)


_READERS: dict[str, Callable[[Cursor], Statement]] = {
    "create": _create,
    "alter": _alter,
    "drop": _drop,
    "insert": _insert,
    "replace": _insert,
    "update": _update,
    "delete": _delete,
    "truncate": _truncate,
    "merge": _merge,
    "copy": _copy,
    "with": _with,
    "select": _select,
    "set": _set,
    "reset": _reset,
    "pragma": _pragma,
    "begin": _begin,
    "start": _start,
    "end": _end,
    "commit": _commit,
    "rollback": _rollback,
    "savepoint": _savepoint,
    "comment": _comment,
    "rename": _rename,
    "exec": _execute,
    "execute": _execute,
    "do": _do,
}
