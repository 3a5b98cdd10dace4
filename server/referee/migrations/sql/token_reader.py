"""Reads the statements of every dialect from tokens.

It knows the statements that change what a database holds, and those that hazards are about; every
other is opaque, and so is one that is not of the form it should have. It deliberately does not
judge the syntax: a parser of the database's own grammar does, where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from referee.migrations.sql.cursor import TEMPORARY_WORDS, Cursor, Unreadable
from referee.migrations.sql.definitions import alter, alter_table, create, drop, execute, rename
from referee.migrations.sql.do_blocks import read_do_block
from referee.migrations.sql.row_statements import (
    copy,
    delete,
    insert,
    merge,
    select,
    truncate,
    update,
    with_query,
)
from referee.migrations.sql.session_statements import (
    begin,
    commit,
    end,
    pragma,
    reset,
    rollback,
    savepoint,
    set_setting,
    start,
)
from referee.migrations.sql.statements import (
    AlterTable,
    CommentOn,
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
    DropTrigger,
    DropView,
    Opaque,
    OtherAction,
    PlacedStatement,
    Span,
    SqlMistake,
    Statement,
)
from referee.migrations.sql.tokens import Token
from referee.schema.providers import Provider


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
        is_temporary = cursor.take_one_of(*TEMPORARY_WORDS) is not None
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
    elif not isinstance(statement, CreateIndex | DropTable | DropIndex | DropView | DropTrigger):
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
        statement, parts = alter_table(cursor)
        return PlacedStatement(statement, span, parts)
    first = cursor.peek()
    read = _READERS.get(first.value) if first.kind == "word" else None
    if read is None:
        raise Unreadable
    cursor.at += 1
    return PlacedStatement(read(cursor), span)


def _comment(cursor: Cursor) -> Statement:
    cursor.expect("on")
    return CommentOn()


def _do(cursor: Cursor) -> Statement:
    def read(text: str, tokens: Sequence[Token]) -> PlacedStatement:
        return read_statement(cursor.provider, text, tokens)

    return read_do_block(cursor.provider, cursor.text, cursor.tokens, read)


_READERS: dict[str, Callable[[Cursor], Statement]] = {
    "create": create,
    "alter": alter,
    "drop": drop,
    "insert": insert,
    "replace": insert,
    "update": update,
    "delete": delete,
    "truncate": truncate,
    "merge": merge,
    "copy": copy,
    "with": with_query,
    "select": select,
    "set": set_setting,
    "reset": reset,
    "pragma": pragma,
    "begin": begin,
    "start": start,
    "end": end,
    "commit": commit,
    "rollback": rollback,
    "savepoint": savepoint,
    "comment": _comment,
    "rename": rename,
    "exec": execute,
    "execute": execute,
    "do": _do,
}
