"""One logical line of a block: from its text to a member and its comments, or to a mistake.

It never fails and deliberately knows nothing of the lines around it.
"""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from referee.syntax.lark_tree import line_parser
from referee.syntax.mistakes import explain_mistake
from referee.syntax.tree import BlockKind, Comment, Line, Member, Mistake, Span

LineKind = Literal["model_line", "enum_line", "config_line"]

LINE_KINDS: dict[BlockKind, LineKind] = {
    "model": "model_line",
    "view": "model_line",
    "type": "model_line",
    "enum": "enum_line",
    "datasource": "config_line",
    "generator": "config_line",
}

SPACES = "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_COMMENT_LINE = re.compile(rf"[{SPACES}]*(//[^\r\n]*)?[\r\n]*\Z")


def parse_line(kind: LineKind, text: str) -> Line:
    """Parse one logical line, given with its line end; spans are relative to its start."""
    simple = _COMMENT_LINE.match(text)
    if simple is not None:
        comment = simple.group(1)
        comments = () if comment is None else (Comment(Span(*simple.span(1)), comment),)
        return Line(text, None, comments, ())
    content = text.rstrip("\r\n")
    parser, builder = line_parser()
    builder.mistakes.clear()
    try:
        found: tuple[Member | None, tuple[Comment, ...]] = cast(Any, parser.parse(content, start=kind))
    except UnexpectedInput as error:
        offset, expected = _where(error, content)
        mistake = explain_mistake(kind, content, offset, expected)
        return Line(text, None, comments_of(content), (mistake,))
    return Line(text, found[0], found[1], tuple(builder.mistakes))


def comments_of(text: str) -> tuple[Comment, ...]:
    """Return the comments of a stretch of text that need not parse."""
    return tuple(
        Comment(Span(*match.span()), match.group())
        for match in _STRING_OR_COMMENT.finditer(text)
        if match.group().startswith("/")
    )


def broken_line(text: str, mistake: Mistake) -> Line:
    """Return a line that is not looked into, because its place alone is a mistake."""
    return Line(text, None, comments_of(text.rstrip("\r\n")), (mistake,))


_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"?|//[^\r\n]*|/\*.*?\*/', re.DOTALL)


def _where(error: UnexpectedInput, content: str) -> tuple[int, frozenset[str]]:
    if isinstance(error, UnexpectedCharacters):
        return int(error.pos_in_stream or 0), frozenset(error.allowed or ())
    if isinstance(error, UnexpectedToken):
        expected = frozenset(error.accepts or error.expected)
        if error.token.type == "$END":
            return len(content.rstrip(SPACES)), expected
        return error.token.start_pos or 0, expected
    return 0, frozenset()
