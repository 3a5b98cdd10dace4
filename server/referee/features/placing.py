"""Puts places of the schema, which are names, on the text of its files.

What a place names and the text does not have (any more) falls back to the next larger part.
It deliberately knows no rule and no protocol.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from referee.engine.snapshot import Snapshot
from referee.rules.rule import DATASOURCE, Place
from referee.syntax.source import Source
from referee.syntax.tree import (
    Argument,
    Attribute,
    Block,
    BlockAttribute,
    EnumValue,
    Field,
    Line,
    Setting,
    Span,
)
from referee.text.lines import LineIndex, Range


class Placed(NamedTuple):
    """A stretch of a file: offsets from the start of the file."""

    path: str
    span: Span


class FoundMember(NamedTuple):
    """A member in its file: the offset of its line, the line, and its number in the block."""

    path: str
    block: Block
    block_start: int
    line_number: int
    line: Line

    @property
    def start(self) -> int:
        """Where the line starts in the file."""
        return self.block_start + self.block.offsets[self.line_number]


class Placer:
    """Answers where things of one snapshot are; it keeps what it looked up."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._starts: dict[str, dict[Block, int]] = {}
        self._indexes: dict[str, LineIndex] = {}

    def range(self, placed: Placed) -> Range:
        """Return a stretch as positions."""
        index = self.line_index(placed.path)
        return Range(index.position(placed.span.start), index.position(placed.span.end))

    def line_index(self, path: str) -> LineIndex:
        """Return the lines of a file."""
        index = self._indexes.get(path)
        if index is None:
            index = self._indexes[path] = LineIndex(self.snapshot.sources[path].text)
        return index

    def block(self, name: str) -> tuple[str, Block, int] | None:
        """Return path, block and offset of the block that declares a name."""
        if name == DATASOURCE:
            return self._datasource()
        declared = self.snapshot.declared.get(name)
        if declared is None:
            return None
        return declared.path, declared.block, self.block_start(declared.path, declared.block)

    def _datasource(self) -> tuple[str, Block, int] | None:
        for path, source in self.snapshot.sources.items():
            for item in source.items:
                if isinstance(item, Block) and item.kind == "datasource":
                    return path, item, self.block_start(path, item)
        return None

    def block_start(self, path: str, block: Block) -> int:
        """Return where a block of a file starts."""
        starts = self._starts.get(path)
        if starts is None:
            source = self.snapshot.sources[path]
            starts = {
                item: start
                for item, start in zip(source.items, source.starts, strict=True)
                if isinstance(item, Block)
            }
            self._starts[path] = starts
        return starts[block]

    def member(self, place: Place) -> FoundMember | None:
        """Return the field, enum value or block attribute that a place names."""
        found = self.block(place.block)
        if found is None:
            return None
        path, block, start = found
        number = member_line(block, place)
        return (
            None if number is None else FoundMember(path, block, start, number, block.lines[number])
        )

    def attribute(self, place: Place) -> tuple[FoundMember, Attribute] | None:
        """Return the attribute that a place names, with the member that carries it."""
        member = self.member(place)
        if member is None:
            return None
        found = attribute_of(member.line, place)
        return None if found is None else (member, found)

    def place(self, place: Place) -> Placed | None:
        """Return where a place is; None if not even its block is there."""
        found = self.block(place.block)
        if found is None:
            return None
        path, block, block_start = found
        number = member_line(block, place)
        if number is None:
            return Placed(path, block.name.span.shifted(block_start))
        line = block.lines[number]
        span = _span_in_line(line, place)
        return Placed(path, span.shifted(block_start + block.offsets[number]))


def member_line(block: Block, place: Place) -> int | None:
    """Return the number of the line that holds the member a place names."""
    found: int | None = None
    if place.ordinal is not None:
        attributes = _attribute_lines(block)
        if 0 <= place.ordinal < len(attributes):
            found = attributes[place.ordinal]
    if place.field is not None:
        number = _named_lines(block).get(place.field)
        if found is None or (number is not None and number < found):
            found = number
    return found


# Several places of a few blocks are looked up one after the other.
@lru_cache(maxsize=32)
def _named_lines(block: Block) -> Mapping[str, int]:
    """Return the numbers of the lines of fields, values and settings by name; the first counts."""
    found: dict[str, int] = {}
    for number, line in enumerate(block.lines):
        if isinstance(line.member, Field | EnumValue | Setting):
            found.setdefault(line.member.name.text, number)
    return found


@lru_cache(maxsize=32)
def _attribute_lines(block: Block) -> tuple[int, ...]:
    """Return the numbers of the lines of block attributes."""
    return tuple(
        number for number, line in enumerate(block.lines) if isinstance(line.member, BlockAttribute)
    )


def attribute_of(line: Line, place: Place) -> Attribute | None:
    """Return the attribute of a member that a place names; "db" stands for any native type."""
    member = line.member
    if isinstance(member, BlockAttribute):
        return member.attribute
    if isinstance(member, Field | EnumValue) and place.attribute is not None:
        for attribute in member.attributes:
            name = attribute.name.text
            if name == place.attribute or (place.attribute == "db" and "." in name):
                return attribute
    return None


def _span_in_line(line: Line, place: Place) -> Span:
    member = line.member
    assert member is not None
    attribute = attribute_of(line, place)
    if attribute is not None:
        argument = _argument_of(attribute, place.argument)
        return attribute.span if argument is None else argument.span
    if isinstance(member, Field | EnumValue):
        if place.part == "whole":
            return member.span
        if place.part == "type" and isinstance(member, Field):
            return member.type.span
        return member.name.span
    return member.span


_FIRST_ARGUMENTS = frozenset(["fields", "name", "value"])


def _argument_of(attribute: Attribute, name: str | None) -> Argument | None:
    if name is None:
        return None
    return attribute.argument(name, 0 if name in _FIRST_ARGUMENTS else None)


class TextPlace(NamedTuple):
    """What stands at an offset of a file: the block and the line of it, as far as there are."""

    block: Block | None
    block_start: int
    line_number: int | None


def place_of_offset(source: Source, offset: int) -> TextPlace:
    """Return the block and line at an offset; no line stands in the header or closing line."""
    index = source.item_at(offset)
    item = source.items[index] if index >= 0 else None
    if not isinstance(item, Block):
        return TextPlace(None, 0, None)
    start = source.starts[index]
    relative = offset - start
    if not item.lines or relative < item.offsets[0] or relative >= item.closing_offset:
        return TextPlace(item, start, None)
    return TextPlace(item, start, bisect_right(item.offsets, relative) - 1)
