"""Where the migrations of a schema are found, and how other layouts are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.project.migrations import MigrationsPlace, find_migrations, read_migrations, stamps
from referee.project.migrations_version import join_table_form, prisma_major
from referee.project.roots import SchemaFiles, find_schemas
from tests.project.folders import DATASOURCE, POST_OF_USER, USER, USER_OF_POSTS, write
from tests.support.corpus import CORPUS, corpus_units, has_corpus, require_corpus

SCRIPT = "20260101000000_init/migration.sql"
LOCK = 'provider = "postgresql"\n'


def places(folder: Path) -> dict[str, str]:
    """Return where the migrations of each schema are, both relative to a folder."""
    return {
        shown(schema.place, folder): shown(place_of(schema, folder).path, folder)
        for schema in schemas(folder)
    }


def schemas(folder: Path) -> tuple[SchemaFiles, ...]:
    return find_schemas([folder], working_folder=folder).schemas


def place_of(schema: SchemaFiles, folder: Path) -> MigrationsPlace:
    return find_migrations(schema, working_folder=folder)


def shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder.resolve()).as_posix()


def test_they_are_beside_the_only_file(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER, f"prisma/migrations/{SCRIPT}": ""})
    assert places(tmp_path) == {"prisma/schema.prisma": "prisma/migrations"}


@pytest.mark.parametrize("folder", ["prisma/schema/migrations", "prisma/migrations"])
def test_they_are_in_the_folder_of_a_schema_or_beside_it(tmp_path: Path, folder: str) -> None:
    files = {
        "package.json": '{"prisma": {"schema": "prisma/schema"}}',
        "prisma/schema/main.prisma": DATASOURCE + USER_OF_POSTS,
        "prisma/schema/post.prisma": POST_OF_USER,
        f"{folder}/{SCRIPT}": "",
    }
    write(tmp_path, files)
    assert places(tmp_path) == {"prisma/schema": folder}


def test_they_are_where_the_configuration_of_prisma_says(tmp_path: Path) -> None:
    config = (
        'import path from "node:path"\n'
        "export default defineConfig({\n"
        '  schema: "db/schema.prisma",\n'
        '  migrations: { path: path.join("db", "history"), seed: "tsx seed.ts" },\n'
        '  tables: { external: ["public.users"] },\n'
        "})\n"
    )
    write(
        tmp_path,
        {
            "prisma.config.ts": config,
            "db/schema.prisma": DATASOURCE + USER,
            f"db/history/{SCRIPT}": "",
            f"db/migrations/{SCRIPT}": "",
        },
    )
    (schema,) = schemas(tmp_path)
    place = place_of(schema, tmp_path)
    assert shown(place.path, tmp_path) == "db/history"
    assert (place.placed_by, place.is_there) == ("prisma-config", True)
    assert place.external == ("public.users",)


def test_a_configuration_that_only_running_it_can_tell_leaves_a_doubt(tmp_path: Path) -> None:
    config = 'export default defineConfig({ migrations: { path: env("FOLDER") } })\n'
    write(
        tmp_path,
        {"prisma.config.ts": config, "schema.prisma": DATASOURCE, f"migrations/{SCRIPT}": ""},
    )
    (schema,) = schemas(tmp_path)
    place = place_of(schema, tmp_path)
    assert shown(place.path, tmp_path) == "migrations"
    assert place.doubt is not None
    assert "`prisma.config.ts`" in place.doubt


def test_a_configuration_for_another_schema_is_not_for_this_one(tmp_path: Path) -> None:
    config = 'export default { schema: "a/schema.prisma", migrations: { path: "a/history" } }\n'
    write(
        tmp_path,
        {
            "package.json": "{}",
            "prisma.config.ts": config,
            "a/schema.prisma": DATASOURCE + USER,
            "b/schema.prisma": DATASOURCE + USER,
            f"b/migrations/{SCRIPT}": "",
        },
    )
    assert places(tmp_path) == {
        "a/schema.prisma": "a/history",
        "b/schema.prisma": "b/migrations",
    }


def test_what_the_settings_name_goes_before_everything(tmp_path: Path) -> None:
    write(tmp_path, {"schema.prisma": DATASOURCE, f"migrations/{SCRIPT}": "", f"db/{SCRIPT}": ""})
    (schema,) = schemas(tmp_path)
    place = find_migrations(schema, working_folder=tmp_path, configured=tmp_path / "db")
    assert (place.path, place.placed_by) == (tmp_path.resolve() / "db", "setting")


def test_migrations_of_another_schema_above_are_not_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": "{}",
            "schema.prisma": DATASOURCE + USER,
            f"migrations/{SCRIPT}": "",
            "inner/schema.prisma": DATASOURCE + USER,
        },
    )
    assert places(tmp_path) == {
        "schema.prisma": "migrations",
        "inner/schema.prisma": "inner/migrations",
    }


def test_migrations_of_another_tool_above_are_not_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"package.json": "{}", "prisma/schema.prisma": DATASOURCE, "migrations/001_users.js": ""},
    )
    (schema,) = schemas(tmp_path)
    assert not place_of(schema, tmp_path).is_there


def test_folders_without_a_script_and_the_lock_file_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            f"migrations/{SCRIPT}": "SELECT 1;",
            "migrations/20260102000000_lost/": "",
            "migrations/migration_lock.toml": LOCK,
        },
    )
    history = read_migrations(tmp_path / "migrations")
    assert [each.name for each in history.migrations] == ["20260101000000_init"]
    assert history.migrations[0].path == (tmp_path / "migrations" / SCRIPT).as_posix()
    assert history.empty_folders == ("20260102000000_lost",)
    assert history.lock is not None
    assert history.lock.provider == "postgresql"


def test_the_format_of_prisma_8_is_told_from_prismas(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/app/20260101T0900_init/ops.json": "[]"})
    assert read_migrations(tmp_path / "migrations").layout == "prisma-8"


def test_another_layout_is_not_taken_for_prismas(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/001_users.sql": "CREATE TABLE a (b INT);"})
    history = read_migrations(tmp_path / "migrations")
    assert (history.layout, history.migrations) == ("other", ())


def test_a_folder_that_is_not_there_is_an_empty_history(tmp_path: Path) -> None:
    assert read_migrations(tmp_path / "migrations").layout == "empty"


def test_stamps_change_with_any_file(tmp_path: Path) -> None:
    write(tmp_path, {f"migrations/{SCRIPT}": "SELECT 1;"})
    before = stamps(tmp_path / "migrations")
    write(tmp_path, {f"migrations/{SCRIPT}": "SELECT 12;"})
    changed = stamps(tmp_path / "migrations")
    write(tmp_path, {"migrations/20260102000000_more/migration.sql": ""})
    assert len({before, changed, stamps(tmp_path / "migrations")}) == 3


@pytest.mark.parametrize(
    ("files", "major"),
    [
        ({"package.json": '{"devDependencies": {"prisma": "^5.22.0"}}'}, 5),
        ({"package.json": '{"dependencies": {"@prisma/client": "~6.1"}}'}, 6),
        ({"package.json": '{"devDependencies": {"prisma": ">=5"}}'}, None),
        ({"package.json": '{"devDependencies": {"prisma": "workspace:*"}}'}, None),
        ({"package.json": "not JSON"}, None),
        ({}, None),
        (
            {
                "package.json": '{"devDependencies": {"prisma": "^5.0.0"}}',
                "node_modules/prisma/package.json": '{"version": "7.1.0"}',
            },
            7,
        ),
    ],
)
def test_the_installed_version_counts_before_the_one_asked_for(
    tmp_path: Path, files: dict[str, str], major: int | None
) -> None:
    write(tmp_path, {".git/": "", "db/": "", **files})
    assert prisma_major(tmp_path / "db", working_folder=tmp_path) == major


def test_join_tables_have_a_primary_key_since_prisma_6() -> None:
    forms = [join_table_form(major) for major in (None, 5, 6, 7)]
    assert forms == [None, "unique-index", "primary-key", "primary-key"]


@pytest.mark.skipif(not has_corpus(), reason="the corpus of schemas is not here")
def test_the_migrations_of_real_projects_are_found() -> None:
    require_corpus()
    expected = {
        _folder_of(unit.migrations) for unit in corpus_units() if unit.migrations is not None
    }
    found = {
        place.path
        for schema in find_schemas([CORPUS], working_folder=CORPUS).schemas
        if (place := place_of(schema, CORPUS)).is_there
        and read_migrations(place.path).layout == "prisma"
    }
    assert expected - found == set()


def _folder_of(recorded: Path) -> Path:
    """Return the folder that a record means, which may be the one around it."""
    inner = recorded / "migrations"
    return (inner if inner.is_dir() else recorded).resolve()
