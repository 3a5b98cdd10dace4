"""Colours and widths of text for a terminal, as values that a caller chooses.

It deliberately does not know whether there is a terminal.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from referee.features.report.visible import width_of
from referee.rules.rule import Severity

_QUOTED = re.compile(r"`[^`\n]+`")
_STYLE = re.compile("\x1b\\[[0-9;]*m")

BOLD = "1"
DIM = "2"
RED = "31"
GREEN = "32"
YELLOW = "33"
BLUE = "34"
CYAN = "36"

_SEVERITY_STYLES: dict[Severity, str] = {
    "error": "1;31",
    "warning": "1;33",
    "information": "1;36",
    "hint": "1;32",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How text is to look; a width of None means that nothing is wrapped."""

    has_colours: bool = False
    width: int | None = None
    is_verbose: bool = False

    def painted(self, text: str, style: str) -> str:
        """Return the text in a style, which is the number or numbers of an escape sequence."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.has_colours and text else text

    def severity(self, severity: Severity, text: str | None = None) -> str:
        """Return a severity, or another text, in the colour of the severity."""
        return self.painted(severity if text is None else text, _SEVERITY_STYLES[severity])

    def prose(self, text: str) -> str:
        """Return a sentence in which names in backticks stand out."""
        if not self.has_colours:
            return text
        return _QUOTED.sub(lambda quoted: self.painted(quoted[0], BOLD), text)

    def wrapped(self, text: str, used: int) -> list[str]:
        """Return the lines of a sentence of which `used` cells beside it are taken."""
        if self.width is None:
            return [text]
        room = max(24, self.width - used)
        # Spaces inside backticks hold together, so that a name or call is found in one piece.
        held = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", "\xa0"), text)
        lines = textwrap.wrap(held, room, break_long_words=False, break_on_hyphens=False)
        return [line.replace("\xa0", " ") for line in lines] or [""]


def shown_width(text: str) -> int:
    """Return the cells that a painted text takes."""
    return width_of(_STYLE.sub("", text))
