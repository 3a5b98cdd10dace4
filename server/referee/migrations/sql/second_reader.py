"""Asks sqlglot about a statement of SQLite or MySQL that the reader of tokens did not understand.

What both refuse is a mistake of the syntax. It deliberately says nothing where either of them is
known to lack a part of the language: a false alarm is worse than a mistake that is missed. Nor
does it judge PostgreSQL, of whose routines and queries sqlglot refuses too many that are right.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from referee.migrations.sql.statements import Opaque, PlacedStatement, Span, SqlMistake, Statement
from referee.migrations.sql.tokens import Token
from referee.schema.providers import Provider

JUDGED: frozenset[Provider] = frozenset(["sqlite", "mysql"])

# Words that begin a statement ("SQL As Understood By SQLite"; the chapter "SQL Statements" of
# MySQL's manual and that of MariaDB's); a statement that begins with another one is none.
_BEGINNINGS: dict[Provider, str] = {
    "sqlite": """alter analyze attach begin commit create delete detach drop end explain insert
        pragma reindex release replace rollback savepoint select update vacuum values with""",
    "mysql": """alter analyze backup begin binlog cache call change check checksum clone close
        commit create deallocate declare delete desc describe do drop end execute explain fetch
        flush get grant handler help if import insert install kill leave load lock loop open
        optimize prepare purge release rename repair repeat replace reset resignal restart return
        revoke rollback savepoint select set show shutdown signal start stop table truncate
        uninstall unlock update use values while with xa""",
}
# The words behind CREATE, DROP and ALTER in SQLite, and behind those of them that go on
# ("SQL As Understood By SQLite", whose diagrams are the whole of the language).
_SQLITE_FOLLOWING: Mapping[str, frozenset[str]] = {
    "alter": frozenset(["table"]),
    "create": frozenset(
        ["index", "table", "temp", "temporary", "trigger", "unique", "view", "virtual"]
    ),
    "create temp": frozenset(["table", "trigger", "view"]),
    "create temporary": frozenset(["table", "trigger", "view"]),
    "create unique": frozenset(["index"]),
    "create virtual": frozenset(["table"]),
    "drop": frozenset(["index", "table", "trigger", "view"]),
}
# What the reader of tokens knows whole, by its first two words.
_KNOWN_WHOLE = frozenset(
    [
        "alter table",
        "create index",
        "create table",
        "create unique",
        "drop index",
        "drop table",
        "drop view",
    ]
)
# Parts of MySQL's language that neither reader knows.
_UNKNOWN_PARTS = frozenset(["partition", "partitions", "tablespace", "system", "versioning"])


def mistake_of_beginning(
    provider: Provider, text: str, tokens: tuple[Token, ...]
) -> SqlMistake | None:
    """Return the first word of a statement of SQLite that none of its statements has there."""
    if provider != "sqlite":
        return None
    begun = ""
    allowed: frozenset[str] | None = frozenset(_BEGINNINGS["sqlite"].split())
    for token in tokens:
        if allowed is None:
            return None
        if token.kind != "word" or token.value not in allowed:
            near = text[token.start : token.end]
            return SqlMistake(f'syntax error at or near "{near}"', Span(token.start, token.end))
        begun = f"{begun} {token.value}".lstrip()
        allowed = _SQLITE_FOLLOWING.get(begun)
    if allowed is None:
        return None
    return SqlMistake(f"nothing follows `{begun.upper()}`", Span(tokens[0].start, tokens[-1].end))


def mistake_in(
    provider: Provider, text: str, placed: PlacedStatement, tokens: tuple[Token, ...]
) -> SqlMistake | None:
    """Return the mistake that sqlglot finds in a statement, if its judgement counts."""
    if not _is_judged(provider, placed.statement, tokens):
        return None
    # It costs a fifth of a second to import, and scripts without mistakes never need it.
    from sqlglot import parse  # noqa: PLC0415
    from sqlglot.errors import ParseError, TokenError  # noqa: PLC0415

    # It logs what it does not know, and goes on.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    span = placed.span
    try:
        parse(text[span.start : span.end], read="sqlite" if provider == "sqlite" else "mysql")
    except ParseError as error:
        at = _place(text, span, error.errors[0]) if error.errors else span
        return SqlMistake(f'syntax error at or near "{text[at.start : at.end].strip("`")}"', at)
    except TokenError:
        return SqlMistake("syntax error", span)
    except RecursionError:
        return None
    return None


def _is_judged(provider: Provider, statement: Statement, tokens: tuple[Token, ...]) -> bool:
    words = [token.value for token in tokens if token.kind == "word"]
    if " ".join(words[:2]) in _KNOWN_WHOLE:
        return provider != "mysql" or _UNKNOWN_PARTS.isdisjoint(words)
    first = tokens[0]
    return (
        isinstance(statement, Opaque)
        and first.kind == "word"
        and first.value not in _BEGINNINGS[provider].split()
    )


_LINE_END = re.compile(r"\r\n|\r|\n")


def _place(text: str, span: Span, error: dict[str, object]) -> Span:
    """Return where an error stands: sqlglot counts lines and the column of a token's end from 1."""
    line, column, what = error["line"], error["col"], error["highlight"]
    if not isinstance(line, int) or not isinstance(column, int) or not isinstance(what, str):
        return span
    begun = span.start
    for match in list(_LINE_END.finditer(text, span.start, span.end))[: line - 1]:
        begun = match.end()
    end = begun + column
    start = end - len(what)
    return Span(start, end) if span.start <= start and text[start:end] == what else span
