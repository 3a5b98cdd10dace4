"""Notices that files and folders on disk changed, for editors that do not tell.

What is remembered of each is what the disk says of it, not what is in it.
It deliberately runs no thread and no timer: it looks when it is asked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

# A file changed again within the clock tick in which it was looked at may look the same.
_TICK = 50_000_000


class _Look(NamedTuple):
    """What the disk says of a path; all zero where nothing is there."""

    changed: int
    size: int
    inode: int


_NOTHING = _Look(0, 0, 0)


class DiskWatch:
    """What some paths looked like when they were last looked at."""

    def __init__(self) -> None:
        self._looks: dict[Path, _Look | None] = {}

    @property
    def paths(self) -> Collection[Path]:
        """The paths that are looked at."""
        return self._looks.keys()

    def watch(self, paths: Iterable[Path]) -> None:
        """Look at these paths from now on and at no others; what is known of them is kept."""
        known = self._looks
        self._looks = {path: known[path] if path in known else _look(path) for path in paths}

    def note(self, path: Path) -> None:
        """Remember what a watched path looks like now."""
        if path in self._looks:
            self._looks[path] = _look(path)

    def changed(self) -> set[Path]:
        """Return the paths that look different than before, and remember how they look now."""
        changed: set[Path] = set()
        for path, before in self._looks.items():
            now = _look(path)
            if now is None or now != before:
                changed.add(path)
                self._looks[path] = now
        return changed


def _look(path: Path) -> _Look | None:
    """Return how a path looks; None if it changed so lately that its look cannot be trusted."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return _NOTHING
    look = _Look(found.st_mtime_ns, found.st_size, found.st_ino)
    return None if 0 <= time.time_ns() - look.changed < _TICK else look
