"""The items of a file in runs of a few dozen, so that an edit makes one run anew and not the file.

Inside a run all offsets count from its start. A run whose items an edit did not touch stays the
same object, wherever it moved. It deliberately does not know how a text is cut.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from typing import overload

from referee.syntax.tree import Item

# Items in a new run; a run that has grown to more than twice as many is cut up.
RUN_SIZE = 32


class Run:
    """Items that follow each other, their text, and where in it each starts."""

    __slots__ = ("items", "starts", "text")

    def __init__(self, items: tuple[Item, ...], starts: tuple[int, ...], text: str) -> None:
        self.items = items
        self.starts = starts
        self.text = text

    def text_of(self, number: int) -> str:
        """Return the text of an item by its number in the run."""
        is_last = number + 1 == len(self.items)
        return self.text[self.starts[number] : None if is_last else self.starts[number + 1]]


class Runs:
    """The runs of a file; `firsts` are the numbers of their first items, `offsets` their starts."""

    __slots__ = ("count", "firsts", "length", "offsets", "runs")

    def __init__(
        self, runs: tuple[Run, ...], firsts: tuple[int, ...], offsets: tuple[int, ...]
    ) -> None:
        self.runs = runs
        self.firsts = firsts
        self.offsets = offsets
        self.count = firsts[-1] + len(runs[-1].items) if runs else 0
        self.length = offsets[-1] + len(runs[-1].text) if runs else 0

    def run_at(self, number: int) -> int:
        """Return the number of the run that holds an item."""
        return bisect_right(self.firsts, number) - 1

    def item_at(self, offset: int) -> int:
        """Return the number of the item that holds an offset; -1 where there are none."""
        if not self.runs:
            return -1
        run = max(0, bisect_right(self.offsets, offset) - 1)
        inside = bisect_right(self.runs[run].starts, offset - self.offsets[run]) - 1
        return self.firsts[run] + max(0, inside)

    def item_that_starts_at(self, offset: int) -> int | None:
        """Return the number of the item that starts at an offset, if one does."""
        number = self.item_at(offset)
        return number if number >= 0 and self.start(number) == offset else None

    def start(self, number: int) -> int:
        """Return the offset of an item by its number, which is not negative."""
        run = self.run_at(number)
        return self.offsets[run] + self.runs[run].starts[number - self.firsts[run]]

    def character_before(self, number: int) -> str:
        """Return the character in front of an item; nothing in front of the first."""
        place = self.run_at(number)
        start = self.runs[place].starts[number - self.firsts[place]]
        if start > 0:
            return self.runs[place].text[start - 1]
        return self.runs[place - 1].text[-1] if place > 0 else ""

    def starts_between(self, first: int, end: int) -> Iterator[int]:
        """Yield the offsets of items by their numbers, the end exclusive."""
        if first < end:
            for place in range(self.run_at(first), self.run_at(end - 1) + 1):
                skipped, offset = self.firsts[place], self.offsets[place]
                for start in self.runs[place].starts[max(0, first - skipped) : end - skipped]:
                    yield offset + start

    def text_from(self, first: int, end: int) -> str:
        """Return the text of runs, the end exclusive."""
        return "".join([run.text for run in self.runs[first:end]])

    def spliced(
        self, first: int, end: int, items: Sequence[Item], starts: Sequence[int], text: str
    ) -> Runs:
        """Return the runs of a file in which items with a text stand in place of some runs.

        `starts` are the offsets of the items in that text.
        """
        new = list(_runs_of(items, starts, text))
        number, offset = self._border(first)
        old_number, old_offset = self._border(end)
        more = number + len(items) - old_number
        longer = offset + len(text) - old_offset
        numbers = accumulate([len(run.items) for run in new], initial=number)
        offsets = accumulate([len(run.text) for run in new], initial=offset)
        return Runs(
            (*self.runs[:first], *new, *self.runs[end:]),
            (
                *self.firsts[:first],
                *islice(numbers, len(new)),
                *[each + more for each in self.firsts[end:]],
            ),
            (
                *self.offsets[:first],
                *islice(offsets, len(new)),
                *[each + longer for each in self.offsets[end:]],
            ),
        )

    def _border(self, run: int) -> tuple[int, int]:
        """Return how many items and characters stand before a run, or before the end."""
        if run < len(self.runs):
            return self.firsts[run], self.offsets[run]
        return self.count, self.length


NO_RUNS = Runs((), (), ())


def _runs_of(items: Sequence[Item], starts: Sequence[int], text: str) -> Iterator[Run]:
    """Yield items in runs; as one where they are not too many."""
    size = len(items) if len(items) <= 2 * RUN_SIZE else RUN_SIZE
    for first in range(0, len(items), max(1, size)):
        end = min(first + size, len(items))
        start = starts[first]
        yield Run(
            tuple(items[first:end]),
            tuple([each - start for each in starts[first:end]]),
            text[start : starts[end] if end < len(items) else len(text)],
        )


class Items(Sequence[Item]):
    """The items of a file, in order."""

    __slots__ = ("_runs",)

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def __len__(self) -> int:
        return self._runs.count

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable([run.items for run in self._runs.runs])

    @overload
    def __getitem__(self, place: int) -> Item: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...

    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        runs = self._runs
        if isinstance(place, slice):
            start, stop, step = place.indices(runs.count)
            if stop <= start:
                return ()
            first, last = runs.run_at(start), runs.run_at(stop - 1)
            found = tuple(chain.from_iterable([run.items for run in runs.runs[first : last + 1]]))
            skipped = runs.firsts[first]
            return found[start - skipped : stop - skipped : step]
        number = _counted(place, runs.count)
        run = runs.run_at(number)
        return runs.runs[run].items[number - runs.firsts[run]]


class Starts(Sequence[int]):
    """The offsets of the items of a file, in order."""

    __slots__ = ("_runs",)

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def __len__(self) -> int:
        return self._runs.count

    def __iter__(self) -> Iterator[int]:
        for run, offset in zip(self._runs.runs, self._runs.offsets, strict=True):
            for start in run.starts:
                yield offset + start

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[int, ...]: ...

    def __getitem__(self, place: int | slice) -> int | tuple[int, ...]:
        if isinstance(place, slice):
            first, end, step = place.indices(len(self))
            if step == 1:
                return tuple(self._runs.starts_between(first, end))
            return tuple([self[number] for number in range(first, end, step)])
        return self._runs.start(_counted(place, self._runs.count))


def _counted(place: int, count: int) -> int:
    """Return a place counted from the start; raises IndexError if there is none."""
    number = place + count if place < 0 else place
    if not 0 <= number < count:
        raise IndexError(place)
    return number
