"""Sentences about lines that are not Prisma's language: what is wrong, and what was expected.

It deliberately works on the text of the line and the place where the parser stopped, so it
explains and never decides: whether a line is wrong is the grammar's word alone.
"""

from __future__ import annotations

import re

from referee.syntax.tree import Mistake, Span

_TERMINALS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string in double quotes",
    "UNSUPPORTED": '`Unsupported("...")`',
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "_CLOSE": "`}`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "DOT": "`.`",
    "EQUAL": "`=`",
    "QMARK": "`?`",
    "AT": "an attribute such as `@map(...)`",
    "__ANON_0": "a block attribute such as `@@index(...)`",
}
_ORDER = list(_TERMINALS)
_QUIET = {"LINE_COMMENT", "BLOCK_COMMENT", "_NEWLINE", "$END", "SPACE"}

_FIELD_START = re.compile(r"\s*(?:/\*.*?\*/\s*)*([^\W_][\w-]*)\s*", re.DOTALL)
_WORD = re.compile(r"[\w-]+")


def explain_mistake(kind: str, text: str, offset: int, expected: frozenset[str]) -> Mistake:
    """Return the mistake of a line at which the parser stopped.

    `text` is the line without its line end, `offset` where the parser stopped (in code points),
    `expected` the names of the terminals that would have been right there.
    """
    span = _stretch(text, offset)
    rest = text[offset:]
    before = text[:offset].rstrip()
    sentence = (
        _about_strings_and_comments(text, offset)
        or (_about_fields(text, before, rest) if kind == "model_line" else None)
        or (_about_enum_values(rest) if kind == "enum_line" else None)
        or (_about_settings(before, rest) if kind == "config_line" else None)
        or _about_lists(text, before, rest)
    )
    if sentence is None:
        found = "the end of the line" if not rest.strip() else f"`{_shown(text, span)}`"
        sentence = f"Unexpected {found}; expected {_alternatives(expected)}."
    return Mistake(span, sentence)


def _about_strings_and_comments(text: str, offset: int) -> str | None:
    rest = text[offset:]
    if rest.startswith('"'):
        return 'This string is not closed; expected `"` before the end of the line.'
    if rest.startswith("'"):
        return "Prisma's strings stand in double quotes; expected `\"`."
    if rest.startswith("/*"):
        if "*/" not in rest:
            return "This comment is not closed; expected `*/`."
        return "A comment cannot stand between the parts of a line; expected it at either end."
    if rest.startswith("//"):
        opened = _open_bracket(text[:offset])
        if opened is not None:
            return f"The comment begins before `{opened}` is closed; {_one_line(opened)}"
        return None
    if not rest.strip():
        opened = _open_bracket(text)
        if opened is not None:
            return f"`{opened}` is not closed; {_one_line(opened)}"
    return None


def _one_line(opened: str) -> str:
    closing = {"(": ")", "[": "]", "{": "}"}[opened]
    return f"expected `{closing}` on the same line, since Prisma reads line by line."


def _about_fields(text: str, before: str, rest: str) -> str | None:
    start = _FIELD_START.match(text)
    name = start.group(1) if start else None
    if name is not None and before.endswith(name) and start is not None:
        if start.end(1) == len(before):
            if not rest.strip() or rest.lstrip().startswith(("@", "//")):
                return f"The field `{name}` has no type; expected one, such as `{name} String`."
            if rest.startswith(":"):
                return f"Expected a type after `{name}`; a field is written without a colon."
            if rest.startswith("["):
                return "A list is written `Type[]`; expected the type before the brackets."
    if rest.startswith("_") and not before:
        return "A name begins with a letter; expected one instead of `_`."
    if rest.startswith("!"):
        return "A field is required unless it says `?`; expected no `!`."
    if before.endswith("[]") and rest.startswith("?"):
        return "A list cannot be optional; expected `Type[]` or `Type?`."
    if before.endswith("?") and rest.startswith("["):
        return "A list cannot hold optional values; expected `Type[]` or `Type?`."
    if rest.startswith("@@"):
        return "A block attribute stands on a line of its own; expected a line break before it."
    if rest.startswith("}"):
        return "`}` closes a block only as the first thing on a line; expected a line break."
    if rest.startswith("@"):
        return "Expected the name of an attribute right after `@`."
    return None


def _about_enum_values(rest: str) -> str | None:
    if rest.startswith(","):
        return "The values of an enum stand on a line each; expected no comma."
    if rest.startswith("}"):
        return "`}` closes a block only as the first thing on a line; expected a line break."
    if rest.startswith('"'):
        return "The value of an enum is a name, not a string; expected it without quotes."
    word = _WORD.match(rest)
    if word is not None:
        return f"Expected one value of the enum a line; `{word.group()}` needs a line of its own."
    return None


def _about_settings(before: str, rest: str) -> str | None:
    if re.fullmatch(r"\s*[^\W_][\w-]*", before) and not rest.startswith("="):
        return "Expected `=` and a value after the name of a property."
    return None


def _about_lists(text: str, before: str, rest: str) -> str | None:
    if before.endswith(",") and rest.startswith((")", "]", "}")):
        return f"Expected a value after the comma; `{rest[0]}` cannot follow one."
    if before.endswith(":") and rest.startswith((")", ",", "]", "}")):
        return f"The argument `{_last_word(before[:-1])}` has no value; expected one after `:`."
    if before.endswith(("(", "[")) and rest.startswith(","):
        return "Expected a value before the comma."
    if re.search(r"[0-9]$", before) and re.match(r"[\w.]", rest):
        return "This is not a number; expected digits with at most one decimal point."
    opened = _open_bracket(before)
    if opened in ("(", "[", "{") and re.match(r"[\w\"\[{]", rest):
        closing = {"(": ")", "[": "]", "{": "}"}[opened]
        if before and before[-1] not in "([{,:.":
            return f"Expected `,` or `{closing}` before `{_shown(text, _stretch(text, len(text) - len(rest)))}`."
    return None


def _last_word(text: str) -> str:
    words: list[str] = _WORD.findall(text)
    return words[-1] if words else ""


def _open_bracket(text: str) -> str | None:
    """Return the innermost bracket that is open at the end of the text, outside strings."""
    stack: list[str] = []
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"?|[()\[\]{}]', text):
        character = match.group()[0]
        if character in "([{":
            stack.append(character)
        elif character in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None


def _alternatives(expected: frozenset[str]) -> str:
    words = [_TERMINALS[name] for name in _ORDER if name in expected]
    words += sorted(name for name in expected if name not in _TERMINALS and name not in _QUIET)
    if not words:
        return "the end of the line"
    if len(words) == 1:
        return words[0]
    return ", ".join(words[:-1]) + " or " + words[-1]


def _stretch(text: str, offset: int) -> Span:
    word = _WORD.match(text, offset)
    if word is not None:
        return Span(*word.span())
    if offset >= len(text):
        end = len(text.rstrip())
        return Span(max(0, end - 1), end) if end else Span(0, len(text))
    if text[offset] in "\"'":
        return Span(offset, len(text.rstrip()) if text.rstrip()[offset:] else offset + 1)
    return Span(offset, offset + 1)


def _shown(text: str, span: Span) -> str:
    shown = text[span.start : span.end]
    return shown if len(shown) <= 30 else shown[:29] + "…"
