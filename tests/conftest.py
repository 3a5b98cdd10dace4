"""What holds for every test: paranoid mode is on, and random input is the same on every run."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

# Before anything of the product is imported, and for every process that a test starts:
# each incremental result is compared with one computed from scratch.
os.environ["REFEREE_PARANOID"] = "1"
# Nothing is kept in the cache of whoever runs the tests.
os.environ["REFEREE_CACHE_DIR"] = ""

# Whoever runs the tests in the background may ignore Ctrl-C, which processes would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.support.fixtures"]
pytest.register_assert_rewrite("tests.support")

FEW_ROUNDS = 20


def pytest_configure() -> None:
    """Choose between few rounds that repeat exactly, and the many new ones of `make fuzz`."""
    settings.register_profile("few", max_examples=50, deadline=None, derandomize=True)
    settings.register_profile("many", max_examples=rounds_to_run(), deadline=None)
    settings.load_profile("few" if rounds_to_run() == FEW_ROUNDS else "many")


@pytest.fixture(scope="session")
def fuzz_rounds() -> int:
    """Rounds of random input to run: few in `make test`, many in `make fuzz`."""
    return rounds_to_run()


def rounds_to_run() -> int:
    return int(os.environ.get("REFEREE_FUZZ_ROUNDS", FEW_ROUNDS))
