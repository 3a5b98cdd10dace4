"""Where the lines of a file are, brought up to date item by item instead of line by line.

It deliberately keeps no table of all lines: a position costs a look into one block or gap.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import NamedTuple

from referee.syntax.source import Source
from referee.syntax.tree import Item
from referee.text.lines import (
    LINE_END,
    LineIndex,
    Position,
    PositionEncoding,
    column_from_units,
    count_line_ends,
    units_from_column,
)


class Changed(NamedTuple):
    """Items that came or went with an update, and from which item on all others moved.

    `moved_from` is the number of items where none moved.
    """

    gone: tuple[Item, ...]
    come: tuple[Item, ...]
    moved_from: int


class Layout:
    """The lines of one file under edit."""

    __slots__ = ("_index", "_lines", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lines = _first_lines(source)
        self._index = {item: number for number, item in enumerate(source.items)}

    def update(self, source: Source) -> Changed:
        """Go over to another version of the file; only what is new is counted."""
        old, new = self.source.items, source.items
        self.source = source
        first = _common(old, new)
        last = _common_at_end(old, new, first)
        old_end, new_end = len(old) - last, len(new) - last
        come = new[first:new_end]
        if not self._lines:
            self._lines = _first_lines(source)
            self._index = {item: number for number, item in enumerate(new)}
            return Changed(old, new, len(new))
        start = self._lines[first] if first < len(old) else self._end_line(old)
        lines = [start, *accumulate(map(_line_ends, come), initial=start)][1:]
        end = lines.pop()
        delta = 0
        if last:
            delta = end - self._lines[old_end]
            rest = self._lines[old_end:]
            if delta:
                rest = [line + delta for line in rest]
        else:
            rest = []
        if len(come) == old_end - first:
            self._lines[first:old_end] = lines
            if delta:
                self._lines[new_end:] = rest
            for item in old[first:old_end]:
                del self._index[item]
            for number, item in enumerate(come, first):
                self._index[item] = number
        else:
            self._lines = [*self._lines[:first], *lines, *rest]
            self._index = {item: number for number, item in enumerate(new)}
        # The item behind the change may start on its last line, so its column counts as changed.
        moved_from = new_end if delta else len(new)
        behind = new[new_end : new_end + 1]
        return Changed((*old[first:old_end], *behind), (*come, *behind), moved_from)

    def start(self, item: Item) -> int:
        """Return the offset where an item of this version starts; KeyError if it has none."""
        return self.source.starts[self._index[item]]

    def number(self, item: Item) -> int:
        """Return how many items stand before an item; KeyError if it is not of this version."""
        return self._index[item]

    def line(self, item: Item) -> int:
        """Return the line on which an item starts."""
        return self._lines[self._index[item]]

    def before(self, offset: int) -> tuple[int, str]:
        """Return the line of an offset and what stands before the offset on that line."""
        text = self.source.text
        offset = max(0, min(offset, len(text)))
        number = self.source.item_at(offset)
        if number < 0:
            index = LineIndex(text)
            line, column = index.position(offset)
            return line, text[offset - column : offset]
        start = self.source.starts[number]
        if 0 < offset < len(text) and text[offset - 1] == "\r" and text[offset] == "\n":
            offset -= 1
        line = self._lines[number] + count_line_ends(text[start:offset])
        return line, text[self._line_start(number, offset) : offset]

    def position(self, offset: int) -> Position:
        """Return the position of an offset in code points."""
        line, before = self.before(offset)
        return Position(line, len(before))

    def units(self, offset: int, encoding: PositionEncoding) -> tuple[int, int]:
        """Return line and column of an offset, the column in the units of an encoding."""
        line, before = self.before(offset)
        return line, units_from_column(before, len(before), encoding)

    def offset(self, line: int, units: int, encoding: PositionEncoding) -> int:
        """Return the offset of a position in units; one outside is clamped to the nearest."""
        text = self.source.text
        if line < 0:
            return 0
        if not self._lines:
            index = LineIndex(text)
            if line >= len(index.starts):
                return len(text)
            start = index.starts[line]
        else:
            found = self._start_of_line(line)
            if found is None:
                return len(text)
            start = found
        end = LINE_END.search(text, start)
        content = text[start : len(text) if end is None else end.start()]
        return start + column_from_units(content, units, encoding)

    def _start_of_line(self, line: int) -> int | None:
        """Return where a line starts; None if the file has not so many."""
        # The last item that starts on an earlier line holds the line end before this line.
        number = max(0, bisect_left(self._lines, line) - 1)
        position = self.source.starts[number]
        left = line - self._lines[number]
        if left <= 0:
            return 0
        text = self.source.text
        if "\r" not in self.source.items[number].text:
            while left:
                position = text.find("\n", position) + 1
                if position == 0:
                    return None
                left -= 1
            return position
        for end in LINE_END.finditer(text, position):
            left -= 1
            if left == 0:
                return end.end()
        return None

    def _line_start(self, number: int, offset: int) -> int:
        """Return where the line of an offset in an item starts, perhaps in an item before."""
        text = self.source.text
        while number >= 0:
            start = self.source.starts[number]
            end = max(text.rfind("\n", start, offset), text.rfind("\r", start, offset))
            if end >= 0:
                return end + 1
            number -= 1
        return 0

    def _end_line(self, items: tuple[Item, ...]) -> int:
        return self._lines[-1] + _line_ends(items[-1]) if items else 0


def _first_lines(source: Source) -> list[int]:
    if not source.items:
        return []
    lines = list(accumulate(map(_line_ends, source.items), initial=0))
    lines.pop()
    return lines


def _line_ends(item: Item) -> int:
    return count_line_ends(item.text)


def _common(old: tuple[Item, ...], new: tuple[Item, ...]) -> int:
    """Return how many items both begin with; whole stretches are compared by identity at once."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_at_end(old: tuple[Item, ...], new: tuple[Item, ...], first: int) -> int:
    """Return how many items behind the first ones both end with."""
    old_end, new_end = len(old), len(new)
    low, high = 0, min(old_end, new_end) - first
    while low < high:
        middle = (low + high + 1) // 2
        if old[old_end - middle : old_end - low] == new[new_end - middle : new_end - low]:
            low = middle
        else:
            high = middle - 1
    return low
