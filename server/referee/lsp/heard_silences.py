"""The silencing comments of files under edit, kept item by item, and what they keep silent.

Comments are read where items came or went, and nowhere else. It deliberately knows no diagnostic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from referee.engine.suppression import MARKERS, Silence, silences_of
from referee.features.silencing import Complaint, Silencer
from referee.lsp.layout import Changed, Layout
from referee.lsp.live_placer import LivePlacer
from referee.rules.rule import Finding
from referee.syntax.tree import Block, Item


class Meaning(NamedTuple):
    """What decides which findings a comment silences, but for where its block stands.

    `block` is the name of the block that it reaches; None stands for the whole file.
    """

    path: str
    block: str | None
    codes: tuple[str, ...]
    has_reason: bool
    tool: str
    line: int | None
    fields: tuple[str, ...]
    column: str | None


class HeardSilences:
    """The silencing comments of all files of a schema.

    `fresh` are the items whose comments were read since somebody last cleared it, by their file.
    """

    def __init__(self) -> None:
        self.fresh: dict[Item, str] = {}
        # Of every file those items that hold a marker; spans count from the start of the item.
        self._by_item: dict[str, dict[Item, tuple[Silence, ...]]] = {}
        # By the name of a block, or the code in a comment for a whole file, the items with such
        # comments, and their files.
        self._for_block: dict[str, dict[Item, str]] = {}
        self._for_code: dict[str, dict[Item, str]] = {}
        self._for_file: dict[str, dict[Item, tuple[Silence, ...]]] = {}
        # How many comments of a meaning there are more than when somebody last asked.
        self._balance: Counter[Meaning] = Counter()

    def __bool__(self) -> bool:
        return any(self._by_item.values())

    def follow(self, path: str, layout: Layout, changed: Changed) -> None:
        """Take in which items of a file came and went."""
        for item in changed.gone:
            self._drop(path, item)
        for item in changed.come:
            text = item.text
            if any(marker in text for marker in MARKERS):
                self._hear(path, layout, item)
        # A comment in a gap reaches the block below, which may be another one now.
        if changed.before is not None and self._drop(path, changed.before):
            self._hear(path, layout, changed.before)

    def forget(self, path: str) -> None:
        """Take in that a file went."""
        for item in list(self._by_item.get(path, ())):
            self._drop(path, item)

    def _hear(self, path: str, layout: Layout, item: Item) -> None:
        number = layout.number(item) + 1
        items = layout.source.items
        silences = tuple(silences_of(item, items[number] if number < len(items) else None))
        self._by_item.setdefault(path, {})[item] = silences
        self.fresh[item] = path
        for silence in silences:
            if silence.block is not None:
                self._for_block.setdefault(silence.block.name.text, {})[item] = path
            elif silence.is_for_file:
                for each in silence.codes:
                    self._for_code.setdefault(each.code, {})[item] = path
        for_file = tuple(each for each in silences if each.is_for_file)
        if for_file:
            self._for_file.setdefault(path, {})[item] = for_file
        self._balance.update(_meanings(path, silences))

    def _drop(self, path: str, item: Item) -> bool:
        """Forget the comments of an item, and tell whether it had a marker."""
        silences = self._by_item.get(path, {}).pop(item, None)
        if silences is None:
            return False
        self.fresh.pop(item, None)
        self._for_file.get(path, {}).pop(item, None)
        for silence in silences:
            if silence.block is not None:
                _take_out(self._for_block, silence.block.name.text, item)
            elif silence.is_for_file:
                for each in silence.codes:
                    _take_out(self._for_code, each.code, item)
        self._balance.subtract(_meanings(path, silences))
        return True

    def changed_meanings(self) -> list[Meaning]:
        """Return of what meaning there are more or fewer comments than when last asked."""
        changed = [meaning for meaning, more in self._balance.items() if more]
        self._balance.clear()
        return changed

    def items(self) -> Iterator[tuple[Item, str]]:
        """Yield the items with markers, and their files."""
        for path, by_item in self._by_item.items():
            for item in by_item:
                yield item, path

    def holders(self, block: str) -> Iterable[tuple[Item, str]]:
        """Return the items with comments that reach blocks of a name, and their files."""
        return self._for_block.get(block, {}).items()

    def holders_for_files(self, code: str) -> Iterable[tuple[Item, str]]:
        """Return the items with comments that silence a code in a whole file, and their files."""
        return self._for_code.get(code, {}).items()

    def codes_for_files(self) -> Collection[str]:
        """Return the codes that comments silence in whole files."""
        return self._for_code.keys()

    def reaching(self, path: str, block: Block | None) -> Iterator[Silence]:
        """Yield the comments that reach a block, or a file as a whole."""
        if block is None:
            yield from chain.from_iterable(self._for_file.get(path, {}).values())
            return
        for item, place in self.holders(block.name.text):
            if place == path:
                yield from (each for each in self._by_item[path][item] if each.block is block)

    def of(self, path: str, item: Item) -> tuple[Silence, ...]:
        """Return the comments of an item, with places in the item."""
        return self._by_item.get(path, {}).get(item, ())

    def count_before(self, path: str, layout: Layout, number: int) -> int:
        """Return how many comments stand in the items of a file before one, by its number."""
        by_item = self._by_item.get(path, {}).items()
        return sum(len(each) for item, each in by_item if layout.number(item) < number)


class LiveSilencer(Silencer):
    """What the comments of files under edit keep silent; findings are looked up by others."""

    def __init__(
        self,
        placer: LivePlacer,
        heard: HeardSilences,
        judged: frozenset[str],
        findings_in: Callable[[str], Iterable[Finding]],
        is_found_in: Callable[[str, str], bool],
    ) -> None:
        self._heard = heard
        super().__init__(placer, judged)
        self._look_up = findings_in
        self._is_found_in = is_found_in

    def complaints_in(
        self, path: str, item: Item, start: int, first: int = 0
    ) -> Iterator[Complaint]:
        """Yield what there is to say about the comments of an item that starts at an offset.

        Their numbers count from the first; only fixes need them.
        """
        for silence in self._heard.of(path, item):
            yield from self.complaints_about(path, silence.shifted(start, first))

    def has_comments(self) -> bool:
        """Tell whether there may be silencing comments at all."""
        return bool(self._heard)

    def silences_reaching(self, path: str, block: Block | None) -> Iterable[Silence]:
        """Return the comments that reach a block, or a file as a whole."""
        return self._heard.reaching(path, block)

    def findings_in(self, block: Block) -> Iterable[Finding]:
        """Return the findings that comments in a block can silence."""
        return self._look_up(block.name.text)

    def is_found_in(self, path: str, code: str) -> bool:
        """Tell whether a comment for a whole file has findings of a code to silence."""
        return self._is_found_in(path, code)


def _take_out(index: dict[str, dict[Item, str]], key: str, item: Item) -> None:
    items = index.get(key)
    if items is not None:
        items.pop(item, None)
        if not items:
            del index[key]


def _meanings(path: str, silences: Iterable[Silence]) -> Iterator[Meaning]:
    for each in silences:
        if not each.reaches_nothing:
            block = None if each.block is None else each.block.name.text
            codes = tuple(code.code for code in each.codes)
            has_reason = each.reason is not None
            yield Meaning(
                path, block, codes, has_reason, each.tool, each.line, each.fields, each.column
            )
