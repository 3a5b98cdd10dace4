"""A bar on standard error that says what a long run is doing; only a terminal gets to see it."""

from __future__ import annotations

import os
import sys
import time


class Bar:
    """The bar: it is drawn over itself, and taken away before anything else is said.

    It appears only `after` some seconds of a run.
    """

    _CELLS = 24

    def __init__(self, after: float = 0) -> None:
        self._is_shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._from = time.monotonic() + after
        self._width = 0

    def show(self, what: str, number: int = 0, of: int = 0) -> None:
        """Say what is being done, and how much of it is finished where that is known."""
        if not self._is_shown or time.monotonic() < self._from:
            return
        import shutil

        line = f"{what} ..."
        if of > 0:
            full = self._CELLS * min(number, of) // of
            line = f"[{'#' * full}{'.' * (self._CELLS - full)}] {number}/{of} {what}"
        line = line[: shutil.get_terminal_size((80, 24)).columns - 1]
        self._write("\r" + line.ljust(self._width))
        self._width = len(line)

    def clear(self) -> None:
        """Take the line away again."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            # That nobody looks any more is no reason to fail.
            self._is_shown = False
