"""Cuts a script into its statements as each database does.

It knows bodies that hold semicolons, and deliberately nothing of what a statement means.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from referee.migrations.sql.tokens import Comment, tokenize
from referee.migrations.sql.tokens import Token as Piece
from referee.text.lines import line_starts

Dialect = Literal["postgresql", "mysql", "sqlite"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a script, from its first token to before its semicolon.

    `index` counts the statements and `start` and `end` the characters from 0, `line` the lines
    from 1.
    """

    index: int
    start: int
    end: int
    line: int

    def of(self, script: str) -> str:
        """Return the text of the statement."""
        return script[self.start : self.end]


class Token(NamedTuple):
    """A token of a script: `word` is a word in capitals or a sign, and empty for quoted text."""

    word: str
    start: int
    end: int

    def of(self, script: str) -> str:
        """Return the text of the token."""
        return script[self.start : self.end]


def split_statements(script: str, dialect: Dialect) -> list[Statement]:
    """Return the statements of a script; what holds nothing but comments is none."""
    starts = line_starts(script)
    return [
        Statement(index, start, end, bisect_right(starts, start))
        for index, (start, end) in enumerate(_stretches(script, dialect))
    ]


def tokens_of(script: str, dialect: Dialect) -> Iterator[Token]:
    """Yield the tokens of a script, without comments and white space."""
    found = tokenize(dialect, script)
    tokens = [
        Token(script[each.start : each.end].upper() if each.kind in _PLAIN else "", *_span(each))
        for each in found.tokens
    ]
    if dialect == "mysql":
        # A comment of this form is run, by every version or by those that it names.
        run = (each for each in found.comments if each.text.startswith(("!", "M!")))
        tokens = sorted([*tokens, *(Token("", *_span(each)) for each in run)], key=_start)
    yield from tokens
    open_ = found.unfinished
    if open_ is not None and not script.startswith("/*", open_.start):
        yield Token("", open_.start, len(script))


def single_spaced(text: str) -> str:
    """Return an expression with its white space made single, within literals as well."""
    return " ".join(text.split())


_PLAIN = frozenset({"word", "mark"})


def _span(piece: Piece | Comment) -> tuple[int, int]:
    return piece.start, piece.end


def _start(token: Token) -> int:
    return token.start


# What `END` may close in a body of MySQL without closing a block that `BEGIN` or `CASE` opened.
_ENDS_OF_MYSQL = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})


def _stretches(script: str, dialect: Dialect) -> Iterator[tuple[int, int]]:
    start: int | None = None
    end = 0
    body = _Body(dialect)
    for word, first, last in tokens_of(script, dialect):
        if word == ";" and body.may_end():
            if start is not None:
                yield start, end
            start = None
            body = _Body(dialect)
            continue
        if start is None:
            start = first
        end = last
        body.note(word)
    if start is not None:
        yield start, end


class _Body:
    """Tells whether a semicolon ends the statement whose tokens it has seen.

    PostgreSQL: not within parentheses, nor in a body between BEGIN ATOMIC and END (the rule of
    psql's own lexer). SQLite: a trigger ends at the semicolon after `; END` (sqlite3_complete).
    MySQL: the body of a routine, trigger or event ends where its BEGIN does.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._head: list[str] = []
        self._parentheses = 0
        self._blocks = 0
        self._last = ""
        self._before_last = ""

    def may_end(self) -> bool:
        if self._dialect == "postgresql":
            return self._parentheses <= 0 and self._blocks <= 0
        if not self._makes_a_body:
            return True
        if self._dialect == "sqlite":
            return (self._before_last, self._last) == (";", "END")
        return self._blocks <= 0

    def note(self, word: str) -> None:
        if len(self._head) < 8:
            self._head.append(word)
        if word == "(":
            self._parentheses += 1
        elif word == ")":
            self._parentheses -= 1
        elif self._makes_a_body:
            self._note_block(word)
        self._before_last, self._last = self._last, word

    def _note_block(self, word: str) -> None:
        if self._dialect == "postgresql":
            if (word == "ATOMIC" and self._last == "BEGIN") or (word == "CASE" and self._blocks):
                self._blocks += 1
            elif word == "END" and self._blocks:
                self._blocks -= 1
        elif (
            word == "BEGIN"
            or (word == "CASE" and self._last != "END")
            or (self._last == "END" and word in _ENDS_OF_MYSQL)
        ):
            self._blocks += 1
        elif word == "END":
            self._blocks -= 1

    @property
    def _makes_a_body(self) -> bool:
        return self._head[:1] == ["CREATE"] and not _BODIES[self._dialect].isdisjoint(self._head)


_BODIES = {
    "postgresql": frozenset({"FUNCTION", "PROCEDURE"}),
    "mysql": frozenset({"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"}),
    "sqlite": frozenset({"TRIGGER"}),
}
