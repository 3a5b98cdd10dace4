"""Projects as people write them by hand, every script of which the database takes.

The scripts stand in `taken_scripts/`, a file for each database. What the database takes, the replay
must not call broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from referee.migrations.database.connection import Connection
from referee.migrations.database.sqlite import sqlite_database
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_from_tokens, parse_script
from referee.schema.providers import Provider
from tests.support.databases import fresh_mysql, fresh_postgresql

SCRIPTS = Path(__file__).parent / "taken_scripts"
_PROJECT = re.compile(r"^-- project: (?P<name>\w+)\n", re.MULTILINE)
_NEXT = "-- next migration\n"


def projects(provider: Provider) -> list[ParameterSet]:
    """Return the scripts of each project under its name."""
    _, *parts = _PROJECT.split((SCRIPTS / f"{provider}.sql").read_text("utf-8"))
    return [
        pytest.param(text.split(_NEXT), id=name)
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


@pytest.mark.parametrize("scripts", projects("postgresql"))
def test_nothing_that_postgresql_takes_is_broken(scripts: list[str]) -> None:
    compare("postgresql", fresh_postgresql, scripts)


@pytest.mark.parametrize("scripts", projects("sqlite"))
def test_nothing_that_sqlite_takes_is_broken(scripts: list[str]) -> None:
    compare("sqlite", sqlite_database, scripts)


@pytest.mark.parametrize("scripts", projects("mysql"))
def test_nothing_that_mysql_takes_is_broken(scripts: list[str]) -> None:
    compare("mysql", fresh_mysql, scripts)


def compare(
    provider: Provider, fresh: Callable[[], AbstractContextManager[Connection]], scripts: list[str]
) -> None:
    """Run scripts, and replay them as each reader reads them."""
    with fresh() as connection:
        for script in scripts:
            connection.run_script(script)
    for read in (parse_script, parse_from_tokens):
        model = empty_database(provider)
        for script in scripts:
            parsed = read(provider, script)
            assert parsed.mistakes == (), script
            replayed = replay(model, parsed.statements)
            assert replayed.problems == (), script
            model = replayed.model
