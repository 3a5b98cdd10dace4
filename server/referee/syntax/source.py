"""One file as a value: its text, its items, and the cheap way from one version to the next.

It deliberately knows no path and no neighbour.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from referee.syntax.blocks import LineMemo, build_item
from referee.syntax.split import BlockCut, Cut, cut, has_sound_header
from referee.syntax.tree import Block, Gap, Item
from referee.text.edits import TextEdit

Dialect = Literal["prisma", "prisma-8"]

_OTHER_DIALECT = re.compile(r"\s*//[^\S\r\n]*use[^\S\r\n]+prisma-(?:next|8)[^\S\r\n]*(?:[\r\n]|\Z)")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text of a file and its items, in order; `starts[i]` is the offset of `items[i]`.

    A file of another dialect has no items. `open_items` are the indices of those in which a comment
    is open, or undone by what follows it: how they are cut depends on all the text behind them.
    """

    text: str
    items: tuple[Item, ...]
    starts: tuple[int, ...]
    dialect: Dialect
    open_items: tuple[int, ...]

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
        return Source(text, (), (), dialect, ())
    items: list[Item] = []
    starts: list[int] = []
    open_items: list[int] = []
    for piece in cut(text):
        if piece.has_open_comment:
            open_items.append(len(items))
        items.append(build_item(text, piece, memo))
        starts.append(piece.start)
    if older is not None:
        _keep_known(items, older.items)
    return Source(text, tuple(items), tuple(starts), dialect, tuple(open_items))


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
    first, last = _common_ends(old.items, new.items)
    return Edited(new, first, len(old.items) - last, len(new.items) - last)


def edit_source(source: Source, edit: TextEdit, memo: LineMemo) -> Edited:
    """Return the file after one edit; items that the edit cannot have changed are kept.

    The cutter starts at the last block that ends before the edit and before a comment that the edit
    may close, and stops at the first block behind it that an older cut had as well.
    """
    before = source.text
    text = before[: edit.start] + edit.new_text + before[edit.end :]
    if source.dialect != "prisma" or dialect_of(text) != "prisma" or not source.items:
        return replaced(source, read_source(text, memo, source))
    first = _restart(source, edit.start)
    shift = len(text) - len(before)
    edit_end = edit.start + len(edit.new_text)
    items: list[Item] = []
    starts: list[int] = []
    kept_from = len(source.items)
    is_known = _older_blocks(source)
    open_items = [index for index in source.open_items if index < first]
    for piece in cut(text, source.starts[first]):
        if isinstance(piece, BlockCut) and piece.start >= edit_end:
            known = is_known(piece.start - shift)
            if known is not None:
                kept_from = known
                break
        if piece.has_open_comment:
            open_items.append(first + len(items))
        items.append(
            _same_block(source, piece, edit.start)
            or _same_gap(
                source,
                piece.start - (shift if piece.start >= edit_end else 0),
                build_item(text, piece, memo),
            )
        )
        starts.append(piece.start)
    kept_starts = [start + shift for start in source.starts[kept_from:]]
    grown = first + len(items) - kept_from
    open_items += [index + grown for index in source.open_items if index >= kept_from]
    edited = Source(
        text,
        (*source.items[:first], *items, *source.items[kept_from:]),
        (*source.starts[:first], *starts, *kept_starts),
        "prisma",
        tuple(open_items),
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
    """Return the index of the last block that ends before all that an edit can have changed.

    That is its offset, or an item before it with an open comment; 0 where there is no such block.
    Its header must be sound, since a damaged one before it may look for a brace as far as there.
    """
    if source.open_items and source.starts[source.open_items[0]] < offset:
        offset = source.starts[source.open_items[0]]
    index = source.item_at(offset)
    if index > 0 and source.starts[index] == offset:
        index -= 1
    index -= 1
    while index > 0 and not (
        isinstance(source.items[index], Block)
        and has_sound_header(source.text, source.starts[index])
    ):
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
    if piece.end > edit_start or not isinstance(piece, BlockCut) or piece.has_open_comment:
        return None
    index = bisect_right(source.starts, piece.start) - 1
    item = source.items[index]
    if source.starts[index] != piece.start or not isinstance(item, Block):
        return None
    if index in source.open_items:
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
