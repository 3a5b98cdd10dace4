"""Why the lines with mistakes may differ from those the official validator blames.

Each reason is a deliberate difference with a condition on what Referee read: it tells for which
lines, counted from 0, one side alone may speak. What no reason covers is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from referee.syntax.source import Source
from referee.syntax.tree import Block, Field, Gap, Line, Setting
from tests.support.official import OffsetIndex

COMMENTS = re.compile(r"\s*(?:/\*.*?\*/\s*)*", re.DOTALL)


@dataclass(frozen=True)
class Reason:
    """A deliberate difference: its name, why it is one, and the lines it covers in a file."""

    name: str
    why: str
    ours_alone: Callable[[Source], set[int]]
    """Lines on which Referee may report what the validator does not."""
    theirs_alone: Callable[[Source], set[int]]
    """Lines that the validator may blame while Referee does not."""


def explain(
    source: Source, ours: set[int], theirs: set[int]
) -> tuple[dict[str, set[int]], set[int]]:
    """Return the lines that differ under the reason of each, and those that have none."""
    explained: dict[str, set[int]] = {}
    left_ours, left_theirs = ours - theirs, theirs - ours
    for reason in REASONS:
        if not (left_ours or left_theirs):
            break
        covered_ours = left_ours & reason.ours_alone(source) if left_ours else set()
        covered_theirs = left_theirs & reason.theirs_alone(source) if left_theirs else set()
        if covered_ours or covered_theirs:
            explained[reason.name] = covered_ours | covered_theirs
        left_ours, left_theirs = left_ours - covered_ours, left_theirs - covered_theirs
    return explained, left_ours | left_theirs


# ---- what the conditions are made of -----------------------------------------------------------


@dataclass(frozen=True)
class PlacedBlock:
    """A block of a file and the lines on which it begins and ends, counted from 0."""

    block: Block
    first: int
    last: int
    start: int

    @property
    def is_closed(self) -> bool:
        return self.block.closing != ""


def blocks(source: Source) -> list[PlacedBlock]:
    index = OffsetIndex(source.text)
    found = []
    for item, start in zip(source.items, source.starts, strict=True):
        if isinstance(item, Block):
            end = start + len(item.text)
            last = index.line(max(start, end if item.closing else end - 1))
            first = index.line(start + item.keyword.span.start)
            found.append(PlacedBlock(item, first, last, start))
    return found


def lines(source: Source) -> Iterator[tuple[int, Line]]:
    """Yield the logical lines of all blocks with the number of their first physical line."""
    index = OffsetIndex(source.text)
    for placed in blocks(source):
        for line, offset in zip(placed.block.lines, placed.block.offsets, strict=True):
            yield index.line(placed.start + offset), line


def end_of_chain(placed: list[PlacedBlock], number: int) -> int:
    """Return the line on which the validator may still be in the block: that of the next `}`."""
    while number < len(placed) and not placed[number].is_closed:
        number += 1
    return placed[number].last if number < len(placed) else 10**9


def nothing(source: Source) -> set[int]:
    return set()


# ---- the conditions ----------------------------------------------------------------------------


def behind_open_blocks(source: Source) -> set[int]:
    placed = blocks(source)
    last_line = source.text.count("\n") + source.text.count("\r") + 1
    covered: set[int] = set()
    for number, each in enumerate(placed):
        if not each.is_closed:
            covered.update(range(each.first, min(end_of_chain(placed, number), last_line) + 1))
    return covered


def inside_blocks_with_broken_header(source: Source) -> set[int]:
    return {
        line
        for placed in blocks(source)
        if placed.block.mistakes
        for line in range(placed.first, placed.last + 1)
    }


def early_closings(source: Source) -> set[int]:
    return {number for number, line in lines(source) if is_early_closing(line)}


def behind_early_closings(source: Source) -> set[int]:
    index = OffsetIndex(source.text)
    covered: set[int] = set()
    for placed in blocks(source):
        for line, offset in zip(placed.block.lines, placed.block.offsets, strict=True):
            if is_early_closing(line):
                covered.update(range(index.line(placed.start + offset), placed.last + 1))
                break
    return covered


def is_early_closing(line: Line) -> bool:
    """Tell whether the first thing of a line is a brace that does not close its block."""
    return COMMENTS.sub("", line.text, count=1).startswith("}")


def runs_of_strays(source: Source) -> set[int]:
    index = OffsetIndex(source.text)
    covered: set[int] = set()
    for item, start in zip(source.items, source.starts, strict=True):
        if isinstance(item, Gap) and item.mistakes:
            end = start + len(item.text)
            covered.update(
                range(index.line(start + item.mistakes[0].span.start) + 1, index.line(end) + 1)
            )
    return covered


def unseen_arguments(source: Source) -> set[int]:
    return {
        number
        for number, line in lines(source)
        if line.mistakes and line.member is not None and not isinstance(line.member, Setting)
        if not (isinstance(line.member, Field) and is_legacy(line))
    }


def is_legacy(line: Line) -> bool:
    texts = [line.text[mistake.span.start : mistake.span.end] for mistake in line.mistakes]
    return any(text in ("!", "?", ":") or text.startswith("[") for text in texts)


def settings_without_value(source: Source) -> set[int]:
    return {
        number
        for number, line in lines(source)
        if isinstance(line.member, Setting) and line.member.value is None
    }


def comments_behind_broken_lines(source: Source) -> set[int]:
    covered: set[int] = set()
    for number, line in lines(source):
        if line.mistakes and line.member is None:
            height = OffsetIndex(line.text.rstrip("\r\n")).line(len(line.text))
            covered.update(range(number + 1, number + 1 + height))
    return covered


def byte_order_mark(source: Source) -> set[int]:
    if not source.text.startswith("\ufeff"):
        return set()
    first = next((placed for placed in blocks(source) if placed.first == 0), None)
    return {0} if first is None else set(range(first.last + 1))


def strings_over_two_lines(source: Source) -> set[int]:
    covered: set[int] = set()
    for number, line in lines(source):
        if line.mistakes and line.text.rstrip("\r\n").endswith("\\"):
            covered.update((number, number + 1))
    return covered


REASONS = (
    Reason(
        "unclosed block",
        "A block without its `}` is one mistake at its header, and the block behind it is a block. "
        "The validator takes everything up to the next `}` for the open block's, or blames each "
        "line of it.",
        behind_open_blocks,
        behind_open_blocks,
    ),
    Reason(
        "broken header",
        "A header with a mistake in it is one mistake, and the lines up to its `}` are its "
        "members. The validator blames them one by one.",
        nothing,
        inside_blocks_with_broken_header,
    ),
    Reason(
        "stray brace inside a block",
        "A `}` with members right behind it is one mistake, and the block goes on. "
        "The validator ends the block there, and blames the members and the real end.",
        early_closings,
        behind_early_closings,
    ),
    Reason(
        "run of stray lines",
        "Lines outside of blocks are one mistake as long as they follow each other.",
        nothing,
        runs_of_strays,
    ),
    Reason(
        "arguments nobody looks at",
        "A trailing comma, a missing value and a second unnamed argument are always mistakes. "
        "The validator reports them when it gives an attribute its meaning: not on a field of "
        "unknown type, in an attribute it does not know, or after another mistake there.",
        unseen_arguments,
        nothing,
    ),
    Reason(
        "setting without a value",
        "The mistake stands where the value is missing. The validator blames the whole block.",
        settings_without_value,
        nothing,
    ),
    Reason(
        "comment behind a broken line",
        "A comment over several lines is one, also behind a line with a mistake. "
        "The validator reads its other lines as members.",
        nothing,
        comments_behind_broken_lines,
    ),
    Reason(
        "byte order mark",
        "A byte order mark at the start of a file costs nothing: reading the file drops it. "
        "The validator blames what stands behind it.",
        nothing,
        byte_order_mark,
    ),
    Reason(
        "string over two lines",
        "A string ends on its line. The validator lets a backslash before the line end go on, "
        "and reports it as an unknown escape.",
        strings_over_two_lines,
        strings_over_two_lines,
    ),
)
