"""Puts places of the schema on text by the layouts of files under edit, so that no file is counted.

It deliberately answers for the newest snapshot only: a layout knows no older version of its file.
"""

from __future__ import annotations

from collections.abc import Mapping

from referee.engine.snapshot import Snapshot
from referee.features.placing import Placed, Placer
from referee.lsp.layout import Layout
from referee.syntax.tree import Block
from referee.text.lines import LineIndex, Position, PositionEncoding, Range, line_starts


class LivePlacer(Placer):
    """A placer that looks positions up in layouts, by path."""

    def __init__(self, snapshot: Snapshot, layouts: Mapping[str, Layout]) -> None:
        super().__init__(snapshot)
        self._layouts = layouts

    def range(self, placed: Placed) -> Range:
        """Return a stretch as positions."""
        layout = self._layouts[placed.path]
        return Range(layout.position(placed.span.start), layout.position(placed.span.end))

    def units(self, path: str, offset: int, encoding: PositionEncoding) -> tuple[int, int] | None:
        """Return line and column of an offset as the client counts; None for other files."""
        layout = self._layouts.get(path)
        return None if layout is None else layout.units(offset, encoding)

    def line_index(self, path: str) -> LineIndex:
        """Return the lines of a file, which are counted only if somebody asks for all of them."""
        return _LayoutIndex(self._layouts[path])

    def block_start(self, path: str, block: Block) -> int:
        """Return where a block of a file starts."""
        return self._layouts[path].start(block)


class _LayoutIndex(LineIndex):
    """The lines of a file by its layout."""

    __slots__ = ("_layout",)

    def __init__(self, layout: Layout) -> None:
        self.text = layout.source.text
        self._layout = layout

    def __getattr__(self, name: str) -> list[int]:
        if name != "starts":
            raise AttributeError(name)
        self.starts = line_starts(self.text)
        return self.starts

    def position(self, offset: int) -> Position:
        """Return the position of an offset in code points; offsets outside are clamped."""
        return self._layout.position(offset)
