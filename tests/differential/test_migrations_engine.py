"""What migrations lack, as Referee and as Prisma's schema engine see it.

The engine applies the migrations to a database, reads its catalog and writes the SQL that is
lacking. That SQL, replayed on what Referee takes the migrations to make, shows what the engine
found: nothing of it may be missing in Referee's difference. And what is different even after it is
what only Referee finds: `migrations_differences.toml` lists that, with reasons.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from referee.ddl.model import (
    Column,
    DatabaseModel,
    ForeignKeyConstraint,
    Index,
    Name,
    PrimaryKey,
    Table,
)
from referee.ddl.of_schema import JoinTableForm, SchemaDatabase
from referee.migrations.difference import Change, difference
from referee.migrations.effects import Effect
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.migrations.sql.statements import (
    AlterTable,
    CreateExtension,
    RenameTable,
)
from referee.schema.providers import Provider
from tests.conftest import FEW_ROUNDS, rounds_to_run
from tests.differential.ddl_scripts import schema_database, without_keys_of_views
from tests.differential.test_migrations_replay import STOPS, units
from tests.migrations.corpus import history_of_unit, provider_of
from tests.support.corpus import CorpusUnit
from tests.support.official_ddl import require_engine
from tests.support.official_migrations import OfficialComparison

# The type checker judges for Python 3.10, where tomli stands in, on machines without tomli.
tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

DIFFERENCES = Path(__file__).with_name("migrations_differences.toml")
# Projects that are compared in `make test`; the long run compares all.
SAMPLE = (
    "umami-software+umami/prisma",
    "hoppscotch+hoppscotch",
    "oss-apps+split-pro",
    "gothinkster+node-express-realworld-example-app",
    "openlit+openlit",
    "remix-run+indie-stack",
)


class Found(NamedTuple):
    """An object that differs: what it is, its table or enum, and its name or columns."""

    part: str
    owner: str
    name: str


def chosen_units() -> list[CorpusUnit]:
    found = units("postgresql", "sqlite")
    if rounds_to_run() > FEW_ROUNDS:
        return found
    return [unit for unit in found if unit.name.startswith(SAMPLE)]


@pytest.mark.slow
@pytest.mark.parametrize("unit", chosen_units(), ids=lambda unit: unit.name)
def test_nothing_that_the_engine_finds_is_missed(
    unit: CorpusUnit, engine: OfficialComparison
) -> None:
    scripts = scripts_of(unit)
    assert compare(engine, unit, scripts) == explained(unit.name)


@pytest.mark.fuzz
@pytest.mark.parametrize("unit", chosen_units(), ids=lambda unit: unit.name)
def test_nothing_is_missed_half_way_through_a_history(
    unit: CorpusUnit, engine: OfficialComparison
) -> None:
    scripts = scripts_of(unit)
    random_source = random.Random(f"{unit.name} {rounds_to_run()}")
    for _ in range(1 if rounds_to_run() == FEW_ROUNDS else 3):
        count = random_source.randrange(len(scripts) + 1)
        missed, _ = compare(engine, unit, scripts[:count])
        assert (count, missed) == (count, explained(unit.name)[0] & missed)


@pytest.mark.parametrize(
    ("index", "attribute", "is_found"),
    [
        ('"A"("t" text_pattern_ops)', "@@index([t])", False),
        ('"A"("t")', '@@index([t(ops: raw("text_pattern_ops"))])', True),
        ('"A" USING gin ("j" jsonb_path_ops)', "@@index([j], type: Gin)", True),
        ('"A" USING gin ("j")', "@@index([j(ops: JsonbPathOps)], type: Gin)", True),
    ],
)
def test_the_class_of_a_b_tree_counts_only_where_the_schema_says_one(
    engine: OfficialComparison, index: str, attribute: str, is_found: bool
) -> None:
    schema = f"{POSTGRESQL}model A {{\n  id Int @id\n  t String\n  j Json\n  {attribute}\n}}\n"
    name = "t" if '"t"' in index else "j"
    script = f'{TABLE_A}CREATE INDEX "A_{name}_idx" ON {index};'
    lacking = engine.lacking("postgresql", {"schema.prisma": schema}, [("1_init", script)])
    made = made_by("postgresql", [script])
    assert ("CREATE INDEX" in lacking) == is_found
    assert bool(differences(made, schema_database({"schema.prisma": schema}))) == is_found


@pytest.mark.parametrize(
    ("asked", "script", "lacking"),
    [
        ("[citext, hstore]", "", ["citext", "hstore"]),
        ("[hstore]", 'CREATE EXTENSION "citext";\n', ["hstore"]),
        ("[]", 'CREATE EXTENSION "citext";\n', []),
        ('[u(map: "citext")]', "", ["citext"]),
    ],
)
def test_an_extension_is_lacking_where_it_is_asked_for_and_none_is_left_over(
    engine: OfficialComparison, asked: str, script: str, lacking: list[str]
) -> None:
    schema = (
        'generator c {\n  provider = "prisma-client-js"\n'
        '  previewFeatures = ["postgresqlExtensions"]\n}\n'
        f'datasource db {{\n  provider = "postgresql"\n  extensions = {asked}\n}}\n'
        "model A {\n  id Int @id\n  t String\n  j Json\n}\n"
    )
    script = TABLE_A + script
    said = engine.lacking("postgresql", {"schema.prisma": schema}, [("1_init", script)])
    changes = differences(
        made_by("postgresql", [script]), schema_database({"schema.prisma": schema})
    )
    assert [(change.kind, change.part) for change in changes] == [("add", "extension")] * len(
        lacking
    )
    assert [change.name for change in changes] == lacking
    assert [
        line.split('"')[1] for line in said.splitlines() if line.startswith("CREATE")
    ] == lacking
    assert "DROP" not in said


@pytest.mark.parametrize(
    "name", ["spatial_ref_sys", "Geometry_Columns", "geography_columns", "raster_columns", "layer"]
)
def test_tables_of_postgis_are_nobodys_business(engine: OfficialComparison, name: str) -> None:
    schema = f"{POSTGRESQL}model A {{\n  id Int @id\n  t String\n  j Json\n}}\n"
    said = f"{schema}model {name} {{\n  id Int @id\n}}\n"
    made = f'{TABLE_A}CREATE TABLE "{name}" ("id" INTEGER NOT NULL PRIMARY KEY);'
    for text, script in ((said, TABLE_A), (schema, made)):
        files = {"schema.prisma": text}
        lacking = engine.lacking("postgresql", files, [("1_init", script)])
        changes = differences(made_by("postgresql", [script]), schema_database(files))
        assert ("TABLE" in lacking) == bool(changes) == (name == "layer")


POSTGRESQL = 'datasource db {\n  provider = "postgresql"\n}\n'
TABLE_A = (
    'CREATE TABLE "A" ("id" INTEGER NOT NULL, "t" TEXT NOT NULL, "j" JSONB NOT NULL, '
    'CONSTRAINT "A_pkey" PRIMARY KEY ("id"));\n'
)


@pytest.fixture(scope="module")
def engine() -> Iterator[OfficialComparison]:
    """Prisma's engine in a process that serves the whole module."""
    require_engine()
    with OfficialComparison() as comparison:
        yield comparison


