"""Scripts that leave something behind in the session of their deploy, on all databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.migrations.verification import Failure, Verification, VerifiedMigration
from referee.schema.providers import Provider
from tests.migrations.database.verifying import broken_kinds, verified
from tests.support.databases import shared_postgresql
from tests.support.official_migrate import (
    PostgresqlForEngine,
    Refused,
    SqliteForEngine,
    official_engine,
)

USERS = """
CREATE TABLE "User" ("id" INTEGER NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" INTEGER NOT NULL, "userId" INTEGER,
  CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
"""
SQLITE_USERS = """
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY,
  "userId" INTEGER REFERENCES "User" ("id"));
"""
MYSQL_USERS = """
CREATE TABLE `User` (`id` INTEGER NOT NULL, PRIMARY KEY (`id`));
CREATE TABLE `Post` (`id` INTEGER NOT NULL, `userId` INTEGER NULL, PRIMARY KEY (`id`));
"""
WITHOUT_PATH = f"{USERS}SELECT pg_catalog.set_config('search_path', '', false);\n"
WITHOUT_BODIES = f"{USERS}SET check_function_bodies = false;\n"
BROKEN_BODY = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM nope $$;"
OTHER_FIRST = f"{USERS}CREATE SCHEMA other;\nSET search_path = other, public;\n"


def both_ways(*scripts: str, provider: Provider = "postgresql") -> Verification:
    """Verify with the last migration chosen, and with all; both have to say the same."""
    few = verified("", *scripts, provider=provider).verification
    all_ = verified("", *scripts, provider=provider, chosen=None).verification
    for one, other in zip(few.migrations, all_.migrations, strict=True):
        assert (one.empty, one.apart, one.cause) == (other.empty, other.apart, other.cause)
    assert few.empty == all_.empty
    assert few.has_findings == all_.has_findings
    return few


def failed_apart(found: Verification) -> tuple[VerifiedMigration, Failure]:
    """Return the one migration that fails where the ones before it were deployed earlier."""
    (each,) = [each for each in found.migrations if each.apart.is_ok is False]
    assert each.apart.failure is not None
    assert found.has_findings
    return each, each.apart.failure


# ---- what Prisma's engine does, which all of this rests on ----


def deployed(
    folder: Path, provider: Provider, scripts: list[str], *, at_once: bool
) -> list[str] | str:
    """Return what Prisma's engine applied at last, or why it refused."""
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "migration_lock.toml").write_text(f'provider = "{provider}"\n')
    server = shared_postgresql() if provider == "postgresql" else None
    database = None if server is None else server.create_database()
    applied: list[str] = []
    for number, script in enumerate(scripts):
        (migrations / f"{number}_m").mkdir()
        (migrations / f"{number}_m" / "migration.sql").write_text(script)
        if at_once and number + 1 < len(scripts):
            continue
        connection = (
            SqliteForEngine(folder / "app.db")
            if database is None
            else PostgresqlForEngine(database.address.url)
        )
        with official_engine(connection, migrations) as engine:
            try:
                applied += engine.deploy()
            except Refused as refused:
                return " ".join(str(refused).split())
    return applied


@pytest.mark.parametrize(
    ("provider", "scripts", "at_once", "one_by_one"),
    [
        (
            "postgresql",
            [WITHOUT_PATH, "SELECT 1;"],
            "The underlying table for model `_prisma_migrations` does not exist.",
            "The underlying table for model `_prisma_migrations` does not exist.",
        ),
        (
            "postgresql",
            [WITHOUT_BODIES, BROKEN_BODY],
            ["0_m", "1_m"],
            "No such table: nope",
        ),
        (
            "sqlite",
            [f"{SQLITE_USERS}PRAGMA foreign_keys=OFF;", "PRAGMA query_only=ON;"],
            "attempt to write a readonly database",
            "attempt to write a readonly database",
        ),
    ],
)
def test_the_engine_keeps_one_session_for_a_deploy_and_notes_over_it(
    tmp_path: Path,
    provider: Provider,
    scripts: list[str],
    at_once: list[str] | str,
    one_by_one: list[str] | str,
) -> None:
    for name, is_at_once, expected in (("a", True, at_once), ("b", False, one_by_one)):
        folder = tmp_path / name
        folder.mkdir()
        found = deployed(folder, provider, scripts, at_once=is_at_once)
        assert found == expected or (isinstance(found, str) and str(expected) in found)


