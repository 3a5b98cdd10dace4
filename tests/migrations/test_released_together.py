"""Migrations that are released together: a table that one of them makes is empty for the next."""

from __future__ import annotations

from referee.features.migration_judging import MigrationOptions, replay_history
from referee.migrations.evidence import read_history
from referee.migrations.history import LOCK_FILE, History, history_of
from referee.migrations.judging import judge

RELEASED = 'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT);'
MADE = 'CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY, "slug" TEXT);'
REQUIRED = 'ALTER TABLE "Post" ADD COLUMN "title" TEXT NOT NULL;'


def history(*scripts: str) -> History:
    files = {f"{number}_m/migration.sql": text.encode() for number, text in enumerate(scripts)}
    files[LOCK_FILE] = b'provider = "postgresql"\n'
    return history_of("migrations", files)


def codes(*scripts: str, unreleased: int, judges_all: bool = False) -> list[str]:
    """Return what is found where the last migrations are not released, by each of the two ways."""
    read = history(*scripts)
    names = frozenset(each.name for each in read.migrations[len(scripts) - unreleased :])
    evidence = read_history(read, "postgresql")
    judged = judge(evidence, unreleased=names, judges_all=judges_all)
    options = MigrationOptions(unreleased=names, judges_all=judges_all)
    replayed = replay_history(read, "postgresql", options)
    found = [each.code for each in judged if each.code != "missing-migration-lock"]
    assert [each.code for each in replayed.findings] == found
    return found


def test_a_table_made_by_an_unreleased_migration_is_empty_for_the_next() -> None:
    assert codes(RELEASED, MADE, REQUIRED, unreleased=2) == []


def test_a_table_that_is_released_may_hold_rows() -> None:
    assert codes(RELEASED, MADE, REQUIRED, unreleased=1) == ["required-column-without-default"]


def test_history_is_judged_as_if_each_migration_were_released_by_itself() -> None:
    found = codes(RELEASED, MADE, REQUIRED, unreleased=2, judges_all=True)
    assert found == ["required-column-without-default"]


def test_an_older_table_may_hold_rows() -> None:
    alter = 'ALTER TABLE "User" ADD COLUMN "title" TEXT NOT NULL;'
    assert codes(RELEASED, MADE, alter, unreleased=2) == ["required-column-without-default"]


def test_an_older_table_is_not_taken_for_a_new_one_by_a_new_name() -> None:
    rename = 'ALTER TABLE "User" RENAME TO "Post";'
    found = codes(RELEASED, rename, REQUIRED, unreleased=2)
    assert found == ["renames-table", "required-column-without-default"]


def test_a_new_table_stays_empty_under_another_name() -> None:
    rename = 'ALTER TABLE "Post" RENAME TO "Entry";'
    alter = 'ALTER TABLE "Entry" ADD COLUMN "title" TEXT NOT NULL;'
    assert codes(RELEASED, MADE, rename + alter, unreleased=2) == []
    assert codes(RELEASED, MADE, rename, alter, unreleased=3) == []
    assert codes(RELEASED, MADE + rename, alter, unreleased=2) == []


def test_a_table_that_a_migration_fills_holds_rows() -> None:
    fill = 'INSERT INTO "Post" ("id") VALUES (1);'
    found = codes(RELEASED, MADE + fill, REQUIRED, unreleased=2)
    assert found == ["required-column-without-default"]


def test_a_table_that_a_query_makes_holds_rows() -> None:
    selected = 'CREATE TABLE "Post" AS SELECT "id" FROM "User";'
    drop = 'DROP TABLE "Post";'
    assert codes(RELEASED, selected, drop, unreleased=2) == ["drops-data"]
    assert codes(RELEASED, MADE, drop, unreleased=2) == []


def test_what_is_wrong_with_a_new_table_is_told_all_the_same() -> None:
    assert codes(RELEASED, MADE, MADE, unreleased=2) == ["broken-migration"]
