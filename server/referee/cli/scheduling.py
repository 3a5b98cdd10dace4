"""Has schemas judged one after the other, or in several processes where that is quicker."""

from __future__ import annotations

import os
from collections.abc import Sequence

from referee.cli.judging import Assignment, Verdict, judge_schema
from referee.cli.progress import Bar

# With fewer bytes of schema for each of them, processes cost more than they save: each has to
# start first, and hands back its verdicts whole.
_WORTH_A_PROCESS = 300_000


def judge_schemas(assignments: Sequence[Assignment]) -> list[Verdict]:
    """Return the verdicts in the order of the assignments."""
    processes = _processes(assignments)
    # A plain check is nearly always over before anybody could read what is said of it.
    is_asked_for = any(each.migrations and each.migrations.is_asked_for for each in assignments)
    bar = Bar(after=0 if is_asked_for else 0.7)
    try:
        if processes > 1:
            verdicts = _judge_in_processes(assignments, processes, bar)
            if verdicts is not None:
                return verdicts
        return _judge_here(assignments, bar)
    finally:
        bar.clear()


def _judge_here(assignments: Sequence[Assignment], bar: Bar) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for assignment in assignments:
        if len(assignments) > 1:
            bar.show("judging schemas", len(verdicts), len(assignments))
        verdicts.append(judge_schema(assignment, bar.show))
    return verdicts


def _judge_in_processes(
    assignments: Sequence[Assignment], processes: int, bar: Bar
) -> list[Verdict] | None:
    """Return the verdicts, or None where the machine lets nobody start processes."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    # The largest go first, so that no process is left with one of them when the others are done.
    by_size = sorted(range(len(assignments)), key=lambda number: -_size(assignments[number]))
    try:
        with ProcessPoolExecutor(processes, initializer=_prepare_process) as pool:
            try:
                futures = {
                    number: pool.submit(judge_schema, assignments[number]) for number in by_size
                }
                for finished, _ in enumerate(as_completed(futures.values()), 1):
                    bar.show("judging schemas", finished, len(assignments))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except (BrokenProcessPool, ImportError, OSError, NotImplementedError):
        return None
    return [futures[number].result() for number in range(len(assignments))]


def _processes(assignments: Sequence[Assignment]) -> int:
    """Return how many processes pay, by the size of the schemas and the cores there are."""
    # Files are written by one process, since a pool that breaks half-way cannot be run again.
    if len(assignments) < 2 or any(each.mending == "write" for each in assignments):
        return 1
    size = sum(_size(assignment) for assignment in assignments)
    return max(1, min(_cores(), len(assignments), size // _WORTH_A_PROCESS))


def _size(assignment: Assignment) -> int:
    size = 0
    for path in assignment.schema.files:
        try:
            size += path.stat().st_size
        except OSError:
            continue
    return size


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _prepare_process() -> None:
    """Leave the interrupt key to the process that started this one, and garbage where it is."""
    import gc
    import signal

    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
