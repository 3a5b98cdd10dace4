"""Writes the text of a file anew, whole or not at all, and keeps what is not text as it was."""

from __future__ import annotations

import os
from pathlib import Path

from referee.text.decoding import ENCODING

BYTE_ORDER_MARK = "\ufeff"


class NotWritten(Exception):
    """A file was left as it is; the text is a sentence that says why."""


def replace_text(path: Path, before: str, after: str) -> None:
    """Put the text `after` where the file holds `before`, in one step.

    Line ends are those of the text; a byte order mark and the permissions stay. Raises NotWritten
    if the file holds another text by now, or cannot be written.
    """
    try:
        present = path.read_bytes().decode(ENCODING)
        mark = BYTE_ORDER_MARK if present.startswith(BYTE_ORDER_MARK) else ""
        if present != mark + before:
            raise NotWritten(
                f"{path} was changed meanwhile by somebody else, so it is left as it is."
            )
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "permission is denied")
        write_whole(path, mark + after, mode=path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as failure:
        raise NotWritten(f"{path} cannot be written: {reason_of(failure)}.") from failure


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there; raises NotWritten if it is, or cannot be written."""
    try:
        with path.open("xb") as file:
            file.write(text.encode(ENCODING))
    except OSError as failure:
        raise NotWritten(f"{path} cannot be written: {reason_of(failure)}.") from failure


def write_whole(path: Path, text: str, mode: int | None = None) -> None:
    """Write a file in one step, so that no reader and no crash ever sees half of it."""
    import tempfile

    path = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode(ENCODING))
        os.chmod(name, _usual_mode() if mode is None else mode & 0o7777)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def reason_of(failure: Exception) -> str:
    """Return why something failed, as the end of a sentence without its stop."""
    words = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return words[:1].lower() + words[1:].rstrip(".")


def _usual_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
