"""A real terminal, which is tmux's: an editor runs in it, and a test presses keys and reads.

The test waits by being told of each change of the screen; there is no clock in it but the one that
gives up. It deliberately knows no editor.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType

from tests.support.needs import need

_PATIENCE = 180.0
_COLUMNS, _ROWS = 130, 40


def need_tmux() -> None:
    """Skip the test where there is no tmux; fail on CI."""
    need("tmux", "install the package `tmux`", shutil.which("tmux") is not None)


class Terminal:
    """A terminal with one program in it; the program ends with the `with` block."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._command, self._folder, self._environment = command, folder, environment
        # The path of a socket may not be long, which that of a test's folder is.
        self._home = Path(tempfile.mkdtemp(prefix="referee-"))
        self._changes: SimpleQueue[None] = SimpleQueue()

    def __enter__(self) -> Terminal:
        size = ("-x", str(_COLUMNS), "-y", str(_ROWS))
        (self._home / "tmux.conf").write_text("set -g escape-time 0\n", encoding="utf-8")
        self._tmux("new-session", "-d", *size, "-c", str(self._folder), *self._command)
        # In control mode tmux tells of each change of the screen.
        self._watcher = subprocess.Popen(
            [*self._base, "-C", "attach"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        self._listening = threading.Thread(target=self._watch, daemon=True)
        self._listening.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watcher.poll() is None:
            self._tmux("kill-server")
            self._watcher.wait()
        self._listening.join()
        for stream in (self._watcher.stdin, self._watcher.stdout):
            if stream is not None:
                stream.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def press(self, *keys: str) -> None:
        """Press keys by their names, as in `Enter`, `Escape` and `C-x`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """Return what can be seen."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, what: str, is_so: Callable[[str], bool]) -> str:
        """Wait until something is so on the screen, and return the screen."""
        give_up = time.monotonic() + _PATIENCE
        while not is_so(screen := self.screen()):
            try:
                self._changes.get(timeout=max(0.0, give_up - time.monotonic()))
            except Empty:
                shown = "\n".join(line for line in screen.splitlines() if line not in ("", "~"))
                raise AssertionError(f"waited for {what}; the screen shows:\n{shown}") from None
            while not self._changes.empty():
                self._changes.get()
        return screen

    def wait_for_text(self, *texts: str) -> str:
        """Wait until texts stand on the screen, and return the screen."""
        return self.wait_for(repr(texts), lambda screen: all(text in screen for text in texts))

    def wait_for_the_end(self) -> None:
        """Wait until the program has ended by itself."""
        try:
            self._watcher.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end; the screen shows:\n{self.screen()}") from None

    @property
    def _base(self) -> tuple[str, ...]:
        return ("tmux", "-S", str(self._home / "socket"), "-f", str(self._home / "tmux.conf"))

    def _tmux(self, *words: str) -> str:
        run = subprocess.run(
            [*self._base, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert run.returncode == 0, f"tmux {words[0]}: {run.stderr}"
        return run.stdout

    def _watch(self) -> None:
        assert self._watcher.stdout is not None
        # The first line says that tmux is attached: what changed before was told to nobody.
        for _ in self._watcher.stdout:
            self._changes.put(None)
