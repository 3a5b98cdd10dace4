"""Cuts a text into blocks and gaps, and blocks into logical lines, without parsing the lines.

The cutter is a cursor that moves forward over logical lines; at the top level it carries no
memory, so it can start at any block and stop where an older cut already stands.
It deliberately does not look inside a line, except for comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from referee.syntax.lines import SPACES
from referee.syntax.tree import BlockKind, Name, Span

KEYWORDS: dict[str, BlockKind] = {
    "model": "model",
    "view": "view",
    "type": "type",
    "enum": "enum",
    "datasource": "datasource",
    "generator": "generator",
}

_S = f"[{SPACES}]"
_KEYWORD = "|".join(KEYWORDS)
_NAME = r"[^\W_][\w-]*"
_HEADER = re.compile(rf"{_S}*(?P<keyword>{_KEYWORD}){_S}+(?P<name>{_NAME}){_S}*\{{")
# A block whose keyword Prisma does not know, or that lacks its name.
_OTHER_HEADER = re.compile(rf"{_S}*(?P<keyword>{_NAME})(?:{_S}+(?P<name>{_NAME}))?{_S}*\{{")
# A header whose brace is missing; only without indentation, since `type String` is a field too.
_BARE_HEADER = re.compile(
    rf"(?P<keyword>{_KEYWORD})(?:{_S}+|{_S}*/\*.*?\*/{_S}*)(?P<name>{_NAME})"
    rf"(?!{_S}*=)(?:{_S}|/\*.*?\*/)*(?P<brace>\{{[^\r\n]*)?(?://[^\r\n]*)?[\r\n]*\Z"
)
_PHYSICAL_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLANK = re.compile(rf"{_S}*[\r\n]*\Z")
_STRING_OR_MARK = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"?|//|/\*')
_CLOSING = re.compile(rf"{_S}*\}}")
_LEADING_COMMENT = re.compile(rf"{_S}*/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BlockCut:
    """Where a block stands; all numbers are offsets in the whole text.

    `lines` holds the bounds of the logical lines behind the header line; `closing` is where the
    closing line starts and `end` is behind its brace (equal where the block is never closed).
    `early_closings` are lines that look like the end of the block but are not.
    """

    start: int
    header_end: int
    kind: BlockKind
    keyword: Name
    name: Name
    has_brace: bool
    lines: tuple[tuple[int, int], ...]
    early_closings: tuple[int, ...]
    closing: int
    end: int
    is_closed: bool


@dataclass(frozen=True, slots=True)
class GapCut:
    """What stands between blocks; `strays` are the bounds of lines that belong to no block."""

    start: int
    end: int
    strays: tuple[tuple[int, int], ...]
    has_open_comment: bool


Cut = BlockCut | GapCut


def cut(text: str, start: int = 0) -> Iterator[Cut]:
    """Cut a text from an offset (the start of the text or of a block) to its end.

    Every character belongs to exactly one cut. Whether a brace closes its block may depend on
    the text up to the next header or brace behind it, and on nothing further.
    """
    position = start
    gap_start = start
    strays: list[tuple[int, int]] = []
    has_open_comment = False
    length = len(text)
    while position < length:
        line_end = _line_end(text, position)
        header = _header_at(text, position, line_end)
        if header is not None:
            if gap_start < position:
                yield GapCut(gap_start, position, tuple(strays), has_open_comment)
            strays, has_open_comment = [], False
            block = _cut_block(text, position, line_end, header)
            yield block
            position = gap_start = block.end
            continue
        comment = _LEADING_COMMENT.match(text, position)
        if comment is not None:
            position = comment.end()
            continue
        line = text[position:line_end]
        stripped = line.lstrip(SPACES)
        if not (_BLANK.match(line) or stripped.startswith("//")):
            strays.append((position, line_end))
            has_open_comment = has_open_comment or stripped.startswith("/*")
        position = line_end
    if gap_start < length:
        yield GapCut(gap_start, length, tuple(strays), has_open_comment)


def logical_line_end(text: str, start: int) -> int:
    """Return where the logical line that starts at an offset ends, line end included.

    A block comment before the member may span lines; one behind it too, if nothing follows it.
    """
    position = start
    while True:
        end = _line_end(text, position)
        mark = _comment_mark(text, position, end)
        if mark is None:
            return end
        close = text.find("*/", mark + 2)
        if close < 0:
            return _line_end(text, start)
        if text[start:mark].strip(SPACES) and not _is_only_comments(text, start, mark):
            end = _line_end(text, close + 2)
            if _BLANK.match(text[close + 2 : end]) is None:
                return _line_end(text, start)
            return end
        position = close + 2


@dataclass(frozen=True, slots=True)
class _Header:
    kind: BlockKind
    keyword: tuple[int, int]
    name: tuple[int, int]
    has_brace: bool


def _header_at(text: str, start: int, end: int) -> _Header | None:
    match = _HEADER.match(text, start, end)
    if match is not None:
        kind = KEYWORDS[match.group("keyword")]
        return _Header(kind, match.span("keyword"), match.span("name"), True)
    match = _OTHER_HEADER.match(text, start, end)
    if match is not None:
        name = match.span("name") if match.group("name") else (match.end("keyword"),) * 2
        return _Header("unknown", match.span("keyword"), name, True)
    match = _BARE_HEADER.match(text, start, end)
    if match is not None:
        kind = KEYWORDS[match.group("keyword")]
        return _Header(kind, match.span("keyword"), match.span("name"), False)
    return None


def _cut_block(text: str, start: int, header_end: int, header: _Header) -> BlockCut:
    lines: list[tuple[int, int]] = []
    early: list[int] = []
    position = header_end
    length = len(text)
    closing, end, is_closed = header_end, header_end, False
    while position < length:
        body = position
        while (comment := _LEADING_COMMENT.match(text, body)) is not None:
            body = comment.end()
        close = _CLOSING.match(text, body)
        if close is not None:
            if _goes_on_behind(text, close.end()):
                line_end = _line_end(text, close.end())
                lines.append((position, line_end))
                early.append(position)
                position = line_end
                continue
            closing, end, is_closed = position, close.end(), True
            break
        if _HEADER.match(text, position, _line_end(text, position)):
            closing, end = position, position
            break
        line_end = logical_line_end(text, position)
        lines.append((position, line_end))
        position = closing = end = line_end
    return BlockCut(
        start,
        header_end,
        header.kind,
        Name(text[slice(*header.keyword)], Span(*header.keyword)),
        Name(text[slice(*header.name)], Span(*header.name)),
        header.has_brace,
        tuple(lines),
        tuple(early),
        closing,
        end,
        is_closed,
    )


def _goes_on_behind(text: str, position: int) -> bool:
    """Tell whether members follow right behind a brace, up to another brace.

    Then the brace is the stray one and its block goes on: a line too many costs that line.
    A blank line behind the brace says that the header of another block is missing instead.
    """
    end = _line_end(text, position)
    rest = text[position:end]
    if _BLANK.match(rest) is None and not rest.lstrip(SPACES).startswith("//"):
        return False
    position = end
    is_first = True
    while position < len(text):
        end = _line_end(text, position)
        line = text[position:end]
        if is_first and (_BLANK.match(line) or line[0] not in SPACES):
            return False
        if _CLOSING.match(line):
            return not is_first
        if _header_at(text, position, end) is not None:
            return False
        is_first = False
        position = end
    return False


def _line_end(text: str, start: int) -> int:
    match = _PHYSICAL_LINE.match(text, start)
    return match.end() if match is not None else len(text)


def _comment_mark(text: str, start: int, end: int) -> int | None:
    if text.find("/*", start, end) < 0:
        return None
    for match in _STRING_OR_MARK.finditer(text, start, end):
        if match.group() == "//":
            return None
        if match.group() == "/*":
            return match.start()
    return None


def _is_only_comments(text: str, start: int, end: int) -> bool:
    position = start
    while (comment := _LEADING_COMMENT.match(text, position, end)) is not None:
        position = comment.end()
    return not text[position:end].strip(SPACES)
