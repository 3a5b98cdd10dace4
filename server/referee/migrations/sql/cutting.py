"""Cuts the tokens of a script into statements.

It knows where a semicolon stands in the body of a trigger or routine, and deliberately nothing else
of what a statement says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.migrations.sql.statements import Span
from referee.migrations.sql.tokens import Token, split_at
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


def cut_renames(tokens: Sequence[Token]) -> Iterator[tuple[tuple[Token, ...], Span]]:
    """Yield a statement and where it stands; MySQL's `RENAME TABLE a TO b, c TO d` as several.

    Each of these has the words it begins with, and stands where its own names do.
    """
    head = tuple(tokens[:2])
    if len(tokens) > 2 and head[0].is_word("rename") and head[1].is_word("table", "tables"):
        pairs = [pair for pair in split_at(tokens[2:], ",") if pair]
        if len(pairs) > 1:
            for number, pair in enumerate(pairs):
                start = pair[0].start if number else head[0].start
                yield (*head, *pair), Span(start, pair[-1].end)
            return
    yield tuple(tokens), Span(tokens[0].start, tokens[-1].end)


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
