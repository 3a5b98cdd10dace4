"""Compares what a computation costs for an input and for one four times as long.

It deliberately looks at processor time and at the ratio only: no machine is too slow for it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

FACTOR = 4
# Linear is 4 and quadratic 16; between them is room for logarithms and for noise.
MOST_GROWTH = 9.0
# For what is compared in pairs and always few, such as the indexes of one model; cubic is 64.
MOST_GROWTH_OF_PAIRS = 24.0
# Below this, what is measured is the clock and not the computation.
LEAST_SECONDS = 0.01
TRIES = 4


def assert_grows_linearly(
    cost: Callable[[int], Callable[[], object]], size: int, most: float = MOST_GROWTH
) -> None:
    """Fail if four times the input takes much more than four times as long.

    `cost(n)` makes ready an input of length n and returns the computation. The size grows until
    the computation takes long enough to be measured.
    """
    while seconds(cost(size)) < LEAST_SECONDS and size < 200_000:
        size *= 2
    seen = []
    for _ in range(TRIES):
        small = max(min(seconds(cost(size)), seconds(cost(size))), LEAST_SECONDS / 2)
        large = seconds(cost(FACTOR * size))
        seen.append(large / small)
        if seen[-1] <= most:
            return
    raise AssertionError(
        f"{FACTOR} times the input ({FACTOR * size}) took {min(seen):.0f} times as long"
    )


def seconds(computation: Callable[[], object]) -> float:
    """Return how much processor time a computation takes."""
    gc.collect()
    started = time.process_time()
    computation()
    return time.process_time() - started
