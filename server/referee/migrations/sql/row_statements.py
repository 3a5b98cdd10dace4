"""Reads the statements that change rows, from tokens.

Only the tables are read, and the columns that INSERT and UPDATE say they write: which rows change
is unknown here.
"""

from __future__ import annotations

from collections.abc import Callable

from referee.ddl.model import Name
from referee.migrations.sql.cursor import POSTGRESQL_FAMILY, TEMPORARY_WORDS, Cursor, Unreadable
from referee.migrations.sql.session_statements import set_config
from referee.migrations.sql.statements import CreateTable, DataChange, Statement
from referee.migrations.sql.tokens import Token, split_at, word_outside


def insert(cursor: Cursor) -> Statement:
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


def update(cursor: Cursor) -> Statement:
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


def delete(cursor: Cursor) -> Statement:
    if cursor.provider in POSTGRESQL_FAMILY or cursor.provider == "sqlite":
        cursor.expect("from")
        cursor.take("only")
        return DataChange("delete", (cursor.name(),))
    while cursor.take_one_of("low_priority", "quick", "ignore"):
        pass
    is_plain = cursor.take("from")
    names = cursor.separated(_deleted_from)
    if cursor.take("using" if is_plain else "from"):
        references = cursor.rest()
        names = tuple(_aliased(cursor, references, name) for name in names)
    return DataChange("delete", names)


def _deleted_from(cursor: Cursor) -> Name:
    parts = [cursor.identifier()]
    while cursor.take_mark("."):
        if cursor.take_mark("*"):
            break
        parts.append(cursor.identifier())
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def _aliased(cursor: Cursor, references: tuple[Token, ...], name: Name) -> Name:
    """Return the table that has a name in the references of a joined DELETE."""
    end = word_outside(references, 0, "where")
    tokens = references[:end]
    for at, token in enumerate(tokens):
        if at == 0 or token.kind not in ("word", "name") or token.value != name.name:
            continue
        last = at - 1 - tokens[at - 1].is_word("as")
        if last < 0 or tokens[last].kind not in ("word", "name") or tokens[last].is_word(*_JOINS):
            continue
        first = last - 2 if last >= 2 and tokens[last - 1].is_mark(".") else last
        return cursor.inside(tokens[first : last + 1]).name()
    return name


_JOINS = ("join", "straight_join", "on", "and", "or", "not", "as")


def truncate(cursor: Cursor) -> Statement:
    cursor.take("table")
    return DataChange("truncate", cursor.separated(_only_name))


def _only_name(cursor: Cursor) -> Name:
    cursor.take("only")
    name = cursor.name()
    cursor.take_mark("*")
    return name


def merge(cursor: Cursor) -> Statement:
    cursor.take("into")
    cursor.take("only")
    return DataChange("merge", (cursor.name(),))


def copy(cursor: Cursor) -> Statement:
    name = cursor.name()
    if cursor.peek().is_mark("("):
        cursor.group()
    cursor.expect("from")
    return DataChange("copy", (name,))


def with_query(cursor: Cursor) -> Statement:
    at = word_outside(cursor.tokens, cursor.at, "select", *_CHANGES)
    if at is None:
        raise Unreadable
    cursor.at = at + 1
    return _CHANGES.get(cursor.tokens[at].value, select)(cursor)


def select(cursor: Cursor) -> Statement:
    """Read SELECT ... INTO a new table, or set_config(...); any other query is opaque."""
    if cursor.provider in POSTGRESQL_FAMILY and (setting := set_config(cursor)) is not None:
        return setting
    at = word_outside(cursor.tokens, cursor.at, "into", "from")
    if at is None or cursor.tokens[at].is_word("from") or cursor.provider == "mysql":
        raise Unreadable
    cursor.at = at + 1
    is_temporary = cursor.take_one_of("temp", "temporary", "unlogged") in TEMPORARY_WORDS
    cursor.take("table")
    return CreateTable(cursor.name(), is_temporary=is_temporary, has_unknown_shape=True)


_CHANGES: dict[str, Callable[[Cursor], Statement]] = {
    "insert": insert,
    "update": update,
    "delete": delete,
    "merge": merge,
}
