"""From the bytes of a file to its text; knows neither files nor what the text means."""

from __future__ import annotations

import codecs

ENCODING = "UTF-8"


def decode(data: bytes) -> str:
    """Return the text of UTF-8 `data` without its byte order mark, if it starts with one.

    Line ends stay as they are. Raises UnicodeDecodeError, whose offsets count from the start
    of `data`, where the bytes are not UTF-8.
    """
    text = data.decode(ENCODING)
    return text[1:] if data.startswith(codecs.BOM_UTF8) else text
