"""Text made safe and measurable for a terminal: what would move the cursor is made visible.

It deliberately knows nothing of reports; a schema may hold any character in strings and comments.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
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

    Indentation is left out and tabs become spaces. In a line that is wider than `width`, runs of
    spaces shrink to one; if that is not enough, only a stretch around the mark is shown, with `…`
    where something is missing.
    """
    pieces = _pieces(line)
    offsets = _offsets(pieces)
    start = max(0, min(start, len(pieces)))
    end = max(start, min(end, len(pieces)))
    first = min(len(line) - len(line.lstrip(" \t")), start)
    last = max(len(line.rstrip()), end, first)
    if offsets[last] - offsets[first] > width:
        pieces = _without_runs(pieces)
        offsets = _offsets(pieces)
    if offsets[last] - offsets[first] > width:
        first, last = _stretch(offsets, first, last, start, end, width)
    before = "…" if line[:first].strip(" \t") else ""
    after = "…" if line[last:].strip() else ""
    shift = len(before) - offsets[first]
    text = before + "".join(pieces[first:last]) + after
    return Window(text, offsets[start] + shift, offsets[min(end, last)] + shift)


def _pieces(line: str) -> list[str]:
    """Return how each character of a line is shown; tabs reach to the next stop."""
    if line.isascii() and line.isprintable():
        return list(line)
    pieces: list[str] = []
    column = 0
    for character in line:
        piece = " " * (TAB_STOP - column % TAB_STOP) if character == "\t" else visible(character)
        pieces.append(piece)
        column += width_of(piece)
    return pieces


def _offsets(pieces: Sequence[str]) -> list[int]:
    """Return the cell at which each piece starts, and the one behind the last."""
    return [0, *accumulate(map(width_of, pieces))]


def _without_runs(pieces: Sequence[str]) -> list[str]:
    """Return the pieces with one space for each run of them, but as they are in strings."""
    shown: list[str] = []
    is_string = False
    before = ""
    for piece in pieces:
        is_string ^= piece == '"' and before != "\\"
        is_blank = not piece.strip(" ") and not is_string
        shown.append(("" if before == " " else " ") if is_blank else piece)
        before = " " if is_blank else piece
    return shown


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
