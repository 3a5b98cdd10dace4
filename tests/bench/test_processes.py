"""What is told of a process that the benchmark runs."""

from __future__ import annotations

import os
import sys

import pytest

from tests.bench.client import ServerFailed
from tests.bench.processes import run_with_memory

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no memory")


def test_the_memory_of_a_process_is_its_own() -> None:
    held = b"\1" * 200_000_000
    little = run_with_memory((sys.executable, "-S", "-c", "pass"), os.environ)
    much = run_with_memory((sys.executable, "-S", "-c", "b'1' * 100_000_000"), os.environ)
    assert 0 < little.peak < 50_000_000 < len(held)
    assert much.peak > 100_000_000
    assert much.seconds > 0


def test_a_process_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(ServerFailed, match="ended with 3: no such thing"):
        run_with_memory(
            (sys.executable, "-c", "import sys; print('no such thing'); sys.exit(3)"), os.environ
        )
