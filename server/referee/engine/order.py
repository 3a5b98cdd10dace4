"""Numbers the blocks of files in their order, so that an edit numbers only what it brings.

It deliberately knows no path and no name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from referee.syntax.tree import Block, Item

# Between blocks that are numbered together; one more finds room between any two 32 times.
_GAP = 1 << 32


class BlockOrder:
    """The numbers of the blocks of some files; of two blocks of one file the first has the less."""

    def __init__(self) -> None:
        self._numbers: dict[Block, int] = {}

    def number(self, block: Block) -> int:
        """Return the number of a block that is there."""
        return self._numbers[block]

    def replace(self, gone: Iterable[Item], items: Sequence[Item], first: int, end: int) -> bool:
        """Number what stands in a file from `first` to `end` in place of what is gone.

        Tell whether there was no room, so that all blocks of the file were numbered anew.
        """
        known = self._numbers
        numbers = [known.pop(item) for item in gone if isinstance(item, Block)]
        blocks = [item for item in items[first:end] if isinstance(item, Block)]
        if len(numbers) != len(blocks):
            low = self._nearest(items, range(first - 1, -1, -1))
            high = self._nearest(items, range(end, len(items)))
            room = _between(low, high, len(blocks))
            if room is None:
                blocks = [item for item in items if isinstance(item, Block)]
                known.update(zip(blocks, range(0, len(blocks) * _GAP, _GAP), strict=True))
                return True
            numbers = list(room)
        known.update(zip(blocks, numbers, strict=True))
        return False

    def _nearest(self, items: Sequence[Item], places: Iterable[int]) -> int | None:
        for place in places:
            item = items[place]
            if isinstance(item, Block):
                return self._numbers[item]
        return None


def _between(low: int | None, high: int | None, count: int) -> range | None:
    """Return so many numbers between two others, where there is room."""
    if high is None:
        start = 0 if low is None else low + _GAP
        return range(start, start + count * _GAP, _GAP)
    if low is None:
        return range(high - count * _GAP, high, _GAP)
    step = (high - low) // (count + 1)
    return range(low + step, low + step * count + 1, step) if step else None
