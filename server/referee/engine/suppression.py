"""Silencing comments: which codes a comment keeps silent, and how far it reaches.

`// referee-ignore code[, code]: reason` reaches the member on its line or on the line below, or
the block whose header is on its line or below; `// referee-ignore-file ...` reaches the file.
Of prisma-lint, `/// prisma-lint-ignore-model [rule [fields]]` and `-field` are honoured for the
rules that have an equivalent here. It deliberately does not know what was found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from referee.rules.catalogue import ALL_CODES
from referee.syntax.source import Source
from referee.syntax.tree import Block, Comment, Field, Item, Line, Span
from referee.text.lines import line_starts

MARKERS = ("referee-ignore", "referee ignore", "prisma-lint-ignore")

# Rules of prisma-lint and the codes that say the same here.
PRISMA_LINT_RULES: dict[str, tuple[str, ...]] = {
    "require-field-index": ("unindexed-foreign-key", "partly-indexed-foreign-key"),
    "forbid-required-ignored-field": ("ignored-required-field",),
    "require-field": ("missing-timestamps",),
    "require-field-type": ("uuid-stored-as-text", "timestamp-without-timezone"),
}

Flaw = Literal["documentation", "spelling"]

_OWN = re.compile(
    r"//(?!/)\s*referee-ignore(?P<file>-file)?(?=[\s:,]|\Z)(?P<codes>[^:]*)(?::\s*(?P<reason>.*?))?\s*\Z"
)
# What was meant as a silencing comment and is none. Prose may say "referee ignore", too; followed
# by a code it is no prose.
_ALMOST = re.compile(r"//(?P<third>/?)\s*referee[- ]ignore(?:-file)?\s+(?P<code>[\w-]+)")
_PRISMA_LINT = re.compile(
    r"///\s*prisma-lint-ignore-(?P<reach>model|field)(?:\s+(?P<rule>[\w-]+))?"
    r"(?:\s+(?P<fields>[\w,\s]+?))?\s*\Z"
)
_CODE = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class SilencedCode:
    """A code in a silencing comment and where it stands in the file."""

    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class Silence:
    """A silencing comment.

    `number` counts the silencing comments of the file from 0; `span` covers the comment in the
    file. `block` and `line` are what it reaches: a line of a block, a whole block (`line` is
    None), or the whole file (both are None and `is_for_file`); where it stands above nothing,
    it reaches nothing. `fields` narrows it down to findings on these fields, `column` widens it to
    findings on that field, since prisma-lint reports a relation at its column. With a `flaw` it
    only looks like one: it has no codes and reaches nothing.
    """

    number: int
    span: Span
    codes: tuple[SilencedCode, ...]
    reason: str | None
    tool: Literal["referee", "prisma-lint"]
    is_for_file: bool = False
    block: Block | None = None
    line: int | None = None
    fields: tuple[str, ...] = ()
    column: str | None = None
    flaw: Flaw | None = None

    @property
    def reaches_nothing(self) -> bool:
        """Whether there is nothing below it that it could silence."""
        return not self.is_for_file and self.block is None

    def shifted(self, offset: int, number: int) -> Silence:
        """Return the comment with its spans and its number counted from farther ahead."""
        codes = tuple(SilencedCode(each.code, each.span.shifted(offset)) for each in self.codes)
        span = self.span.shifted(offset)
        return replace(self, number=self.number + number, span=span, codes=codes)


def silences_in(source: Source) -> tuple[Silence, ...]:
    """Return the silencing comments of a file, in order."""
    if not any(marker in source.text for marker in MARKERS):
        return ()
    found: list[Silence] = []
    items = (*source.items, None)
    for (item, below), start in zip(pairwise(items), source.starts, strict=True):
        shift = len(found)
        assert item is not None
        found.extend(silence.shifted(start, shift) for silence in silences_of(item, below))
    return tuple(found)


def silences_of(item: Item, below: Item | None) -> Iterator[Silence]:
    """Yield the silencing comments of an item; their spans and numbers count from its start.

    Those of a gap may reach the item below.
    """
    number = 0
    for comment, start, block, line in _comments(item, below):
        silence = _silence(number, comment, start, block, line)
        if silence is not None:
            number += 1
            yield silence


def _comments(
    item: Item, below: Item | None
) -> Iterator[tuple[Comment, int, Block | None, int | None]]:
    """Yield every comment of an item with the offset of its holder and what it would reach."""
    if not isinstance(item, Block):
        lines_below = _CommentLines(item.text)
        for comment in item.comments:
            is_above = isinstance(below, Block) and lines_below.is_all_behind(comment.span.end)
            yield comment, 0, below if is_above and isinstance(below, Block) else None, None
        return
    for comment in item.comments:
        yield comment, 0, item, None
    targets = _members_at_or_below(item)
    for number, line in enumerate(item.lines):
        for comment in line.comments:
            target = targets[number]
            is_for_block = target is not None or _is_for_model(comment)
            yield comment, item.offsets[number], item if is_for_block else None, target


def _is_for_model(comment: Comment) -> bool:
    """Tell whether a comment reaches the block around it, wherever it stands in there."""
    other = _PRISMA_LINT.match(comment.text)
    return other is not None and other.group("reach") == "model"


class _CommentLines:
    """Tells behind which offsets of a gap there are only comment lines until it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = line_starts(text)
        # From this line on there is nothing else; what stands on the last one is of no account.
        number = len(self._starts) - 1
        while number > 0 and self._line(number - 1).strip().startswith("//"):
            number -= 1
        self._first = number

    def _line(self, number: int) -> str:
        return self._text[self._starts[number] : self._starts[number + 1]]

    def is_all_behind(self, offset: int) -> bool:
        """Tell whether only comment lines stand behind an offset, on the next line and below."""
        number = bisect_right(self._starts, offset) - 1
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
        return number + 1 >= self._first and not self._text[offset:end].strip()


