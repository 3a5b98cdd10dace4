"""Cuts SQL into tokens with offsets, for each dialect.

It deliberately knows no statement: only what is a word, a quoted name, a string, a number or a
mark, and where comments stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from referee.schema.providers import Provider

TokenKind = Literal["word", "name", "string", "number", "mark"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL. `value` is a word in lower case, or a name or string without its quotes."""

    kind: TokenKind
    value: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Tell whether this is one of some words, written without quotes."""
        return self.kind == "word" and self.value in words

    def is_mark(self, *marks: str) -> bool:
        """Tell whether this is one of some marks."""
        return self.kind == "mark" and self.value in marks


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks; `text` is what stands between them."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A string, quoted name or comment that does not end."""

    start: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text in pieces."""

    tokens: tuple[Token, ...]
    comments: tuple[Comment, ...]
    unfinished: Unfinished | None = None


def tokenize(provider: Provider, text: str, start: int = 0, end: int | None = None) -> Tokens:
    """Return the tokens and comments of a stretch of a text; offsets are those of the text."""
    tokens: list[Token] = []
    comments: list[Comment] = []
    unfinished: Unfinished | None = None
    pattern = _pattern(provider)
    is_nested = provider in ("postgresql", "cockroachdb")
    at = start
    limit = len(text) if end is None else end
    while at < limit:
        match = pattern.match(text, at, limit)
        if match is None:  # a character that begins nothing
            tokens.append(Token("mark", text[at], at, at + 1))
            at += 1
            continue
        kind, stop = match.lastgroup, match.end()
        if kind == "space":
            pass
        elif kind == "word":
            tokens.append(Token("word", match.group().lower(), at, stop))
        elif kind == "mark":
            tokens.append(Token("mark", match.group(), at, stop))
        elif kind == "name":
            tokens.append(Token("name", _unquoted(match.group()), at, stop))
        elif kind == "string":
            tokens.append(Token("string", _string_value(match.group(), provider), at, stop))
        elif kind == "dollar":
            stop = text.find(match.group(), stop, limit)
            if stop < 0:
                unfinished = Unfinished(at)
                break
            tokens.append(Token("string", text[match.end() : stop], at, stop + len(match.group())))
            stop += len(match.group())
        elif kind == "number":
            tokens.append(Token("number", match.group().lower(), at, stop))
        elif kind == "line":
            comments.append(Comment(match.group().lstrip("-#"), at, stop))
        elif kind == "block":
            stop = _end_of_comment(text, at, limit, is_nested)
            if stop < 0:
                unfinished = Unfinished(at)
                break
            comments.append(Comment(text[at + 2 : stop - 2], at, stop))
        else:  # an opening quote that nothing closes
            unfinished = Unfinished(at)
            break
        at = stop
    return Tokens(tuple(tokens), tuple(comments), unfinished)


def source_text(text: str, tokens: Sequence[Token]) -> str:
    """Return tokens as written, comments left out and white space made single."""
    pieces: list[str] = []
    for number, token in enumerate(tokens):
        if number and tokens[number - 1].end < token.start:
            pieces.append(" ")
        pieces.append(text[token.start : token.end])
    return "".join(pieces)


def split_at(tokens: Sequence[Token], mark: str) -> Iterator[tuple[Token, ...]]:
    """Yield the runs of tokens between marks that stand outside parentheses; empty ones too."""
    depth = 0
    begun = 0
    for number, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.value in "([":
            depth += 1
        elif token.value in ")]":
            depth -= 1
        elif token.value == mark and depth == 0:
            yield tuple(tokens[begun:number])
            begun = number + 1
    yield tuple(tokens[begun:])


def _end_of_comment(text: str, start: int, limit: int, is_nested: bool) -> int:
    if not is_nested:
        found = text.find("*/", start + 2, limit)
        return found + 2 if found >= 0 else -1
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, start, limit):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return -1


@cache
def _pattern(provider: Provider) -> re.Pattern[str]:
    word = r"[^\W\d][\w$]*"
    plain, escaped = r"'(?:[^']|'')*'", r"'(?:[^'\\]|\\.|'')*'"
    double = r'"(?:[^"]|"")*"'
    backtick, bracket = r"`(?:[^`]|``)*`", r"\[[^\]]*\]"
    if provider == "mysql":
        line = r"--(?=\s|$)[^\n]*|\#[^\n]*"
        string = rf'{escaped}|"(?:[^"\\]|\\.|"")*"|[xXbBnN]{plain}'
        name, dollar = backtick, r"(?!)"
        word = r"@{0,2}[\w$]*[^\W\d][\w$]*"
    elif provider == "sqlite":
        line, string, name, dollar = r"--[^\n]*", rf"[xX]?{plain}", rf"{double}|{backtick}", r"(?!)"
        name += "|" + bracket
    elif provider == "sqlserver":
        line, string, name, dollar = r"--[^\n]*", rf"[nN]?{plain}", rf"{double}|{bracket}", r"(?!)"
        word = r"@{0,2}[^\W\d][\w$\#]*|\#[\w$\#]+"
    else:
        line, name = r"--[^\n]*", rf"{double}|[uU]&{double}"
        string = rf"[eE]{escaped}|(?:[bBxXnN]|[uU]&)?{plain}"
        dollar = r"\$(?:[^\W\d]\w*)?\$"
    return re.compile(
        rf"(?P<space>\s+)|(?P<line>{line})|(?P<block>/\*)|(?P<string>{string})|(?P<name>{name})"
        rf"|(?P<dollar>{dollar})|(?P<word>{word})"
        r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
        r"|(?P<open>['\"`])"
        r"|(?P<mark>::|\|\||->>|->|#>>|#>|<=|>=|<>|!=|@>|<@|:=|[^\s])",
        re.DOTALL,
    )


def _unquoted(text: str) -> str:
    if text[0] in "uU":
        text = text[2:]
    closing = "]" if text[0] == "[" else text[0]
    return text[1:-1].replace(closing * 2, closing)


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


def _string_value(text: str, provider: Provider) -> str:
    quote = text[-1]
    opening = text.index(quote)
    value = text[opening + 1 : -1].replace(quote * 2, quote)
    if provider == "mysql" or text[:opening] in ("e", "E"):
        value = _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), value)
    return value


def calls_in(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield where a name stands in front of a parenthesis; so does a word such as IN."""
    for at, (token, following) in enumerate(pairwise(tokens)):
        if token.kind in ("word", "name") and following.is_mark("("):
            yield at


def word_outside(tokens: Sequence[Token], start: int, *words: str) -> int | None:
    """Return where, from a token on, one of some words stands outside parentheses."""
    depth = 0
    for at in range(start, len(tokens)):
        token = tokens[at]
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.is_word(*words):
            return at
    return None
