"""Keeps what replays of migrations gave in the user's cache folder, for the next run.

What is kept can be made again, so whatever is wrong with it, it is as if it were not there: a file
that was cut off or changed, of another version, or a folder that cannot be written.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from referee import __version__
from referee.text.decoding import ENCODING

if TYPE_CHECKING:
    from referee.migrations.history import History
    from referee.migrations.snapshot import Snapshot

# Which folder keeps them; the empty text keeps nothing.
FOLDER_VARIABLE = "REFEREE_CACHE_DIR"
# Shorter histories are replayed as quickly as they are read back.
WORTH_KEEPING = 12
_MOST_BYTES = 64 << 20
_MOST_FILES = 256
# How far behind a replay may be to be looked for.
_MOST_STEPS = 40
_ENDING = ".replay"
_DIGEST = 32
# A whole snapshot of the largest project known takes two million bytes; a bomb takes more.
_MOST_UNPACKED = 256 << 20


def cache_folder() -> Path | None:
    """Return the folder in which replays are kept; None if nothing is to be kept."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named is not None:
        return Path(named) if named else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # The home of somebody who has none stays as it is written.
    if not base or not os.path.isabs(base):
        return None
    return Path(base) / "referee"


def kept_replay(
    history: History, provider: str, namespace: str | None, most: int
) -> Snapshot | None:
    """Return the longest replay that is kept of the first migrations, `most` of them at most."""
    folder = cache_folder()
    if folder is None or most < WORTH_KEEPING or not os.path.isdir(folder):
        return None
    chain = history.chain()
    for count in range(most, max(WORTH_KEEPING, most - _MOST_STEPS) - 1, -1):
        path = folder / _file_name(history.path, chain[count - 1], provider, namespace)
        snapshot = _read(path)
        if snapshot is not None and snapshot.count == count:
            with suppress(OSError):
                os.utime(path)
            return snapshot
    return None


def keep_replay(snapshot: Snapshot, history: History, provider: str, namespace: str | None) -> None:
    """Keep a replay; that it cannot be kept is no reason to fail."""
    folder = cache_folder()
    if folder is None or snapshot.count < WORTH_KEEPING:
        return
    from referee.migrations.snapshot import as_json  # noqa: PLC0415

    path = folder / _file_name(history.path, snapshot.key, provider, namespace)
    if path.exists():
        return
    payload = zlib.compress(as_json(snapshot).encode(), 1)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, hashlib.sha256(payload).digest() + payload)
        _make_room(folder, path)


def _file_name(place: str, key: str, provider: str, namespace: str | None) -> str:
    parts = (_program(), place, key, provider, namespace or "")
    return (
        hashlib.sha256("\0".join(parts).encode(ENCODING, "surrogateescape")).hexdigest() + _ENDING
    )


@cache
def _program() -> str:
    """Return what tells one version of the program from another, however it was installed."""
    from referee.migrations.snapshot import VERSION  # noqa: PLC0415
    from referee.migrations.sql import postgres_reader  # noqa: PLC0415

    reader = "postgres" if postgres_reader.is_installed() else "tokens"
    stamps = stamps_of_code(Path(__file__).parent.parent)
    return "\n".join([__version__, str(VERSION), reader, *stamps])


def stamps_of_code(home: Path) -> list[str]:
    """Return what changes with any file, below the package `home`, that a replay depends on."""
    stamps: list[str] = []
    for layer in ("ddl", "migrations"):
        for folder, inner, names in os.walk(home / layer):
            # What speaks with databases replays nothing.
            inner[:] = sorted(name for name in inner if name not in ("database", "__pycache__"))
            for name in sorted(names):
                if name.endswith(".py"):
                    with suppress(OSError):
                        status = os.stat(os.path.join(folder, name))
                        stamps.append(f"{name} {status.st_mtime_ns} {status.st_size}")
    return stamps


def _read(path: Path) -> Snapshot | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    from referee.migrations.snapshot import from_json  # noqa: PLC0415

    digest, payload = content[:_DIGEST], content[_DIGEST:]
    snapshot = None
    if hashlib.sha256(payload).digest() == digest:
        with suppress(zlib.error, ValueError, RecursionError):
            text = zlib.decompressobj().decompress(payload, _MOST_UNPACKED).decode()
            snapshot = from_json(text)
    if snapshot is None:
        with suppress(OSError):
            path.unlink()
    return snapshot


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whoever else writes it at the same time."""
    handle, name = tempfile.mkstemp(prefix=".new-", suffix=_ENDING, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise


def _make_room(folder: Path, newest: Path) -> None:
    """Remove what was not used for longest, until the folder is small enough again."""
    kept: list[tuple[int, int, Path]] = []
    for path in _replays_in(folder):
        with suppress(OSError):
            status = path.stat()
            kept.append((status.st_mtime_ns, status.st_size, path))
    kept.sort(reverse=True)
    size = 0
    for number, (_, length, path) in enumerate(kept):
        size += length
        if path != newest and (number >= _MOST_FILES or size > _MOST_BYTES):
            with suppress(OSError):
                path.unlink()


def _replays_in(folder: Path) -> Iterable[Path]:
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if entry.name.endswith(_ENDING)]
