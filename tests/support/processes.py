"""Processes that tests start: what they leave behind, and how another user runs them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534

# Where another Python finds the product and the drivers.
SEARCH_PATH = os.pathsep.join(
    [str(Path(__file__).parents[2] / "server"), *(path for path in sys.path if path)]
)


@contextmanager
def base_for_folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a base for temporary folders of one test, which every user may pass through.

    Its path is short, as the path of a socket has to be.
    """
    with tempfile.TemporaryDirectory(prefix="of-one-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o1777)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


def await_end(process_id: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    try:
        opened = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    with os.fdopen(opened, closefd=True) as watched:
        waiting = select.poll()
        waiting.register(watched, select.POLLIN)
        assert waiting.poll(30_000), f"process {process_id} still runs"


def processes_of(folder: Path) -> list[int]:
    """Return the processes on whose command line a folder stands."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in words:
            found.append(int(process.name))
    return found


def state_of_the_system(*paths: Path) -> Mapping[str, object]:
    """What starting a server as root must not change: users, and folders up to the root."""
    state: dict[str, object] = {}
    for name in ("passwd", "group", "shadow", "subuid"):
        file = Path("/etc", name)
        if file.exists() and os.access(file, os.R_OK):
            state[name] = file.read_bytes()
    for path in paths:
        for folder in (path, *path.parents):
            found = folder.stat()
            state[str(folder)] = (found.st_mode, found.st_uid, found.st_gid)
    return state


def python_for_everybody() -> str:
    """Return an interpreter of our version that nobody may run with our packages, or nothing."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/python{version}"):
        try:
            subprocess.run(
                [candidate, "-c", "import psycopg, pymysql, referee.migrations.database"],
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                env={"PYTHONPATH": SEARCH_PATH},
                capture_output=True,
                cwd="/",
                check=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    return ""
