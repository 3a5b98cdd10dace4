"""Work beside the loop: whatever it ends with is told, and later work is still done."""

from __future__ import annotations

import threading

import pytest

from referee.lsp.background import Aborted, Afterwards, Worker

PATIENCE = 30


class Panic(BaseException):
    """What compiled code raises where it gives up; no `Exception`."""


@pytest.mark.parametrize("end", [ValueError("a"), Panic("b"), SystemExit(3), KeyboardInterrupt()])
def test_the_worker_outlives_whatever_its_work_ends_with(end: BaseException) -> None:
    failures: list[Exception] = []
    outcomes: list[object] = []
    woken = threading.Semaphore(0)
    worker = Worker(failures.append, woken.release)

    def fail() -> object:
        raise end

    worker.start(fail, outcomes.append)
    worker.start(lambda: 1, outcomes.append)
    assert all(woken.acquire(timeout=PATIENCE) for _ in range(2))
    assert worker.deliver()
    assert outcomes == [None, 1]
    (failure,) = failures
    assert failure is end or (isinstance(failure, Aborted) and failure.__cause__ is end)


def test_work_on_the_loop_that_panics_is_told_and_the_next_is_done() -> None:
    failures: list[Exception] = []
    outcomes: list[object] = []
    afterwards = Afterwards(failures.append)

    def fail() -> object:
        raise Panic("b")

    afterwards.start(fail, outcomes.append)
    afterwards.start(lambda: 1, outcomes.append)
    assert afterwards.deliver()
    assert outcomes == [None, 1]
    assert [str(failure) for failure in failures] == ["The work ended with Panic: b"]


def test_an_interruption_of_the_loop_itself_goes_on_to_the_process() -> None:
    afterwards = Afterwards(lambda failure: None)

    def fail() -> object:
        raise KeyboardInterrupt

    afterwards.start(fail, lambda outcome: None)
    with pytest.raises(KeyboardInterrupt):
        afterwards.deliver()
