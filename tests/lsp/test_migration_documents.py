"""Migrations in an editor: what no migration makes, findings in scripts, hovers, and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.lsp.editor import EVERYTHING, Editor, insert, replace
from tests.lsp.schemas import CODE, ONE_FINDING
from tests.project.folders import write

FOLDER = "prisma/migrations"
FIRST = f"{FOLDER}/20260101000000_init/migration.sql"
SECOND = f"{FOLDER}/20260102000000_phone/migration.sql"
LOCK = f"{FOLDER}/migration_lock.toml"
SCHEMA = """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String
}
"""
BOOKS = """\
datasource db {
  provider = "postgresql"
}

model Author {
  id    Int    @id
  books Book[]
}

model Book {
  id       Int     @id
  author   Author? @relation(fields: [authorId], references: [id])
  authorId Int?
}
"""
CREATE = """\
CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
"""
ADD = 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL;\n'
IN_STEP = {
    "prisma/schema.prisma": SCHEMA,
    FIRST: CREATE,
    LOCK: 'provider = "postgresql"\n',
}
WITH_FILES = {
    **EVERYTHING,
    "workspace": {
        **EVERYTHING["workspace"],
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFEREE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


def test_a_schema_in_step_with_its_migrations_draws_nothing(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    assert editor.codes(schema) == []
    assert editor.complaints() == []


def test_a_field_that_no_migration_makes_is_told_and_taken_back(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(schema, insert(7, 0, "  phone String?\n"))
    (found,) = editor.published(schema)[-1]["diagnostics"]
    assert found["code"] == "unmigrated-change"
    assert found["range"]["start"] == {"line": 7, "character": 2}
    editor.change(schema, replace(7, 0, 8, 0, ""))
    assert editor.codes(schema) == []


def test_the_ordinary_findings_are_published_before_those_about_migrations(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, "prisma/schema.prisma": ONE_FINDING})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    codes = [[each["code"] for each in one["diagnostics"]] for one in editor.published(schema)]
    assert codes[0] == [CODE]
    assert CODE in codes[-1]
    assert "unmigrated-change" in codes[-1]


def test_a_broken_line_is_not_taken_for_something_that_the_schema_lacks(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(schema, replace(6, 2, 6, 14, "email ???"))
    assert editor.codes(schema) == ["syntax"]


def test_an_edit_of_a_schema_without_migrations_leaves_nothing_to_be_done(tmp_path: Path) -> None:
    write(tmp_path, {"schema.prisma": SCHEMA})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "schema.prisma")
    background = editor.server.conversation.background
    assert not background.deliver()
    editor.change(schema, insert(7, 0, "  phone String?\n"))
    # A question that its answer does not answer would be asked for ever.
    assert not background.deliver()


def test_a_code_action_writes_the_migration(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path, capabilities=WITH_FILES)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(schema, insert(7, 0, "  phone String?\n"))
    written = [
        each for each in editor.actions(schema, 7, 3) if each["title"].startswith("Write the")
    ]
    assert len(written) == 1
    create, text = written[0]["edit"]["documentChanges"]
    assert create["kind"] == "create"
    assert create["uri"].startswith((tmp_path / FOLDER).as_uri())
    assert create["uri"].endswith("/migration.sql")
    assert text["edits"][0]["newText"] == (
        '-- AlterTable\nALTER TABLE "User" ADD COLUMN     "phone" TEXT;\n'
    )


def test_a_client_that_makes_no_files_is_offered_none(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(schema, insert(7, 0, "  phone String?\n"))
    titles = [each["title"] for each in editor.actions(schema, 7, 3)]
    assert titles == ["Silence `unmigrated-change` here"]


def test_a_missing_lock_file_is_told_on_the_datasource_and_can_be_written(tmp_path: Path) -> None:
    write(tmp_path, {name: text for name, text in IN_STEP.items() if name != LOCK})
    editor = Editor(tmp_path, capabilities=WITH_FILES)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    (found,) = editor.published(schema)[-1]["diagnostics"]
    assert found["code"] == "missing-migration-lock"
    assert found["range"]["start"] == {"line": 1, "character": 2}
    (written,) = [
        each for each in editor.actions(schema, 1, 3) if each["title"].startswith("Write")
    ]
    create, text = written["edit"]["documentChanges"]
    assert (create["kind"], create["uri"]) == ("create", (tmp_path / LOCK).as_uri())
    assert text["edits"][0]["newText"].endswith('provider = "postgresql"\n')


def test_migrations_of_prisma_8_are_named_and_not_misread(tmp_path: Path) -> None:
    later = f"{FOLDER}/app/20260101T0900_init/ops.json"
    write(tmp_path, {"prisma/schema.prisma": SCHEMA, later: "[]"})
    editor = Editor(tmp_path, capabilities=WITH_FILES)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    (found,) = editor.published(schema)[-1]["diagnostics"]
    assert (found["code"], found["severity"]) == ("prisma-8-dialect", 3)
    assert "1 migration in the format of Prisma 8" in found["message"]
    assert editor.actions(schema, 1, 3) == []


def test_a_comment_that_silences_nothing_is_told_in_a_script_and_taken_away(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: "-- referee-ignore drops-data: none\nSELECT 1;\n"})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / SECOND)
    assert editor.codes(script) == ["unused-silence"]
    (removal,) = editor.actions(script, 0, 3)
    assert removal["title"] == "Remove the comment"


def test_a_comment_in_the_schema_silences_what_no_migration_makes(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(
        schema, insert(7, 0, "  // referee-ignore unmigrated-change: by hand\n  phone String?\n")
    )
    assert editor.codes(schema) == []


def test_a_script_that_changes_on_disk_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, IN_STEP)
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    editor.change(schema, insert(7, 0, "  phone String?\n"))
    assert editor.codes(schema) == ["unmigrated-change"]
    write(tmp_path, {SECOND: ADD.replace(" NOT NULL", "")})
    editor.files_changed((tmp_path / SECOND, 1))
    assert editor.codes(schema) == []


def test_a_migration_whose_folder_goes_as_a_whole_is_missed(tmp_path: Path) -> None:
    with_phone = SCHEMA.replace("email String\n", "email String\n  phone String\n")
    write(tmp_path, {**IN_STEP, "prisma/schema.prisma": with_phone, SECOND: ADD})
    editor = Editor(tmp_path)
    schema = tmp_path / "prisma/schema.prisma"
    editor.open(schema)
    assert editor.codes(schema) == []
    folder = (tmp_path / SECOND).parent
    shutil.rmtree(folder)
    (registered,) = [
        each["registerOptions"]["watchers"]
        for message in editor.said("client/registerCapability")
        for each in message["registrations"]
        if each["method"] == "workspace/didChangeWatchedFiles"
    ]
    assert {"globPattern": "**/migrations/*"} in registered
    editor.files_changed((folder, 3))
    assert editor.codes(schema) == ["unmigrated-change"]


def test_an_index_that_only_a_migration_makes_serves_a_foreign_key(tmp_path: Path) -> None:
    tables = (
        'CREATE TABLE "Author" ("id" INTEGER NOT NULL, PRIMARY KEY ("id"));\n'
        'CREATE TABLE "Book" ("id" INTEGER NOT NULL, "authorId" INTEGER, PRIMARY KEY ("id"));\n'
    )
    by_hand = 'CREATE INDEX "by_hand" ON "Book"("authorId") WHERE "authorId" IS NOT NULL;\n'
    write(tmp_path, {"prisma/schema.prisma": BOOKS, FIRST: tables})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    assert CODE in editor.codes(schema)
    write(tmp_path, {FIRST: tables + by_hand})
    editor.files_changed((tmp_path / FIRST, 2))
    assert CODE not in editor.codes(schema)


# --- Scripts -------------------------------------------------------------------------------------


def test_a_script_gets_its_findings_beside_an_open_schema(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    editor.open(tmp_path / "prisma/schema.prisma")
    script = editor.open(tmp_path / SECOND)
    assert "required-column-without-default" in editor.codes(script)


def test_a_script_gets_its_findings_while_its_schema_is_closed(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / SECOND)
    assert editor.codes(script) == ["required-column-without-default"]


def test_what_is_typed_in_a_script_counts_before_it_is_saved(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    script = editor.open(tmp_path / SECOND)
    editor.change(script, replace(0, 0, 0, len(ADD) - 1, 'CREATE INDEX "a" ON "User"("email");'))
    assert "required-column-without-default" not in editor.codes(script)
    assert editor.published(script)[-1]["version"] == 2
    assert editor.codes(schema) == ["leftover-in-migrations"]
    editor.close(script)
    assert editor.codes(script) == []


def test_a_hover_says_what_a_statement_does(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: 'ALTER TABLE "User" ADD COLUMN "phone" TEXT;\n'})
    editor = Editor(tmp_path)
    editor.open(tmp_path / "prisma/schema.prisma")
    script = editor.open(tmp_path / SECOND)
    found = editor.ask("textDocument/hover", editor.at(script, 0, 30))
    assert "adds `phone` (`text`, may be NULL) to `User`" in found["contents"]["value"]
    first = editor.open(tmp_path / FIRST)
    found = editor.ask("textDocument/hover", editor.at(first, 1, 6))
    assert "makes the table `User` with 2 columns" in found["contents"]["value"]


def test_a_comment_is_offered_only_in_a_script_that_is_not_released(tmp_path: Path) -> None:
    drop = 'ALTER TABLE "User" DROP COLUMN "phone";\n'
    third = f"{FOLDER}/20260103000000_no_phone/migration.sql"
    write(tmp_path, {**IN_STEP, SECOND: ADD, third: drop})
    editor = Editor(tmp_path)
    newest = editor.open(tmp_path / third)
    assert editor.codes(newest) == ["drops-data"]
    (silence,) = editor.actions(newest, 0, 25)
    (change,) = silence["edit"]["documentChanges"]
    assert change["edits"][0]["newText"] == "-- referee-ignore drops-data: reason\n"
    older = editor.open(tmp_path / SECOND)
    assert editor.codes(older) == []
    assert editor.actions(older, 0, 25) == []


def test_a_script_without_a_schema_draws_nothing(tmp_path: Path) -> None:
    write(tmp_path, {FIRST: CREATE})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / FIRST)
    assert editor.published(script) == []
    assert editor.ask("textDocument/hover", editor.at(script, 0, 5)) is None
    assert editor.complaints() == []


# --- What is not told any more -------------------------------------------------------------------


def turn_off(folder: Path, editor: Editor) -> None:
    write(folder, {"referee.toml": "[migrations]\ncheck = false\n"})
    editor.files_changed((folder / "referee.toml", 1))


def test_findings_about_migrations_go_when_the_check_goes_off(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    script = editor.open(tmp_path / SECOND)
    assert editor.codes(schema) == ["leftover-in-migrations"]
    assert editor.codes(script) == ["required-column-without-default"]
    turn_off(tmp_path, editor)
    assert editor.codes(schema) == []
    assert editor.codes(script) == []
    (tmp_path / "referee.toml").unlink()
    editor.files_changed((tmp_path / "referee.toml", 3))
    assert editor.codes(schema) == ["leftover-in-migrations"]
    assert editor.codes(script) == ["required-column-without-default"]


def test_an_index_of_a_migration_counts_no_more_when_the_check_goes_off(tmp_path: Path) -> None:
    tables = (
        'CREATE TABLE "Author" ("id" INTEGER NOT NULL, PRIMARY KEY ("id"));\n'
        'CREATE TABLE "Book" ("id" INTEGER NOT NULL, "authorId" INTEGER, PRIMARY KEY ("id"));\n'
        'CREATE INDEX "by_hand" ON "Book"("authorId") WHERE "authorId" IS NOT NULL;\n'
    )
    write(tmp_path, {"prisma/schema.prisma": BOOKS, FIRST: tables})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    assert CODE not in editor.codes(schema)
    turn_off(tmp_path, editor)
    assert editor.codes(schema) == [CODE]


def test_an_answer_that_arrives_after_the_check_went_off_is_not_told(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    talk = editor.server.conversation
    uri = (tmp_path / "prisma/schema.prisma").as_uri()
    talk.opened({"textDocument": {"uri": uri, "version": 1, "text": SCHEMA}})
    talk.settle()
    write(tmp_path, {"referee.toml": "[migrations]\ncheck = false\n"})
    talk.files_changed({"changes": [{"uri": (tmp_path / "referee.toml").as_uri(), "type": 1}]})
    talk.settle()
    assert talk.background.deliver()
    talk.settle()
    assert editor.codes(uri) == []


def test_the_findings_of_a_script_go_with_the_folder_of_the_migrations(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    editor.open(tmp_path / "prisma/schema.prisma")
    script = editor.open(tmp_path / SECOND)
    shutil.rmtree(tmp_path / FOLDER)
    editor.files_changed((tmp_path / FOLDER, 3))
    assert editor.codes(script) == []


# --- Scripts whose schema is closed --------------------------------------------------------------


def test_a_script_open_alone_follows_its_configuration(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / SECOND)
    configuration = tmp_path / "referee.toml"
    write(tmp_path, {"referee.toml": '[severity]\nrequired-column-without-default = "off"\n'})
    editor.files_changed((configuration, 1))
    assert editor.codes(script) == []
    configuration.unlink()
    editor.files_changed((configuration, 3))
    assert editor.codes(script) == ["required-column-without-default"]
    turn_off(tmp_path, editor)
    assert editor.codes(script) == []


def test_a_script_open_alone_follows_the_schema_on_disk(tmp_path: Path) -> None:
    drop = 'ALTER TABLE "User" DROP COLUMN "email";\n'
    write(tmp_path, {**IN_STEP, SECOND: drop})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / SECOND)
    before = editor.published(script)[-1]["diagnostics"]
    assert [each["code"] for each in before] == ["drops-data"]
    schema = tmp_path / "prisma/schema.prisma"
    for text in (SCHEMA.replace("postgresql", "mongodb"), SCHEMA):
        schema.write_text(text)
        editor.files_changed((schema, 2))
        fresh = Editor(tmp_path)
        expected = fresh.published(fresh.open(tmp_path / SECOND))
        assert editor.published(script)[-1]["diagnostics"] == (
            expected[-1]["diagnostics"] if expected else []
        )


def test_what_is_typed_in_a_script_without_a_schema_asks_nothing(tmp_path: Path) -> None:
    write(tmp_path, {FIRST: CREATE})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / FIRST)
    talk = editor.server.conversation
    typed = {"textDocument": {"uri": script, "version": 2}, "contentChanges": [{"text": ADD}]}
    talk.changed(typed)
    talk.settle()
    assert not talk.background.deliver()
    # A schema that comes is found, though.
    write(tmp_path, {"prisma/schema.prisma": SCHEMA})
    editor.files_changed((tmp_path / "prisma/schema.prisma", 1))
    assert editor.published(script)[-1]["version"] == 2


def test_a_script_is_judged_beside_its_schema_once_that_is_opened(tmp_path: Path) -> None:
    write(tmp_path, {**IN_STEP, SECOND: ADD})
    editor = Editor(tmp_path)
    script = editor.open(tmp_path / SECOND)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    placed = editor.server.conversation.migrations.placed
    editor.change(script, insert(0, 0, "\n"))
    # Once on the schema and once on the scripts: nobody else judges it any more.
    per_answer = len(editor.codes(script)) + len(editor.codes(schema))
    assert editor.server.conversation.migrations.placed - placed == 2 * per_answer
    turn_off(tmp_path, editor)
    assert editor.codes(script) == []
    editor.close(schema)
    assert editor.codes(script) == []
    assert editor.complaints() == []


# --- What it costs -------------------------------------------------------------------------------


def test_what_a_keystroke_places_does_not_follow_the_number_of_open_scripts(tmp_path: Path) -> None:
    names = [f"{FOLDER}/202602{day:02}000000_m/migration.sql" for day in range(1, 13)]
    scripts = {
        name: f'ALTER TABLE "User" ADD COLUMN "p{number}" TEXT NOT NULL;\n'
        for number, name in enumerate(names)
    }
    write(tmp_path, {**IN_STEP, **scripts})
    editor = Editor(tmp_path)
    schema = editor.open(tmp_path / "prisma/schema.prisma")
    migrations = editor.server.conversation.migrations

    def placed_by_a_keystroke() -> int:
        before = migrations.placed
        editor.change(schema, insert(7, 0, "  // a\n"))
        editor.change(schema, replace(7, 0, 8, 0, ""))
        return migrations.placed - before

    editor.open(tmp_path / names[0])
    with_one = placed_by_a_keystroke()
    assert with_one > 0
    for name in names[1:]:
        editor.open(tmp_path / name)
    assert placed_by_a_keystroke() <= with_one
    before = migrations.placed
    editor.notify("$/nothing", {})
    assert migrations.placed == before
