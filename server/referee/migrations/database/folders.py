"""Temporary folders of throwaway servers, and the removal of those that a killed run left.

A folder belongs to the process that holds the lock on the file in it: the operating system lets
go of it however the process ends, and the next run removes folders whose lock is free.
It deliberately knows nothing of what a server keeps in its folder, except the files in which
servers write their process ids.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A folder is made under the first name, lives under the second and is removed under the third, so
# that at every moment its name says whether its lock means anything.
_UNFINISHED = "referee+"
_LIVING = "referee-"
_DYING = "referee~"
_LOCK = "lock"
# Linux takes 107 bytes for the path of a socket, macOS and the BSDs 103; the rest is for what
# stands below the folder, as in /data/.s.PGSQL.5432.
_NAMES = re.compile(r"referee(?:[-~](?:pg|my|sl)-|\+\d+-)\w+")
_LONGEST_BASE = 103 - len("/referee-pg-12345678/s/.s.PGSQL.5432")


@contextlib.contextmanager
def throwaway_folder(kind: str) -> Iterator[Path]:
    """Make a temporary folder with a short path, which is removed at the end or by the next run."""
    remove_stale_folders()
    path, lock = _make_folder(kind)
    try:
        yield path
    finally:
        if sys.platform == "win32":  # where an open file keeps its folder from being renamed
            os.close(lock)
            remove_folder(path)
        else:
            remove_folder(path)
            os.close(lock)


def remove_stale_folders() -> list[Path]:
    """Remove the folders whose process is gone, end the servers that still run in them."""
    removed: list[Path] = []
    for base in _bases():
        for path in _candidates(base):
            with contextlib.suppress(OSError):
                if _is_stale(path):
                    for pid in server_pids(path):
                        _end_server(pid, path)
                    remove_folder(path)
                    removed.append(path)
    return removed


def remove_folder(path: Path) -> None:
    """Remove a folder of ours, also while a dying server still writes into it."""
    dying = path.with_name(_DYING + path.name[len(_LIVING) :])
    with contextlib.suppress(OSError):
        path.rename(dying)
    for _ in range(5):
        shutil.rmtree(dying, ignore_errors=True)
        if not dying.exists():
            return


def server_pids(path: Path) -> list[int]:
    """Return the process ids that servers wrote into the folder."""
    found: list[int] = []
    for file in (path / "data" / "postmaster.pid", path / "server.pid"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found.append(int(file.read_bytes().split()[0]))
    return found


def is_running(pid: int) -> bool:
    """Tell whether a process of that number exists."""
    if sys.platform == "win32":
        listing = ["tasklist", "/NH", "/FI", f"PID eq {pid}"]
        found = subprocess.run(listing, capture_output=True, text=True, check=False)
        return str(pid) in found.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line_of(pid: int) -> str | None:
    """Return the command line of a running process, None where there is none or no telling."""
    try:
        text = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ")
    except OSError:
        text = ""
    if text or Path("/proc/self/cmdline").exists() or sys.platform == "win32":
        return text.strip() or None
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip() or None


def _end_server(pid: int, path: Path) -> None:
    """End a server that runs in a stale folder, and nothing else that has its number now."""
    command = command_line_of(pid)
    if command is None or str(path) not in command:
        return
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def _bases() -> list[Path]:
    """Return where temporary folders may stand, the usual place first."""
    usual = Path(tempfile.gettempdir())
    if sys.platform == "win32":
        return [usual]
    bases = [usual] if len(os.fsencode(usual)) <= _LONGEST_BASE else []
    bases += [Path(base) for base in ("/tmp", "/var/tmp") if Path(base) != usual]
    return [base for base in bases if base.is_dir() and os.access(base, os.W_OK)] or [usual]


def _make_folder(kind: str) -> tuple[Path, int]:
    prefix = f"{_UNFINISHED}{os.getpid()}-"
    unfinished = Path(tempfile.mkdtemp(prefix=prefix, dir=_bases()[0]))
    path = unfinished.with_name(f"{_LIVING}{kind}-{unfinished.name[len(prefix) :]}")
    lock = os.open(unfinished / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    _take_lock(lock)
    if sys.platform == "win32":  # where an open file keeps its folder from being renamed
        os.close(lock)
        unfinished.rename(path)
        lock = os.open(path / _LOCK, os.O_RDWR)
        _take_lock(lock)
    else:
        unfinished.rename(path)
    return path, lock


def _candidates(base: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(base) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if _NAMES.fullmatch(entry.name)
            and entry.is_dir(follow_symlinks=False)
            and (sys.platform == "win32" or entry.stat(follow_symlinks=False).st_uid == os.getuid())
        ]
    return []


def _is_stale(path: Path) -> bool:
    if path.name.startswith(_DYING):
        return True
    if path.name.startswith(_UNFINISHED):
        return not is_running(int(path.name[len(_UNFINISHED) :].partition("-")[0]))
    try:
        lock = os.open(path / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        _take_lock(lock)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _take_lock(file: int) -> None:
    """Lock an open file for this process, or raise OSError where another process holds it."""
    if sys.platform == "win32":
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