def scripts_of(unit: CorpusUnit) -> list[tuple[str, str]]:
    """Return the migrations of a unit up to where a real database stops."""
    stop = next((name for start, name in STOPS.items() if unit.name.startswith(start)), None)
    return [
        (migration.name, migration.text or "")
        for migration in history_of_unit(unit.name).migrations
        if stop is None or migration.name < stop
    ]


def compare(
    engine: OfficialComparison, unit: CorpusUnit, scripts: Sequence[tuple[str, str]]
) -> tuple[set[Found], set[Found]]:
    """Return what only the engine finds, and what only Referee finds."""
    provider = provider_of(unit)
    files = {path: without_keys_of_views(text) for path, text in unit.files.items()}
    meant = schema_database(files)
    made = made_by(provider, (text for _, text in scripts))
    lacking = engine.lacking(provider, files, scripts)
    replayed = replay(made, parse_script(provider, lacking).statements)
    own = found_in(differences(made, meant))
    official = found_in(difference(made, replayed.model, join_table_form=FORM))
    official |= set(without_effect(made, replayed.effects))
    only_own = found_in(differences(replayed.model, meant))
    return official - own, only_own


# The form that the engine wants since Prisma 6.
FORM: JoinTableForm = "primary-key"


def differences(made: DatabaseModel, meant: SchemaDatabase) -> tuple[Change, ...]:
    return difference(made, meant.model, join_table_form=FORM)


def made_by(provider: Provider, scripts: Iterable[str]) -> DatabaseModel:
    model = empty_database(provider)
    for text in scripts:
        model = replay(model, parse_script(provider, text).statements).model
    return model


def found_in(changes: Iterable[Change]) -> set[Found]:
    """Return what changes are about: an index and a key go by their columns, not by name."""
    return {
        Found(change.part.removesuffix(" value"), owner, name)
        for change in changes
        for owner in [change.owner.name]
        for name in names_of(change)
    }


def names_of(change: Change) -> Iterator[str]:
    if change.part in ("table", "enum", "enum value", "extension"):
        yield ""
        return
    for each in (change.made, change.meant):
        if isinstance(each, Index):
            yield ", ".join(part.column or part.expression or "" for part in each.parts)
        elif isinstance(each, ForeignKeyConstraint):
            yield ", ".join(each.columns)
        elif isinstance(each, PrimaryKey):
            yield "primary key"
        elif isinstance(each, Column):
            yield each.name


def without_effect(made: DatabaseModel, effects: Iterable[Effect]) -> Iterator[Found]:
    """Yield what the engine changes although Referee's model of it is the same afterwards.

    Tables that the engine alters before its own script makes them are passed over, and so are
    extensions, which it wants to make again where the migrations have made them.
    """
    rebuilt: dict[Name, Table | None] = {}
    for effect in effects:
        statement = effect.statement
        if isinstance(statement, CreateExtension):
            if statement.name not in made.extensions:
                yield Found("extension", statement.name, "")
            continue
        if not isinstance(statement, AlterTable):
            continue
        if isinstance(effect.action, RenameTable) and statement.name.name.startswith("new_"):
            rebuilt[effect.action.name] = effect.after
        before = effect.before
        if before is None or before != effect.after or before.name not in made.tables:
            continue
        if before.has_unknown_shape:
            yield Found("shape", before.name.name, "")
        else:
            column = getattr(effect.action, "column", None)
            yield Found("column" if column else "part", before.name.name, column or "")
    for name, after in rebuilt.items():
        if made.tables.get(name) == after:
            yield Found("table", name.name, "")


def explained(unit_name: str) -> tuple[set[Found], set[Found]]:
    """Return what has a reason to be found by the engine alone, and by Referee alone."""
    found: dict[str, set[Found]] = {"engine": set(), "referee": set()}
    for entry in tomllib.loads(DIFFERENCES.read_text("utf-8"))["difference"]:
        assert len(entry["why"]) > 20
        if unit_name.startswith(entry["project"]):
            for finder, objects in found.items():
                objects.update(Found(*each) for each in entry.get(finder, ()))
    return found["engine"], found["referee"]
