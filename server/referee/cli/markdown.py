"""Shows Markdown on a terminal: headings, paragraphs, lists and code, and nothing fancier.

It deliberately knows no more of Markdown than the pages of the codes use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from referee.features.report.paint import BOLD, CYAN, DIM, GREEN, RED, Look

_FENCE = re.compile(r"^```\s*(.*)$")
_HEADING = re.compile(r"^(#+)\s+(.*)$")
_ITEM = re.compile(r"^([-*]|\d+\.)\s+")
_WORDS = re.compile(
    r"(//.*$)"
    r'|("(?:[^"\\]|\\.)*")'
    r"|(@{1,2}[\w.]+)"
    r"|^(model|enum|type|view|datasource|generator)\b"
)


def render(text: str, look: Look) -> str:
    """Return the text as it is to be shown; paragraphs are filled to the width of the look."""
    return "\n".join(_lines(text, look)).rstrip("\n") + "\n"


def _lines(text: str, look: Look) -> Iterator[str]:
    paragraph: list[str] = []
    code: list[str] | None = None
    label = ""
    for line in [*text.split("\n"), ""]:
        fence = _FENCE.match(line)
        if code is not None:
            if fence:
                yield from _code(code, label, look)
                code = None
            else:
                code.append(line)
            continue
        heading = _HEADING.match(line)
        if fence or heading or not line.strip() or _ITEM.match(line):
            yield from _paragraph(paragraph, look)
            paragraph = []
        if fence:
            code, label = [], fence[1]
        elif heading:
            yield look.painted(heading[2], BOLD if len(heading[1]) > 1 else "1;4")
        elif not line.strip():
            yield ""
        else:
            paragraph.append(line.strip())


def _paragraph(lines: list[str], look: Look) -> Iterator[str]:
    if not lines:
        return
    text = " ".join(lines)
    item = _ITEM.match(text)
    indentation = "  " if item else ""
    for number, line in enumerate(look.wrapped(text, len(indentation))):
        yield (indentation if number else "") + look.prose(line)


def _code(lines: list[str], label: str, look: Look) -> Iterator[str]:
    """Yield the lines of a sample behind a bar that says whether it is a good one."""
    words = label.split()
    colour = RED if "bad" in words else GREEN if "good" in words else DIM
    bar = look.painted("│", colour)
    if colour != DIM:
        yield look.painted("  ╷ " + ("found" if colour == RED else "fine"), colour)
    for line in lines:
        yield f"  {bar} {_highlighted(line, look)}".rstrip()


def _highlighted(line: str, look: Look) -> str:
    def painted(match: re.Match[str]) -> str:
        style = (DIM, GREEN, CYAN, BOLD)[(match.lastindex or 1) - 1]
        return look.painted(match[0], style)

    return _WORDS.sub(painted, line)
