"""Findings about migrations as they are told: their places, severities and what is left out."""

from __future__ import annotations

from dataclasses import replace

from referee.features.migration_diagnostics import ToldMigration, files_made, summed_up
from referee.features.migration_judging import MigrationOptions
from referee.rules.rule import DATASOURCE, Place
from referee.rules.settings import IgnoredMigrationFinding, RuleSettings
from tests.features.migrations import MAKE_USER, SCHEMA_PATH, USER, Beside

PHONE = 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL;\n'
WITH_PHONE = USER.replace("  name String?\n", "  name String?\n  phone String\n")


def test_a_finding_in_the_schema_stands_at_its_field_and_knows_its_column() -> None:
    beside = Beside({"1_init": MAKE_USER}, WITH_PHONE)
    assert beside.lines() == [
        f"{SCHEMA_PATH}:8:3 warning unmigrated-change: No migration makes the column `phone` of "
        "`User`."
    ]
    (told,) = beside.told()
    subject = told.diagnostic.migration
    assert subject is not None
    assert (subject.table, subject.columns) == ("User", ("phone",))
    assert (told.diagnostic.model, told.diagnostic.fields) == ("User", ("phone",))


def test_a_finding_in_a_script_stands_at_its_statement() -> None:
    beside = Beside({"1_init": MAKE_USER, "2_phone": f"-- é\n{PHONE}"}, WITH_PHONE)
    assert beside.lines() == [
        "2_phone/migration.sql:2:20 warning required-column-without-default: `phone` of `User` is "
        "required and has no default: the migration fails if the table holds rows."
    ]


def test_a_hazard_in_what_is_only_taken_for_unreleased_is_a_note_unless_it_is_asked_for() -> None:
    scripts = {"1_init": MAKE_USER, "2_phone": PHONE}
    severities = []
    for options in (
        MigrationOptions(is_guess=True),
        MigrationOptions(is_guess=True, is_asked_for=True),
        MigrationOptions(is_guess=True, judges_all=True),
    ):
        (told,) = Beside(scripts, WITH_PHONE, options=options).told()
        severities.append(told.diagnostic.severity)
    assert severities == ["information", "warning", "warning"]
    broken = Beside({"1_init": MAKE_USER, "2_x": "DROP TABLE nobody;\n"})
    broken.options = replace(broken.options, is_guess=True)
    assert [told.diagnostic.severity for told in broken.told()] == ["error"]


def test_what_is_about_the_folder_is_told_there_or_where_an_editor_shows_it() -> None:
    beside = Beside({"1_init": MAKE_USER}, lock=None)
    (told,) = beside.told()
    assert (told.diagnostic.path, told.diagnostic.code) == (
        "prisma/migrations",
        "missing-migration-lock",
    )
    assert told.finding is not None
    assert [file.path for file in files_made(told.finding)] == [
        "prisma/migrations/migration_lock.toml"
    ]
    (shown,) = beside.told(Place(DATASOURCE, "provider"))
    assert shown.diagnostic.path == SCHEMA_PATH
    assert (shown.diagnostic.range.start.line, shown.diagnostic.range.start.column) == (1, 2)


def test_severities_silences_and_ignored_findings_count() -> None:
    scripts = {"1_init": MAKE_USER}
    hint = Beside(scripts, WITH_PHONE, settings=RuleSettings({"migration": "hint"}))
    assert [told.diagnostic.severity for told in hint.told()] == ["hint"]
    off = Beside(scripts, WITH_PHONE, settings=RuleSettings({"unmigrated-change": "off"}))
    assert off.told() == []
    silent = WITH_PHONE.replace(
        "  phone", "  // referee-ignore unmigrated-change: comes with the next one\n  phone"
    )
    assert Beside(scripts, silent).told() == []
    known = MigrationOptions(ignored=(IgnoredMigrationFinding(table="Us*", column="ph?ne"),))
    assert Beside(scripts, WITH_PHONE, options=known).told() == []


def test_a_leftover_names_the_statement_that_makes_it() -> None:
    beside = Beside({"1_init": MAKE_USER + 'CREATE INDEX "i" ON "User"("name");\n', "2_x": ""})
    (told,) = beside.told()
    assert told.diagnostic.path == SCHEMA_PATH
    (related,) = told.diagnostic.related
    assert (related.path, related.message) == (beside.path("1_init"), "`1_init` makes it.")
    assert beside.scripts["1_init"][related.span.start :].startswith("CREATE INDEX")


def test_more_than_twenty_unmigrated_changes_are_one() -> None:
    fields = "".join(f"  f{number} Int?\n" for number in range(21))
    beside = Beside(
        {"1_init": MAKE_USER}, USER.replace("  name String?\n", f"  name String?\n{fields}")
    )
    told = beside.told()
    assert len(told) == 21
    assert [each.diagnostic for each in summed_up(told[:20])] == [t.diagnostic for t in told[:20]]
    (one,) = summed_up(told)
    assert one.diagnostic.message == "No migration makes 21 things that the schema says, on `User`."
    assert len(one.diagnostic.related) == 21
    assert isinstance(one, ToldMigration)
    assert one.finding is not None


def test_comments_that_silence_nothing_are_told_with_what_mends_them() -> None:
    comments = "-- referee-ignore drops-data, drops-dat: x\n-- referee-ignore\nSELECT 1;\n"
    beside = Beside({"1_init": MAKE_USER, "2_x": comments})
    told = [
        (each.diagnostic.code, [fix.title for fix in each.diagnostic.fixes])
        for each in beside.told()
    ]
    assert told == [
        ("unused-silence", ["Remove `drops-data`"]),
        ("unknown-code", ["Write `drops-data`"]),
        ("unused-silence", ["Remove the comment"]),
    ]
    first, second = beside.actions("unused-silence")
    assert beside.edited(first).startswith("-- referee-ignore drops-dat: x\n")
    assert beside.edited(second) == "-- referee-ignore drops-data, drops-dat: x\nSELECT 1;\n"
    (rename,) = beside.actions("unknown-code")
    assert beside.edited(rename).startswith("-- referee-ignore drops-data, drops-data: x\n")
