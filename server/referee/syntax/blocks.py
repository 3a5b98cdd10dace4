"""From cuts to blocks and gaps, with one parse for every different line.

It deliberately keeps no state of its own: the memo that saves work is given by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from referee.syntax.characters import SPACES
from referee.syntax.lines import LINE_KINDS, broken_line, comments_of, parse_line
from referee.syntax.recipes import LineKind
from referee.syntax.split import BlockCut, Cut, GapCut
from referee.syntax.tree import Block, Comment, Gap, Item, Line, Mistake, Name, Span

# Lines that may come before it is worth a walk over all blocks to see which are needed.
_LEAST_ROOM = 1_000

_ALIAS = re.compile(r"type\s+[^\s=]+\s*=")


class LineMemo:
    """Lines parsed before, by kind and text.

    It grows with every line that was ever typed, so whoever edits asks `is_crowded` now and then
    and tells with `keep` which blocks are still there. Beyond the limit it forgets everything.
    """

    __slots__ = ("_lines", "_room", "limit", "parsed")

    def __init__(self, limit: int = 200_000) -> None:
        self._lines: dict[tuple[str, str], Line] = {}
        self._room = _LEAST_ROOM
        self.limit = limit
        self.parsed = 0

    @property
    def is_crowded(self) -> bool:
        """Whether enough lines have come to be worth a look at which are still needed."""
        return len(self._lines) > self._room

    def line(self, kind: LineKind, text: str) -> Line:
        """Return the parsed line; the same text gives the same object."""
        key = (kind, text)
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= self.limit:
                self._lines.clear()
            line = self._lines[key] = parse_line(kind, text)
            self.parsed += 1
        return line

    def keep(self, blocks: Iterable[Block]) -> None:
        """Forget the lines that are in none of these blocks."""
        needed = {id(line) for block in blocks for line in block.lines}
        self._lines = {key: line for key, line in self._lines.items() if id(line) in needed}
        self._room = len(self._lines) + max(_LEAST_ROOM, len(self._lines) // 8)


def build_item(text: str, piece: Cut, memo: LineMemo) -> Item:
    """Return the block or gap of a cut of this text."""
    if isinstance(piece, GapCut):
        return _build_gap(text, piece)
    return _build_block(text, piece, memo)


def _build_block(text: str, piece: BlockCut, memo: LineMemo) -> Block:
    start = piece.start
    kind = LINE_KINDS.get(piece.kind)
    lines: list[Line] = []
    offsets: list[int] = []
    for line_start, line_end in piece.lines:
        line_text = text[line_start:line_end]
        offsets.append(line_start - start)
        if kind is None:
            lines.append(Line(line_text, None, comments_of(line_text), ()))
        elif line_start in piece.early_closings:
            lines.append(broken_line(line_text, _early_closing(line_text)))
        else:
            lines.append(memo.line(kind, line_text))
    header = text[start : piece.header_end]
    keyword = Name(piece.keyword.text, piece.keyword.span.shifted(-start))
    name = Name(piece.name.text, piece.name.span.shifted(-start))
    closing = text[piece.closing : piece.end]
    return Block(
        piece.kind,
        name,
        keyword,
        header,
        tuple(lines),
        tuple(offsets),
        closing,
        _comments_of_ends(header, closing, piece.closing - start),
        _block_mistakes(piece, keyword, name, header),
    )


def _block_mistakes(piece: BlockCut, keyword: Name, name: Name, header: str) -> tuple[Mistake, ...]:
    """Return the mistake of header and end of a block, of which one is enough."""
    span = Span(keyword.span.start, name.span.end)
    if piece.kind == "unknown":
        return (Mistake(keyword.span, _unknown_block(keyword.text, name.text)),)
    if not piece.is_header_sound:
        return (_damaged_header(header, keyword, name),)
    if piece.is_closed:
        return ()
    if "}" in header:
        brace = header.index("}")
        sentence = (
            "What follows `{` on its line is ignored, so this `}` closes nothing; "
            "expected it on a line of its own."
        )
        return (Mistake(Span(brace, brace + 1), sentence),)
    return (
        Mistake(
            span,
            f"The {keyword.text} `{name.text}` is not closed; expected `}}` on a line of its own.",
        ),
    )


def _unknown_block(keyword: str, name: str) -> str:
    if keyword in LINE_KINDS and not name:
        return f"This {keyword} has no name; expected `{keyword} Name {{`."
    lower = keyword.lower()
    if lower in LINE_KINDS:
        return f"Keywords are written in small letters; expected `{lower}`."
    similar = next((known for known in LINE_KINDS if _is_similar(lower, known)), None)
    if similar is not None:
        return f"`{keyword}` begins no block that Prisma knows; expected perhaps `{similar}`."
    return (
        f"`{keyword}` begins no block that Prisma knows; expected `model`, `view`, `type`, "
        "`enum`, `datasource` or `generator`."
    )


def _is_similar(word: str, keyword: str) -> bool:
    """Tell whether one letter too many, too few, wrong or swapped makes one of the other."""
    if abs(len(word) - len(keyword)) > 1 or word == keyword:
        return False
    first = 0
    while first < min(len(word), len(keyword)) and word[first] == keyword[first]:
        first += 1
    rest, known = word[first:], keyword[first:]
    swapped = rest[1::-1] + rest[2:] if len(rest) > 1 else rest
    return known in (swapped, rest[1:]) or known[1:] in (rest, rest[1:])


def _damaged_header(header: str, keyword: Name, name: Name) -> Mistake:
    right = f"expected `{keyword.text} {name.text} {{`"
    line = re.split(r"[\r\n]", header, maxsplit=1)[0]
    before, brace, _ = line.partition("{")
    whole = Span(keyword.span.start, len(before.rstrip()))
    if not brace:
        if len(line.strip()) < len(header.strip()):
            return Mistake(whole, f"The brace stands on a line too late; {right}.")
        between = line[name.span.end :].strip()
        if not between or between.startswith("//"):
            span = Span(keyword.span.start, name.span.end)
            return Mistake(span, f"The brace is missing; {right}.")
        return Mistake(whole, f"This header is not one Prisma reads; {right}.")
    if "/*" in before:
        return Mistake(whole, f"A comment cannot stand inside a header; {right}.")
    written = before[keyword.span.end :].strip()
    if written == name.text:
        sentence = f"`{written}` is no name: a name begins with a letter; expected another."
        return Mistake(name.span, sentence)
    extra = before[name.span.end :].strip()
    if extra and written.startswith(name.text):
        start = header.index(extra, name.span.end)
        return Mistake(
            Span(start, start + len(extra)), f"Nothing stands between name and brace; {right}."
        )
    start = header.index(written, keyword.span.end)
    return Mistake(Span(start, start + len(written)), f"`{written}` is no name; {right}.")


def _early_closing(line: str) -> Mistake:
    brace = line.index("}")
    return Mistake(
        Span(brace, brace + 1),
        "This `}` closes the block before its last line; expected it only once, at the end.",
    )


def _comments_of_ends(header: str, closing: str, closing_offset: int) -> tuple[Comment, ...]:
    ends = comments_of(header.rstrip("\r\n")) if "/" in header else ()
    if "/" not in closing:
        return ends
    return ends + tuple(
        Comment(comment.span.shifted(closing_offset), comment.text)
        for comment in comments_of(closing)
    )


def _build_gap(text: str, piece: GapCut) -> Gap:
    content = text[piece.start : piece.end]
    mistakes: list[Mistake] = []
    last_end = -1
    for start, end in piece.strays:
        if start != last_end:
            mistakes.append(_stray(text[start:end], start - piece.start))
        last_end = end
    return Gap(content, comments_of(content) if "/" in content else (), tuple(mistakes))


def _stray(line: str, offset: int) -> Mistake:
    # Not `strip()` alone: to Python more is white space than to Prisma, and the line is not blank.
    stripped = line.strip(SPACES + "\r\n")
    start = offset + line.index(stripped[0])
    span = Span(start, start + len(stripped))
    if stripped.startswith("/*"):
        return Mistake(span, "This comment is not closed; expected `*/`.")
    if stripped.startswith("}"):
        return Mistake(span, "This `}` closes nothing; expected a block before it.")
    if _ALIAS.match(stripped):
        return Mistake(
            span, "Prisma has no aliases of types; expected `type Name {` and its fields."
        )
    if stripped.startswith("{"):
        return Mistake(
            Span(span.start, span.start + 1),
            "This `{` opens nothing; expected a keyword and a name before it, on the same line.",
        )
    if stripped.startswith("*/"):
        return Mistake(span, "This `*/` ends no comment; expected `/*` before it.")
    if stripped.startswith(("#", "--")):
        return Mistake(span, "A comment begins with `//`; expected that.")
    if stripped.split(maxsplit=1)[:1] in (["import"], ["export"], ["extends"]):
        return Mistake(
            span, "A schema imports nothing; expected its files in one folder, and no such line."
        )
    return Mistake(
        span,
        "This line belongs to no block; expected model, view, type, enum, datasource or "
        "generator, a name and `{`.",
    )
