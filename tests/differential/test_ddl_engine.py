"""The scripts of Referee against those of Prisma's schema engine, line by line.

`ddl_differences.toml` lists the lines that differ, each with the reason.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from referee.schema.providers import Provider
from tests.differential.ddl_scripts import Scripts, made_scripts, real_scripts
from tests.support.corpus import has_corpus
from tests.support.official_ddl import require_engine

# The type checker judges for Python 3.10, where tomli stands in, on machines without tomli.
tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

DIFFERENCES = Path(__file__).with_name("ddl_differences.toml")
COVERED: tuple[Provider, ...] = ("postgresql", "cockroachdb", "sqlite")


class Line(NamedTuple):
    """A line that one script has in the place of another line of the other script."""

    schema: str
    writer: str
    text: str


@pytest.mark.parametrize("provider", COVERED)
def test_scripts_of_every_form_are_those_of_the_engine(provider: Provider) -> None:
    require_engine()
    scripts = made_scripts(provider)
    assert len(scripts) >= 3
    assert sum(each.own.count("\n") for each in scripts) > 300
    assert set(differing_lines(scripts)) == {
        line for line in explained_lines() if line.schema.startswith(f"{provider}: ")
    }


@pytest.mark.slow
def test_scripts_of_real_schemas_are_those_of_the_engine() -> None:
    require_engine()
    scripts = real_scripts()
    assert [*differing_lines(scripts)] == []
    if has_corpus():
        tables = sum(len(each.database.model.tables) for each in scripts)
        assert len(scripts) > 50
        assert tables > 1500


def test_the_example_is_among_the_real_schemas() -> None:
    require_engine()
    orchard = next(each for each in real_scripts() if each.name == "orchard")
    assert len(orchard.database.model.tables) > 100


def differing_lines(scripts: Iterable[Scripts]) -> Iterator[Line]:
    """Yield the lines of either script that the other has not in their place."""
    for each in scripts:
        engine, own = each.official.split("\n"), each.own.split("\n")
        for _, a, b, c, d in changed(engine, own):
            yield from (Line(each.name, "engine", text) for text in engine[a:b])
            yield from (Line(each.name, "referee", text) for text in own[c:d])


def changed(engine: Sequence[str], own: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    matcher = SequenceMatcher(None, engine, own, autojunk=False)
    return (each for each in matcher.get_opcodes() if each[0] != "equal")


def explained_lines() -> set[Line]:
    """Return the differences that have a reason."""
    found: set[Line] = set()
    for entry in tomllib.loads(DIFFERENCES.read_text("utf-8"))["difference"]:
        assert len(entry["why"]) > 20
        for schema in entry["schemas"]:
            for writer in ("engine", "referee"):
                found |= {Line(schema, writer, text) for text in entry[writer]}
    return found
