"""One spelling for SQL expressions, as far as their text alone allows it.

A database rewrites what it is given: names lose quotes that they do not need, words their capitals,
and texts gain the name of their type. What is left of that here is taken away on both sides.
It deliberately knows no grammar of expressions, so different spellings of one meaning remain.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<string>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    |(?P<cast>::\s*(?:"[^"]+"\.)?(?:"[^"]+"|\w+(?:\.(?:"[^"]+"|\w+))?)
        (?:\s(?:varying|precision))?(?:\(\d+(?:,\s*\d+)?\))?(?:\swith(?:out)?\stime\szone)?(?:\[\])*)
    |(?P<word>[^\W\d]\w*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<other><=|>=|<>|!=|\|\||->>|->|.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


def canonical_expression(text: str) -> str:
    """Return an expression with white space made single and what a database adds taken away."""
    pieces: list[str] = []
    for token in _TOKEN.finditer(without_outer_parentheses(text.strip())):
        kind, value = token.lastgroup, token.group()
        if kind in ("space", "cast"):
            continue
        if kind == "name" and _PLAIN_NAME.fullmatch(value[1:-1]):
            value = value[1:-1]
        elif kind == "word":
            value = value.lower()
        elif value == "!=":
            value = "<>"
        pieces.append(value)
    return _joined(pieces)


def without_outer_parentheses(text: str) -> str:
    """Return a text without the pairs of parentheses that stand around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _is_one_group(text):
        text = text[1:-1].strip()
    return text


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
