"""Compares what a computation costs for an input and for one four times as long.

The cost is counted in lines of Python that run, which is the same on every machine and at every
load. What takes long within one line, such as a regular expression that tries again and again,
is seen only by processor time, which `make fuzz` measures.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

FACTOR = 4
# Linear is 4 and quadratic 16; between them is room for logarithms and for what is paid once.
MOST_GROWTH = 7.0
# For what is compared in pairs and always few, such as the indexes of one model; cubic is 64.
MOST_GROWTH_OF_PAIRS = 24.0
# Processor time is noisy, so it is given more room and further tries.
ROOM_FOR_NOISE = 1.4
# Below this, what is measured is the clock and not the computation.
LEAST_SECONDS = 0.01
TRIES = 4


def assert_grows_linearly(
    cost: Callable[[int], Callable[[], object]], size: int, most: float = MOST_GROWTH
) -> None:
    """Fail if four times the input runs much more than four times as many lines.

    `cost(n)` makes ready an input of length n and returns the computation.
    """
    # What is paid once in a process is paid here; what is kept of this text serves no other.
    cost(size // 8)()
    small = lines_run(cost(size))
    large = lines_run(cost(FACTOR * size))
    assert large / small <= most, (
        f"{FACTOR} times the input ({FACTOR * size}) ran {large / small:.0f} times as many lines"
    )


def assert_time_grows_linearly(
    cost: Callable[[int], Callable[[], object]], size: int, most: float = MOST_GROWTH
) -> None:
    """Fail if four times the input takes much more than four times the processor time.

    The size grows until the computation takes long enough to be measured.
    """
    while seconds(cost(size)) < LEAST_SECONDS and size < 200_000:
        size *= 2
    seen = []
    for _ in range(TRIES):
        small = max(min(seconds(cost(size)), seconds(cost(size))), LEAST_SECONDS / 2)
        large = seconds(cost(FACTOR * size))
        seen.append(large / small)
        if seen[-1] <= most * ROOM_FOR_NOISE:
            return
    raise AssertionError(
        f"{FACTOR} times the input ({FACTOR * size}) took {min(seen):.0f} times as long"
    )


def lines_run(computation: Callable[[], object]) -> int:
    """Return how many lines of Python a computation runs."""
    count = 0

    def count_line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return count_line

    before = sys.gettrace()
    sys.settrace(count_line)
    try:
        computation()
    finally:
        sys.settrace(before)
    return count


def seconds(computation: Callable[[], object]) -> float:
    """Return how much processor time a computation takes."""
    gc.collect()
    started = time.process_time()
    computation()
    return time.process_time() - started
