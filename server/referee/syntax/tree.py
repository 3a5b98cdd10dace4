"""The syntax tree: values that say what is written and where.

Every span is relative to what holds it: spans inside a line to the start of the line, line
offsets to the start of the block. A block that moved is therefore the same object.
Values that come by the thousand are named tuples, which are made in a third of the time.
It deliberately does not know what a name or an attribute means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

BlockKind = Literal["model", "view", "type", "enum", "datasource", "generator", "unknown"]
Arity = Literal["required", "optional", "list"]


class Span(NamedTuple):
    """A stretch of text: offsets in code points, the end exclusive."""

    start: int
    end: int

    def shifted(self, by: int) -> Span:
        """Return the same stretch seen from a holder that starts `by` characters earlier."""
        return Span(self.start + by, self.end + by)


class Mistake(NamedTuple):
    """Something that is not Prisma's language: a sentence, and the text it is about."""

    span: Span
    message: str


class Comment(NamedTuple):
    """A comment as written, markers included."""

    span: Span
    text: str


class Name(NamedTuple):
    """An identifier, or several joined by dots."""

    text: str
    span: Span


class StringLiteral(NamedTuple):
    """A string; `value` has its escapes resolved."""

    value: str
    span: Span


class NumberLiteral(NamedTuple):
    """A number, as written."""

    text: str
    span: Span


class NameLiteral(NamedTuple):
    """A constant or a path: `Cascade`, `true`, `title`, `address.street`."""

    text: str
    span: Span


class FunctionCall(NamedTuple):
    """A call: `now()`, `dbgenerated("...")`, `title(sort: Desc)`."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span


class ArrayLiteral(NamedTuple):
    """A list in brackets."""

    items: tuple[Expression, ...]
    span: Span


class ObjectLiteral(NamedTuple):
    """An object in braces: `{ live: true, at: { not: null } }`."""

    entries: tuple[tuple[Name, Expression], ...]
    span: Span


Expression: TypeAlias = (
    StringLiteral | NumberLiteral | NameLiteral | FunctionCall | ArrayLiteral | ObjectLiteral
)


class Argument(NamedTuple):
    """One argument of a call or an attribute; `name` is None where none is written."""

    name: Name | None
    value: Expression
    span: Span


class Attribute(NamedTuple):
    """`@name(...)` or `@@name(...)`; `name` is without the at-signs, dots included.

    `arguments_span` covers the parentheses and is None where there are none.
    """

    name: Name
    arguments: tuple[Argument, ...]
    arguments_span: Span | None
    span: Span

    def argument(self, name: str, position: int | None = None) -> Argument | None:
        """Return the argument of that name, else the unnamed one at that position."""
        for argument in self.arguments:
            if argument.name is not None and argument.name.text == name:
                return argument
        if position is None:
            return None
        unnamed = [argument for argument in self.arguments if argument.name is None]
        return unnamed[position] if position < len(unnamed) else None


class FieldType(NamedTuple):
    """The type of a field; `name` is "Unsupported" for `Unsupported("...")`."""

    name: Name
    arity: Arity
    unsupported: str | None
    span: Span


class Field(NamedTuple):
    """A field of a model, view or composite type."""

    name: Name
    type: FieldType
    attributes: tuple[Attribute, ...]
    span: Span


class EnumValue(NamedTuple):
    """A value of an enum."""

    name: Name
    attributes: tuple[Attribute, ...]
    span: Span


class Setting(NamedTuple):
    """A property of a datasource or generator; `value` is None where nothing follows the `=`."""

    name: Name
    value: Expression | None
    span: Span


class BlockAttribute(NamedTuple):
    """A line `@@name(...)`."""

    attribute: Attribute
    span: Span


Member: TypeAlias = Field | EnumValue | Setting | BlockAttribute


class Line(NamedTuple):
    """One logical line of a block: its text with its line end, and what it holds.

    A logical line is a line of the file, or several where a block comment spans them.
    A broken line has mistakes and no member; a line of comments or white space has neither.
    """

    text: str
    member: Member | None
    comments: tuple[Comment, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block with its lines; compared by identity, since equal text gives the same object.

    `header` is the text of the first line, `closing` that of the line with the brace (empty
    where the block is never closed). `mistakes` are those of header and closing; those of the
    lines are with the lines. `offsets[i]` is where `lines[i]` starts, from the block's start.
    """

    kind: BlockKind
    name: Name
    keyword: Name
    header: str
    lines: tuple[Line, ...]
    offsets: tuple[int, ...]
    closing: str
    comments: tuple[Comment, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def closing_offset(self) -> int:
        """Where the closing line starts, from the block's start."""
        if self.lines:
            return self.offsets[-1] + len(self.lines[-1].text)
        return len(self.header)

    @property
    def text(self) -> str:
        """The text of the whole block."""
        return self.header + "".join(line.text for line in self.lines) + self.closing


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """What stands between blocks: blank lines, comments, and lines that belong to no block."""

    text: str
    comments: tuple[Comment, ...]
    mistakes: tuple[Mistake, ...]


Item: TypeAlias = Block | Gap