def _has_content(line: Line) -> bool:
    return line.member is not None or bool(line.mistakes)


def _members_at_or_below(block: Block) -> list[int | None]:
    """Return for each line its own number if it holds anything, else that of the line below it.

    Further comment lines are passed over; a blank line ends the search.
    """
    targets: list[int | None] = []
    below: int | None = None
    for number in range(len(block.lines) - 1, -1, -1):
        line = block.lines[number]
        target = number if _has_content(line) else below
        targets.append(target)
        below = target if _has_content(line) or line.comments else None
    targets.reverse()
    return targets


def _silence(
    number: int, comment: Comment, start: int, block: Block | None, line: int | None
) -> Silence | None:
    span = comment.span.shifted(start)
    own = _OWN.match(comment.text)
    if own is not None:
        at = span.start + own.start("codes")
        codes = tuple(
            SilencedCode(match.group(), Span(*match.span()).shifted(at))
            for match in _CODE.finditer(own.group("codes"))
        )
        reason = own.group("reason") or None
        if own.group("file"):
            return Silence(number, span, codes, reason, "referee", is_for_file=True)
        return Silence(number, span, codes, reason, "referee", False, block, line)
    almost = _ALMOST.match(comment.text)
    if almost is not None and almost.group("code") in ALL_CODES:
        flaw: Flaw = "documentation" if almost.group("third") else "spelling"
        return Silence(number, span, (), None, "referee", flaw=flaw)
    other = _PRISMA_LINT.match(comment.text)
    if other is None or (block is None and line is None and other.group("reach") == "field"):
        return None
    rules = [other.group("rule")] if other.group("rule") else list(PRISMA_LINT_RULES)
    names = tuple(
        SilencedCode(code, span) for rule in rules for code in PRISMA_LINT_RULES.get(rule, ())
    )
    fields = tuple(re.findall(r"\w+", other.group("fields") or ""))
    reached = line if other.group("reach") == "field" else None
    column = None
    if reached is not None and block is not None:
        member = block.lines[reached].member
        column = member.name.text if isinstance(member, Field) else None
    return Silence(number, span, names, None, "prisma-lint", False, block, reached, fields, column)
