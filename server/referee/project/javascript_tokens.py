"""Cuts a JavaScript or TypeScript file into tokens; knows no grammar and runs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["name", "string", "template", "number", "regex", "mark", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its source text, and for a string or a template what it is made of.

    `parts` alternates text and the source of `${...}`, text first and last; a string has one.
    """

    kind: TokenKind
    text: str
    starts_line: bool
    parts: tuple[str, ...] = ()


END = Token("end", "", True)


def tokens_of(source: str) -> tuple[Token, ...]:
    """Return the tokens of `source` without comments, and `END` last; raises nothing."""
    tokens: list[Token] = []
    at = 0
    starts_line = True
    while at < len(source):
        blank = _BLANK.match(source, at)
        if blank:
            starts_line |= "\n" in blank[0] or "\r" in blank[0]
            at = blank.end()
            continue
        token, at = _token_at(source, at, starts_line, tokens[-1] if tokens else END)
        tokens.append(token)
        starts_line = False
    return (*tokens, END)


_BLANK = re.compile(r"(?:\s+|//[^\r\n]*|/\*.*?(?:\*/|\Z)|\A#![^\r\n]*)+", re.DOTALL)
_STRING = re.compile(
    r"'((?:\\(?:\r\n|.)|[^'\\\r\n])*)'|\"((?:\\(?:\r\n|.)|[^\"\\\r\n])*)\"", re.DOTALL
)
_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_NUMBER = re.compile(r"\d[\w.]*|\.\d[\w.]*")
_REGEX = re.compile(r"/(?:\\[^\r\n]|\[(?:\\[^\r\n]|[^\]\\\r\n])*\]|[^/\\\[\r\n])+/\w*")
_MARK = re.compile(r"=>|\.\.\.|\?\?|\?\.|&&|\|\||[=!]==?|[-+*/]=|.", re.DOTALL)
_BEFORE_REGEX = frozenset({"return", "typeof", "case", "in", "of", "default", "await", "void"})

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_SHORT_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r": "",
    "\r\n": "",
}


def _token_at(source: str, at: int, starts_line: bool, before: Token) -> tuple[Token, int]:
    if source[at] == "`":
        parts, end = _template_at(source, at)
        return Token("template", source[at:end], starts_line, parts), end
    string = _STRING.match(source, at)
    if string:
        content = string[1] if string[1] is not None else string[2]
        return Token("string", string[0], starts_line, (_unescaped(content),)), string.end()
    regex = _REGEX.match(source, at) if _may_precede_regex(before) else None
    kinds: tuple[tuple[TokenKind, re.Match[str] | None], ...] = (
        ("name", _NAME.match(source, at)),
        ("number", _NUMBER.match(source, at)),
        ("regex", regex),
        ("mark", _MARK.match(source, at)),
    )
    kind, found = next((kind, found) for kind, found in kinds if found)
    assert found is not None
    return Token(kind, found[0], starts_line), found.end()


def _may_precede_regex(token: Token) -> bool:
    """Tell whether a slash after `token` starts a regular expression, and does not divide."""
    if token.kind == "mark":
        return token.text not in {")", "]", "}"}
    return token.kind == "end" or token.text in _BEFORE_REGEX


def _template_at(source: str, at: int) -> tuple[tuple[str, ...], int]:
    """Return the parts of the template that starts at `at`, and the offset behind it."""
    parts: list[str] = []
    start = at = at + 1
    while at < len(source):
        if source[at] == "\\":
            at += 2
        elif source[at] == "`":
            return (*parts, _unescaped(source[start:at])), at + 1
        elif source.startswith("${", at):
            parts.append(_unescaped(source[start:at]))
            end = _end_of_substitution(source, at + 2)
            parts.append(source[at + 2 : end])
            start = at = end + 1
        else:
            at += 1
    return (*parts, _unescaped(source[start:])), len(source)


def _end_of_substitution(source: str, at: int) -> int:
    """Return the offset of the brace that closes the substitution whose content starts at `at`."""
    depth = 0
    before = END
    while at < len(source):
        blank = _BLANK.match(source, at)
        if blank:
            at = blank.end()
            continue
        before, end = _token_at(source, at, False, before)
        if before.text == "}":
            if depth == 0:
                return at
            depth -= 1
        elif before.text == "{":
            depth += 1
        at = end
    return len(source)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else ""
    return _SHORT_ESCAPES.get(escape[4], escape[4])
