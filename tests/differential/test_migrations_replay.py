"""Replayed migrations against the catalogs of databases to which the same scripts were applied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referee.ddl.model import Index
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.sqlite import sqlite_database
from referee.migrations.difference import Change, difference
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from tests.migrations.corpus import history_of_unit, provider_of, units_with_migrations
from tests.support.corpus import CorpusUnit, has_corpus, require_corpus
from tests.support.databases import fresh_mysql, fresh_postgresql

# Where a real database stops, and why; what comes before is compared all the same.
STOPS = {
    "civitai+civitai": "20251117182613_post_metrics_denormalization",
    "stackernews+stacker.news": "20221106184713_item_path_index",
    "ABC-TransitionBasCarbone+bilan-carbone": "20260611085809_adding_mip_env",
    "topcoder-platform+challenge-api-v6": (
        "20251122120000_drop_phase_order_idx_allow_null_ai_reviewer"
    ),
    "oss-apps+split-pro": "20250920192654_recurrence",
    "mickasmt+next-saas-stripe-starter": "0_init",
    # MariaDB has no BIN_TO_UUID; it keeps what ran before.
    "umami-software+umami/db/mysql": "05_add_visit_id",
}
# What a replay of whole migrations cannot know: the half of one that MariaDB keeps.
LEFT = {
    "umami-software+umami/db/mysql": {("add", "column", "website_event")},
}


def units(*providers: str) -> list[CorpusUnit]:
    return (
        [
            unit
            for unit in units_with_migrations("postgresql", "sqlite", "mysql")
            if unit.provider in providers
        ]
        if has_corpus()
        else []
    )


@pytest.mark.slow
@pytest.mark.parametrize("unit", units("postgresql"), ids=lambda unit: unit.name)
def test_a_replay_equals_postgresql(unit: CorpusUnit) -> None:
    require_corpus()
    with fresh_postgresql() as connection:
        check(unit, connection)


@pytest.mark.parametrize("unit", units("sqlite"), ids=lambda unit: unit.name)
def test_a_replay_equals_sqlite(unit: CorpusUnit) -> None:
    require_corpus()
    with sqlite_database() as connection:
        check(unit, connection)


@pytest.mark.parametrize("unit", units("mysql"), ids=lambda unit: unit.name)
def test_a_replay_equals_mysql(unit: CorpusUnit) -> None:
    require_corpus()
    with fresh_mysql() as connection:
        check(unit, connection)


def check(unit: CorpusUnit, connection: Connection) -> None:
    """Apply a unit's migrations and compare what the database holds with the replay."""
    provider = provider_of(unit)
    model = empty_database(provider)
    stopped = None
    for migration in history_of_unit(unit.name).migrations:
        text = migration.text or ""
        try:
            connection.run_script(text)
        except DatabaseError:
            stopped = migration.name
            break
        model = replay(model, parse_script(provider, text).statements).model
    assert stopped == next(
        (name for start, name in STOPS.items() if unit.name.startswith(start)), None
    )
    changes = {
        (change.kind, change.part, str(change.owner))
        for change in but_for_expressions(difference(model, catalog_of(connection), is_strict=True))
    }
    allowed = next((left for start, left in LEFT.items() if unit.name.startswith(start)), set())
    assert changes == allowed


def but_for_expressions(changes: tuple[Change, ...]) -> Iterator[Change]:
    """Leave out what differs in the text of an expression alone, which a database writes anew.

    A CHECK that both have under one name, and the condition of an index, are such texts; so is
    an operator class whose type comes from an extension: the catalog knows which is the default.
    """
    checks = [(change.owner, change.name) for change in changes if change.part == "check"]
    for change in changes:
        if change.part == "check" and checks.count((change.owner, change.name)) == 2:
            continue
        if change.part == "index" and change.aspects in (("predicate",), ("columns",)):
            if change.aspects == ("columns",) and not _is_same_but_classes(change):
                yield change
            continue
        yield change


def _is_same_but_classes(change: Change) -> bool:
    made, meant = change.made, change.meant
    assert isinstance(made, Index)
    assert isinstance(meant, Index)
    return [(part.column, part.is_descending, part.expression is None) for part in made.parts] == [
        (part.column, part.is_descending, part.expression is None) for part in meant.parts
    ]
