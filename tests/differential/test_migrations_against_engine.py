"""After the migration that we write, Prisma's own schema engine finds no difference."""

from __future__ import annotations

import os
import re
from datetime import datetime
from random import Random

import pytest

from referee.ddl.of_schema import database_of
from referee.ddl.sql import create_script
from referee.engine.session import judge
from referee.migrations.evidence import read_history
from referee.migrations.history import History
from referee.migrations.replay import empty_database
from referee.migrations.writing import new_migration
from referee.schema.providers import Provider
from tests.ddl.random_schemas import random_schema
from tests.migrations.corpus import evidence_of_unit, history_of_unit, meant_by, provider_of
from tests.support.corpus import CorpusUnit, corpus_units, require_corpus
from tests.support.official_drift import OfficialRefusal, official_drift

NOW = datetime(2099, 1, 1)
ROUNDS = int(os.environ.get("REFEREE_FUZZ_ROUNDS", "0"))
# A few that differ from their migrations, in as many ways; the others are for long runs.
SAMPLE = (
    "umami-software+umami/prisma",
    "hoppscotch+hoppscotch",
    "openlit+openlit",
    "remix-run+indie-stack",
)


def units() -> list[CorpusUnit]:
    return [
        unit
        for unit in corpus_units()
        if unit.migrations is not None
        and unit.provider in ("postgresql", "sqlite")
        and (ROUNDS > 0 or unit.name.startswith(SAMPLE))
    ]


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_nothing_differs_after_the_migration_for_what_differed(unit: CorpusUnit) -> None:
    require_corpus()
    history = history_of_unit(unit.name)
    made = evidence_of_unit(unit.name).made
    meant = meant_by(unit)
    # The engine's own form of join tables is that since Prisma 6.
    found = new_migration(history, made, meant, name="x", now=NOW, join_table_form="primary-key")
    scripts = [(each.name, each.text or "") for each in history.migrations]
    if found is not None:
        scripts.append((found.name, found.script.text))
    try:
        said = official_drift(provider_of(unit), unit.files, scripts)
    except OfficialRefusal as refusal:
        pytest.skip(f"the engine cannot replay these: {str(refusal)[:200]}")
    left = blocks_of(said)
    if left:
        # What the engine would change even in the database that its own SQL makes is its noise.
        own = create_script(meant.model, meant.extensions, search_path=meant.search_path)
        left -= blocks_of(official_drift(provider_of(unit), unit.files, [("0_own", own)]))
    # The engine takes the columns that an index includes for columns of its key.
    including = [index.name for table in made for index in table.indexes if index.included]
    assert {block for block in left if not any(f'"{name}"' in block for name in including)} == set()


@pytest.mark.parametrize("provider", ["postgresql", "sqlite"])
@pytest.mark.parametrize("seed", range(max(2, ROUNDS)))
def test_nothing_differs_after_two_migrations_of_random_schemas(
    provider: Provider, seed: int
) -> None:
    random = Random(f"{provider} {seed}")
    history = History("migrations", layout="prisma")
    made = empty_database(provider)
    scripts: list[tuple[str, str]] = []
    schema = ""
    for step in range(2):
        # SQLite keeps no names of foreign keys, and the engine lets none be given.
        schema = re.sub(r', map: "fk_\w+"', "", random_schema(random, provider))
        meant = database_of(judge({"schema.prisma": schema}).view)
        assert meant is not None
        found = new_migration(history, made, meant, name=str(step), now=NOW)
        assert found is not None
        scripts.append((f"{step}_m", found.script.text))
        made = read_history(_history(scripts), provider).made
    assert official_drift(provider, {"schema.prisma": schema}, scripts) == ""


def _history(scripts: list[tuple[str, str]]) -> History:
    from referee.migrations.history import history_of

    return history_of(
        "migrations", {f"{name}/migration.sql": text.encode() for name, text in scripts}
    )


def blocks_of(sql: str) -> set[str]:
    """Return what the engine would do, without extensions, which it always makes anew."""
    return {
        block
        for block in sql.strip().split("\n\n")
        if block and not block.startswith(("-- CreateExtension", "-- This is an empty migration"))
    }


def test_the_first_migration_of_every_schema_is_what_the_engine_would_write() -> None:
    """The SQL of whole schemas is held to the engine's elsewhere; a first migration equals it."""
    require_corpus()
    compared = 0
    for unit in corpus_units():
        if unit.provider not in ("postgresql", "sqlite", "mysql"):
            continue
        provider, meant = provider_of(unit), meant_by(unit)
        history = History("migrations", layout="prisma")
        found = new_migration(history, empty_database(provider), meant, name="init", now=NOW)
        assert found is not None
        whole = create_script(meant.model, meant.extensions, search_path=meant.search_path)
        # The namespace `public` is there before the first migration.
        own = whole.replace('-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n\n', "")
        # Warnings stand in a comment in front of the statements.
        warnings, end, statements = found.script.text.rpartition("\n*/\n")
        assert statements.lstrip("\n") == own, unit.name
        assert warnings.count("comes with the extension") == len(found.script.warnings)
        assert bool(end) is bool(found.script.warnings), unit.name
        compared += 1
    assert compared > 50