# ---- PostgreSQL ----


@pytest.mark.parametrize(
    ("end", "state", "advice"),
    [
        (
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "42P01",
            "Take the line out, or end `0_m` with `RESET search_path;`",
        ),
        (
            "SET check_function_bodies = false;\nSET search_path = nowhere;",
            "42P01",
            "Take the line out, or end `0_m` with `RESET search_path;`",
        ),
        (
            "SET default_transaction_read_only = on;",
            "25006",
            "Take the line out, or end `0_m` with `RESET default_transaction_read_only;`",
        ),
    ],
)
def test_a_script_behind_which_prisma_can_note_nothing_fails_where_it_says_so(
    end: str, state: str, advice: str
) -> None:
    found = both_ways(USERS + end, 'ALTER TABLE "User" ADD COLUMN "x" TEXT;', "SELECT 1;")
    failure = found.empty.failure
    assert failure is not None
    assert (failure.migration, failure.sqlstate, failure.advice) == ("0_m", state, advice)
    assert failure.line == len((USERS + end).splitlines())
    assert failure.statement == end.splitlines()[-1]
    first = found.migrations[0]
    assert "(P1014" in first.consequence
    assert "every database" not in first.consequence
    assert [each.empty.is_ok for each in found.migrations] == [False, None, None]


def test_a_script_that_ends_as_it_began_leaves_nothing() -> None:
    script = f"{WITHOUT_PATH}SET row_security = off;\nRESET ALL;\n"
    found = both_ways(script, 'ALTER TABLE "User" ADD COLUMN "x" TEXT;')
    assert not found.has_findings
    assert found.down_up == "exact"


def test_the_head_that_pg_dump_writes_changes_no_result_without_its_search_path() -> None:
    head = (
        "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\n"
        "SET standard_conforming_strings = on;\nSET check_function_bodies = false;\n"
        "SET client_min_messages = warning;\nSET row_security = off;\n"
        "SET default_tablespace = '';\nSET default_table_access_method = heap;\n"
    )
    found = both_ways(head + USERS, 'ALTER TABLE "User" ADD COLUMN "x" TEXT;')
    assert not found.has_findings
    assert [each.cause for each in found.migrations] == ["", ""]


def test_what_fails_one_by_one_alone_is_told_with_what_was_left() -> None:
    head = "SET row_security = off;\n"
    found = both_ways(head + WITHOUT_BODIES, BROKEN_BODY, "SELECT 1;")
    assert found.empty.is_ok
    each, failure = failed_apart(found)
    assert (each.name, failure.sqlstate, failure.line) == ("1_m", "42P01", 1)
    assert each.cause.startswith(
        "Applies to a new database, and fails where an earlier deploy applied the ones before it: "
        "`0_m` leaves `check_function_bodies = off` (line 6) behind;"
    )
    assert failure.advice == "Set `check_function_bodies` in `1_m` as well."
    assert "every database" not in each.cause + each.consequence
    assert found.down_up == "exact"


