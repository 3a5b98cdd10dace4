"""One logical line of a block: from its text to a member and its comments, or to a mistake.

It never fails and deliberately knows nothing of the lines around it.
"""

from __future__ import annotations

import re

from referee.syntax.characters import SPACES
from referee.syntax.line_reader import line_reader
from referee.syntax.recipes import DoesNotParse, LineKind
from referee.syntax.tree import BlockKind, Comment, Line, Mistake, Span

LINE_KINDS: dict[BlockKind, LineKind] = {
    "model": "model_line",
    "view": "model_line",
    "type": "model_line",
    "enum": "enum_line",
    "datasource": "config_line",
    "generator": "config_line",
}

# Prisma's validator gives up on some depth too; whoever looks at a tree may recurse.
DEEPEST_NESTING = 100

# Nobody writes such a line, and its tree would take hundreds of times its memory.
LONGEST_LINE = 100_000

_COMMENT_LINE = re.compile(rf"[{SPACES}]*(//[^\r\n]*)?[\r\n]*\Z")
_STRING = r'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"?'
_STRING_OR_MARK = re.compile(rf"{_STRING}|//[^\r\n]*|/\*")
_BRACKET = re.compile(rf"{_STRING}|//[^\r\n]*|/\*.*?\*/|[()\[\]{{}}]", re.DOTALL)


def parse_line(kind: LineKind, text: str) -> Line:
    """Parse one logical line, given with its line end; spans are relative to its start."""
    simple = _COMMENT_LINE.match(text)
    if simple is not None:
        comment = simple.group(1)
        if comment is None:
            return Line(text, None, (), ())
        return Line(text, None, (Comment(Span(*simple.span(1)), comment),), ())
    content = text.rstrip("\r\n")
    if len(content) > LONGEST_LINE:
        sentence = f"This line is too long; expected at most {LONGEST_LINE:,} characters."
        start = len(content) - len(content.lstrip(SPACES))
        return broken_line(text, Mistake(Span(start, start + 1), sentence))
    too_deep = _too_deep(content)
    if too_deep is not None:
        return broken_line(text, too_deep)
    try:
        member, comments, mistakes = line_reader().read(kind, content)
    except DoesNotParse as refusal:
        from referee.syntax.mistakes import explain_mistake  # noqa: PLC0415

        mistake = explain_mistake(kind, content, refusal.offset, refusal.expected)
        return broken_line(text, mistake)
    return Line(text, member, comments, mistakes)


def comments_of(text: str) -> tuple[Comment, ...]:
    """Return the comments of a stretch of text that need not parse."""
    if "/" not in text:
        return ()
    comments: list[Comment] = []
    is_closed_behind = True
    match = _STRING_OR_MARK.search(text)
    while match is not None:
        end = match.end()
        if match.group() == "/*":
            close = text.find("*/", end) if is_closed_behind else -1
            is_closed_behind = close >= 0
            if is_closed_behind:
                end = close + len("*/")
                comments.append(Comment(Span(match.start(), end), text[match.start() : end]))
        elif match.group().startswith("//"):
            comments.append(Comment(Span(*match.span()), match.group()))
        match = _STRING_OR_MARK.search(text, end)
    return tuple(comments)


def broken_line(text: str, mistake: Mistake) -> Line:
    """Return a line that holds nothing but its mistake and its comments."""
    return Line(text, None, comments_of(text.rstrip("\r\n")), (mistake,))


def _too_deep(content: str) -> Mistake | None:
    if content.count("[") + content.count("(") + content.count("{") <= DEEPEST_NESTING:
        return None
    depth = 0
    for match in _BRACKET.finditer(content):
        if match.group() in "([{":
            depth += 1
            if depth > DEEPEST_NESTING:
                return Mistake(
                    Span(*match.span()),
                    f"Brackets are nested too deeply; expected at most {DEEPEST_NESTING} levels.",
                )
        elif match.group() in ")]}":
            depth -= 1
    return None
