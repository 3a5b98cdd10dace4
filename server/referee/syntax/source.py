"""One file as a value: its text, its items, and the cheap way from one version to the next.

It deliberately knows no path and no neighbour.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from referee.syntax.blocks import LineMemo, build_item
from referee.syntax.runs import NO_RUNS, Items, Runs, Starts
from referee.syntax.split import Ahead, BlockCut, Cut, cut, has_sound_header
from referee.syntax.tree import Block, Gap, Item
from referee.text.edits import TextEdit

Dialect = Literal["prisma", "prisma-8"]

_OTHER_DIALECT = re.compile(r"\s*//[^\S\r\n]*use[^\S\r\n]+prisma-(?:next|8)[^\S\r\n]*(?:[\r\n]|\Z)")


class Source:
    """The text of a file and its items, in order; `starts[i]` is the offset of `items[i]`.

    A file of another dialect has no items. `open_items` are the indices of those in which a comment
    is open, or undone by what follows it: how they are cut depends on all the text behind them.
    """

    __slots__ = ("_text", "dialect", "items", "open_items", "runs", "starts")

    def __init__(
        self,
        runs: Runs,
        open_items: tuple[int, ...] = (),
        dialect: Dialect = "prisma",
        text: str | None = None,
    ) -> None:
        self.runs = runs
        self.items: Sequence[Item] = Items(runs)
        self.starts: Sequence[int] = Starts(runs)
        self.open_items = open_items
        self.dialect = dialect
        self._text = text

    @property
    def text(self) -> str:
        """The whole text, which is put together when somebody first asks."""
        if self._text is None:
            self._text = self.runs.text_from(0, len(self.runs.runs))
        return self._text

    @property
    def length(self) -> int:
        """How long the text is."""
        return self.runs.length if self._text is None else len(self._text)

    def item_at(self, offset: int) -> int:
        """Return the index of the item that holds an offset; -1 in an empty file."""
        return self.runs.item_at(offset)


def dialect_of(text: str) -> Dialect:
    """Return the dialect that the first line of a file asks for."""
    return "prisma-8" if _OTHER_DIALECT.match(text) else "prisma"


def read_source(text: str, memo: LineMemo, older: Source | None = None) -> Source:
    """Return the file of a text, cut and parsed from scratch except for lines in the memo.

    Items that an older version of the file has too, word for word, stay the same objects.
    """
    dialect = dialect_of(text)
    if dialect != "prisma":
        return Source(NO_RUNS, (), dialect, text)
    items: list[Item] = []
    starts: list[int] = []
    open_items: list[int] = []
    for piece in cut(text):
        if piece.has_open_comment:
            open_items.append(len(items))
        items.append(build_item(text, piece, memo))
        starts.append(piece.start)
    if older is not None:
        _keep_known(items, tuple(older.items))
    return Source(NO_RUNS.spliced(0, 0, items, starts, text), tuple(open_items))


def _keep_known(items: list[Item], older: Sequence[Item]) -> None:
    """Put older items in the place of those that are the same; each once, and in order.

    What is alike at the start and at the end is matched by its place: of the many blank gaps of a
    file each shall stay where it was.
    """
    new_materials = [_material(item) for item in items]
    old_materials = [_material(item) for item in older]
    first, last = _common_ends(old_materials, new_materials)
    items[:first] = older[:first]
    items[len(items) - last :] = older[len(older) - last :]
    between: dict[object, deque[Item]] = {}
    for index in range(first, len(older) - last):
        between.setdefault(old_materials[index], deque()).append(older[index])
    for index in range(first, len(items) - last):
        known = between.get(new_materials[index])
        if known:
            items[index] = known.popleft()


def _common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return how many values two sequences share at their starts and, besides, at their ends."""
    most = min(len(old), len(new))
    first = 0
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return first, last


def _material(item: Item) -> object:
    if isinstance(item, Block):
        # The memo gives equal lines of one kind as one object.
        return item.kind, item.header, item.closing, tuple(map(id, item.lines)), item.mistakes
    return item.text, item.mistakes


