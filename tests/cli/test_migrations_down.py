"""`referee migrations down`: the way back is tried, then written beside the migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Project, Referee

HEAD = 'datasource db {\n  provider = "sqlite"\n}\n'
SCHEMA = HEAD + "model A {\n  id Int @id\n  b  String?\n}\n"
FIRST = 'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);\n'
SECOND = 'ALTER TABLE "A" ADD COLUMN "b" TEXT;\n'


@pytest.fixture
def two(project: Project) -> Path:
    return project(
        {
            "schema.prisma": SCHEMA,
            "migrations/migration_lock.toml": 'provider = "sqlite"\n',
            "migrations/20260101000000_first/migration.sql": FIRST,
            "migrations/20260102000000_second/migration.sql": SECOND,
        }
    )


def test_the_way_back_from_the_newest_is_written(referee: Referee, two: Path) -> None:
    ended = referee("migrations", "down")
    assert (ended.code, ended.out) == (0, "migrations/20260102000000_second/down.sql\n")
    text = (two / "migrations/20260102000000_second/down.sql").read_text()
    assert text.startswith("-- Takes back the migration 20260102000000_second.")
    assert 'ALTER TABLE "new_A" RENAME TO "A";' in text
    assert "warning: You are about to drop the column `b`" in ended.err
    assert "was not tried" not in ended.err


@pytest.mark.parametrize(
    ("version", "schema"), [("^6.0.0", " --schema schema.prisma"), ("7.1.0", "")]
)
def test_what_is_done_with_the_script_is_told(
    referee: Referee, two: Path, version: str, schema: str
) -> None:
    (two / "package.json").write_text(f'{{"devDependencies": {{"prisma": "{version}"}}}}')
    lines = referee("migrations", "down").err.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("next: "))
    file = "migrations/20260102000000_second/down.sql"
    assert lines[start:] == [
        f"next: npx prisma db execute{schema} --file {file}",
        "then, where the migration was applied, take its row out of the database:",
        "      DELETE FROM \"_prisma_migrations\" WHERE migration_name = '20260102000000_second';",
        "  or, where it failed half-way, say that it is rolled back:",
        "      npx prisma migrate resolve --rolled-back 20260102000000_second",
    ]
    assert "next: " not in referee("migrations", "down", "first", "--dry-run").err


@pytest.mark.parametrize("name", ["20260101000000_first", "first", "20260101"])
def test_any_migration_can_be_named(referee: Referee, two: Path, name: str) -> None:
    ended = referee("migrations", "down", name)
    assert ended.out == "migrations/20260101000000_first/down.sql\n"
    assert 'DROP TABLE "A";' in (two / ended.out.strip()).read_text()


def test_a_dry_run_shows_the_script(referee: Referee, two: Path) -> None:
    ended = referee("migrations", "down", "first", "--dry-run")
    assert 'DROP TABLE "A";' in ended.out
    assert not list(two.rglob("down.sql"))


def test_a_file_that_is_there_is_not_overwritten(referee: Referee, two: Path) -> None:
    path = two / "migrations/20260102000000_second/down.sql"
    path.write_text("-- mine\n")
    ended = referee("migrations", "down")
    assert ended.code == 2
    assert "not overwritten" in ended.err
    assert path.read_text() == "-- mine\n"


def test_a_way_back_that_does_not_arrive_is_not_written(referee: Referee, two: Path) -> None:
    (two / "migrations/20260102000000_second/migration.sql").write_text(
        SECOND
        + 'CREATE TABLE "copy" AS SELECT * FROM "A";\nCREATE VIEW "v" AS SELECT * FROM "A";\n'
        'CREATE TABLE "A" ("again" INT);'
    )
    ended = referee("migrations", "down")
    assert ended.code == 2
    assert "does not apply to an empty database" in ended.err
    assert not list(two.rglob("down.sql"))


def test_a_migration_that_is_not_there_is_refused(referee: Referee, two: Path) -> None:
    ended = referee("migrations", "down", "secnd")
    assert ended.code == 2
    assert "there is no migration `secnd`" in ended.err
