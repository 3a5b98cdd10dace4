"""Reads one file, or says in a sentence why it cannot be read; knows nothing of Prisma.

What a folder keeps to itself and links that go in a circle are facts of life here: `pathlib`
raises on them, so this layer asks `os.path`, which does not.
"""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import Path

from referee.text.decoding import ENCODING, decode

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file, without a byte order mark and with its own line ends."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file without text: the reason is a sentence, line and column count from 1.

    Line and column are 1 where the reason is not about one place of the file.
    """

    path: Path
    reason: str
    line: int = 1
    column: int = 1


def real_path(path: Path) -> Path:
    """Return the absolute path that no link leads to; raises nothing, whatever is there."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:
        # A NUL byte, as a setting may have it: no file is called that.
        return path


def read_source(path: Path) -> SourceText | Unreadable:
    """Return the text of the file at `path`, or why there is none; raises nothing."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Unreadable(path, "The file does not exist.")
    except PermissionError:
        # Windows gives this answer for a folder as well.
        reason = "This is a folder, not a file." if path.is_dir() else _NO_PERMISSION
        return Unreadable(path, reason)
    except IsADirectoryError:
        return Unreadable(path, "This is a folder, not a file.")
    except (OSError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else None
        return Unreadable(path, f"The file cannot be read: {why or failure}.")
    try:
        return SourceText(path, decode(data))
    except UnicodeDecodeError as failure:
        return _not_unicode(path, data, failure.start)


_NO_PERMISSION = "The file may not be read: permission is denied."


def _not_unicode(path: Path, data: bytes, offset: int) -> Unreadable:
    """Say where the first byte lies that is not UTF-8; what is before it surely is."""
    ends = [end.end() for end in _LINE_END.finditer(data, 0, offset)]
    start = ends[-1] if ends else 0
    line = len(ends) + 1
    column = len(decode(data[start:offset])) + 1
    reason = (
        f"The file is not {ENCODING}: byte 0x{data[offset]:02x} at offset {offset}, on line {line},"
        " does not belong to a character."
    )
    return Unreadable(path, reason, line, column)
