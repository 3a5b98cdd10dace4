"""`referee migrations new`: files are written where they belong, and none is overwritten."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BLOG, DATASOURCE, Project, Referee, room_for

SCHEMA = DATASOURCE + BLOG


@pytest.fixture
def blog(project: Project) -> Path:
    return project({"prisma/schema.prisma": SCHEMA})


def scripts(folder: Path) -> list[Path]:
    return sorted((folder / "prisma" / "migrations").glob("*/migration.sql"))


def test_the_first_migration_is_written_with_its_lock_file(referee: Referee, blog: Path) -> None:
    ended = referee("migrations", "new", "Init all")
    assert (ended.code, ended.err) == (0, "")
    (script,) = scripts(blog)
    assert re.fullmatch(r"\d{14}_init_all", script.parent.name)
    assert ended.out.splitlines() == [
        f"prisma/migrations/{script.parent.name}/migration.sql",
        "prisma/migrations/migration_lock.toml",
    ]
    assert script.read_text().count("CREATE TABLE") == 2
    lock = blog / "prisma" / "migrations" / "migration_lock.toml"
    assert lock.read_text().endswith('provider = "postgresql"\n')
    checked = referee("migrations", "check", "--select", "unmigrated-change")
    assert checked.code == 0


def test_when_nothing_differs_nothing_is_written(referee: Referee, blog: Path) -> None:
    referee("migrations", "new", "init")
    ended = referee("migrations", "new", "again")
    assert (ended.code, ended.out) == (0, "")
    assert "nothing to write" in ended.err
    assert len(scripts(blog)) == 1


def test_two_migrations_of_one_second_have_different_names(referee: Referee, blog: Path) -> None:
    referee("migrations", "new", "a")
    schema = blog / "prisma" / "schema.prisma"
    schema.write_text(SCHEMA.replace("model Post {", "model Post {\n  text String"))
    ended = referee("migrations", "new", "a")
    assert ended.code == 0
    assert "warning: Added the required column `text`" in ended.err
    first, second = scripts(blog)
    assert first.parent.name < second.parent.name
    assert "Warnings:" in second.read_text()


def test_a_dry_run_shows_the_script_and_writes_nothing(referee: Referee, blog: Path) -> None:
    ended = referee("migrations", "new", "init", "--dry-run")
    assert ended.out.startswith("-- CreateTable")
    assert not (blog / "prisma" / "migrations").exists()


@pytest.mark.parametrize(
    ("files", "words", "said"),
    [
        (
            {"schema.prisma": SCHEMA + "model X {\n  a Int @@@\n}\n"},
            ["x"],
            "mistake in its syntax at schema.prisma:15:",
        ),
        ({"schema.prisma": SCHEMA}, ["!?"], "has no letter and no digit"),
        ({}, ["x"], "there is no Prisma schema here"),
        ({"a/schema.prisma": SCHEMA, "b/schema.prisma": SCHEMA}, ["x"], "there are 2 schemas here"),
        ({"schema.prisma": SCHEMA.replace("postgresql", "sqlserver")}, ["x"], "cannot be written"),
        ({"schema.prisma": SCHEMA.replace("postgresql", "mongodb")}, ["x"], "no migrations"),
        (
            {"schema.prisma": SCHEMA, "migrations/migration_lock.toml": 'provider = "sqlite"\n'},
            ["x"],
            "P3019",
        ),
        (
            {"schema.prisma": SCHEMA, "migrations/app/20260101T1200_x/ops.json": "{}"},
            ["x"],
            "Prisma 8",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_sentence(
    referee: Referee, project: Project, files: dict[str, str], words: list[str], said: str
) -> None:
    folder = project({"notes.md": "", **files})
    ended = referee("migrations", "new", *words)
    assert ended.code == 2
    assert said in ended.err
    assert not list(folder.rglob("migration.sql"))


def test_a_full_disk_leaves_nothing_that_prisma_would_refuse(referee: Referee, blog: Path) -> None:
    before = sorted(blog.rglob("*"))
    with room_for(50):
        ended = referee("migrations", "new", "init")
    assert ended.code == 2
    assert "cannot be written: " in ended.err
    assert sorted(blog.rglob("*")) == before
    assert referee("migrations", "new", "init").code == 0


LEFT = ".20260101000000_init.a1b2c3d4"


def left(folder: Path, name: str = LEFT) -> Path:
    """Make what a run leaves that is killed before a migration has its name."""
    path = folder / name
    path.mkdir(parents=True)
    (path / "migration.sql").write_text('CREATE TABLE "Half" (')
    return path


def test_what_a_killed_run_left_is_no_migration_and_goes_with_the_next(
    referee: Referee, blog: Path
) -> None:
    assert referee("migrations", "new", "init").code == 0
    migrations = blog / "prisma" / "migrations"
    paths = [left(migrations), left(migrations.parent)]
    checked = referee("migrations", "check", "--all")
    assert (checked.code, "Half" in checked.out) == (0, False)
    (blog / "prisma" / "schema.prisma").write_text(
        (blog / "prisma" / "schema.prisma").read_text() + "model Later {\n  id Int @id\n}\n"
    )
    assert referee("migrations", "new", "later").code == 0
    assert [path.exists() for path in paths] == [False, False]
    assert len(scripts(blog)) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows locks no folders")
def test_what_another_run_is_writing_and_folders_of_others_stay(
    referee: Referee, blog: Path
) -> None:
    import fcntl

    migrations = blog / "prisma" / "migrations"
    written, other = left(migrations), left(blog / "prisma", ".20260101_mine.a1b2c3d4")
    (left(blog / "prisma") / "inner").mkdir()
    descriptor = os.open(written, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert referee("migrations", "new", "init").code == 0
    finally:
        os.close(descriptor)
    assert written.exists()
    assert other.exists()
    assert (blog / "prisma" / LEFT / "inner").exists()


# A process that writes more than it may is ended by the system in the middle of its write.
KILLED = """
import resource, signal, sys
from referee.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
main(["migrations", "new", "init"])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no files")
def test_a_run_that_is_killed_leaves_no_folder_that_prisma_takes_for_a_migration(
    referee: Referee, blog: Path
) -> None:
    migrations = blog / "prisma" / "migrations"
    migrations.mkdir()
    (migrations / "migration_lock.toml").write_text('provider = "postgresql"\n')
    command = [sys.executable, "-B", "-c", KILLED]
    environment = {**os.environ, "REFEREE_CACHE_DIR": ""}
    ended = subprocess.run(command, cwd=blog, env=environment, check=False)
    assert ended.returncode == -signal.SIGXFSZ
    assert [each.name for each in migrations.iterdir()] == ["migration_lock.toml"]
    (unfinished,) = (blog / "prisma").glob(".*")
    assert (unfinished / "migration.sql").exists()
    assert referee("migrations", "new", "init").code == 0
    assert not unfinished.exists()
    assert len(scripts(blog)) == 1