def test_what_fails_together_alone_is_told_with_what_was_left_and_the_rest_is_verified() -> None:
    scripts = [
        OTHER_FIRST,
        'CREATE TABLE "X" ("id" INTEGER);',
        'ALTER TABLE public."X" ADD COLUMN "y" TEXT;',
        'ALTER TABLE "User" ADD COLUMN "z" TEXT NOT NULL;',
    ]
    found = both_ways(*scripts)
    failure = found.empty.failure
    assert failure is not None
    assert (failure.migration, failure.sqlstate) == ("2_m", "42P01")
    third = found.migrations[2]
    assert third.apart.is_ok
    assert third.cause.startswith(
        "Fails on a new database, and applies where an earlier deploy applied the ones before it: "
        "`0_m` leaves `search_path = other, public` (line 6) behind;"
    )
    assert "every database" not in third.cause + third.consequence
    assert broken_kinds(found) == {"consistent": "23502"}
    assert found.down_up == "exact"


def test_what_makes_something_else_in_another_session_is_told() -> None:
    found = both_ways(OTHER_FIRST, 'CREATE TABLE "X" ("id" INTEGER);', "SELECT 1;")
    assert found.empty.is_ok
    each, failure = failed_apart(found)
    assert each.name == "1_m"
    assert "The table `other.X` is missing." in failure.message
    assert "The table `public.X` is too much." in failure.message
    assert "`0_m` leaves `search_path = other, public` (line 6) behind" in each.cause


@pytest.mark.parametrize(
    ("left", "used", "state", "named"),
    [
        (
            "CREATE TEMPORARY TABLE t (id int);",
            'INSERT INTO "User" SELECT id FROM t;',
            "42P01",
            "the temporary table `t`",
        ),
        (
            "SET app.tenant = 'one';",
            "SELECT current_setting('app.tenant');",
            "42704",
            "`app.tenant = one`",
        ),
    ],
)
def test_other_things_of_a_session_count_too(left: str, used: str, state: str, named: str) -> None:
    found = both_ways(f"{USERS}{left}\n", used)
    each, failure = failed_apart(found)
    assert failure.sqlstate == state
    assert f"`0_m` leaves {named} (line 5) behind" in each.cause


def test_what_fails_either_way_fails_on_every_database() -> None:
    found = both_ways(WITHOUT_BODIES, 'DROP TABLE "Nope";')
    assert found.empty.failure is not None
    assert found.migrations[1].consequence.startswith("Fails on every database.")
    assert found.migrations[1].apart.is_ok is None


# ---- MySQL ----


def test_keys_that_were_switched_off_on_mariadb_hold_for_their_deploy_alone() -> None:
    scripts = [
        MYSQL_USERS,
        "SET FOREIGN_KEY_CHECKS=0;",
        "ALTER TABLE `Post` ADD CONSTRAINT `k` FOREIGN KEY (`userId`) REFERENCES `User`(`id`);",
    ]
    apart = verified("", *scripts, provider="mysql", chosen=1).verification
    assert broken_kinds(apart) == {"orphans": "23000"}
    together = verified("", *scripts, provider="mysql", chosen=2).verification
    assert broken_kinds(together) == {}
    assert apart.down_up == together.down_up == "exact"


@pytest.mark.parametrize(
    ("left", "used", "named"),
    [
        (
            "SET SESSION sql_mode = 'ANSI_QUOTES';",
            'CREATE TABLE "X" (`id` INTEGER);',
            "`sql_mode = ANSI_QUOTES` (line 4)",
        ),
        (
            "CREATE TEMPORARY TABLE `t` (`id` INTEGER);",
            "INSERT INTO `User` SELECT `id` FROM `t`;",
            "the temporary table `t` (line 4)",
        ),
        (
            "SET @add = 'CREATE TABLE `X` (`id` INTEGER)';",
            "PREPARE p FROM @add; EXECUTE p;",
            "`@add = CREATE TABLE `X` (`id` INTEGER)` (line 4)",
        ),
    ],
)
def test_what_is_left_in_a_session_of_mariadb_is_told(left: str, used: str, named: str) -> None:
    found = both_ways(f"{MYSQL_USERS}{left}\n", used, provider="mysql")
    assert found.empty.is_ok
    each, _ = failed_apart(found)
    assert f"`0_m` leaves {named} behind" in each.cause