class Edited(NamedTuple):
    """A file after an edit: items from `first` to `old_end` became those up to `new_end`."""

    source: Source
    first: int
    old_end: int
    new_end: int


def replaced(old: Source | None, new: Source) -> Edited:
    """Return the change from one file to any other, as far as their items are the same objects."""
    if old is None:
        return Edited(new, 0, 0, len(new.items))
    # Blocks and gaps are equal only to themselves.
    first, last = _common_ends(tuple(old.items), tuple(new.items))
    return Edited(new, first, len(old.items) - last, len(new.items) - last)


def edit_source(source: Source, edit: TextEdit, memo: LineMemo) -> Edited:
    """Return the file after one edit; items that the edit cannot have changed are kept.

    The cutter starts at the last block that ends before the edit and before a comment that the edit
    may close, and stops at the first block behind it that an older cut had as well. It is given a
    window of the text, and all the rest where that turns out not to be enough.
    """
    if source.dialect != "prisma" or not source.items:
        text = source.text
        text = text[: edit.start] + edit.new_text + text[edit.end :]
        return replaced(source, read_source(text, memo, source))
    runs = source.runs
    first = _restart(source, edit.start)
    begin = runs.run_at(first)
    number_behind = min(runs.item_at(edit.end) + _ITEMS_BEHIND, runs.count - 1)
    end = runs.run_at(number_behind) + 1
    window = _Window(source, edit, begin, end)
    if begin == 0 and dialect_of(window.text) != "prisma":
        text = source.text
        text = text[: edit.start] + edit.new_text + text[edit.end :]
        return replaced(source, read_source(text, memo, source))
    recut = _recut(window, first, memo)
    if recut is None:
        window = _Window(source, edit, begin, len(runs.runs))
        recut = _recut(window, first, memo)
        assert recut is not None, "a window up to the end of the text is enough"
    items, starts, kept_from, open_items = recut
    # Of the runs of the window those stay that begin behind the change.
    end = runs.run_at(max(kept_from - 1, first)) + 1
    last = runs.firsts[end] if end < len(runs.runs) else runs.count
    before = runs.firsts[begin]
    stretch = [*source.items[before:first], *items, *source.items[kept_from:last]]
    stretch_starts = [
        *[start - window.start for start in runs.starts_between(before, first)],
        *starts,
        *[start + window.shift - window.start for start in runs.starts_between(kept_from, last)],
    ]
    text = window.text[: window.length_up_to(end)]
    spliced = runs.spliced(begin, end, stretch, stretch_starts, text)
    grown = first + len(items) - kept_from
    edited = Source(
        spliced,
        (
            *[index for index in source.open_items if index < first],
            *[first + index for index in open_items],
            *[index + grown for index in source.open_items if index >= kept_from],
        ),
    )
    new_end = first + len(items)
    same = 0
    while same < min(len(items), kept_from - first) and items[same] is source.items[first + same]:
        same += 1
    return Edited(edited, first + same, kept_from, new_end)


# A window holds so many items behind the one in which an edit ends: a block at which the cutter can
# stop, and what it may look at behind that.
_ITEMS_BEHIND = 6


class _Window:
    """The new text of some runs in which an edit is made; `start` is its place in the file."""

    __slots__ = ("edit", "is_whole_rest", "shift", "source", "start", "text")

    def __init__(self, source: Source, edit: TextEdit, begin: int, end: int) -> None:
        runs = source.runs
        self.source = source
        self.edit = edit
        self.start = start = runs.offsets[begin]
        self.is_whole_rest = end == len(runs.runs)
        old = runs.text_from(begin, end)
        self.text = old[: edit.start - start] + edit.new_text + old[edit.end - start :]
        self.shift = len(self.text) - len(old)

    def length_up_to(self, run: int) -> int:
        """Return how much of the window stands before a run behind the edit, by its number."""
        runs = self.source.runs
        end = runs.offsets[run] if run < len(runs.runs) else runs.length
        return end + self.shift - self.start


