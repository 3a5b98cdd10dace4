"""Sentences about lines that are not Prisma's language: what is wrong, and what was expected.

It deliberately works on the text of the line and the place where the parser stopped, so it
explains and never decides: whether a line is wrong is the grammar's word alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from referee.syntax.characters import SPACES, plain
from referee.syntax.tree import Mistake, Span

LONGEST_QUOTE = 30


def explain_mistake(kind: str, text: str, offset: int, expected: frozenset[str]) -> Mistake:
    """Return the mistake of a line at which the parser stopped.

    `text` is the line without its line end, `offset` where the parser stopped (in code points),
    `expected` the names of the terminals that would have been right there.
    """
    span = _stretch(text, offset)
    stop = _Stop(
        kind,
        text[:offset].rstrip(SPACES),
        text[offset:],
        expected,
        _open_bracket(text[:offset]),
        text[offset - 1 : offset].strip(SPACES) != "",
        text[span.start : span.end],
    )
    for explain in _EXPLANATIONS:
        sentence = explain(stop)
        if sentence is not None:
            return Mistake(span, sentence)
    if stop.is_at_end:
        return Mistake(
            span, f"The line ends too early; expected {_alternatives(expected, stop.opened)}."
        )
    return Mistake(
        span, f"Unexpected {stop.quote}; expected {_alternatives(expected, stop.opened)}."
    )


@dataclass(frozen=True, slots=True)
class _Stop:
    """The place where the parser stopped, as the explanations see it."""

    kind: str
    before: str
    """What was read, without spaces at its end."""
    rest: str
    expected: frozenset[str]
    opened: str | None
    """The innermost bracket that is open there."""
    is_touching: bool
    """Whether no space stands between what was read and the rest."""
    found: str
    """The word, string or character at which the parser stopped."""

    @property
    def is_at_end(self) -> bool:
        return not self.rest.strip(SPACES)

    @property
    def quote(self) -> str:
        return f"`{_shortened(self.found)}`"

    @property
    def is_value_expected(self) -> bool:
        return "CONSTANT" in self.expected

    @property
    def closing(self) -> str:
        return _CLOSING[self.opened] if self.opened else ""


_CLOSING = {"(": ")", "[": "]", "{": "}"}
_FIELD_ATTRIBUTES = ("id", "unique", "default", "map", "relation", "updatedAt", "ignore")
_NAME = r"[^\W_][\w-]*"
_WORD = re.compile(r"[\w-]+")
_LEADING_COMMENTS = re.compile(rf"[{SPACES}]*(?:/\*.*?\*/[{SPACES}]*)*", re.DOTALL)
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\[^\r\n][^"\\\x00-\x1f]*)*"')
_STRING_OR_COMMENT = r'"[^"\\]*(?:\\.[^"\\]*)*"?|//.*|/\*.*?\*/'
_BRACKET = re.compile(rf"{_STRING_OR_COMMENT}|[()\[\]{{}}]", re.DOTALL)
_INNER_HEADER = re.compile(rf"(model|view|type|enum|datasource|generator)\s+{_NAME}\s*$")
_FANCY_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


# ---- explanations, the more telling ones first -------------------------------------------------


def _about_strings(stop: _Stop) -> str | None:
    rest = stop.rest
    if rest[:1] in ("'", "`"):
        return f'Strings stand in double quotes; expected `"` instead of {_quoted(rest[0])}.'
    if rest and rest[0] in _FANCY_QUOTES:
        return f'Strings stand in straight double quotes; expected `"` instead of `{rest[0]}`.'
    if not rest.startswith('"') or _STRING.match(rest):
        return None
    content = re.split(r'(?<!\\)"', rest[1:], maxsplit=1)[0]
    control = re.search(r"[\x00-\x1f]", content)
    if control is not None and len(content) < len(rest) - 1:
        escape = {"\t": r"`\t`"}.get(control.group(), f"`\\u{ord(control.group()):04x}`")
        name = "TAB" if control.group() == "\t" else "control character"
        return f"A string cannot hold a {name}; expected {escape}."
    return 'This string is not closed; expected `"` before the end of the line.'


def _about_comments(stop: _Stop) -> str | None:
    rest = stop.rest
    if rest.startswith("/*"):
        if "*/" not in rest:
            return "This comment is not closed; expected `*/`."
        if stop.before.endswith("*/") and _read(stop):
            return "One comment can follow, and this is another; expected the end of the line."
        return "A comment cannot stand between the parts of a line; expected it at either end."
    if stop.before.endswith("*/") and _read(stop) and not stop.is_at_end:
        return f"A comment ends the line, and {stop.quote} follows it; expected the comment last."
    if rest.startswith("//") and stop.opened is not None:
        return f"The comment begins before `{stop.opened}` is closed; {_on_one_line(stop)}"
    if rest.startswith("*/"):
        return "This `*/` ends no comment; expected `/*` before it."
    if rest.startswith(("#", "--", "/")) and not rest.startswith("//") and stop.opened is None:
        return "A comment begins with `//`; expected that."
    return None


def _about_brackets(stop: _Stop) -> str | None:
    if stop.opened is None:
        if stop.rest[:1] in (")", "]"):
            return f"This `{stop.rest[0]}` closes nothing; expected an opening bracket before it."
        return None
    if stop.is_at_end:
        return f"`{stop.opened}` is not closed; {_on_one_line(stop)}"
    return None


def _about_numbers(stop: _Stop) -> str | None:
    rest = stop.rest
    if stop.is_value_expected:
        if re.match(r"\.\d", rest):
            return "A number begins with a digit; expected one before the point."
        if re.match(r"\+\s*\d", rest):
            return "A number has no plus sign; expected its digits alone."
        if rest.startswith("-"):
            return "A minus sign has its digits right behind it; expected a number."
    if (
        stop.is_touching
        and re.match(r"[\w.-]", rest)
        and re.search(r"(?<![\w-])-?\d+(?:\.\d+)?$", stop.before)
    ):
        return "This is not a number; expected digits with at most one decimal point."
    return None


def _about_lists(stop: _Stop) -> str | None:
    if stop.opened is None or re.search(r"(?<!\w)Unsupported\([^()@]*$", stop.before):
        return None
    before, rest, quote, closing = stop.before, stop.rest, stop.quote, stop.closing
    if stop.opened == "{" and "KEY" in stop.expected and not rest.startswith("}"):
        if rest.startswith('"'):
            return "A key of an object is a name; expected it without quotes."
        if _WORD.match(rest):
            return f"The key {quote} has no colon behind it; expected `{stop.found}: value`."
    if before.endswith(","):
        if rest[0] in ")]}":
            return f"A value is missing behind the comma; expected one before `{rest[0]}`."
        if rest[0] == ",":
            return "There are two commas; expected a value between them."
    if before.endswith("(,") or (before.endswith(("(", "[", "{")) and rest[0] == ","):
        return "A value is missing; expected one before the comma."
    if before.endswith(":") and stop.is_value_expected and rest[0] in "),]},":
        return f"`{_last_word(before[:-1])}` has no value; expected one after the colon."
    if rest[0] in ")]}" and rest[0] != closing:
        return f"`{stop.opened}` is still open; expected `{closing}` before `{rest[0]}`."
    if stop.is_value_expected:
        return (
            f"No value begins with {quote}; expected a string, a number, a name, "
            "a function, `[` or `{`."
        )
    if rest[0] == "=":
        name = _last_word(before)
        return f"An argument is written with a colon; expected `{name}: value`."
    if rest[0] == ":":
        if before.endswith('"'):
            return "The name of an argument has no quotes; expected a name before the colon."
        if stop.opened == "[":
            return "A list holds values without names; expected `,` or `]`."
        return "One colon stands between a name and its value; expected `,` behind the value."
    if closing:
        return f"Expected `,` or `{closing}` before {quote}."
    return None


def _about_names(stop: _Stop) -> str | None:
    rest = stop.rest
    if not _read(stop) and rest[:1] in ("_", "-") and _WORD.match(rest):
        return f"A name begins with a letter; expected one instead of `{rest[0]}`."
    if rest[:1] == "_" and stop.expected & {"NAME", "PATH"}:
        return "A name begins with a letter; expected one instead of `_`."
    is_in_name = stop.is_touching and re.search(r"[\w-]$", stop.before) is not None
    if is_in_name and (rest[:1] in ("$", "%", "&", "^", "~") or plain(rest[:1]) == "\x7f"):
        return f"{_quoted(rest[0])} cannot stand in a name; expected letters, digits, `_` and `-`."
    return None


def _about_attributes(stop: _Stop) -> str | None:
    rest, before = stop.rest, stop.before
    if stop.kind == "config_line":
        return None
    name = re.search(r"(@@?)\s*([\w.-]+)$", before)
    if "PATH" in stop.expected:
        if not rest.startswith("@"):
            return "This attribute has no name; expected one behind `@`, such as `@map`."
        if before.endswith("@@"):
            return "A block attribute begins with `@@`; expected no third `@`."
        if not stop.is_touching:
            return "This `@` has no name; expected one right behind it, such as `@map`."
        return "A block attribute stands on a line of its own; expected `@` here."
    if name is not None and not stop.is_at_end:
        if rest.startswith("."):
            return "The parts of a name stand together; expected no space before the dot."
        if rest[0] in '"[{' or (name[1] == "@@" and _WORD.match(rest)):
            return f"Arguments stand in parentheses; expected `(` behind `{name[1]}{name[2]}`."
    is_block_attribute = _LEADING_COMMENTS.sub("", before, count=1).startswith("@@")
    if is_block_attribute and stop.opened is None and not stop.is_at_end:
        return (
            f"A block attribute ends with its line; expected nothing like {stop.quote} behind it."
        )
    if rest.startswith("@@"):
        return "A block attribute stands on a line of its own; expected a line break before it."
    if not _read(stop) and rest.startswith("@"):
        owner = "value of the enum" if stop.kind == "enum_line" else "field"
        return f"An attribute with one `@` belongs to a {owner}; expected it behind one, or `@@`."
    return None


def _about_fields(stop: _Stop) -> str | None:
    if stop.kind != "model_line":
        return None
    read, rest, found = _read(stop), stop.rest, stop.found
    if rest.startswith("{") and _INNER_HEADER.match(read):
        return "A block cannot stand inside another; expected `}` on a line before it."
    if not read:
        if rest.startswith('"'):
            return "The name of a field has no quotes; expected it without."
        return f"No field begins with {stop.quote}; expected a name and a type."
    if re.fullmatch(_NAME, read):
        if stop.is_at_end or rest.startswith(("@", "//")):
            return f"The field `{_shortened(read)}` has no type; expected one behind its name."
        if rest.startswith("="):
            return f"A field is no setting; expected a type behind `{_shortened(read)}`."
        if rest.startswith("."):
            return "The name of a field has no dot; expected a type behind it."
        return f"No type begins with {stop.quote}; expected the name of one."
    if read.endswith(":") and stop.is_at_end:
        return "A field is written without a colon; expected a type behind the name."
    if re.search(r"(?<!\w)Unsupported$", read) and rest.startswith("("):
        return '`Unsupported` has its `(` right behind it; expected `Unsupported("...")`.'
    if re.search(r"(?<!\w)Unsupported\(", read) and not re.search(r"Unsupported\([^@]*\)", read):
        return '`Unsupported` takes one string; expected `Unsupported("...")`.'
    return _about_types(read, rest, found)


def _about_types(read: str, rest: str, found: str) -> str | None:
    type_name = re.fullmatch(rf"{_NAME}[\s:]+\[?\s*({_NAME}|Unsupported\(.*\))\s*([?\[\]!]*)", read)
    if type_name is None:
        return _about_what_follows(rest, found)
    name, mark = type_name.groups()
    if rest.startswith("["):
        if mark == "?":
            return f"A list cannot hold optional values; expected `{name}[]` or `{name}?`."
        if mark == "[]":
            return f"A list cannot hold lists; expected `{name}[]`."
        return f"A list has nothing between its brackets; expected `{name}[]`."
    if rest[:1] in ("?", "!"):
        if mark == "]":
            return f"A list is not optional, and has its brackets behind; expected `{name}[]`."
        return f"A type has one mark behind it; expected no `{rest[0]}` here."
    if rest.startswith("."):
        return "The name of a type has no dot; expected it alone."
    if rest.startswith("("):
        return "A type takes no arguments; expected a native type such as `@db.VarChar(20)`."
    return _about_what_follows(rest, found)


def _about_what_follows(rest: str, found: str) -> str | None:
    if rest[:1] in (",", ";"):
        return f"A field ends with its line; expected no `{rest[0]}`."
    if rest.startswith("="):
        return "A value is given by an attribute; expected `@default(...)`."
    if rest.startswith("}"):
        return "A `}` closes a block as the first thing on a line; expected a line break before it."
    if found in _FIELD_ATTRIBUTES:
        return f"An attribute begins with `@`; expected `@{found}`."
    if _WORD.match(rest):
        return (
            f"`{_shortened(found)}` is too much behind the type; expected an attribute such as "
            "`@map(...)`, or the end of the line."
        )
    return None


def _about_enum_values(stop: _Stop) -> str | None:
    if stop.kind != "enum_line":
        return None
    read, rest = _read(stop), stop.rest
    if rest.startswith("{") and _INNER_HEADER.match(read):
        return "A block cannot stand inside another; expected `}` on a line before it."
    if rest[:1] in (",", ";"):
        return f"Each value of an enum has a line of its own; expected no `{rest[0]}`."
    if rest.startswith("}"):
        return "A `}` closes a block as the first thing on a line; expected a line break before it."
    if rest.startswith('"'):
        return "The value of an enum is a name; expected it without quotes."
    if rest.startswith(("=", ":")):
        return f"The value of an enum is its name alone; expected no `{rest[0]}`."
    if read and _WORD.match(rest):
        return (
            "Each value of an enum has a line of its own; "
            f"expected a line break before {stop.quote}."
        )
    if not stop.is_at_end:
        return f"The value of an enum is a name, then attributes; expected no {stop.quote}."
    return None


def _about_settings(stop: _Stop) -> str | None:
    if stop.kind != "config_line":
        return None
    read, rest = _read(stop), stop.rest
    if rest.startswith("{") and _INNER_HEADER.match(read):
        return "A block cannot stand inside another; expected `}` on a line before it."
    if not read:
        if rest.startswith('"'):
            return "The name of a setting has no quotes; expected it without."
        if rest.startswith("@"):
            return "A datasource or generator has no attributes; expected `name = value`."
        return f"No setting begins with {stop.quote}; expected `name = value`."
    if re.fullmatch(_NAME, read):
        if rest.startswith("."):
            return "The name of a setting has no dot; expected `=` and a value."
        return f"A setting has `=` and a value; expected `{_shortened(read)} = value`."
    if stop.is_value_expected:
        return (
            f"No value begins with {stop.quote}; expected a string, a number, a name, "
            "a function, `[` or `{`."
        )
    if stop.opened is None and not stop.is_at_end:
        return f"A setting is one value on one line; expected no {stop.quote} behind it."
    return None


_EXPLANATIONS: tuple[Callable[[_Stop], str | None], ...] = (
    _about_strings,
    _about_comments,
    _about_brackets,
    _about_numbers,
    _about_names,
    _about_attributes,
    _about_lists,
    _about_fields,
    _about_enum_values,
    _about_settings,
)


# ---- what was read -----------------------------------------------------------------------------


def _read(stop: _Stop) -> str:
    """Return what was read of the member itself, without comments before it."""
    return _LEADING_COMMENTS.sub("", stop.before, count=1)


def _on_one_line(stop: _Stop) -> str:
    return f"expected `{stop.closing}` on the same line, since Prisma reads line by line."


def _last_word(text: str) -> str:
    words: list[str] = _WORD.findall(text)
    return _shortened(words[-1]) if words else ""


def _open_bracket(text: str) -> str | None:
    """Return the innermost bracket that is open at the end of the text, outside strings."""
    stack: list[str] = []
    for match in _BRACKET.finditer(text):
        character = match.group()[0]
        if character in "([{":
            stack.append(character)
        elif character in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None


_VALUE = frozenset({"STRING", "NUMBER", "CONSTANT", "CALLED", "LSQB", "LBRACE", "BRACKETS"})
_TYPE = frozenset({"NAME", "UNSUPPORTED", "LSQB", "COLON"})
_TYPE_MARKS = frozenset({"QMARK", "BRACKETS", "BANG"})
# Longer sets first: what they hold is said with one word.
_WORDS: tuple[tuple[frozenset[str], str], ...] = (
    (_VALUE | {"KEY"}, "an argument"),
    (_VALUE, "a value"),
    (_TYPE, "a type"),
    (_TYPE_MARKS, "`?`, `[]`"),
    *(
        (frozenset({terminal}), words)
        for terminal, words in {
            "NAME": "a name",
            "PATH": "a name",
            "KEY": "a name and `:`",
            "STRING": "a string",
            "EQUAL": "`=`",
            "COLON": "`:`",
            "COMMA": "`,`",
            "QMARK": "`?`",
            "LPAR": "`(`",
            "RPAR": "`)`",
            "RSQB": "`]`",
            "RBRACE": "`}`",
            "AT": "an attribute such as `@map(...)`",
            "BLOCK_AT": "a block attribute such as `@@map(...)`",
        }.items()
    ),
)


def _alternatives(expected: frozenset[str], opened: str | None) -> str:
    words: list[str] = []
    left = expected
    if opened is None:
        left -= {"COMMA", "RPAR", "RSQB", "RBRACE"}
    for terminals, said in _WORDS:
        if terminals <= left:
            words.append(said)
            left -= terminals
    if opened is None or not words:
        words.append("the end of the line")
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _stretch(text: str, offset: int) -> Span:
    """Return the word, string or character at an offset; at the end of a line, the last one."""
    word = _WORD.match(text, offset)
    if word is not None:
        return Span(*word.span())
    if not text[offset:].strip(SPACES):
        end = len(text.rstrip(SPACES))
        return Span(max(0, end - 1), end) if end else Span(0, len(text))
    if text[offset] == '"':
        string = _STRING.match(text, offset)
        return Span(offset, len(text.rstrip(SPACES)) if string is None else string.end())
    if text.startswith(("@@", "/*", "*/", "//"), offset):
        return Span(offset, offset + 2)
    if text[offset] == "'":
        end = text.find("'", offset + 1)
        return Span(offset, end + 1 if end > 0 else len(text.rstrip(SPACES)))
    return Span(offset, offset + 1)


def _quoted(character: str) -> str:
    if character == "`":
        return "a backtick"
    return f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"


def _shortened(text: str) -> str:
    shown = "".join(
        character if character.isprintable() else "�" for character in text[:LONGEST_QUOTE]
    )
    return shown if len(text) <= LONGEST_QUOTE else shown[:-1] + "…"
