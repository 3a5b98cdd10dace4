"""Cuts a text into blocks and gaps, and blocks into logical lines, without parsing the lines.

The cutter is a cursor that moves forward over logical lines; at the top level it carries no
memory, so it can start at any block and stop where an older cut already stands.
It deliberately does not look inside a line, except for comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from referee.syntax.characters import SPACES, is_name
from referee.syntax.tree import BlockKind, Name, Span

KEYWORDS: dict[str, BlockKind] = {
    "model": "model",
    "view": "view",
    "type": "type",
    "enum": "enum",
    "datasource": "datasource",
    "generator": "generator",
}

_BYTE_ORDER_MARK = "\ufeff"

_S = f"[{SPACES}]"
_KEYWORD = "|".join(KEYWORDS)
# Everything that could be in a name; `is_name` has the last word.
_WORD = rf"[^\x00-,./:-@\[-^`{{-\x7f{SPACES}]+"
_COMMENT = r"/\*[^*\r\n]*\*+(?:[^*/\r\n][^*\r\n]*\*+)*/"

_HEADER = re.compile(rf"{_S}*(?P<keyword>{_KEYWORD}){_S}*(?P<name>{_WORD}){_S}*\{{")
# A block whose keyword Prisma does not know, or that lacks its name.
_OTHER_HEADER = re.compile(rf"{_S}*(?P<keyword>{_WORD})(?:{_S}+(?P<name>{_WORD}))?{_S}*\{{")
# A header with a keyword, and something wrong between it and the end of its line. Where it has
# no brace it counts without indentation only, since `type String` is a field too.
_DAMAGED_HEADER = re.compile(
    rf"(?P<indent>{_S}*)(?P<keyword>{_KEYWORD})(?={_S}|/\*)(?!{_S}*{_WORD}{_S}*=)"
    rf"(?P<rest>[^{{\r\n]*)(?P<brace>\{{)?"
)
_BRACE_LINE = re.compile(rf"{_S}*\{{{_S}*(?:\r\n|\r|\n|\Z)")
_COMMENT_RUN = re.compile(rf"{_COMMENT}|//.*")
_NAME_LIKE = re.compile(_WORD)
_PHYSICAL_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# A line that can neither begin nor end a block and has no comment in it.
_ORDINARY_LINE = re.compile(rf"{_S}*(?:[^}}/{{\r\n{SPACES}][^/{{\r\n]*)?(?:\r\n|\r|\n)")
_BLOCK_ATTRIBUTE_NEXT = re.compile(rf"(?:{_S}*(?:\r\n|\r|\n))*{_S}*@@{_WORD}{_S}*[(/\r\n]")
_BLANK = re.compile(rf"{_S}*[\r\n]*\Z")
_SPACE_RUN = re.compile(rf"{_S}*")
_STRING_OR_MARK = re.compile(r'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"?|//|/\*')


@dataclass(frozen=True, slots=True)
class BlockCut:
    """Where a block stands; all numbers are offsets in the whole text.

    `lines` holds the bounds of the logical lines behind the header; `closing` is where the
    closing line starts and `end` is behind its brace (equal where the block is never closed).
    `early_closings` are lines that look like the end of the block but are not.
    """

    start: int
    header_end: int
    kind: BlockKind
    keyword: Name
    name: Name
    is_header_sound: bool
    lines: tuple[tuple[int, int], ...]
    early_closings: tuple[int, ...]
    closing: int
    end: int
    is_closed: bool
    has_open_comment: bool


@dataclass(frozen=True, slots=True)
class GapCut:
    """What stands between blocks; `strays` are the bounds of lines that belong to no block."""

    start: int
    end: int
    strays: tuple[tuple[int, int], ...]
    has_open_comment: bool


Cut = BlockCut | GapCut


def cut(
    text: str,
    start: int = 0,
    ahead: Ahead | None = None,
    is_known: Callable[[int], bool] | None = None,
) -> Iterator[Cut]:
    """Cut a text from an offset (the start of the text or of a block) to its end.

    Who wants to know how far it looked gives an `ahead` of that text. The cutter stops in front of
    a block that starts at an offset which `is_known`.

    Every character belongs to exactly one cut. How a block is cut may depend on the text up to
    the next header or brace behind it; where a cut has an open comment, on all text behind it;
    and on nothing else.
    """
    ahead = ahead or Ahead(text)
    gap_start = start
    position = start
    if start == 0 and text.startswith(_BYTE_ORDER_MARK):
        position = len(_BYTE_ORDER_MARK)
    strays: list[tuple[int, int]] = []
    has_open_comment = False
    length = len(text)
    while position < length:
        line_end = _line_end(text, position)
        body = _skip_spaces(text, position)
        if text.startswith("/*", body):
            comment_end = ahead.comment_end(body)
            if comment_end is not None:
                position = comment_end
                continue
            has_open_comment = True
        elif not (_is_blank(text, body, line_end) or text.startswith("//", body)):
            header = _header_at(ahead, position, line_end)
            if header is not None:
                if gap_start < position:
                    yield GapCut(gap_start, position, tuple(strays), has_open_comment)
                if is_known is not None and is_known(position):
                    return
                strays, has_open_comment = [], False
                block = _cut_block(ahead, position, header)
                yield block
                position = gap_start = block.end
                continue
        else:
            position = line_end
            continue
        strays.append((position, line_end))
        position = line_end
    if gap_start < length:
        yield GapCut(gap_start, length, tuple(strays), has_open_comment)


class Ahead:
    """Looks ahead in a text, and remembers what it found so as to look only once.

    `has_missed` tells whether it has looked for something up to the end of the text in vain.
    """

    __slots__ = ("_border", "_border_from", "_star", "_star_from", "has_missed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._star_from = self._border_from = len(text) + 1
        self._star = self._border = -1
        self.has_missed = False

    def comment_end(self, mark: int) -> int | None:
        """Return where the comment that opens at a mark ends; None where it does not."""
        start = mark + len("/*")
        if not (self._star_from <= start and (self._star < 0 or start <= self._star)):
            self._star_from = start
            self._star = self.text.find("*/", start)
            self.has_missed = self.has_missed or self._star < 0
        return None if self._star < 0 else self._star + len("*/")

    def is_closed_behind(self, line: int) -> bool:
        """Tell whether a line that starts with `}` comes before the next header.

        `line` is the start of a line.
        """
        if not (self._border_from <= line and (self._border < 0 or line <= self._border)):
            self._border_from = line
            self._border = self._next_border(line)
            self.has_missed = self.has_missed or self._border < 0
        return self._border >= 0 and self.text.startswith(
            "}", _skip_spaces(self.text, self._border)
        )

    def _next_border(self, line: int) -> int:
        text = self.text
        position = line
        while position < len(text):
            ordinary = _ORDINARY_LINE.match(text, position)
            if ordinary is not None:
                position = ordinary.end()
                continue
            body = _skip_spaces(text, position)
            if text.startswith("}", body) or _sound_header(text, body) is not None:
                return position
            position = _line_end(text, position)
        return -1


@dataclass(frozen=True, slots=True)
class _Header:
    kind: BlockKind
    keyword: tuple[int, int]
    name: tuple[int, int]
    end: int
    is_sound: bool


def has_sound_header(text: str, start: int) -> bool:
    """Tell whether the line that starts at an offset is a header that nothing behind it can undo.

    Such a line also ends what lines before it can see of the text.
    """
    return _sound_header(text, start) is not None


def _header_at(ahead: Ahead, start: int, line_end: int) -> _Header | None:
    text = ahead.text
    return (
        _sound_header(text, start)
        or _damaged_header(ahead, start, line_end)
        or _other_header(text, start)
    )


def _sound_header(text: str, start: int) -> _Header | None:
    match = _HEADER.match(text, start)
    if match is None or not is_name(match["name"]):
        return None
    kind = KEYWORDS[match["keyword"]]
    end = _line_end(text, match.end())
    return _Header(kind, match.span("keyword"), match.span("name"), end, True)


def _damaged_header(ahead: Ahead, start: int, line_end: int) -> _Header | None:
    text = ahead.text
    match = _DAMAGED_HEADER.match(text, start)
    if match is None:
        return None
    end = line_end
    rest = _COMMENT_RUN.sub(lambda comment: " " * len(comment.group()), match["rest"])
    found = _NAME_LIKE.search(rest)
    if found is None:
        return None
    name = (match.start("rest") + found.start(), match.start("rest") + found.end())
    if match["brace"] is None:
        if match["indent"] or not ahead.is_closed_behind(line_end):
            return None
        brace_line = _BRACE_LINE.match(text, line_end)
        if brace_line is not None:
            end = brace_line.end()
    return _Header(KEYWORDS[match["keyword"]], match.span("keyword"), name, end, False)


def _other_header(text: str, start: int) -> _Header | None:
    match = _OTHER_HEADER.match(text, start)
    if match is None or match["keyword"] == "import":
        return None
    name = match.span("name") if match["name"] else (match.end("keyword"),) * 2
    end = _line_end(text, match.end())
    return _Header("unknown", match.span("keyword"), name, end, False)


def _cut_block(ahead: Ahead, start: int, header: _Header) -> BlockCut:
    text = ahead.text
    lines: list[tuple[int, int]] = []
    early: list[int] = []
    length = len(text)
    # The header of another block ends this one, unless it is set in deeper: then it is a line
    # too many, and costs that line.
    indentation = header.keyword[0] - start
    position = closing = end = header.end
    is_closed = has_open_comment = False
    while position < length:
        ordinary = _ORDINARY_LINE.match(text, position)
        if ordinary is not None:
            closing = end = ordinary.end()
            lines.append((position, end))
            position = end
            continue
        body = _skip_comments(ahead, position)
        if text.startswith("}", body):
            if not _goes_on_behind(ahead, body + 1):
                closing, end, is_closed = position, body + 1, True
                break
            early.append(position)
            line_end = _line_end(text, body)
        elif (inner := _sound_header(text, body)) is not None and (
            inner.keyword[0] - position <= indentation
        ):
            closing = end = position
            break
        else:
            line_end, is_open = logical_line_end(ahead, position)
            has_open_comment = has_open_comment or is_open
        lines.append((position, line_end))
        position = closing = end = line_end
    return BlockCut(
        start,
        header.end,
        header.kind,
        Name(text[slice(*header.keyword)], Span(*header.keyword)),
        Name(text[slice(*header.name)], Span(*header.name)),
        header.is_sound,
        tuple(lines),
        tuple(early),
        closing,
        end,
        is_closed,
        has_open_comment,
    )


def logical_line_end(ahead: Ahead, start: int) -> tuple[int, bool]:
    """Return where the logical line that starts at an offset ends, line end included.

    A block comment before the member may span lines; one behind it too, if nothing follows it.
    The second value tells whether a comment in the line is open, or undone by what follows it.
    """
    text = ahead.text
    position = start
    while True:
        end = _line_end(text, position)
        mark = _comment_mark(text, position, end)
        if mark is None:
            return end, False
        comment_end = ahead.comment_end(mark)
        if comment_end is None:
            return _line_end(text, start), True
        if _skip_spaces(text, position) < mark:
            last = _line_end(text, comment_end)
            if _is_blank(text, comment_end, last):
                return last, False
            first = _line_end(text, start)
            return first, first < comment_end
        position = comment_end


def _goes_on_behind(ahead: Ahead, position: int) -> bool:
    """Tell whether members follow right behind a brace, up to another brace.

    Then the brace is the stray one and its block goes on: a line too many costs that line.
    A blank line behind the brace says that the header of another block is missing instead, unless
    a block attribute comes next, with which no block begins.
    """
    text = ahead.text
    line_end = _line_end(text, position)
    rest = _skip_spaces(text, position)
    if not (_is_blank(text, rest, line_end) or text.startswith("//", rest)):
        return False
    if _BLOCK_ATTRIBUTE_NEXT.match(text, line_end) is not None:
        return ahead.is_closed_behind(line_end)
    body = _skip_spaces(text, line_end)
    if body == line_end or text[body : body + 1] in ("", "\r", "\n", "}", "/"):
        return False
    return _header_at(ahead, line_end, _line_end(text, line_end)) is None and (
        ahead.is_closed_behind(line_end)
    )


def _line_end(text: str, start: int) -> int:
    match = _PHYSICAL_LINE.match(text, start)
    return match.end() if match is not None else len(text)


def _skip_spaces(text: str, position: int) -> int:
    match = _SPACE_RUN.match(text, position)
    return match.end() if match is not None else position


def _skip_comments(ahead: Ahead, position: int) -> int:
    """Return where the first thing behind leading spaces and block comments stands."""
    body = _skip_spaces(ahead.text, position)
    while ahead.text.startswith("/*", body):
        end = ahead.comment_end(body)
        if end is None:
            return body
        body = _skip_spaces(ahead.text, end)
    return body


def _is_blank(text: str, start: int, end: int) -> bool:
    return _BLANK.match(text, start, end) is not None


def _comment_mark(text: str, start: int, end: int) -> int | None:
    if text.find("/*", start, end) < 0:
        return None
    for match in _STRING_OR_MARK.finditer(text, start, end):
        if match.group() == "//":
            return None
        if match.group() == "/*":
            return match.start()
    return None
