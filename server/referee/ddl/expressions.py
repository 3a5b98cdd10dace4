"""One spelling for SQL expressions, as far as it can be had without a database.

A database rewrites what it is given: names lose quotes that they do not need, words their capitals,
texts gain the name of their type, and parentheses come and go. What is plain enough to be read here
is written with the least parentheses; of the rest, only the words are made alike.
It deliberately knows no types and no functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<string>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    |(?P<cast>::\s*(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))?
        (?:\s(?:varying|precision))?(?:\(\d+(?:,\s*\d+)?\))?(?:\swith(?:out)?\stime\szone)?(?:\[\])*)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<operator>[-+*/<>=~!@\#%^&|?]+)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TYPES_OF_LITERALS = frozenset(
    ["date", "interval", "json", "jsonb", "time", "timestamp", "timestamptz", "timetz", "uuid"]
)
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


def canonical_expression(text: str) -> str:
    """Return an expression with white space made single and what a database adds taken away."""
    tokens = _tokens(text)
    try:
        return _Parser(tokens).whole()
    except _NotPlain:
        return without_outer_parentheses(_joined(tokens))


def without_outer_parentheses(text: str) -> str:
    """Return a text without the pairs of parentheses that stand around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _is_one_group(text):
        text = text[1:-1].strip()
    return text


# ---- tokens ----


def _tokens(text: str) -> list[str]:
    """Return the tokens of SQL without casts, in one spelling each.

    `interval '1 day'` is a cast as well (PostgreSQL manual, "Constants of Other Types").
    """
    found: list[str] = []
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token.group()
        if kind in ("space", "cast"):
            continue
        if kind == "name":
            inside = value[1:-1]
            value = inside if _PLAIN_NAME.fullmatch(inside) else f'"{inside}"'
        elif kind == "word":
            value = value.lower()
        elif kind == "string" and found and found[-1] in _TYPES_OF_LITERALS:
            found.pop()
        elif value == "!=":
            value = "<>"
        found.append(value)
    return found


def _joined(pieces: list[str]) -> str:
    found = ""
    for piece in pieces:
        if found and _needs_space(found[-1], piece[0]):
            found += " "
        found += piece
    return found


def _needs_space(before: str, after: str) -> bool:
    return (before.isalnum() or before in "_'\"`)") and (after.isalnum() or after in "_'\"`")


def _is_one_group(text: str) -> bool:
    depth, quote = 0, ""
    for position, character in enumerate(text):
        if quote:
            if character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position == len(text) - 1
    return False


# ---- expressions ----

# How strongly operators hold their sides (PostgreSQL manual, "Operator Precedence").
_OR, _AND, _NOT, _IS, _COMPARISON, _RANGE, _OTHER, _SUM, _PRODUCT, _POWER, _SIGN = range(1, 12)
_STRENGTH: Mapping[str, int] = MappingProxyType(
    {
        "or": _OR,
        "and": _AND,
        "is": _IS,
        **dict.fromkeys(["<", ">", "=", "<=", ">=", "<>"], _COMPARISON),
        **dict.fromkeys(["between", "in", "like", "ilike", "not"], _RANGE),
        "+": _SUM,
        "-": _SUM,
        **dict.fromkeys(["*", "/", "%"], _PRODUCT),
        "^": _POWER,
    }
)
# What PostgreSQL makes of these words, as its catalog shows.
_PATTERNS: Mapping[str, str] = MappingProxyType({"like": "~~", "ilike": "~~*"})
_WORDS_NOT_READ = frozenset(
    ["case", "when", "select", "exists", "interval", "at", "collate", "from", "over", "filter"]
)
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|?]+")
_ATOM = re.compile(r"'.*'|\".*\"|\d.*|[^\W\d].*", re.DOTALL)


class _NotPlain(Exception):
    """The expression has a form that is not read here."""


class _Parser:
    """Reads tokens by the strength of operators; every answer is text and its strength."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    def whole(self) -> str:
        text, _ = self.expression(0)
        if self.position != len(self.tokens):
            raise _NotPlain
        return text

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise _NotPlain
        self.position += 1
        return token

    def expression(self, least: int) -> tuple[str, int]:
        left = self.prefix()
        while True:
            strength = self.strength(self.peek())
            if strength is None or strength < least:
                return left
            left = self.infix(left, strength)

    def strength(self, token: str) -> int | None:
        if token in _STRENGTH:
            return _STRENGTH[token]
        return _OTHER if _OPERATOR.fullmatch(token) else None

    def prefix(self) -> tuple[str, int]:
        token = self.take()
        if token == "not":
            return f"not {_inside(self.expression(_NOT), _NOT)}", _NOT
        if token in ("-", "+"):
            return f"{token}{_inside(self.expression(_SIGN), _SIGN)}", _SIGN
        if token == "(":
            inner = self.expression(0)
            if self.peek() == ",":
                raise _NotPlain
            self.take(")")
            return inner
        if token in _WORDS_NOT_READ or not _ATOM.fullmatch(token):
            raise _NotPlain
        text = token
        while self.peek() == ".":
            self.take()
            text += f".{self.take()}"
        if self.peek() == "(":
            text += f"({', '.join(self.items('(', ')'))})"
        if self.peek() == "[":
            text += f"[{', '.join(self.items('[', ']'))}]"
        return text, _SIGN + 1

    def items(self, opening: str, closing: str) -> list[str]:
        self.take(opening)
        found: list[str] = []
        while self.peek() != closing:
            found.append(self.expression(0)[0])
            if self.peek() == ",":
                self.take()
            elif self.peek() != closing:
                raise _NotPlain
        self.take(closing)
        return found

    def infix(self, left: tuple[str, int], strength: int) -> tuple[str, int]:
        operator = self.take()
        is_negated = operator == "not"
        if is_negated:
            operator = self.take()
            if operator not in ("in", "like", "ilike", "between"):
                raise _NotPlain
        if operator == "is":
            return self.is_test(left)
        if operator == "in":
            values = ", ".join(self.items("(", ")"))
            compared = f"<> all(array[{values}])" if is_negated else f"= any(array[{values}])"
            return f"{_inside(left, _COMPARISON)} {compared}", _COMPARISON
        if operator == "between":
            return self.between(left, is_negated)
        if operator in _PATTERNS:
            operator, strength = "!" * is_negated + _PATTERNS[operator], _OTHER
        right = self.expression(strength + 1)
        return f"{_inside(left, strength)} {operator} {_inside(right, strength + 1)}", strength

    def is_test(self, left: tuple[str, int]) -> tuple[str, int]:
        words = ["is"]
        if self.peek() == "not":
            words.append(self.take())
        if self.peek() not in ("null", "true", "false", "unknown"):
            raise _NotPlain
        words.append(self.take())
        return f"{_inside(left, _IS)} {' '.join(words)}", _IS

    def between(self, left: tuple[str, int], is_negated: bool) -> tuple[str, int]:
        low = self.expression(_OTHER)
        self.take("and")
        high = self.expression(_OTHER)
        subject = _inside(left, _OTHER)
        lower, upper = _inside(low, _OTHER), _inside(high, _OTHER)
        if is_negated:
            return f"{subject} < {lower} or {subject} > {upper}", _OR
        return f"{subject} >= {lower} and {subject} <= {upper}", _AND


def _inside(expression: tuple[str, int], strength: int) -> str:
    """Return an expression as a side of an operator, in parentheses if it holds less strongly."""
    text, own = expression
    return text if own >= strength else f"({text})"