def test_a_session_of_mariadb_that_moves_to_another_database_is_told() -> None:
    found = both_ways(f"{MYSQL_USERS}USE mysql;\n", "SELECT 1;", provider="mysql")
    failure = found.empty.failure
    assert failure is not None
    assert (failure.migration, failure.sqlstate, failure.line) == ("0_m", "42S02", 4)
    assert "`0_m` leaves the database in use (mysql) (line 4) behind" in found.migrations[0].cause
    assert failure.advice == "Let `0_m` end with its session as it began."


def test_a_session_of_mariadb_that_commits_nothing_loses_what_prisma_notes() -> None:
    found = both_ways(f"{MYSQL_USERS}SET autocommit = 0;\n", "SELECT 1;", provider="mysql")
    failure = found.empty.failure
    assert failure is not None
    assert (failure.migration, failure.line) == ("0_m", 4)
    assert (
        failure.advice == "Take the line out, or end `0_m` with `SET SESSION autocommit = DEFAULT;`"
    )


# ---- SQLite ----


def test_keys_that_were_switched_off_on_sqlite_hold_for_their_deploy_alone() -> None:
    scripts = [f"{SQLITE_USERS}PRAGMA foreign_keys=OFF;\n", 'INSERT INTO "Post" VALUES (1, 99);']
    found = both_ways(*scripts, provider="sqlite")
    each, failure = failed_apart(found)
    assert failure.sqlstate == "SQLITE_CONSTRAINT_FOREIGNKEY"
    assert "`0_m` leaves `foreign_keys = 0` (line 5) behind" in each.cause


def test_a_database_of_sqlite_that_may_only_be_read_takes_no_note() -> None:
    found = both_ways(f"{SQLITE_USERS}PRAGMA query_only=ON;\n", "SELECT 1;", provider="sqlite")
    failure = found.empty.failure
    assert failure is not None
    assert (failure.sqlstate, failure.line) == ("SQLITE_READONLY", 5)
    assert failure.advice == "Take the line out, or end `0_m` with `PRAGMA query_only = 0;`"


def test_scripts_of_prisma_that_switch_keys_off_and_on_leave_nothing() -> None:
    redefine = (
        'PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\nCREATE TABLE "new_User" '
        '("id" INTEGER NOT NULL PRIMARY KEY, "x" TEXT);\n'
        'INSERT INTO "new_User" ("id") SELECT "id" FROM "User";\nDROP TABLE "User";\n'
        'ALTER TABLE "new_User" RENAME TO "User";\nPRAGMA foreign_keys=ON;\n'
        "PRAGMA defer_foreign_keys=OFF;\n"
    )
    found = both_ways(SQLITE_USERS, redefine, provider="sqlite")
    assert not found.has_findings
    assert [each.cause for each in found.migrations] == ["", ""]


def test_a_file_of_sqlite_that_a_script_keeps_to_itself_is_verified_all_the_same() -> None:
    first = f"{SQLITE_USERS}PRAGMA locking_mode=EXCLUSIVE;\nCREATE TEMP TABLE t (x);\n"
    found = both_ways(first, 'INSERT INTO t VALUES (1);\nALTER TABLE "User" ADD "y" TEXT;',
                      provider="sqlite")  # fmt: skip
    each, failure = failed_apart(found)
    assert (failure.sqlstate, failure.line) == ("SQLITE_ERROR", 1)
    assert "`0_m` leaves the temporary table `t` (line 6) behind" in each.cause


# ---- a schema that the URL names ----


def test_the_path_that_is_put_back_is_that_of_the_url() -> None:
    found = verified("", WITHOUT_PATH, "SELECT 1;", namespace="shop").verification
    failure = found.empty.failure
    assert failure is not None
    assert failure.advice.endswith("with `SET search_path = shop;`")
    mended = f"{WITHOUT_PATH}SET search_path = shop;\n"
    assert not verified("", mended, "SELECT 1;", namespace="shop").verification.has_findings
