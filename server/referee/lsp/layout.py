"""Where the lines of a file are, brought up to date run by run instead of line by line.

It deliberately keeps no table of all lines: a position costs a look into one run of items, and
into the lines of one item, which are counted when somebody asks for one of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from operator import sub
from typing import NamedTuple, TypeVar

from referee.syntax.runs import Run
from referee.syntax.source import Source
from referee.syntax.tree import Item
from referee.text.lines import (
    LINE_END,
    LineIndex,
    Position,
    PositionEncoding,
    column_from_units,
    count_line_ends,
    line_starts,
    units_from_column,
)

# So many positions are remembered: those of a keystroke are looked up twice.
_MOST_KNOWN = 256
# Where its lines start is kept of an item with so many line ends; others are soon counted again,
# and remembered for so many that were looked up last.
_FEWEST_KEPT = 64
_MOST_RECENT = 32


_T = TypeVar("_T")
_NONE_KNOWN: Mapping[Item, int] = {}
_UNKNOWN = -1


class Changed(NamedTuple):
    """Items that came or went with an update, and from which item on all others moved.

    Those behind a change that start on its last line count as both, since their columns changed.
    `moved_from` is the number of items where none moved; `before` is the item behind which others
    stand now.
    """

    gone: tuple[Item, ...]
    come: tuple[Item, ...]
    moved_from: int
    before: Item | None = None


class Layout:
    """The lines of one file under edit."""

    __slots__ = (
        "_first_lines",
        "_known",
        "_lines",
        "_number_of",
        "_recent",
        "_run_of",
        "_starts_of_lines",
        "source",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        # On which line each run starts, and inside a run each item from there.
        self._first_lines: list[int] = []
        self._lines: dict[Run, tuple[int, ...]] = {}
        self._number_of: dict[Run, int] = {}
        self._run_of: dict[Item, Run] = {}
        # Where the lines of a long item start in it, for those that somebody asked about.
        self._starts_of_lines: dict[Item, array[int]] = {}
        self._recent: dict[Item, Sequence[int]] = {}
        # What was looked up in this version, by offset.
        self._known: dict[int, tuple[int, str]] = {}
        self._take_in(source.runs.runs)
        self._count()

    def update(self, source: Source) -> Changed:
        """Go over to another version of the file; only what is new is counted."""
        old, new = self.source.runs, source.runs
        first = _common(old.runs, new.runs)
        last = _common_at_end(old.runs, new.runs, first)
        old_runs = old.runs[first : len(old.runs) - last]
        new_runs = new.runs[first : len(new.runs) - last]
        old_items = tuple(chain.from_iterable([run.items for run in old_runs]))
        new_items = tuple(chain.from_iterable([run.items for run in new_runs]))
        begin = _common(old_items, new_items)
        rest = _common_at_end(old_items, new_items, begin)
        gone = old_items[begin : len(old_items) - rest]
        come = new_items[begin : len(new_items) - rest]
        skipped = new.firsts[first] if first < len(new.runs) else new.count
        behind = skipped + len(new_items) - rest
        old_behind = skipped + len(old_items) - rest
        old_line = self.line_of(old_behind) if old_behind < old.count else None
        self.source = source
        self._known.clear()
        for item in gone:
            del self._run_of[item]
            self._starts_of_lines.pop(item, None)
            self._recent.pop(item, None)
        known: dict[Item, int] = {}
        for run in old_runs:
            lines = self._lines.pop(run)
            known.update(zip(run.items, map(sub, lines[1:], lines), strict=False))
        self._take_in(new_runs, known)
        self._count()
        is_moved = old_line is not None and self.line_of(behind) != old_line
        neighbours = self._up_to_line_end(behind)
        number = skipped + begin
        return Changed(
            (*gone, *neighbours),
            (*come, *neighbours),
            behind if is_moved else new.count,
            source.items[number - 1] if number > 0 else None,
        )

    def _up_to_line_end(self, number: int) -> tuple[Item, ...]:
        """Return the items from one on, up to the first that holds a line end."""
        runs = self.source.runs
        end = number
        while end < runs.count:
            end += 1
            if end == runs.count or self.line_of(end) != self.line_of(number):
                break
        return tuple(self.source.items[number:end])

    def _take_in(self, runs: Iterable[Run], known: Mapping[Item, int] = _NONE_KNOWN) -> None:
        """Count the line ends of the items in some runs, without those of which that is known."""
        for run in runs:
            self._run_of.update(dict.fromkeys(run.items, run))
            counts = list(map(known.get, run.items, repeat(_UNKNOWN)))
            number = -1
            for _ in range(counts.count(_UNKNOWN)):
                number = counts.index(_UNKNOWN, number + 1)
                counts[number] = count_line_ends(run.text_of(number))
            self._lines[run] = tuple(accumulate(counts, initial=0))

    def _count(self) -> None:
        runs = self.source.runs.runs
        counts = [self._lines[run][-1] for run in runs]
        self._first_lines = list(accumulate(counts[:-1], initial=0)) if runs else []
        self._number_of = {run: number for number, run in enumerate(runs)}

    def start(self, item: Item) -> int:
        """Return the offset where an item of this version starts; KeyError if it has none."""
        run = self._run_of[item]
        return self.source.runs.offsets[self._number_of[run]] + run.starts[run.items.index(item)]

    def number(self, item: Item) -> int:
        """Return how many items stand before an item; KeyError if it is not of this version."""
        run = self._run_of[item]
        return self.source.runs.firsts[self._number_of[run]] + run.items.index(item)

    def line(self, item: Item) -> int:
        """Return the line on which an item starts."""
        run = self._run_of[item]
        return self._first_lines[self._number_of[run]] + self._lines[run][run.items.index(item)]

    def line_of(self, number: int) -> int:
        """Return the line on which an item starts, by its number."""
        runs = self.source.runs
        run = runs.run_at(number)
        return self._first_lines[run] + self._lines[runs.runs[run]][number - runs.firsts[run]]

    def has(self, item: Item) -> bool:
        """Tell whether an item is of this version."""
        return item in self._run_of

    def run_of(self, item: Item) -> Run:
        """Return the run of items that holds an item; KeyError if it is not of this version."""
        return self._run_of[item]

    def before(self, offset: int) -> tuple[int, str]:
        """Return the line of an offset and what stands before the offset on that line."""
        known = self._known.get(offset)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[offset] = self._before(offset)
        return known

    def _before(self, offset: int) -> tuple[int, str]:
        runs = self.source.runs
        offset = max(0, min(offset, self.source.length))
        number = runs.item_at(offset)
        if number < 0:
            text = self.source.text
            index = LineIndex(text)
            line, column = index.position(offset)
            return line, text[offset - column : offset]
        place = runs.run_at(number)
        run = runs.runs[place]
        number -= runs.firsts[place]
        inside = offset - runs.offsets[place]
        if 0 < inside < len(run.text) and run.text[inside - 1 : inside + 1] == "\r\n":
            inside -= 1
        at = inside - run.starts[number]
        if at == 0 and inside > 0 and run.text[inside - 1] in "\r\n":
            return self._first_lines[place] + self._lines[run][number], ""
        starts = self._line_starts(run, number)
        within = bisect_right(starts, at) - 1
        line = self._lines[run][number] + within
        found = self._first_lines[place] + line
        if within > 0:
            return found, run.text[run.starts[number] + starts[within] : inside]
        # The line may have begun in an item before, or in a run before.
        begin = self._start_of_line(run, line) or 0
        before = run.text[begin:inside]
        while line == 0 and place > 0:
            place -= 1
            run = runs.runs[place]
            line = self._lines[run][-1]
            before = run.text[self._start_of_line(run, line) or 0 :] + before
        return found, before

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
        runs = self.source.runs
        if line < 0:
            return 0
        if not runs.runs:
            index = LineIndex(self.source.text)
            if line >= len(index.starts):
                return self.source.length
            return index.starts[line] + column_from_units(index.line(line), units, encoding)
        # The last run that starts on an earlier line holds the line end before this line.
        place = max(0, bisect_left(self._first_lines, line) - 1)
        run = runs.runs[place]
        start = self._start_of_line(run, line - self._first_lines[place])
        if start is None:
            return runs.length
        content = run.text[start:]
        offset = runs.offsets[place] + start
        end = LINE_END.search(content)
        while end is None and place + 1 < len(runs.runs):
            place += 1
            content += runs.runs[place].text
            end = LINE_END.search(content)
        content = content if end is None else content[: end.start()]
        return offset + column_from_units(content, units, encoding)

    def _start_of_line(self, run: Run, line: int) -> int | None:
        """Return where a line starts in a run, by its number there; None if it has not so many."""
        if line <= 0:
            return 0
        # The last item that starts on an earlier line holds the line end before this line.
        lines = self._lines[run]
        number = min(bisect_left(lines, line) - 1, len(run.items) - 1)
        starts = self._line_starts(run, number)
        left = line - lines[number]
        return run.starts[number] + starts[left] if left < len(starts) else None

    def _line_starts(self, run: Run, number: int) -> Sequence[int]:
        """Return where the lines of an item start in it, by its number in its run."""
        item = run.items[number]
        starts = self._starts_of_lines.get(item) or self._recent.get(item)
        if starts is None:
            starts = line_starts(run.text_of(number))
            if len(starts) > _FEWEST_KEPT:
                starts = self._starts_of_lines[item] = array("L", starts)
            else:
                if len(self._recent) >= _MOST_RECENT:
                    self._recent.clear()
                self._recent[item] = starts
        return starts


def _common(old: tuple[_T, ...], new: tuple[_T, ...]) -> int:
    """Return how many values both begin with; whole stretches are compared by identity at once."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_at_end(old: tuple[_T, ...], new: tuple[_T, ...], first: int) -> int:
    """Return how many values behind the first ones both end with."""
    old_end, new_end = len(old), len(new)
    low, high = 0, min(old_end, new_end) - first
    while low < high:
        middle = (low + high + 1) // 2
        if old[old_end - middle : old_end - low] == new[new_end - middle : new_end - low]:
            low = middle
        else:
            high = middle - 1
    return low
