"""Silencing comments: which codes a comment keeps silent, and how far it reaches.

`// referee-ignore code[, code]: reason` reaches the member on its line or on the line below, or
the block whose header is on its line or below; `// referee-ignore-file ...` reaches the file.
Of prisma-lint, `/// prisma-lint-ignore-model [rule [fields]]` and `-field` are honoured for the
rules that have an equivalent here. It deliberately does not know what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from referee.syntax.source import Source
from referee.syntax.tree import Block, Comment, Field, Line, Span

MARKERS = ("referee-ignore", "prisma-lint-ignore")

# Rules of prisma-lint and the codes that say the same here.
PRISMA_LINT_RULES: dict[str, tuple[str, ...]] = {
    "require-field-index": ("unindexed-foreign-key", "partly-indexed-foreign-key"),
    "forbid-required-ignored-field": ("ignored-required-field",),
    "require-field": ("missing-timestamps",),
    "require-field-type": ("uuid-stored-as-text", "timestamp-without-timezone"),
}

_OWN = re.compile(
    r"//(?!/)\s*referee-ignore(?P<file>-file)?(?=[\s:,]|\Z)(?P<codes>[^:]*)(?::\s*(?P<reason>.*?))?\s*\Z"
)
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
    findings on that field, since prisma-lint reports a relation at its column.
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

    @property
    def reaches_nothing(self) -> bool:
        """Whether there is nothing below it that it could silence."""
        return not self.is_for_file and self.block is None


def silences_in(source: Source, numbers: Iterable[int] | None = None) -> tuple[Silence, ...]:
    """Return the silencing comments of a file, in order.

    A caller that knows which items hold markers gives their numbers, in order.
    """
    if numbers is None:
        if not any(marker in source.text for marker in MARKERS):
            return ()
        numbers = range(len(source.items))
    found: list[Silence] = []
    for comment, start, block, line in _comments(source, numbers):
        silence = _silence(len(found), comment, start, block, line)
        if silence is not None:
            found.append(silence)
    return tuple(found)


def _comments(
    source: Source, numbers: Iterable[int]
) -> Iterator[tuple[Comment, int, Block | None, int | None]]:
    """Yield every comment of some items with the offset of its holder and what it would reach."""
    for index in numbers:
        item, start = source.items[index], source.starts[index]
        if not isinstance(item, Block):
            below = source.items[index + 1] if index + 1 < len(source.items) else None
            for comment in item.comments:
                is_above = isinstance(below, Block) and _is_directly_above(
                    item.text[comment.span.end :]
                )
                yield comment, start, below if is_above and isinstance(below, Block) else None, None
            continue
        for comment in item.comments:
            yield comment, start, item, None
        targets = _members_at_or_below(item)
        for number, line in enumerate(item.lines):
            for comment in line.comments:
                target = targets[number]
                is_for_block = target is not None or _is_for_model(comment)
                block = item if is_for_block else None
                yield comment, start + item.offsets[number], block, target


def _is_for_model(comment: Comment) -> bool:
    """Tell whether a comment reaches the block around it, wherever it stands in there."""
    other = _PRISMA_LINT.match(comment.text)
    return other is not None and other.group("reach") == "model"


def _is_directly_above(rest: str) -> bool:
    """Tell whether only further comment lines stand between a comment and the next block."""
    lines = re.split(r"\r\n|\r|\n", rest)
    return not lines[0].strip() and all(line.strip().startswith("//") for line in lines[1:-1])


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
