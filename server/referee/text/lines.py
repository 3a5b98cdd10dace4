"""Lines and positions of a string, and the position encodings of the Language Server Protocol.

It deliberately cuts lines only at LF, CRLF and CR, as Prisma and the protocol do;
`str.splitlines` also cuts at form feed and U+2028 and is used nowhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

PositionEncoding = Literal["utf-8", "utf-16", "utf-32"]

LINE_END = re.compile(r"\r\n|\r|\n")


class Position(NamedTuple):
    """A place between two characters: zero-based line, zero-based column in code points."""

    line: int
    column: int


class Range(NamedTuple):
    """Two positions; the end is exclusive."""

    start: Position
    end: Position


def line_starts(text: str) -> list[int]:
    """Return the offset of the first character of every line; there is always at least one."""
    if "\r" in text:
        return [0, *(match.end() for match in LINE_END.finditer(text))]
    starts = [0]
    end = 0
    for line in text.split("\n"):
        end += len(line) + 1
        starts.append(end)
    # Behind the last line there is none.
    starts.pop()
    return starts


def count_line_ends(text: str) -> int:
    """Return how many line ends the text holds; CRLF counts once."""
    if "\r" in text:
        return sum(1 for _ in LINE_END.finditer(text))
    return text.count("\n")


def dominant_line_end(text: str) -> str:
    """Return the line end that new lines of this text should have: the most frequent one."""
    crlf = text.count("\r\n")
    lf = text.count("\n") - crlf
    cr = text.count("\r") - crlf
    if crlf > max(lf, cr):
        return "\r\n"
    return "\r" if cr > lf else "\n"


class LineIndex:
    """Offsets to positions and back for one string."""

    __slots__ = ("starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)

    def position(self, offset: int) -> Position:
        """Return the position of an offset in code points; offsets outside are clamped.

        Between CR and LF there is no position of its own: that is the end of the line.
        """
        offset = max(0, min(offset, len(self.text)))
        if offset and self.text[offset - 1 : offset + 1] == "\r\n":
            offset -= 1
        line = bisect_right(self.starts, offset) - 1
        return Position(line, offset - self.starts[line])

    def offset(self, position: Position) -> int:
        """Return the offset of a position; a line or column outside is clamped to the nearest."""
        if position.line < 0:
            return 0
        if position.line >= len(self.starts):
            return len(self.text)
        start = self.starts[position.line]
        return start + max(0, min(position.column, len(self.line(position.line))))

    def line(self, number: int) -> str:
        """Return the text of a zero-based line without its line end."""
        start = self.starts[number]
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


def column_from_units(line: str, units: int, encoding: PositionEncoding) -> int:
    """Return the code-point column of a column counted in the units of an encoding.

    A column inside a character (between two halves of a surrogate pair, say) is the column of
    that character; a column behind the end of the line is the end of the line.
    """
    if encoding == "utf-32" or line.isascii():
        return max(0, min(units, len(line)))
    seen = 0
    for column, character in enumerate(line):
        seen += _units(character, encoding)
        if seen > units:
            return column
    return len(line)


def units_from_column(line: str, column: int, encoding: PositionEncoding) -> int:
    """Return the column counted in the units of an encoding for a code-point column."""
    if encoding == "utf-32" or line.isascii():
        return column
    return sum(_units(character, encoding) for character in line[:column])


def _units(character: str, encoding: PositionEncoding) -> int:
    point = ord(character)
    if encoding == "utf-16":
        return 2 if point > 0xFFFF else 1
    if point < 0x80:
        return 1
    if point < 0x800:
        return 2
    return 3 if point < 0x10000 else 4
