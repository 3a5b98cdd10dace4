"""Every example that help shows, run as it is printed, in a project that it fits."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path

import pytest

from referee.cli.migrations import SUBCOMMANDS
from tests.cli.conftest import Project, Referee
from tests.project.test_migrations_released import commit, git

_COMMANDS = ("check", "explain", "rules", "graph", "report", "ci", "serve", "migrations")
_HELP = (
    (),
    *((name,) for name in _COMMANDS),
    *(("migrations", each.name) for each in SUBCOMMANDS),
)
# What cannot be run here as it stands, and why.
_NOT_RUN = {
    "referee serve --stdio": "is a server, which ends when its editor does",
    "referee migrations status --watch 60": "ends when somebody stops it",
    "referee report --url postgresql://...": "the address is cut short",
}
_SQLITE = 'datasource db {\n  provider = "sqlite"\n}\n'
_USER = "model User {\n  id Int @id\n}\n"
_TAGS = _USER.replace("}", "  tag String?\n}")
_TABLE = 'CREATE TABLE "User" (\n    "id" INTEGER NOT NULL PRIMARY KEY\n);\n'
_LOCK = 'provider = "sqlite"\n'


def _histories(folder: str) -> dict[str, str]:
    migrations = f"{folder}/migrations"
    return {
        f"{migrations}/migration_lock.toml": _LOCK,
        f"{migrations}/20250101000000_init/migration.sql": _TABLE,
        f"{migrations}/20260101000000_x/migration.sql": 'CREATE INDEX "one" ON "User"("id");\n',
        f"{migrations}/20260102000000_add_tags/migration.sql": 'DROP INDEX "one";\n'
        'ALTER TABLE "User" ADD COLUMN "tag" TEXT;\n',
    }


def _examples() -> list[str]:
    """Return the command lines that help shows."""
    from contextlib import redirect_stdout
    from io import StringIO

    from referee.cli.main import main

    found: list[str] = []
    for words in _HELP:
        said = StringIO()
        with redirect_stdout(said):
            assert main([*words, "--help"]) == 0
        listed = said.getvalue().partition("\nexamples:\n")[2].partition("\n\n")[0]
        lines = [re.split(r" {3,}", line.strip())[0] for line in listed.splitlines()]
        assert lines, f"the help of {words} shows no example"
        found += lines
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("line", [each for each in _examples() if each not in _NOT_RUN])
def test_an_example_of_help_works_as_it_is_printed(
    line: str, referee: Referee, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `migrations new` writes what is missing; elsewhere the migrations make what the schema says.
    schema = _SQLITE + (_TAGS + "model Tag {\n  id Int @id\n}\n" if " new " in line else _TAGS)
    folder = "packages/db" if "packages/db" in line else "prisma"
    root = project(
        {
            f"{folder}/schema.prisma": schema,
            f"{folder}/package.json": "{}",
            "seed.sql": 'INSERT INTO "User" VALUES (1);\n',
            **_histories(folder),
        }
    )
    git(root, "init", "-q", "-b", "main")
    commit(root)
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    _make_database(root / "dev.db")
    monkeypatch.setenv("REFEREE_DATABASE_URL", "file:./dev.db")
    if not line.startswith("referee migrations status"):
        monkeypatch.delenv("REFEREE_DATABASE_URL")
    # What a shell does behind the command is its own affair.
    command = re.split(" [|<>] ", line)[0]
    ended = referee(*shlex.split(command)[1:], stdin=schema.encode())
    assert ended.code in (0, 1), ended.err
    assert "mistake in Referee" not in ended.err


def _make_database(path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript(_TABLE + 'ALTER TABLE "User" ADD COLUMN "tag" TEXT;')
    database.close()


def test_what_is_not_run_is_still_an_example() -> None:
    assert set(_NOT_RUN) <= set(_examples())
