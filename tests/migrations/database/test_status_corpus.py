"""Databases to which all migrations of real projects were applied: none of them has drifted."""

from __future__ import annotations

import pytest

from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.sqlite import sqlite_database
from referee.migrations.drift import drift_of
from referee.migrations.evidence import read_history
from referee.migrations.history import History
from tests.migrations.corpus import history_of_unit, provider_of, units_with_migrations
from tests.support.corpus import CorpusUnit, has_corpus, require_corpus
from tests.support.databases import fresh_postgresql


def units(provider: str) -> list[CorpusUnit]:
    known = units_with_migrations("postgresql", "sqlite") if has_corpus() else ()
    return [unit for unit in known if unit.provider == provider]


@pytest.mark.parametrize("unit", units("sqlite"), ids=lambda unit: unit.name)
def test_a_file_of_sqlite_has_not_drifted(unit: CorpusUnit) -> None:
    require_corpus()
    with sqlite_database() as connection:
        check(unit, connection)


@pytest.mark.slow
@pytest.mark.parametrize("unit", units("postgresql"), ids=lambda unit: unit.name)
def test_a_database_of_postgresql_has_not_drifted(unit: CorpusUnit) -> None:
    require_corpus()
    with fresh_postgresql() as connection:
        check(unit, connection)


def check(unit: CorpusUnit, connection: Connection) -> None:
    """Apply what can be applied and compare; then drop a column by hand and find that alone."""
    history = history_of_unit(unit.name)
    applied: list[str] = []
    for migration in history.migrations:
        try:
            connection.run_script(migration.text or "")
        except DatabaseError:
            break
        applied.append(migration.name)
    kept = tuple(each for each in history.migrations if each.name in applied)
    made = read_history(History(history.path, kept), provider_of(unit)).made
    assert drift_of(catalog_of(connection), made) == ()
    if not made.tables:
        return
    name = max(made.tables, key=str)
    quoted = f'"{name.namespace}"."{name.name}"' if name.namespace else f'"{name.name}"'
    connection.execute(f'ALTER TABLE {quoted} ADD COLUMN "by_hand" INTEGER')
    (change,) = drift_of(catalog_of(connection), made)
    assert (change.kind, change.part, change.owner, change.name) == (
        "drop",
        "column",
        name,
        "by_hand",
    )
