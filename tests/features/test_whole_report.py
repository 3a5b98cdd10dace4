"""What a report on a whole schema says: counts, statements, indexes, circles, history, advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from referee.features.diagnostics import all_diagnostics
from referee.features.migration_diagnostics import migration_diagnostics
from referee.features.migration_judging import MigrationOptions, judge_migrations, replay_history
from referee.features.placing import Placer
from referee.features.whole_report.assembling import schema_report
from referee.features.whole_report.checklists import CHECKS
from referee.features.whole_report.reading import Asked, MigrationsRead
from referee.features.whole_report.recommendations import ADVICE, REMEDIES
from referee.features.whole_report.sections import verdict_words
from referee.features.whole_report.statements import COUNTED, JUDGED
from referee.features.whole_report.values import NotRun, SchemaReport, Statement
from referee.migrations.evidence import read_history
from referee.migrations.history import history_of
from referee.migrations.sql import postgres_reader
from referee.rules.catalogue import ALL_CODES, ALL_RULES, MIGRATION_CODE_NAMES
from tests.support.judging import snapshot_of

BLOG = """\
datasource db {
  provider = "postgresql"
}

generator client {
  provider = "prisma-client"
}

enum State {
  DRAFT
  LIVE
}

enum Unused {
  A
}

model User {
  id      Int    @id @default(autoincrement())
  email   String @unique
  posts   Post[]
  profile Profile?
}

model Profile {
  id     Int  @id
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int  @unique
}

model Post {
  id        Int      @id
  createdAt DateTime @default(now())
  state     State
  author    User     @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId  Int
  tags      Tag[]

  @@index([state, createdAt])
}

model Tag {
  id    Int    @id
  posts Post[]
}

