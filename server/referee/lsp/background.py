"""Work that nobody waits for: it is done beside the loop, and its outcome is handed back to it.

What is worked on are values; nothing that the loop changes is touched from outside of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

Outcome = TypeVar("Outcome")
_Job = tuple[Callable[[], Any], Callable[[Any], None]]
_Done = tuple[Any, Exception | None, Callable[[Any], None]]


class Background(Protocol):
    """Where work is handed in."""

    def start(self, work: Callable[[], Outcome], then: Callable[[Outcome | None], None]) -> None:
        """Have something done; `then` is called on the loop with what came of it.

        That is None where it failed, which is told by then.
        """

    def deliver(self) -> bool:
        """Hand over what is done; tell whether there was anything. Called on the loop."""


class Aborted(Exception):
    """Work ended with what is no ordinary failure, such as a panic of compiled code.

    Its cause is what it ended with.
    """


class Afterwards:
    """Does the work on the loop itself, after everything that somebody waits for."""

    def __init__(self, fail: Callable[[Exception], None]) -> None:
        self._fail = fail
        self._jobs: list[_Job] = []

    def start(self, work: Callable[[], Outcome], then: Callable[[Outcome | None], None]) -> None:
        """Keep the work until `deliver` is called."""
        self._jobs.append((work, then))

    def deliver(self) -> bool:
        """Do all work that was handed in, and hand over what came of it."""
        jobs, self._jobs = self._jobs, []
        for work, then in jobs:
            try:
                outcome = work()
            except (KeyboardInterrupt, SystemExit):
                # On the loop itself, these are meant for the whole process.
                raise
            except BaseException as failure:
                self._fail(_ordinary(failure))
                then(None)
            else:
                then(outcome)
        return bool(jobs)


class Worker:
    """Does the work in one thread, in the order in which it is handed in.

    `wake` is called from that thread when something is done.
    """

    def __init__(self, fail: Callable[[Exception], None], wake: Callable[[], None]) -> None:
        self._fail = fail
        self._wake = wake
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._done: SimpleQueue[_Done] = SimpleQueue()
        self._is_running = False

    def start(self, work: Callable[[], Outcome], then: Callable[[Outcome | None], None]) -> None:
        """Hand the work to the thread, which is started with the first."""
        self._jobs.put((work, then))
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._run, name="referee-worker", daemon=True).start()

    def deliver(self) -> bool:
        """Hand over what the thread has done so far."""
        has_any = False
        while not self._done.empty():
            outcome, failure, then = self._done.get()
            has_any = True
            if failure is not None:
                self._fail(failure)
            then(outcome)
        return has_any

    def _run(self) -> None:
        while True:
            work, then = self._jobs.get()
            try:
                self._done.put((work(), None, then))
            except BaseException as failure:
                # Nothing may end this thread: nobody would start another, or tell.
                self._done.put((None, _ordinary(failure), then))
            self._wake()


def _ordinary(failure: BaseException) -> Exception:
    """Return a failure as one that can be told like all others."""
    if isinstance(failure, Exception):
        return failure
    aborted = Aborted(f"The work ended with {type(failure).__name__}: {failure}")
    aborted.__cause__ = failure
    return aborted
