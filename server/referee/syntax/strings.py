"""What a string literal says: its escapes resolved, and those that mean nothing found.

It deliberately does not know where strings may stand.
"""

from __future__ import annotations

import re

from referee.syntax.tree import Span

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{0,4})|(.))", re.DOTALL)
_MEANINGS = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


def unescape(content: str) -> tuple[str, list[Span]]:
    """Return what the content of a string means, and where it holds escapes without meaning.

    Escapes are those of JSON; one without meaning stays as it is written.
    """
    pieces: list[str] = []
    meaningless: list[Span] = []
    position = 0
    match = _ESCAPE.search(content)
    while match is not None:
        pieces.append(content[position : match.start()])
        position = match.end()
        digits, letter = match.groups()
        meaning = _MEANINGS.get(letter) if digits is None else None
        if digits is not None and len(digits) == 4:
            point = int(digits, 16)
            if not 0xD800 <= point < 0xE000:
                meaning = chr(point)
            elif (low := _low_surrogate(content, position)) is not None and point < 0xDC00:
                meaning = chr(0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00))
                position += len("\\uDC00")
        if meaning is None:
            meaningless.append(Span(*match.span()))
            meaning = match.group()
        pieces.append(meaning)
        match = _ESCAPE.search(content, position)
    pieces.append(content[position:])
    return "".join(pieces), meaningless


def _low_surrogate(content: str, position: int) -> int | None:
    match = _ESCAPE.match(content, position)
    if match is None or match.group(1) is None or len(match.group(1)) != 4:
        return None
    point = int(match.group(1), 16)
    return point if 0xDC00 <= point < 0xE000 else None
