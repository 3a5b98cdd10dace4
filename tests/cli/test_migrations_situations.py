"""What somebody reads who meets `verify`, `down` and `new` where something fails."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Project, Referee
from tests.cli.test_migrations_verify import FIRST, JSON_SCHEMA, SCHEMA, SECOND, files
from tests.support.databases import shared_postgresql

POSTGRESQL = SCHEMA.replace("sqlite", "postgresql")
POSTGRESQL_LOCK = 'provider = "postgresql"\n'
MYSQL = SCHEMA.replace("sqlite", "mysql")
MYSQL_LOCK = 'provider = "mysql"\n'
AGAIN = "referee migrations verify"


def last_line(text: str) -> str:
    """Return the last line of a report."""
    return text.rstrip("\n").splitlines()[-1]


# ---- the verdict ----


@pytest.mark.parametrize(
    ("scripts", "schema", "said", "next_"),
    [
        (
            [FIRST, SECOND],
            SCHEMA,
            "2 migrations apply and make what the schema says.",
            "npx prisma migrate deploy",
        ),
        (
            [FIRST + SECOND],
            SCHEMA,
            "1 migration applies and makes what the schema says; none was tried on rows.",
            "npx prisma migrate deploy",
        ),
        (
            [FIRST, 'DROP TABLE "B";\n'],
            SCHEMA,
            "`2_m` fails on every database.",
            f"change migrations/2_m/migration.sql:1, then {AGAIN}",
        ),
        (
            [FIRST, 'ALTER TABLE "A" ADD COLUMN "b" TEXT;\nCREATE UNIQUE INDEX "u" ON "A"("b");'],
            SCHEMA.replace("String?", 'String? @unique(map: "u")'),
            "2 migrations apply and make what the schema says.",
            "npx prisma migrate deploy",
        ),
        (
            [FIRST + SECOND, '\nCREATE UNIQUE INDEX "u" ON "A"("b");'],
            SCHEMA.replace("String?", 'String? @unique(map: "u")'),
            "`2_m` may fail on rows.",
            f"change migrations/2_m/migration.sql:2, then {AGAIN}",
        ),
        (
            [FIRST],
            SCHEMA,
            "the migrations do not make what the schema says.",
            "referee migrations new NAME",
        ),
        (
            [FIRST + "PRAGMA foreign_keys=OFF;", SECOND, "SELECT 1;"],
            SCHEMA,
            "3 migrations apply and make what the schema says.",
            "npx prisma migrate deploy",
        ),
    ],
)
def test_the_last_line_is_the_verdict_with_the_next_command(
    referee: Referee, project: Project, scripts: list[str], schema: str, said: str, next_: str
) -> None:
    project(files(*scripts, schema=schema))
    ended = referee("migrations", "verify")
    assert last_line(ended.out) == f"Verdict     {said} Next: {next_}"
    assert (ended.code == 0) == next_.startswith("npx")


def test_a_reason_that_several_steps_share_is_told_once(referee: Referee, project: Project) -> None:
    project(files(FIRST, 'DROP TABLE "B";\n'))
    out = referee("migrations", "verify").out
    assert out.count("`2_m` does not apply.") == 1
    assert "   the rehearsal on rows;\n   the comparison with the schema;\n" in out


# ---- what a session leaves behind ----


def test_both_choices_of_migrations_tell_the_same_of_a_session(
    referee: Referee, project: Project
) -> None:
    first = 'CREATE TABLE "B" ("id" INTEGER PRIMARY KEY, "a" INTEGER REFERENCES "A"("id"));\n'
    project(
        files(
            FIRST + first + "PRAGMA foreign_keys=OFF;",
            'INSERT INTO "B" VALUES (1, 99);\nDROP TABLE "B";',
            SECOND,
        )
    )
    few = referee("migrations", "verify")
    every = referee("migrations", "verify", "--all")
    assert few.code == every.code == 1
    for out in (few.out, every.out):
        assert "━━ An empty database: all 3 apply" in out
        assert "━━ Deployed one by one: 2_m fails" in out
        assert "SQLITE_CONSTRAINT_FOREIGNKEY" in out
        assert "`1_m` leaves `foreign_keys = 0` (line 3) behind" in out
        assert "every database" not in out
    found = json.loads(referee("migrations", "verify", "--format", "json").out)
    jsonschema.validate(found, json.loads(JSON_SCHEMA.read_bytes()))
    second = found["migrations"][1]
    assert second["ok"] is True
    assert second["apart"]["ok"] is False
    assert second["apart"]["failure"]["sqlstate"] == "SQLITE_CONSTRAINT_FOREIGNKEY"
    assert second["cause"].startswith("Applies to a new database, and fails where")
    github = referee("migrations", "verify", "--format", "github").out
    assert "deployed apart from the ones before it" in github


def test_no_way_back_is_tried_where_the_migration_does_not_apply(
    referee: Referee, project: Project
) -> None:
    first = 'CREATE TABLE "B" ("id" INTEGER PRIMARY KEY, "a" INTEGER REFERENCES "A"("id"));\n'
    project(
        files(FIRST + first + "PRAGMA foreign_keys=OFF;", '\nINSERT INTO "B" VALUES (1, 99);\n')
    )
    ended = referee("migrations", "down")
    assert ended.code == 2
    assert (
        "`2_m` does not apply where an earlier deploy applied the migrations before it "
        "(SQLITE_CONSTRAINT_FOREIGNKEY: FOREIGN KEY constraint failed at line 2)"
    ) in ended.err


def test_a_way_back_that_fails_is_shown_with_its_line(referee: Referee, project: Project) -> None:
    written = files(FIRST, SECOND)
    project({**written, "migrations/2_m/down.sql": 'SELECT 1;\nDROP TABLE "Nope";\n'})
    out = referee("migrations", "verify").out
    assert '     at migrations/2_m/down.sql:2\n     > DROP TABLE "Nope";\n' in out
    assert last_line(out) == (
        "Verdict     `2_m` cannot be taken back. Next: change migrations/2_m/down.sql, then "
        f"{AGAIN}"
    )


def test_a_dry_run_shows_the_way_back_that_does_not_arrive(
    referee: Referee, project: Project
) -> None:
    # An object of a name that only a string knows is out of sight of what is read.
    made = (
        'CREATE TABLE "X" ("id" INT);\n'
        "DO $$ BEGIN EXECUTE 'ALTER TABLE \"X\" RENAME TO ' || 'y'; END $$;\n"
    )
    project(files(FIRST, made, schema=POSTGRESQL, lock=POSTGRESQL_LOCK))
    ended = referee("migrations", "down", "--dry-run")
    assert ended.code == 1
    assert 'DROP TABLE "X"' in ended.out
    assert "does not arrive" in ended.err


# ---- files ----


def test_a_folder_without_a_script_is_what_prisma_refuses(
    referee: Referee, project: Project
) -> None:
    project({**files(FIRST + SECOND), "migrations/2_gone/notes.txt": "x"})
    ended = referee("migrations", "verify")
    assert ended.code == 1
    assert "━━ An empty database: 2_gone fails" in ended.out
    assert "(P3015)" in ended.out
    assert "━━ Against the schema: equal" in ended.out
    assert "   the rehearsal on rows: No migration that is rehearsed finds a table" in ended.out
    assert last_line(ended.out).startswith("Verdict     `2_gone` fails on every database.")


@pytest.mark.parametrize("command", [("verify",), ("new", "x"), ("down",)])
@pytest.mark.parametrize(
    ("schema", "lock", "said"),
    [
        (
            SCHEMA.replace("sqlite", "sqlit"),
            "",
            "there is no provider `sqlit`; did you mean `sqlite`?",
        ),
        (SCHEMA.replace('  provider = "sqlite"\n', ""), "", "write it into the datas"),
        (SCHEMA, 'provider = "sqlit"\n', "migration_lock.toml says `sqlit`, and Prisma refuses"),
        (SCHEMA, "# nothing\n", "migration_lock.toml names no provider"),
    ],
)
def test_a_provider_that_is_none_is_named(
    referee: Referee, project: Project, command: tuple[str, ...], schema: str, lock: str, said: str
) -> None:
    written = files(FIRST, schema=schema, lock=lock)
    if not lock:
        del written["migrations/migration_lock.toml"]
    project(written)
    ended = referee("migrations", *command)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("secnd", "there is no migration `secnd`; did you mean `second`?"),
        ("zzz", "there is no migration `zzz`; the newest one is `20260102000000_second`."),
    ],
)
def test_a_migration_that_is_not_there_is_answered_with_one_that_is(
    referee: Referee, project: Project, word: str, said: str
) -> None:
    project(
        {
            "schema.prisma": SCHEMA,
            "migrations/20260101000000_first/migration.sql": FIRST,
            "migrations/20260102000000_second/migration.sql": SECOND,
        }
    )
    ended = referee("migrations", "down", word)
    assert (ended.code, ended.err) == (2, f"referee: {said}\n")


def test_a_path_in_the_place_of_a_name_is_taken_for_one(referee: Referee, project: Project) -> None:
    written = files(FIRST, SECOND)
    project({f"packages/db/{name}": text for name, text in written.items()})
    ended = referee("migrations", "down", "packages/db")
    assert (ended.code, ended.out) == (0, "packages/db/migrations/2_m/down.sql\n")


# ---- servers and drivers ----


def programs(folder: Path, names: Mapping[str, str]) -> Path:
    """Make programs that say a version, and leave a file behind where they are run otherwise."""
    folder.mkdir()
    for name, said in names.items():
        program = folder / name
        program.write_text(
            f'#!/bin/sh\n[ "$1" = --version ] && echo "{said}" && exit 0\n'
            f"touch {shlex.quote(str(folder / 'was-run'))}\nexit 1\n"
        )
        program.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="the programs are scripts of a shell")
@pytest.mark.parametrize(
    ("schema", "lock", "driver", "package", "variable", "names"),
    [
        (
            POSTGRESQL,
            POSTGRESQL_LOCK,
            "psycopg",
            "'psycopg[binary]'",
            "REFEREE_POSTGRES_BIN",
            {"postgres": "postgres (PostgreSQL) 18.6", "initdb": "initdb (PostgreSQL) 18.6"},
        ),
        (
            MYSQL,
            MYSQL_LOCK,
            "pymysql",
            "PyMySQL",
            "REFEREE_MYSQL_BIN",
            {"mariadbd": "mariadbd  Ver 10.11.19-MariaDB for debian"},
        ),
    ],
)
def test_a_missing_driver_is_told_before_a_server_is_started(
    project: Project,
    tmp_path: Path,
    schema: str,
    lock: str,
    driver: str,
    package: str,
    variable: str,
    names: Mapping[str, str],
) -> None:
    folder = project(files(FIRST, schema=schema, lock=lock))
    hidden = tmp_path / "hidden" / driver
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text(f'raise ModuleNotFoundError("No module named {driver}")')
    bin_ = programs(tmp_path / "bin", names)
    environment = {**os.environ, "PYTHONPATH": str(hidden.parent), variable: str(bin_)}
    command = [sys.executable, "-B", "-m", "referee", "migrations", "verify"]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    install = f"run `{shlex.quote(sys.executable)} -m pip install {package}`"
    assert install in ended.stdout
    assert last_line(ended.stdout).startswith("Verdict     None: nothing was run.")
    assert not (bin_ / "was-run").exists()


def test_a_scratch_database_that_may_only_be_read_is_no_fault_of_the_migration(
    referee: Referee, project: Project
) -> None:
    server = shared_postgresql()
    database = server.create_database()
    role = f"reads_{os.getpid()}"
    project(files(FIRST, schema=POSTGRESQL, lock=POSTGRESQL_LOCK))
    with database.connect() as connection:
        connection.run_script(
            f"CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET default_transaction_read_only = on"
        )
    try:
        url = database.address.url.replace(f"{database.address.user}@", f"{role}@", 1)
        ended = referee("migrations", "verify", "--scratch-url", url)
    finally:
        with database.connect() as connection:
            connection.run_script(f"DROP ROLE {role}")
        server.drop_database(database)
    assert ended.code == 2
    assert "25006: cannot execute CREATE TABLE in a read-only transaction" in ended.out
    assert "The user of the URL may not do that there" in ended.out
    assert "every database" not in ended.out
