"""Texts as XML 1.0 holds them, in attributes and between tags."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHITE_SPACE = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def quoted(text: str) -> str:
    """Return a text as an attribute in its quotes."""
    return quoteattr(_NOT_XML.sub("\ufffd", text), _WHITE_SPACE)


def escaped(text: str) -> str:
    """Return a text as it stands between tags."""
    return escape(_NOT_XML.sub("\ufffd", text))