@pytest.mark.parametrize("command", ["new", "down"])
def test_the_hint_about_several_schemas_has_the_name_in_it(
    referee: Referee, project: Project, command: str
) -> None:
    project({"a/schema.prisma": SCHEMA, "b/schema.prisma": SCHEMA})
    ended = referee("migrations", command, "b")
    assert ended.code == 2
    assert f"referee migrations {command} NAME a/schema.prisma" in ended.err


def test_no_migration_is_written_for_a_schema_that_was_not_named(
    referee: Referee, project: Project
) -> None:
    folder = project({"a/schema.prisma": SCHEMA, "b/schema.prisma": SCHEMA})
    assert referee("migrations", "new", "init", "a").code == 0
    before = list(folder.rglob("migration.sql"))
    (folder / "a/schema.prisma").write_text(
        SCHEMA.replace("model Post {", "model Post {\n  t Int?")
    )
    ended = referee("migrations", "new", "b")
    assert ended.code == 2
    assert "there are 2 schemas here" in ended.err
    assert list(folder.rglob("migration.sql")) == before


def test_the_help_of_what_no_migration_makes_names_the_command(
    referee: Referee, blog: Path
) -> None:
    first = referee("migrations", "check")
    assert "Write the first migration: `referee migrations new NAME`" in " ".join(first.out.split())
    referee("migrations", "new", "init")
    schema = blog / "prisma" / "schema.prisma"
    schema.write_text(SCHEMA.replace("model Post {", "model Post {\n  text String?"))
    rest = " ".join(referee("migrations", "check").out.split())
    assert "Write a migration for all that differs: `referee migrations new NAME`" in rest


def test_the_help_of_an_index_that_the_schema_can_say_offers_both_ways(
    referee: Referee, blog: Path
) -> None:
    referee("migrations", "new", "init")
    (script,) = scripts(blog)
    index = 'CREATE INDEX "by_id" ON "Post" USING brin ("id");'
    script.write_text(f"{script.read_text()}{index}\n")
    told = referee("migrations", "check", "--format", "json", "--select", "leftover-in-migrations")
    (fix,) = json.loads(told.out)["findings"][0]["fixes"]
    assert fix["title"] == (
        'Declare it in the schema: `@@index([id], type: Brin, map: "by_id")`, or write the '
        "migration that drops it: `referee migrations new NAME`"
    )
