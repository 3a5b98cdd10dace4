"""A browser for all tests of this folder, and pages for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from referee.cli.main import main
from tests.bench.schemas import schema
from tests.relation_map.browser import Browser, need_browser

ORCHARD = Path(__file__).parents[2] / "examples" / "orchard"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with Browser(need_browser()) as started:
        yield started


@pytest.fixture(scope="session")
def orchard_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example schema, as the command line writes it."""
    path = tmp_path_factory.mktemp("orchard") / "relations.html"
    assert main(["graph", str(ORCHARD), "--format", "html", "--output", str(path)]) == 0
    return path


@pytest.fixture(scope="session")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a schema of 400 models in one file."""
    folder = tmp_path_factory.mktemp("large")
    source, path = folder / "schema.prisma", folder / "relations.html"
    source.write_text(schema(400), encoding="utf-8")
    assert main(["graph", str(source), "--format", "html", "--output", str(path)]) == 0
    return path
