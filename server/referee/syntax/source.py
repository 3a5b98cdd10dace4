"""One file as a value: its text, its items, and the cheap way from one version to the next.

It deliberately knows no path and no neighbour.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from referee.syntax.blocks import LineMemo, build_item
from referee.syntax.split import BlockCut, Cut, cut
from referee.syntax.tree import Block, Gap, Item
from referee.text.edits import TextEdit

Dialect = Literal["prisma", "prisma-8"]

_OTHER_DIALECT = re.compile(r"\s*//[^\S\r\n]*use[^\S\r\n]+prisma-(?:next|8)[^\S\r\n]*(?:[\r\n]|\Z)")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text of a file and its items, in order; `starts[i]` is the offset of `items[i]`.

    A file of another dialect has no items. Where a comment is open, or is undone by what follows
    it, lines depend on all the text behind them, so the next edit reads the file anew.
    """

    text: str
    items: tuple[Item, ...]
    starts: tuple[int, ...]
    dialect: Dialect
    has_open_comment: bool

    def item_at(self, offset: int) -> int:
        """Return the index of the item that holds an offset; -1 in an empty file."""
        if not self.items:
            return -1
        return max(0, bisect_right(self.starts, offset) - 1)


def dialect_of(text: str) -> Dialect:
    """Return the dialect that the first line of a file asks for."""
    return "prisma-8" if _OTHER_DIALECT.match(text) else "prisma"


def read_source(text: str, memo: LineMemo, older: Source | None = None) -> Source:
    """Return the file of a text, cut and parsed from scratch except for lines in the memo.

    Items that an older version of the file has too, word for word, stay the same objects.
    """
    dialect = dialect_of(text)
    if dialect != "prisma":
        return Source(text, (), (), dialect, False)
    items: list[Item] = []
    starts: list[int] = []
    has_open_comment = False
    known = _Known(older.items if older is not None else ())
    for piece in cut(text):
        items.append(known.take(build_item(text, piece, memo)))
        starts.append(piece.start)
        has_open_comment = has_open_comment or piece.has_open_comment
    return Source(text, tuple(items), tuple(starts), dialect, has_open_comment)


class _Known:
    """Items of an older version by what they are made of; each is given out once."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: dict[object, list[Item]] = {}
        for item in items:
            self._items.setdefault(_material(item), []).append(item)

    def take(self, item: Item) -> Item:
        """Return the older item that is the same as this one, or this one."""
        found = self._items.get(_material(item)) if self._items else None
        return found.pop(0) if found else item


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
    before, after = old.items, new.items
    most = min(len(before), len(after))
    first = 0
    while first < most and before[first] is after[first]:
        first += 1
    last = 0
    while last < most - first and before[-1 - last] is after[-1 - last]:
        last += 1
    return Edited(new, first, len(before) - last, len(after) - last)


def edit_source(source: Source, edit: TextEdit, memo: LineMemo) -> Edited:
    """Return the file after one edit; items that the edit cannot have changed are kept.

    The cutter starts at the last block that ends before the edit and stops at the first block
    behind it that an older cut had as well.
    """
    before = source.text
    text = before[: edit.start] + edit.new_text + before[edit.end :]
    if (
        source.dialect != "prisma"
        or dialect_of(text) != "prisma"
        or source.has_open_comment
        or not source.items
    ):
        return replaced(source, read_source(text, memo, source))
    first = _restart(source, edit.start)
    shift = len(text) - len(before)
    edit_end = edit.start + len(edit.new_text)
    items: list[Item] = []
    starts: list[int] = []
    kept_from = len(source.items)
    is_known = _older_blocks(source)
    has_open_comment = False
    for piece in cut(text, source.starts[first]):
        if isinstance(piece, BlockCut) and piece.start >= edit_end:
            known = is_known(piece.start - shift)
            if known is not None:
                kept_from = known
                break
        items.append(
            _same_block(source, piece, edit.start)
            or _same_gap(
                source,
                piece.start - (shift if piece.start >= edit_end else 0),
                build_item(text, piece, memo),
            )
        )
        starts.append(piece.start)
        has_open_comment = has_open_comment or piece.has_open_comment
    kept_starts = [start + shift for start in source.starts[kept_from:]]
    edited = Source(
        text,
        (*source.items[:first], *items, *source.items[kept_from:]),
        (*source.starts[:first], *starts, *kept_starts),
        "prisma",
        has_open_comment,
    )
    end = first + len(items)
    while first < min(end, kept_from) and edited.items[first] is source.items[first]:
        first += 1
    return Edited(edited, first, kept_from, end)


def check_source(source: Source) -> None:
    """Raise AssertionError if the items of a file are not exactly its text."""
    texts = [item.text for item in source.items]
    if source.dialect == "prisma":
        assert "".join(texts) == source.text
        assert list(source.starts) == [0, *accumulate(len(text) for text in texts)][: len(texts)]


def _restart(source: Source, offset: int) -> int:
    """Return the index of the last block that ends before an offset, else 0."""
    index = source.item_at(offset)
    if index > 0 and source.starts[index] == offset:
        index -= 1
    index -= 1
    while index > 0 and not isinstance(source.items[index], Block):
        index -= 1
    return max(index, 0)


def _older_blocks(source: Source) -> Callable[[int], int | None]:
    def index_of_block(start: int) -> int | None:
        index = bisect_right(source.starts, start) - 1
        if index < 0 or source.starts[index] != start:
            return None
        return index if isinstance(source.items[index], Block) else None

    return index_of_block


def _same_block(source: Source, piece: Cut, edit_start: int) -> Block | None:
    """Return the older block that a cut before the edit repeats, so that it stays one object."""
    if piece.end > edit_start or not isinstance(piece, BlockCut):
        return None
    index = bisect_right(source.starts, piece.start) - 1
    item = source.items[index]
    if source.starts[index] != piece.start or not isinstance(item, Block):
        return None
    end = source.starts[index + 1] if index + 1 < len(source.items) else len(source.text)
    return item if end == piece.end and len(item.lines) == len(piece.lines) else None


def _same_gap(source: Source, start: int, item: Item) -> Item:
    """Return the older gap at a place if the new one equals it, so that it stays one object."""
    index = bisect_right(source.starts, start) - 1
    if isinstance(item, Gap) and index >= 0 and source.starts[index] == start:
        old = source.items[index]
        if isinstance(old, Gap) and old.text == item.text and old.mistakes == item.mistakes:
            return old
    return item
