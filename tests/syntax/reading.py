"""Reads texts for the tests of the syntax layer, and says what came out in comparable form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from referee.syntax.blocks import LineMemo
from referee.syntax.source import Source, read_source
from referee.syntax.tree import Block, Item, Line, Mistake
from tests.support.official import OffsetIndex

# Shared by tests that read thousands of files which differ in a line or two.
MEMO = LineMemo(1_000_000)


def read(text: str) -> Source:
    return read_source(text, MEMO)


def read_line(text: str, keyword: str = "model") -> Line:
    """Return the line of a block that holds nothing else."""
    source = read_source(f"{keyword} Block {{\n{text}\n}}\n", LineMemo())
    (line,) = next(item for item in source.items if isinstance(item, Block)).lines
    return line


def placed_mistakes(source: Source) -> Iterator[tuple[int, Mistake]]:
    """Yield every mistake with the offset in the file of what its span counts from."""
    for item, start in zip(source.items, source.starts, strict=True):
        yield from ((start, mistake) for mistake in item.mistakes)
        if isinstance(item, Block):
            for line, offset in zip(item.lines, item.offsets, strict=True):
                yield from ((start + offset, mistake) for mistake in line.mistakes)


def mistakes_by_line(source: Source) -> dict[int, list[Mistake]]:
    """Return the mistakes under the line, counted from 0, on which their span starts."""
    index = OffsetIndex(source.text)
    found: dict[int, list[Mistake]] = {}
    for start, mistake in placed_mistakes(source):
        found.setdefault(index.line(start + mistake.span.start), []).append(mistake)
    return found


def sentences(text: str) -> list[str]:
    return [mistake.message for _, mistake in placed_mistakes(read(text))]


def as_value(item: Item) -> tuple[Any, ...]:
    """Return all that a block or gap holds; equal values are equal items."""
    if isinstance(item, Block):
        return (
            *(item.kind, item.name, item.keyword, item.header, item.lines, item.offsets),
            *(item.closing, item.comments, item.mistakes),
        )
    return item.text, item.comments, item.mistakes


def as_values(source: Source) -> list[Any]:
    values: list[Any] = [as_value(item) for item in source.items]
    return [*values, tuple(source.starts), source.text, source.dialect, source.open_items]
