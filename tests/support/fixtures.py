"""Fixtures that tests share; conftest.py takes them in with `pytest_plugins`.

It deliberately holds only what needs setting up and taking down.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.official import OfficialValidator, require_official


@pytest.fixture(scope="session")
def official() -> Iterator[OfficialValidator]:
    """The official validator, one process for the whole run."""
    require_official()
    with OfficialValidator() as validator:
        yield validator
