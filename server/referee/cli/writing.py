"""Writes files whole or not at all: the text of one anew, or some that are not there together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
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
        _write_beside(path, text, _usual_mode(0o666), lambda beside: _move_to_new(beside, path))
    except OSError as failure:
        raise NotWritten(f"{path} cannot be written: {reason_of(failure)}.") from failure


def write_new_together(place: Path, files: Sequence[tuple[str, str]]) -> list[Path]:
    """Write files that are not there below a folder: all of them, or none.

    A file is named by its path from `place`; one in a folder below comes with the whole folder,
    which must not be there either. Returns the paths of the files. Raises NotWritten, and takes
    back whatever it made, if one is there or cannot be written.
    """
    take_back: list[Callable[[], None]] = []
    path = place
    try:
        for path in reversed([each for each in (place, *place.parents) if not each.exists()]):
            path.mkdir()
            take_back.append(path.rmdir)
        folders: dict[str, list[tuple[str, str]]] = {}
        for name, text in files:
            folder, _, inner = name.rpartition("/")
            if folder:
                folders.setdefault(folder, []).append((inner, text))
                continue
            path = place / name
            write_new(path, text)
            take_back.append(path.unlink)
        for folder, contents in folders.items():
            path = place / folder
            _write_new_folder(path, contents)
            take_back.append(partial(_remove_folder, path))
    except BaseException as failure:
        for step in reversed(take_back):
            with suppress(OSError):
                step()
        if isinstance(failure, OSError):
            raise NotWritten(f"{path} cannot be written: {reason_of(failure)}.") from failure
        raise
    return [place / name for name, _ in files]


def write_whole(path: Path, text: str, mode: int | None = None) -> None:
    """Write a file in one step, so that no reader and no crash ever sees half of it."""
    path = path.resolve()
    mode = _usual_mode(0o666) if mode is None else mode & 0o7777
    _write_beside(path, text, mode, lambda beside: os.replace(beside, path))


def reason_of(failure: Exception) -> str:
    """Return why something failed, as the end of a sentence without its stop."""
    words = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return words[:1].lower() + words[1:].rstrip(".")


def _write_beside(path: Path, text: str, mode: int, move: Callable[[str], None]) -> None:
    """Write a file under another name, and have it moved to its own once it is whole."""
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode(ENCODING))
        os.chmod(name, mode)
        move(name)
    except BaseException:
        os.unlink(name)
        raise


def _move_to_new(beside: str, path: Path) -> None:
    """Move a file to a name that nobody has: it is taken first, as moving takes it from others."""
    path.open("xb").close()
    try:
        os.replace(beside, path)
    except BaseException:
        path.unlink()
        raise


def _write_new_folder(path: Path, contents: Sequence[tuple[str, str]]) -> None:
    """Write a folder under another name, and move it to its own once it is whole."""
    import tempfile

    if os.path.lexists(path):
        raise FileExistsError(17, "file exists")
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        for name, text in contents:
            (beside / name).write_bytes(text.encode(ENCODING))
        os.chmod(beside, _usual_mode(0o777))
        beside.rename(path)
    except BaseException:
        _remove_folder(beside)
        raise


def _remove_folder(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def _usual_mode(of: int) -> int:
    mask = os.umask(0)
    os.umask(mask)
    return of & ~mask
