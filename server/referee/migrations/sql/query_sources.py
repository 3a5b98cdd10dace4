"""Reads from the tokens of a query which tables and columns it surely reads.

A name counts where it can mean nothing else: not that of a WITH, not one that two tables share. So
a query may read more than is found here; no expression is resolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from referee.ddl.model import Name
from referee.migrations.sql.cursor import Cursor, Unreadable
from referee.migrations.sql.statements import ReadColumn
from referee.migrations.sql.tokens import Token

_BEHIND_FROM = frozenset(
    [
        "where",
        "group",
        "having",
        "order",
        "limit",
        "offset",
        "fetch",
        "window",
        "union",
        "except",
        "intersect",
        "for",
        "with",
    ]
)
# Words that stand behind a table and are no other name of it.
_NO_ALIAS = _BEHIND_FROM | frozenset(
    [
        "on",
        "using",
        "join",
        "inner",
        "left",
        "right",
        "full",
        "cross",
        "natural",
        "lateral",
        "tablesample",
        "as",
        "set",
        "outer",
        "straight_join",
        "use",
        "force",
        "ignore",
        "partition",
        "indexed",
        "not",
    ]
)
_COMBINING = ("union", "except", "intersect")
# What a column may follow, besides a mark.
_BEFORE_COLUMN = frozenset(
    [
        "select",
        "distinct",
        "all",
        "where",
        "and",
        "or",
        "not",
        "by",
        "on",
        "case",
        "when",
        "then",
        "else",
        "in",
        "like",
        "ilike",
        "between",
        "having",
    ]
)


@dataclass(frozen=True, slots=True)
class QuerySources:
    """The tables that a query surely reads, and the columns it surely names."""

    tables: tuple[Name, ...] = ()
    columns: tuple[ReadColumn, ...] = ()


@dataclass(slots=True)
class _Level:
    """What is known of the parentheses around a place while a query is read."""

    has_select: bool = False
    is_in_from: bool = False


@dataclass(slots=True)
class _Found:
    tables: list[Name] = field(default_factory=list)
    aliases: dict[str, Name | None] = field(default_factory=dict)
    entries: int = 0
    selects: int = 0
    is_combined: bool = False
    has_own_names: bool = False
    outputs: set[str] = field(default_factory=set)
    places: set[int] = field(default_factory=set)


def read_sources(cursor: Cursor, tokens: Sequence[Token]) -> QuerySources:
    """Return what the tokens of a query read."""
    try:
        found = _tables_of(cursor.inside(tokens), _names_of_with(tokens))
    except Unreadable:
        return QuerySources()
    qualified = list(_qualified_columns(tokens, found))
    only = _only_table(found)
    bare = [] if only is None else list(_bare_columns(tokens, found, only))
    tables = tuple(dict.fromkeys(found.tables))
    return QuerySources(tables, tuple(dict.fromkeys((*qualified, *bare))))


def _names_of_with(tokens: Sequence[Token]) -> frozenset[str]:
    """Return the names that WITH may give to queries, and some more."""
    found: set[str] = set()
    if not any(token.is_word("with") for token in tokens):
        return frozenset()
    for number, token in enumerate(tokens):
        if token.is_word("as") and number:
            before = tokens[number - 1]
            if before.is_mark(")"):
                before = _before_parentheses(tokens, number - 1)
            found.add(before.value.lower())
    return frozenset(found)


def _before_parentheses(tokens: Sequence[Token], closing: int) -> Token:
    depth = 0
    for number in range(closing, 0, -1):
        depth += tokens[number].is_mark(")") - tokens[number].is_mark("(")
        if depth == 0:
            return tokens[number - 1]
    return tokens[0]


def _tables_of(cursor: Cursor, with_names: frozenset[str]) -> _Found:
    found = _Found()
    levels = [_Level()]
    while not cursor.is_at_end:
        token = cursor.next()
        level = levels[-1]
        if token.is_mark("("):
            levels.append(_Level())
        elif token.is_mark(")"):
            if len(levels) > 1:
                levels.pop()
            _pass_alias(cursor, found)
        elif token.is_word("select"):
            level.has_select, level.is_in_from = True, False
            found.selects += 1
        elif token.is_word("as") and _is_name(cursor.peek()):
            found.outputs.add(cursor.peek().value)
        elif token.is_word("from"):
            is_comparison = cursor.at > 1 and cursor.peek(-2).is_word("distinct")
            if level.has_select and not is_comparison:
                level.is_in_from = True
                _read_entry(cursor, found, with_names)
        elif token.is_word("join", "straight_join") or (token.is_mark(",") and level.is_in_from):
            _read_entry(cursor, found, with_names)
        elif token.is_word(*_BEHIND_FROM):
            level.is_in_from = False
            found.is_combined |= token.is_word(*_COMBINING)
    return found


def _read_entry(cursor: Cursor, found: _Found, with_names: frozenset[str]) -> None:
    """Read an entry of FROM, if it is a table, with its other name."""
    found.entries += 1
    begun = cursor.at
    cursor.take("only")
    if cursor.sees("lateral") or not _is_name(cursor.peek()):
        return
    name = cursor.name()
    cursor.take_mark("*")
    if cursor.peek().is_mark("(", "."):
        return
    if name.namespace is None and name.name.lower() in with_names:
        _pass_alias(cursor, found)
        return
    found.tables.append(name)
    alias = name.name
    if cursor.take("as") or (_is_name(cursor.peek()) and not cursor.peek().is_word(*_NO_ALIAS)):
        alias = cursor.identifier()
    is_renaming = cursor.peek().is_mark("(") and alias != name.name
    found.has_own_names |= is_renaming
    known = found.aliases.get(alias, name)
    found.aliases[alias] = name if known == name and not is_renaming else None
    found.places.update(range(begun, cursor.at))


def _pass_alias(cursor: Cursor, found: _Found) -> None:
    """Note the name of what is no table, which then is no other name of one."""
    at = 1 if cursor.peek().is_word("as") else 0
    if _is_name(cursor.peek(at)) and not cursor.peek(at).is_word(*_NO_ALIAS):
        found.aliases[cursor.peek(at).value] = None


def _is_name(token: Token) -> bool:
    return token.kind in ("word", "name")


def _only_table(found: _Found) -> Name | None:
    """Return the one table that every unqualified column of a query belongs to."""
    is_one = found.selects == found.entries == len(found.tables) == 1
    return found.tables[0] if is_one and not found.is_combined | found.has_own_names else None


def _qualified_columns(tokens: Sequence[Token], found: _Found) -> Iterator[ReadColumn]:
    for number in range(len(tokens) - 2):
        table, dot, column = tokens[number : number + 3]
        if number in found.places or not (_is_name(table) and dot.is_mark(".")):
            continue
        if number and tokens[number - 1].is_mark("."):
            continue
        behind = tokens[number + 3] if number + 3 < len(tokens) else None
        if behind is not None and behind.is_mark("(", "."):
            continue
        name = found.aliases.get(table.value)
        if name is not None and _is_name(column):
            yield ReadColumn(name, column.value, is_qualified=True)


def _bare_columns(tokens: Sequence[Token], found: _Found, only: Name) -> Iterator[ReadColumn]:
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        behind = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.is_mark("*") and before is not None and before.is_word("select", "distinct"):
            yield ReadColumn(only, "*")
            continue
        if not _is_name(token) or token.is_word("from", *_BEFORE_COLUMN):
            continue
        if number in found.places or token.value in found.outputs:
            continue
        if before is None or behind is None:
            continue
        is_begun = before.is_word(*_BEFORE_COLUMN) or (
            before.kind == "mark" and not before.is_mark(")", ".", ":", "::", "]", "@")
        )
        is_other = (
            behind.is_mark("(", ".", "=>") or behind.kind == "string" or behind.is_word("from")
        )
        # `SELECT a FROM`: the last column stands in front of FROM, as `year` in EXTRACT does.
        is_last = behind.is_word("from") and not before.is_mark("(")
        if is_begun and (is_last or not is_other):
            yield ReadColumn(only, token.value, is_quoted=token.kind == "name")