def _recut(
    window: _Window, first: int, memo: LineMemo
) -> tuple[list[Item], list[int], int, list[int]] | None:
    """Return the new items from the first one on, where in the window they start, and what stays.

    The third value is the old item from which on all stay, the fourth are those new items in which
    a comment is open. None says that the cutter would
    have to look behind the window.
    """
    source, edit, shift = window.source, window.edit, window.shift
    edit_end = edit.start + len(edit.new_text)
    items: list[Item] = []
    starts: list[int] = []
    open_items: list[int] = []
    known: int | None = None

    def is_known(place: int) -> bool:
        nonlocal known
        start = window.start + place
        known = _older_block(source, start - shift) if start >= edit_end else None
        return known is not None

    ahead = Ahead(window.text)
    for piece in cut(window.text, source.runs.start(first) - window.start, ahead, is_known):
        if piece.has_open_comment:
            open_items.append(len(items))
        starts.append(piece.start)
        items.append(
            _same_block(source, piece, window)
            or _same_gap(window, window.start + piece.start, build_item(window.text, piece, memo))
        )
    if not window.is_whole_rest and (known is None or ahead.has_missed):
        return None
    return items, starts, len(source.items) if known is None else known, open_items


def check_source(source: Source) -> None:
    """Raise AssertionError if the items of a file are not exactly its text."""
    texts = [item.text for item in source.items]
    if source.dialect == "prisma":
        assert "".join(texts) == source.text == "".join([run.text for run in source.runs.runs])
        assert list(source.starts) == [0, *accumulate(len(text) for text in texts)][: len(texts)]


def _restart(source: Source, offset: int) -> int:
    """Return the index of the last block that starts before all that an edit can have changed.

    That is its offset, or an item before it with an open comment; 0 where there is no such block.
    Where the edit is in the header of a block, the block before may end elsewhere.
    """
    if source.open_items and source.starts[source.open_items[0]] < offset:
        offset = source.starts[source.open_items[0]]
    index = source.item_at(offset)
    item = source.items[index]
    inside = offset - source.starts[index]
    if isinstance(item, Block) and inside > len(item.header) and _ends_view(source, index):
        return index
    if index > 0 and inside == 0:
        index -= 1
    index -= 1
    while index > 0 and not _ends_view(source, index):
        index -= 1
    return max(index, 0)


def _ends_view(source: Source, index: int) -> bool:
    """Tell whether nothing that stands before an item can see what stands behind its first line.

    A damaged header looks for a brace as far as the next line that is a sound header.
    """
    item = source.items[index]
    if not isinstance(item, Block) or not has_sound_header(item.header, 0):
        return False
    return source.runs.character_before(index) in ("", "\r", "\n")


def _older_block(source: Source, start: int) -> int | None:
    """Return the index of the block that starts at an offset, if one does."""
    index = source.runs.item_that_starts_at(start)
    return index if index is not None and isinstance(source.items[index], Block) else None


def _same_block(source: Source, piece: Cut, window: _Window) -> Block | None:
    """Return the older block that a cut before the edit repeats, so that it stays one object."""
    end = window.start + piece.end
    if end > window.edit.start or not isinstance(piece, BlockCut) or piece.has_open_comment:
        return None
    index = source.runs.item_that_starts_at(window.start + piece.start)
    if index is None or index in source.open_items:
        return None
    item = source.items[index]
    if not isinstance(item, Block) or len(item.lines) != len(piece.lines):
        return None
    old_end = source.starts[index + 1] if index + 1 < len(source.items) else source.length
    return item if old_end == end else None


def _same_gap(window: _Window, start: int, item: Item) -> Item:
    """Return the older gap at a place if the new one equals it, so that it stays one object.

    What stands before the edit and what stands behind it are never at one place of the older text.
    """
    source, edit = window.source, window.edit
    if not isinstance(item, Gap) or edit.start <= start < edit.start + len(edit.new_text):
        return item
    index = source.runs.item_that_starts_at(start if start < edit.start else start - window.shift)
    old = None if index is None else source.items[index]
    if isinstance(old, Gap) and old.text == item.text and old.mistakes == item.mistakes:
        return old
    return item
