"""Puts places of the schema on text by the layouts of files under edit, so that no file is counted.

It deliberately answers for the newest snapshot only: a layout knows no older version of its file.
"""

from __future__ import annotations

from collections.abc import Mapping

from referee.engine.snapshot import Snapshot
from referee.features.placing import Placed, Placer
from referee.lsp.layout import Layout
from referee.syntax.tree import Block
from referee.text.lines import Range


class LivePlacer(Placer):
    """A placer that looks positions up in layouts, by path."""

    def __init__(self, snapshot: Snapshot, layouts: Mapping[str, Layout]) -> None:
        super().__init__(snapshot)
        self._layouts = layouts

    def range(self, placed: Placed) -> Range:
        """Return a stretch as positions."""
        layout = self._layouts[placed.path]
        return Range(layout.position(placed.span.start), layout.position(placed.span.end))

    def block_start(self, path: str, block: Block) -> int:
        """Return where a block of a file starts."""
        return self._layouts[path].start(block)
