"""Text made safe and measurable for a terminal: what would move the cursor is made visible.

It deliberately knows nothing of reports; a schema may hold any character in strings and comments.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

TAB_STOP = 4

# Control characters, and those that turn the direction of what follows: a line must not look
# like something that it is not.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL_PICTURES = 0x2400


def visible(text: str) -> str:
    """Return the text with a sign in place of each character that a terminal would obey."""
    return _HIDDEN.sub(_sign, text)


def width_of(text: str) -> int:
    """Return how many cells of a terminal a text takes that has no tabs and nothing hidden."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


class Window(NamedTuple):
    """A line as it is shown: its text, and the cells from `start` to `end` that are meant."""

    text: str
    start: int
    end: int


def show_line(line: str, start: int, end: int, width: int) -> Window:
    """Return what to show of a line, with the columns from `start` to `end` marked.

    Indentation is left out and tabs become spaces. Of a line that is wider than `width` only a
    stretch around the mark is shown, with `…` where something is missing.
    """
    pieces: list[str] = []
    offsets = [0]
    for character in line:
        piece = " " * (TAB_STOP - offsets[-1] % TAB_STOP) if character == "\t" else character
        piece = visible(piece)
        pieces.append(piece)
        offsets.append(offsets[-1] + width_of(piece))
    start = max(0, min(start, len(pieces)))
    end = max(start, min(end, len(pieces)))
    first = min(len(line) - len(line.lstrip(" \t")), start)
    last = max(len(line.rstrip()), end, first)
    if offsets[last] - offsets[first] > width:
        first, last = _stretch(offsets, first, last, start, end, width)
    before = "…" if first > 0 and line[:first].strip(" \t") else ""
    after = "…" if line[last:].strip() else ""
    mark_end = offsets[min(end, last)]
    shift = len(before) - offsets[first]
    return Window(
        before + "".join(pieces[first:last]) + after, offsets[start] + shift, mark_end + shift
    )


def _stretch(
    offsets: list[int], first: int, last: int, start: int, end: int, width: int
) -> tuple[int, int]:
    """Return the columns of the stretch that shows most of the mark, and a bit before it."""
    room = width - 2
    lead = max(0, min(room // 3, room - (offsets[end] - offsets[start])))
    begin = start
    while begin > first and offsets[start] - offsets[begin - 1] <= lead:
        begin -= 1
    stop = begin
    while stop < last and offsets[stop + 1] - offsets[begin] <= room:
        stop += 1
    while begin > first and offsets[stop] - offsets[begin - 1] <= room:
        begin -= 1
    return begin, stop


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    return "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
