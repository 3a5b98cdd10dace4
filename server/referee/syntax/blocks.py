"""From cuts to blocks and gaps, with one parse for every different line.

It deliberately keeps no state of its own: the memo that saves work is given by the caller.
"""

from __future__ import annotations

from referee.syntax.lines import LINE_KINDS, LineKind, broken_line, comments_of, parse_line
from referee.syntax.split import BlockCut, Cut, GapCut
from referee.syntax.tree import Block, Comment, Gap, Item, Line, Mistake, Name, Span


class LineMemo:
    """Lines parsed before, by kind and text; it forgets everything when it grows too large."""

    __slots__ = ("_lines", "limit", "parsed")

    def __init__(self, limit: int = 200_000) -> None:
        self._lines: dict[tuple[str, str], Line] = {}
        self.limit = limit
        self.parsed = 0

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
    return Block(
        piece.kind,
        name,
        keyword,
        header,
        tuple(lines),
        tuple(offsets),
        text[piece.closing : piece.end],
        _header_comments(header),
        _block_mistakes(piece, keyword, name),
    )


def _block_mistakes(piece: BlockCut, keyword: Name, name: Name) -> tuple[Mistake, ...]:
    if piece.kind == "unknown":
        if not name.text and keyword.text in LINE_KINDS:
            sentence = f"This {keyword.text} has no name; expected `{keyword.text} Name {{`."
        else:
            sentence = (
                f"`{keyword.text}` begins no block that Prisma knows; expected model, view, type, "
                "enum, datasource or generator."
            )
        return (Mistake(keyword.span, sentence),)
    mistakes: list[Mistake] = []
    if not piece.has_brace:
        mistakes.append(
            Mistake(
                Span(keyword.span.start, name.span.end),
                f"Expected `{keyword.text} {name.text} {{` with the brace on this line.",
            )
        )
    if not piece.is_closed:
        mistakes.append(
            Mistake(
                Span(keyword.span.start, name.span.end),
                f"The {keyword.text} `{name.text}` is not closed; expected `}}` "
                "on a line of its own.",
            )
        )
    return tuple(mistakes)


def _early_closing(line: str) -> Mistake:
    brace = line.index("}")
    return Mistake(
        Span(brace, brace + 1),
        "This `}` closes the block before its last line; expected it only once, at the end.",
    )


def _header_comments(header: str) -> tuple[Comment, ...]:
    return comments_of(header.rstrip("\r\n")) if "/" in header else ()


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
    stripped = line.strip()
    start = offset + line.index(stripped[0])
    span = Span(start, start + len(stripped))
    if stripped.startswith("/*"):
        return Mistake(span, "This comment is not closed; expected `*/`.")
    if stripped.startswith("}"):
        return Mistake(span, "This `}` closes nothing; expected a block before it.")
    if stripped.split()[0] == "type" and "=" in stripped:
        return Mistake(
            span, "Prisma has no aliases of types; expected `type Name {` and its fields."
        )
    return Mistake(
        span,
        "This line belongs to no block; expected model, view, type, enum, datasource or "
        "generator, a name and `{`.",
    )
