"""Cuts a script into its statements as the lexer of each database does.

It knows strings, comments, quoted names and bodies that hold semicolons, and deliberately nothing
of what a statement means.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

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
    match_at = _LEXERS[dialect].match
    offset = 0
    while offset < len(script):
        found = match_at(script, offset)
        assert found is not None, "the last alternative matches every character"
        kind = found.lastgroup if found.lastgroup != "tag" else "dollar"
        first, offset = offset, found.end()
        if kind == "space":
            continue
        if kind == "comment":
            offset = _end_of_comment(script, offset)
            continue
        if kind == "dollar":
            closing = script.find(found.group(), offset)
            offset = len(script) if closing < 0 else closing + len(found.group())
        yield Token(found.group().upper() if kind in {"word", "sign"} else "", first, offset)


def quoted_name(name: str, dialect: Dialect) -> str:
    """Return a name as it stands in a statement."""
    quote = "`" if dialect == "mysql" else '"'
    return quote + name.replace(quote, quote * 2) + quote


def single_spaced(text: str) -> str:
    """Return an expression with its white space made single, within literals as well."""
    return " ".join(text.split())


# What may hold a semicolon without ending a statement, and what tells where a body ends.
_POSTGRESQL = re.compile(
    r"""
      (?P<space> \s+ | --[^\r\n]* )
    | (?P<comment> /\* )
    | (?P<quoted> [eE]'(?:[^'\\]|''|\\.)*'? | '(?:[^']|'')*'? | "(?:[^"]|"")*"? )
    | (?P<dollar> \$(?P<tag>(?:[^\W\d]\w*)?)\$ )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<number> \d[\w$]* )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_MYSQL = re.compile(
    r"""
      (?P<space> \s+ | --(?=\s|\Z)[^\r\n]* | \#[^\r\n]* | /\*(?![!M])(?:.*?\*/|.*) )
    | (?P<quoted> '(?:[^'\\]|''|\\.)*'? | "(?:[^"\\]|""|\\.)*"? | `(?:[^`]|``)*`? )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_SQLITE = re.compile(
    r"""
      (?P<space> \s+ | --[^\r\n]* | /\*(?:.*?\*/|.*) )
    | (?P<quoted> '(?:[^']|'')*'? | "(?:[^"]|"")*"? | `(?:[^`]|``)*`? | \[[^\]]*\]? )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_LEXERS = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "sqlite": _SQLITE}
_BLOCK_COMMENT_EDGE = re.compile(r"/\*|\*/")
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


def _end_of_comment(script: str, offset: int) -> int:
    """Return where a block comment of PostgreSQL ends, in which others may be nested."""
    depth = 1
    for edge in _BLOCK_COMMENT_EDGE.finditer(script, offset):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(script)
