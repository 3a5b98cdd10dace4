"""What a search for schemas must know of one file: what it declares, mentions and generates.

It looks at the starts of lines and is no parser: a broken file has an outline too, and the
outline of 2,000 files is made in a fraction of a second. It deliberately does not know
attributes, nor whether anything it sees is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from referee.syntax.source import dialect_of


@dataclass(frozen=True, slots=True)
class Outline:
    """What one file says that decides which schema it belongs to.

    `declared` are names of models, views, types and enums; `outputs` the values of `output` in
    generators. A file in the language of Prisma 8 declares nothing.
    """

    has_datasource: bool = False
    declared: frozenset[str] = frozenset()
    outputs: tuple[str, ...] = ()
    says_generated: bool = False


def outline(text: str) -> Outline:
    """Return the outline of the schema file that holds `text`."""
    if dialect_of(text) != "prisma":
        return Outline()
    lines = _without_comments(text)
    has_datasource = False
    declared: set[str] = set()
    outputs: list[str] = []
    for header in _HEADER_LINE.finditer(lines):
        keyword = header["keyword"]
        if keyword == "datasource":
            has_datasource = True
        elif keyword == "generator":
            outputs += _outputs(lines, header.end())
        else:
            declared.add(header["name"])
    return Outline(has_datasource, frozenset(declared), tuple(outputs), _says_generated(text))


def mentioned_in(text: str) -> frozenset[str]:
    """Return the names of models, views, types and enums that fields of a file mention.

    Few searches need them, and every line of the file must be looked at.
    """
    if dialect_of(text) != "prisma":
        return frozenset()
    mentioned: set[str] = set()
    has_fields = False
    for line in _TELLING_LINE.finditer(_without_comments(text)):
        if line["keyword"]:
            has_fields = line["keyword"] in _WITH_FIELDS
        elif line["close"]:
            has_fields = False
        elif has_fields and line["type"]:
            mentioned.add(line["type"])
    return frozenset(mentioned - _BUILT_IN)


def _outputs(lines: str, start: int) -> Iterator[str]:
    """Yield the values of `output` in the generator whose header ends at an offset."""
    for line in _TELLING_LINE.finditer(lines, start):
        if line["keyword"] or line["close"]:
            return
        if line["key"] == "output":
            yield _ESCAPE.sub(r"\1", line["value"])


_WITH_FIELDS = frozenset({"model", "view", "type"})
_BUILT_IN = frozenset(
    {
        "BigInt",
        "Boolean",
        "Bytes",
        "DateTime",
        "Decimal",
        "Float",
        "Int",
        "Json",
        "String",
        "Unsupported",
    }
)

_ESCAPE = re.compile(r"\\(.)")
_COMMENT_OR_STRING = re.compile(
    r"""
      "(?:\\[^\n]|[^"\\\n])*"
    | //[^\n]*
    | /\*.*?(?:\*/|\Z)
    """,
    re.DOTALL | re.VERBOSE,
)
_HEADER = r"""
    (?P<keyword>datasource|generator|model|view|type|enum)
    [^\S\n]+ (?P<name>[^\W_][\w-]*) [^\S\n]* \{
"""
_HEADER_LINE = re.compile(rf"^[^\S\n]*{_HEADER}", re.MULTILINE | re.VERBOSE)
_TELLING_LINE = re.compile(
    rf"""
    ^[^\S\n]*(?:
      (?P<close>\}})
    | {_HEADER}
    | [^\W_][\w-]* [^\S\n]+ (?P<type>[^\W_][\w-]*)
    | (?P<key>[^\W_][\w-]*) [^\S\n]* = [^\S\n]* "(?P<value>(?:\\[^\n]|[^"\\\n])*)"
    )
    """,
    re.MULTILINE | re.VERBOSE,
)
_LEADING_COMMENTS = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_GENERATED_NOTICE = re.compile(
    r"\b(?:auto(?:matically)?[- ]?)?generated\b|\bdo not (?:edit|modify)\b", re.IGNORECASE
)


def _without_comments(text: str) -> str:
    """Return `text` with LF line ends and without the comments that could hide or show a block.

    A line comment cannot: what is looked for stands at the start of a line.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "/*" not in text:
        return text
    return _COMMENT_OR_STRING.sub(_kept, text)


def _kept(part: re.Match[str]) -> str:
    found = part[0]
    return found if found.startswith('"') else " " + "\n" * found.count("\n")


def _says_generated(text: str) -> bool:
    leading = _LEADING_COMMENTS.match(text)
    return leading is not None and _GENERATED_NOTICE.search(leading[0]) is not None
