"""What can be done about findings on migrations."""

from __future__ import annotations

from dataclasses import replace

from referee.features.migration_actions import written_migration
from referee.features.migration_judging import MigrationOptions
from tests.features.migrations import (
    DATASOURCE,
    MAKE_USER,
    NOW,
    SCHEMA_PATH,
    USER,
    Beside,
)

PHONE = 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL;\n'
WITH_PHONE = USER.replace("  name String?\n", "  name String?\n  phone String\n")


def test_one_action_writes_a_migration_for_all_that_differs() -> None:
    schema = WITH_PHONE.replace("  phone String\n", "  phone String?\n  age Int?\n")
    beside = Beside({"1_init": MAKE_USER}, schema)
    actions = beside.actions("unmigrated-change")
    assert [action.title for action in actions] == [
        "Write the migration `20260504030201_change_user`",
        "Silence `unmigrated-change` here",
        "Silence `unmigrated-change` here",
    ]
    ((path, text),) = actions[0].files
    assert path == "prisma/migrations/20260504030201_change_user/migration.sql"
    assert '"phone" TEXT' in text
    assert '"age" INTEGER' in text
    assert actions[0].is_preferred
    assert actions[0].edits == {}


def test_the_first_migration_comes_with_its_lock_file() -> None:
    beside = Beside({}, lock=None, options=MigrationOptions(is_asked_for=True))
    action, silence = beside.actions("no-migrations")
    assert silence.is_silence
    assert [path for path, _ in action.files] == [
        "prisma/migrations/20260504030201_init/migration.sql",
        "prisma/migrations/migration_lock.toml",
    ]


def test_a_migration_is_called_after_the_one_thing_that_changes() -> None:
    post = "model Post {\n  id Int @id\n}\n"

    def name(schema: str) -> str:
        beside = Beside({"1_init": MAKE_USER}, schema)
        written = written_migration(beside.history, beside.verdict, beside.options, NOW)
        assert written is not None
        return written.name.removeprefix("20260504030201_")

    assert name(USER + post) == "add_post"
    assert name(WITH_PHONE) == "change_user"
    assert name(DATASOURCE + post) == "schema_changes"
    extension = 'provider = "postgresql"\n  extensions = [citext]'
    assert name(USER.replace('provider = "postgresql"', extension)) == "add_citext"


def test_a_missing_lock_file_is_written_and_nothing_else() -> None:
    (action,) = Beside({"1_init": MAKE_USER}, lock=None).actions("missing-migration-lock")
    ((path, text),) = action.files
    assert path == "prisma/migrations/migration_lock.toml"
    assert text.endswith('provider = "postgresql"\n')
    assert (action.edits, action.is_preferred) == ({}, True)


def test_a_script_is_silenced_above_the_statement_while_it_is_not_released() -> None:
    beside = Beside({"1_init": MAKE_USER, "2_phone": f"SELECT 1;\r\n  {PHONE}"}, WITH_PHONE)
    (silence,) = [a for a in beside.actions("required-column-without-default") if a.is_silence]
    text = beside.edited(silence)
    assert text.startswith("SELECT 1;\r\n  -- referee-ignore required-column-without-default: ")
    ((edit,),) = silence.edits.values()
    assert silence.blank is not None
    # What is to be overwritten is the reason: the end of the comment.
    assert edit.new_text[silence.blank.end :].strip() == ""
    assert edit.new_text[: silence.blank.start].endswith("required-column-without-default: ")
    assert Beside({"1_init": MAKE_USER, "2_phone": text}, WITH_PHONE).told() == []


def test_a_second_code_goes_into_the_comment_that_is_there() -> None:
    comment = "-- referee-ignore drops-data: no rows yet\n"
    script = comment + 'ALTER TABLE "User" DROP COLUMN "name", ADD COLUMN "phone" TEXT NOT NULL;\n'
    beside = Beside({"1_init": MAKE_USER, "2_x": script}, WITH_PHONE)
    silence = next(a for a in beside.actions("required-column-without-default") if a.is_silence)
    assert beside.edited(silence).startswith(
        "-- referee-ignore drops-data, required-column-without-default: no rows yet\n"
    )


def test_a_released_script_is_neither_edited_nor_silenced() -> None:
    script = 'CREATE TABLE "Post" ("id" INTEGER PRIMARY KEY);\nDROP TABLE "Nobody";\n'
    beside = Beside({"1_init": MAKE_USER + script, "2_x": "SELECT 1;\n"})
    assert [told.diagnostic.code for told in beside.told()][-1] == "broken-migration"
    assert beside.actions("broken-migration") == ()
    released = Beside({"1_init": MAKE_USER, "2_phone": PHONE}, WITH_PHONE)
    assert released.actions("required-column-without-default") != ()
    asked = replace(released.options, unreleased=frozenset(["1_init"]), judges_all=True)
    released = Beside({"1_init": MAKE_USER, "2_phone": PHONE}, WITH_PHONE, options=asked)
    (told,) = released.told()
    assert told.diagnostic.path == released.path("2_phone")
    assert released.actions("required-column-without-default") == ()


def test_a_finding_in_the_schema_is_silenced_there() -> None:
    beside = Beside({"1_init": MAKE_USER}, WITH_PHONE)
    silence = beside.actions("unmigrated-change")[-1]
    assert list(silence.edits) == [SCHEMA_PATH]
    text = beside.edited(silence)
    assert "  // referee-ignore unmigrated-change: " in text
    assert Beside({"1_init": MAKE_USER}, text).told() == []