model Alone {
  id Int @id
}
"""
INITIAL = """\
CREATE TYPE "State" AS ENUM ('DRAFT');
CREATE TABLE "User" (
  "id" SERIAL NOT NULL, "email" TEXT NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
"""
SECOND = """\
ALTER TYPE "State" ADD VALUE 'LIVE';

ALTER TABLE "User" ADD COLUMN "name" TEXT NOT NULL;
UPDATE "User" SET "name" = "email";
"""


def report_of(
    text: str,
    scripts: Mapping[str, str] | None = None,
    *,
    commands: frozenset[str] = frozenset(),
    base: str | None = None,
    is_guess: bool = False,
) -> SchemaReport:
    snapshot = snapshot_of(text)
    files = {f"{name}/migration.sql": sql.encode() for name, sql in (scripts or {}).items()}
    if files:
        files["migration_lock.toml"] = b'provider = "postgresql"\n'
    history = history_of("migrations", files)
    names = [each.name for each in history.migrations]
    options = MigrationOptions(unreleased=frozenset(names[-1:]), is_asked_for=True)
    evidence = replayed = None
    if names:
        replayed = replay_history(history, "postgresql", options)
        evidence = read_history(history, "postgresql")
    verdict = judge_migrations(history, replayed, snapshot.view, options)
    told = migration_diagnostics(
        verdict.findings, history, Placer(snapshot), snapshot.settings, options
    )
    return schema_report(
        Asked(
            "schema.prisma",
            "schema.prisma",
            snapshot,
            (*all_diagnostics(snapshot), *(each.diagnostic for each in told)),
            0,
            ("schema.prisma",),
            lambda path: path,
            (),
            MigrationsRead(
                "migrations", bool(names), history, options, verdict, evidence, base, None, is_guess
            ),
            commands,
            not_run=(NotRun("The migrations were not tried", "Nobody asked."),) if names else (),
        )
    )


def statement(report: SchemaReport, id: str) -> Statement:
    everything = [*report.readiness, *report.results]
    everything += [each for area in report.areas.values() for each in area]
    (found,) = [each for each in everything if each.id == id]
    return found


def test_everything_is_counted() -> None:
    report = report_of(BLOG)
    assert {each.id: each.number for each in report.counts} == {
        "models": 5,
        "fields": 10,
        "enums": 2,
        "views": 0,
        "relations": 3,
        "foreign-keys": 2,
        "primary-keys": 5,
        "unique-constraints": 2,
        "indexes": 1,
    }
    relations = next(each for each in report.counts if each.id == "relations")
    assert relations.detail == (
        "1 one-to-many, 1 one-to-one, 1 many-to-many with a join table of Prisma's"
    )
    assert ("Generator `client`", "`prisma-client`") in report.configuration
    assert "Implicit many-to-many relations" in {each.name for each in report.features}


def test_relations_whose_ids_stand_in_lists_are_counted_once_each() -> None:
    report = report_of(
        """\
datasource db {
  provider = "mongodb"
}

model Post {
  id     String   @id @map("_id") @db.ObjectId
  tagIds String[] @db.ObjectId
  tags   Tag[]    @relation(fields: [tagIds], references: [id])
}

model Tag {
  id      String   @id @map("_id") @db.ObjectId
  postIds String[] @db.ObjectId
  posts   Post[]   @relation(fields: [postIds], references: [id])
  nextIds String[] @db.ObjectId
  next    Tag[]    @relation("order", fields: [nextIds], references: [id])
  lastIds String[] @db.ObjectId
  last    Tag[]    @relation("order", fields: [lastIds], references: [id])
}
"""
    )
    relations = next(each for each in report.counts if each.id == "relations")
    assert (relations.number, relations.detail) == (2, "2 many-to-many by lists of ids")
    feature = next(each for each in report.features if "lists of ids" in each.name)
    assert feature.examples == ("Post.tags", "Tag.next")
    whole = statement(report, "whole-relations")
    assert whole.sentence == "2 of 2 relations have two ends that fit together."


def test_foreign_keys_are_told_with_the_number_that_have_an_index_and_where_one_lacks() -> None:
    found = statement(report_of(BLOG), "indexed-foreign-keys")
    assert found.state == "fails"
    assert found.sentence == "1 of 2 foreign keys have an index that finds their rows."
    assert [(each.text, str(each.at)) for each in found.evidence] == [
        ("`Post.authorId`", "schema.prisma:35")
    ]


def test_a_fact_without_a_finding_is_noted_and_no_fault() -> None:
    report = report_of(BLOG)
    assert statement(report, "used-enums").state == "noted"
    assert statement(report, "used-enums").evidence[0].text == "`Unused`"
    assert statement(report, "connected-models").sentence == (
        "4 of 5 models are connected with others."
    )
    assert statement(report, "indexed-timestamps").state == "noted"


def test_indexes_are_told_of_keys_search_fields_pairs_and_timestamps() -> None:
    rows = {(row.subject, row.model, row.fields): row for row in report_of(BLOG).index_rows}
    assert rows["search-field", "User", ("email",)].state == "indexed"
    assert rows["search-field", "Post", ("state",)].index == "`@@index([state, createdAt])`"
    assert rows["timestamp", "Post", ("createdAt",)].state == "partly"
    assert rows["pair", "Post", ("authorId", "state")].state == "partly"
    assert rows["foreign-key", "Profile", ("userId",)].state == "indexed"


def test_a_unique_field_answers_every_pair_that_it_is_part_of() -> None:
    text = BLOG.replace(
        "userId Int  @unique", "userId Int  @unique\n  kindType String\n  kindId Int @unique"
    )
    rows = {(row.subject, row.fields): row for row in report_of(text).index_rows}
    assert rows["pair", ("kindType", "kindId")].state == "indexed"


def test_what_a_rule_finds_is_a_statement_that_fails_with_its_place() -> None:
    text = BLOG.replace("model Alone {\n", "model Alone {\n  price Float\n")
    found = statement(report_of(text), "exact-money")
    assert (found.state, found.sentence) == (
        "fails",
        "Amounts of money are stored as floating-point numbers: 1 place.",
    )
    assert statement(report_of(BLOG), "exact-money").state == "holds"


def test_rules_that_are_off_are_named_as_not_run() -> None:
    found = statement(report_of(BLOG), "schema-design-not-looked-at")
    assert found.state == "not-run"
    assert "`missing-timestamps`" in found.sentence


def test_deletes_are_told_most_removing_first() -> None:
    deletes = report_of(BLOG).deletes
    assert (deletes[0].model, deletes[0].removes) == ("User", 2)
    assert deletes[0].tree[0].startswith("User")


def test_circles_say_whether_a_first_row_can_be_inserted() -> None:
    ring = """\
model A {
  id  Int  @id
  b   B    @relation("ab", fields: [bId], references: [id])
  bId Int  @unique
  ofB B?   @relation("ba")
}

model B {
  id  Int @id
  a   A{optional}   @relation("ba", fields: [aId], references: [id])
  aId Int{optional} @unique
  ofA A?  @relation("ab")
}
"""
    (required,) = report_of(ring.replace("{optional}", "")).circles
    (free,) = report_of(ring.replace("{optional}", "?")).circles
    assert required.kind == "required"
    assert "Prisma Client can insert the first row of neither table" in required.sentence
    assert (free.kind, free.models) == ("open", ("A", "B"))
    assert "`B.a`" in free.sentence


def test_without_migrations_nothing_is_told_as_done() -> None:
    report = report_of(BLOG)
    assert [each.id for each in report.readiness] == ["sound-schema", "migrations"]
    assert report.results == ()
    assert report.migrations.history == ()


def test_migrations_of_prisma_8_are_named_and_not_taken_for_none() -> None:
    history = history_of("migrations", {"20260101T0000_first/ops.json": b"{}"})
    verdict = judge_migrations(history, None, snapshot_of(BLOG).view, MigrationOptions())
    read = MigrationsRead("migrations", True, history, MigrationOptions(), verdict, None)
    assert "the format of Prisma 8" in read.absence
    assert "There are no migrations" in replace(read, history=history_of("migrations", {})).absence
    told = report_of(BLOG, {"1_initial": INITIAL}).migrations
    assert told.absence == ""


def test_history_says_what_each_migration_changes_with_its_line() -> None:
    report = report_of(BLOG, {"1_initial": INITIAL, "2_more": SECOND})
    first, second = report.migrations.history
    assert (first.is_released, second.is_released) == (True, False)
    assert [each.text for each in first.changes] == [
        "creates enum `State` with 1 value",
        "creates table `User` with 2 columns",
    ]
    assert [(each.text, each.line) for each in second.changes] == [
        ("adds value `LIVE` to enum `State`", 1),
        ("adds required column `name` (TEXT) to `User`", 3),
        ("updates rows of `User`", 4),
    ]


def test_replayed_migrations_are_held_against_the_schema_with_numbers() -> None:
    found = statement(report_of(BLOG, {"1_initial": INITIAL}), "replayed")
    assert found.state == "fails"
    assert "tables: 1 made by the migrations, 6 meant by the schema" in {
        each.text for each in found.evidence
    }


def test_what_was_not_run_is_said_with_its_reason() -> None:
    report = report_of(BLOG, {"1_initial": INITIAL})
    (found,) = [each for each in report.results if each.state == "not-run"]
    is_judged = postgres_reader.is_installed()
    checks = "1 check of the migrations was" if is_judged else "2 checks of the migrations were"
    assert verdict_words(report).endswith(f"{checks} not run.")
    assert found.sentence == "The migrations were not tried: Nobody asked."


def test_a_way_back_that_loses_data_asks_for_attention() -> None:
    found = statement(report_of(BLOG, {"1_initial": INITIAL, "2_more": SECOND}), "way-back")
    assert found.state == "attention"
    assert any("name" in each.text for each in found.evidence)


def test_recommendations_come_gravest_first_each_with_a_command_or_a_fix() -> None:
    text = BLOG.replace("model Alone {\n", "model Alone {\n  price Float\n")
    found = report_of(text).recommendations
    assert [each.priority for each in found] == sorted(each.priority for each in found)
    assert all(each.command or each.fix for each in found)
    index = next(each for each in found if each.code == "unindexed-foreign-key")
    assert index.command == "referee check --fix --select unindexed-foreign-key schema.prisma"
    assert index.fix == "Add `@@index([authorId])`."
    assert not [each for each in found if (each.command or "").startswith("referee explain")]


def test_what_has_no_fix_of_its_own_is_told_how_it_is_mended() -> None:
    text = BLOG.replace(
        "model Alone {\n  id Int @id", "model Alone {\n  flag Boolean\n  @@index([flag])\n  id Int"
    )
    steps = {each.code: each for each in report_of(text).recommendations}
    for code in ("index-on-boolean",):
        assert steps[code].fix == REMEDIES[code]
        assert steps[code].command is None


def test_no_rule_that_did_not_run_is_told_to_have_found_nothing() -> None:
    text = BLOG.replace('  provider = "postgresql"\n', "")
    report = report_of(text)
    told = {code for area in report.areas.values() for each in area for code in each.codes}
    holding = {
        code
        for area in report.areas.values()
        for each in area
        if each.state == "holds"
        for code in each.codes
    }
    idle = {code for each in report.rules_not_run for code in each.codes}
    assert {"blocked-delete", "money-as-float"} <= idle & told
    assert holding & idle <= {"missing-primary-key"}
    assert statement(report, "sound-schema").state == "attention"
    assert "depend on the database" in report.rules_not_run[0].why
    assert any(each.title.startswith("Name the database") for each in report.recommendations)


def test_a_lock_file_is_held_against_a_provider_that_the_schema_names_and_no_other() -> None:
    text = BLOG.replace('  provider = "postgresql"\n', "")
    scripts = {"1_initial": INITIAL}
    assert statement(report_of(BLOG, scripts), "lock-file").state == "holds"
    assert statement(report_of(text, scripts), "lock-file").state == "not-run"


def test_rules_that_did_not_run_are_told_by_reason() -> None:
    with_migrations = report_of(BLOG, {"1_initial": INITIAL})
    off, *syntax = [each.why for each in with_migrations.rules_not_run]
    assert off == "Switched off by default."
    # Without PostgreSQL's parser nobody judges the syntax.
    assert ["pgparse" in each for each in syntax] == [True] * (not postgres_reader.is_installed())
    without = report_of(BLOG)
    reasons = {each.why: each.codes for each in without.rules_not_run}
    absent = reasons["There are no migrations in `migrations`."]
    assert set(absent) == set(MIGRATION_CODE_NAMES) - {"no-migrations"}
    assert without.rules == len(ALL_RULES) + len(MIGRATION_CODE_NAMES)


def test_a_field_of_a_type_that_nobody_declares_is_no_column_and_is_not_judged() -> None:
    before = report_of(BLOG)
    after = report_of(BLOG.replace("model Alone {\n", "model Alone {\n  place Place?\n"))
    assert [each for each in after.counts if each.id == "fields"] == [
        each for each in before.counts if each.id == "fields"
    ]
    found = statement(after, "whole-relations")
    assert found.state == "attention"
    assert [each.text for each in found.evidence] == ["`Alone.place`: `Place` is not declared"]
    assert statement(before, "sound-schema").state == "holds"
    assert statement(after, "sound-schema").state == "attention"


@pytest.mark.parametrize(
    ("base", "is_guess", "expected"),
    [
        (None, True, [None, None]),
        ("main", True, [True, None]),
        ("origin/main", False, [True, False]),
    ],
)
def test_a_migration_is_called_released_only_where_git_can_tell(
    base: str | None, is_guess: bool, expected: list[bool | None]
) -> None:
    report = report_of(BLOG, {"1_initial": INITIAL, "2_more": SECOND}, base=base, is_guess=is_guess)
    assert [each.is_released for each in report.migrations.history] == expected
    assert report.migrations.unreleased == ("2_more",)
    assert ("not known" in report.migrations.released_by) == (base is None)


@pytest.mark.parametrize("command", ["migrations verify", "migrations status"])
def test_what_was_not_tried_is_recommended_where_there_is_a_command(command: str) -> None:
    scripts = {"1_initial": INITIAL}
    without = {each.title for each in report_of(BLOG, scripts).recommendations}
    having = report_of(BLOG, scripts, commands=frozenset([command])).recommendations
    (added,) = [each for each in having if each.title not in without]
    assert added.command is not None


def test_every_rule_has_its_place_in_exactly_one_statement() -> None:
    placed = [code for each in JUDGED for code in each.codes] + list(COUNTED)
    assert sorted(placed) == sorted(rule.code for rule in ALL_RULES)


def test_every_rule_about_migrations_is_on_the_list_before_migrating() -> None:
    placed = [code for each in CHECKS for code in each.codes]
    assert sorted([*placed, "no-migrations"]) == sorted(MIGRATION_CODE_NAMES)


def test_there_is_advice_for_every_code_and_how_to_follow_it() -> None:
    assert set(ADVICE) == set(ALL_CODES)
    assert set(REMEDIES) == set(ALL_CODES)
