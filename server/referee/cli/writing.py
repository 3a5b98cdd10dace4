"""Writes files whole or not at all: the text of one anew, or some that are not there together."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
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


def remove_unfinished(place: Path, is_unfinished: Callable[[str], bool]) -> list[Path]:
    """Remove the folders that a killed `write_new_together` left at a place or beside it.

    Those that somebody is writing now, and those with anything in them but files, stay.
    """
    removed: list[Path] = []
    for base in (place, place.parent):
        with suppress(OSError):
            for path in sorted(base.iterdir()):
                if not is_unfinished(path.name) or path.is_symlink() or not path.is_dir():
                    continue
                with suppress(OSError), _held(path) as is_ours:
                    if is_ours and all(each.is_file() for each in path.iterdir()):
                        _remove_folder(path)
                        removed.append(path)
    return removed


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
    """Write a folder under another name, and move it to its own once it is whole.

    It is written beside the folder that is to hold it, where Prisma takes no folder for a
    migration, whatever becomes of this process.
    """
    import tempfile

    if os.path.lexists(path):
        raise FileExistsError(17, "file exists")
    beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=_base_of_unfinished(path.parent)))
    try:
        with _held(beside):
            for name, text in contents:
                (beside / name).write_bytes(text.encode(ENCODING))
            os.chmod(beside, _usual_mode(0o777))
            beside.rename(path)
    except BaseException:
        _remove_folder(beside)
        raise


def _base_of_unfinished(place: Path) -> Path:
    """Return the folder above, where things can be moved from there to the place."""
    above = place.parent
    with suppress(OSError):
        if above.stat().st_dev == place.stat().st_dev and os.access(above, os.W_OK | os.X_OK):
            return above
    return place


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder, so that no other process takes it for a left one; tell whether it is held.

    Windows locks no folders: there one is left that nobody has touched for an hour.
    """
    if sys.platform == "win32":
        yield time.time() - folder.stat().st_mtime > 3600
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _remove_folder(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def _usual_mode(of: int) -> int:
    mask = os.umask(0)
    os.umask(mask)
    return of & ~mask
