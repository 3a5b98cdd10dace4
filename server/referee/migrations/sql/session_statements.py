"""Reads the statements about the session and its transactions, from tokens."""

from __future__ import annotations

from collections.abc import Sequence

from referee.migrations.sql.cursor import POSTGRESQL_FAMILY, Cursor, Unreadable
from referee.migrations.sql.statements import SetVariable, Statement, TransactionControl
from referee.migrations.sql.tokens import Token, split_at, tokenize


def set_setting(cursor: Cursor) -> Statement:
    is_local = cursor.take_one_of("local", "session", "global") == "local"
    begun = cursor.at
    name = cursor.identifier().lower()
    while cursor.take_mark("."):
        name += "." + cursor.identifier().lower()
    if not (cursor.take("to") or cursor.take_mark("=")) and cursor.provider != "sqlserver":
        cursor.at = begun
        if cursor.provider in POSTGRESQL_FAMILY and cursor.take("schema"):
            name = "search_path"  # its other spelling ("SET" in the manual)
        else:
            return SetVariable(cursor.sql(cursor.rest()).lower(), "")
    value = cursor.rest()
    if cursor.provider not in POSTGRESQL_FAMILY:
        return SetVariable(name, cursor.sql(value))
    if len(value) == 1 and value[0].is_word("default"):
        return SetVariable(name, "", is_local=is_local)
    path = _names_of_path(value) if name == "search_path" else ()
    return SetVariable(name, cursor.sql(value), path, is_local)


def reset(cursor: Cursor) -> Statement:
    if cursor.provider not in POSTGRESQL_FAMILY:
        raise Unreadable
    return SetVariable(cursor.identifier().lower(), "")


def _names_of_path(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the names of a search path, folded as PostgreSQL folds them."""
    return tuple(
        piece[0].value for piece in split_at(tokens, ",") if len(piece) == 1 and piece[0].value
    )


def set_config(cursor: Cursor) -> SetVariable | None:
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


def pragma(cursor: Cursor) -> Statement:
    name = cursor.name().name.lower()
    if cursor.take_mark("="):
        return SetVariable(name, cursor.sql(cursor.rest()))
    return SetVariable(name, cursor.sql(cursor.group()) if cursor.peek().is_mark("(") else "")


def begin(cursor: Cursor) -> Statement:
    if cursor.provider == "sqlserver" and cursor.take_one_of("try", "catch"):
        raise Unreadable
    return TransactionControl("begin")


def start(cursor: Cursor) -> Statement:
    cursor.expect("transaction")
    return TransactionControl("begin")


def end(cursor: Cursor) -> Statement:
    if cursor.provider == "sqlserver":
        raise Unreadable
    return TransactionControl("commit")


def commit(cursor: Cursor) -> Statement:
    return TransactionControl("commit")


def rollback(cursor: Cursor) -> Statement:
    return TransactionControl("rollback")


def savepoint(cursor: Cursor) -> Statement:
    return TransactionControl("savepoint")
