"""Documents open, change and close, and what is published about them follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp.editor import EVERYTHING, Editor, insert, replace
from tests.lsp.schemas import (
    CODE,
    DATASOURCE,
    INDEXED_POSTS,
    ONE_FINDING,
    POSTS,
    RELATION_LINE,
    USERS,
)
from tests.project.folders import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path


@pytest.fixture
def parted(tmp_path: Path) -> Path:
    """A folder with a schema of three files."""
    files = {"base.prisma": DATASOURCE, "posts.prisma": POSTS, "users.prisma": USERS}
    write(tmp_path / "schema", files)
    write(tmp_path, {"package.json": "{}"})
    return tmp_path / "schema"


class TestPublishing:
    def test_an_opened_document_is_judged_with_its_version(self, folder: Path) -> None:
        editor = Editor(folder)
        editor.open(folder / "schema.prisma")
        (published,) = editor.published(folder / "schema.prisma")
        assert published["version"] == 1
        (diagnostic,) = published["diagnostics"]
        assert diagnostic["code"] == CODE
        assert diagnostic["source"] == "referee"
        assert diagnostic["severity"] == 2
        assert diagnostic["range"]["start"]["line"] == RELATION_LINE
        assert diagnostic["data"]["fields"] == ["authorId"]
        (related,) = diagnostic["relatedInformation"]
        assert related["location"]["uri"] == (folder / "schema.prisma").as_uri()
        assert related["location"]["range"]["start"] == {"line": 4, "character": 6}
        assert "codeDescription" not in diagnostic

    def test_a_page_is_linked_only_where_there_is_one(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = "referee.features.report.addresses.DOCUMENTATION_ADDRESS"
        monkeypatch.setattr(address, "https://example.org/rules")
        published = {**EVERYTHING["textDocument"]["publishDiagnostics"]}
        published["codeDescriptionSupport"] = True
        document = {**EVERYTHING["textDocument"], "publishDiagnostics": published}
        editor = Editor(folder, capabilities={**EVERYTHING, "textDocument": document})
        uri = editor.open(folder / "schema.prisma")
        (diagnostic,) = editor.published(uri)[-1]["diagnostics"]
        assert diagnostic["codeDescription"] == {"href": f"https://example.org/rules/{CODE}"}

    def test_a_keystroke_publishes_once_with_its_version(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(uri, insert(12, 14, "\n  @@index([authorId])"))
        first, second = editor.published(uri)
        assert (second["version"], second["diagnostics"]) == (2, [])
        assert first["diagnostics"]

    def test_changes_of_one_message_are_made_one_after_the_other(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(
            uri,
            insert(12, 14, "\n  @@index([author])"),
            replace(13, 17, 13, 17, "Id"),
            insert(0, 0, "// 1\n"),
        )
        assert editor.codes(uri) == []

    def test_a_change_without_a_range_is_the_whole_text(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(uri, {"text": DATASOURCE})
        assert editor.codes(uri) == []
        editor.change(uri, {"text": ONE_FINDING})
        assert editor.codes(uri) == [CODE]

    def test_waiting_edits_are_judged_and_published_once(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        with editor.at_once():
            for number in range(30):
                editor.change(uri, insert(0, 0, f"// {number}\n"))
        _, second = editor.published(uri)
        assert second["version"] == 31
        assert second["diagnostics"][0]["range"]["start"]["line"] == RELATION_LINE + 30

    def test_requests_see_the_messages_before_them_and_none_behind(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        with editor.at_once():
            editor.change(uri, insert(0, 0, "// 1\n"))
            asked = editor.post("textDocument/hover", editor.at(uri, RELATION_LINE + 1, 13))
            editor.change(uri, insert(0, 0, "// 2\n"))
        (answer,) = [each for each in editor.messages if each.get("id") == asked]
        assert answer["result"]["range"]["start"]["line"] == RELATION_LINE + 1

    def test_a_cancelled_request_is_not_run(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        with editor.at_once():
            asked = editor.post("textDocument/hover", editor.at(uri, 5, 4))
            editor.notify("$/cancelRequest", {"id": asked})
        (answer,) = [each for each in editor.messages if each.get("id") == asked]
        assert answer["error"]["code"] == -32800

    def test_mistakes_of_the_language_are_told(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(uri, insert(12, 14, "\n  ]]"))
        assert editor.codes(uri) == [CODE, "syntax"]
        editor.change(uri, insert(0, 0, "\n"))
        diagnostics = editor.published(uri)[-1]["diagnostics"]
        lines = [each["range"]["start"]["line"] for each in diagnostics]
        assert lines == [RELATION_LINE + 1, 14]

    def test_a_silencing_comment_silences_and_is_told_when_it_is_useless(
        self, folder: Path
    ) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(uri, insert(RELATION_LINE, 0, f"  // referee-ignore {CODE}: few rows\n"))
        assert editor.codes(uri) == []
        editor.change(uri, insert(13, 14, "\n  @@index([authorId])"))
        (diagnostic,) = editor.published(uri)[-1]["diagnostics"]
        assert (diagnostic["code"], diagnostic["tags"]) == ("unused-silence", [1])

    def test_a_document_of_the_other_dialect_gives_one_information(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.change(uri, insert(0, 0, "// use prisma-8\n"))
        assert editor.codes(uri) == ["prisma-8-dialect"]
        editor.change(uri, replace(0, 0, 1, 0, ""))
        assert editor.codes(uri) == [CODE]


class TestSeveralFiles:
    def test_a_document_is_judged_with_the_files_of_its_schema_on_disk(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        editor.open(parted / "posts.prisma")
        assert editor.codes(parted / "posts.prisma") == [CODE]
        assert editor.published(parted / "users.prisma") == []

    def test_every_open_document_follows_a_change_in_another(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        base, posts = editor.open(parted / "base.prisma"), editor.open(parted / "posts.prisma")
        assert editor.codes(posts) == [CODE]
        editor.change(base, replace(1, 14, 1, 24, "mongodb"))
        assert CODE not in editor.codes(posts) or len(editor.published(posts)) > 1
        told = len(editor.published(posts))
        editor.change(base, insert(0, 0, "// nothing that matters there\n"))
        assert len(editor.published(posts)) == told

    def test_an_unsaved_text_wins_over_the_disk(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        posts = editor.open(parted / "posts.prisma", INDEXED_POSTS)
        assert editor.codes(posts) == []
        editor.files_changed((parted / "posts.prisma", 2))
        assert editor.codes(posts) == []

    def test_closing_goes_back_to_the_disk_and_takes_diagnostics_away(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        posts = editor.open(parted / "posts.prisma", POSTS.replace("User @", "Usr @"))
        users = editor.open(parted / "users.prisma")
        editor.close(posts)
        assert editor.codes(posts) == []
        assert "version" not in editor.published(posts)[-1]
        editor.open(parted / "posts.prisma")
        assert editor.codes(posts) == [CODE]
        assert editor.complaints() == []
        assert editor.codes(users) == []

    def test_an_unsaved_new_file_is_part_of_the_schema_until_it_is_closed(
        self, parted: Path
    ) -> None:
        editor = Editor(parted.parent)
        (parted / "users.prisma").unlink()
        posts = editor.open(parted / "posts.prisma")
        assert editor.codes(posts) == []
        users = editor.open(parted / "users.prisma", USERS)
        assert editor.codes(posts) == [CODE]
        editor.close(users)
        assert editor.codes(posts) == []
        assert editor.codes(users) == []

    def test_two_folders_with_a_schema_each_are_two_schemas(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write(tmp_path / name, {"package.json": "{}", "schema.prisma": ONE_FINDING})
        editor = Editor(tmp_path / "one", tmp_path / "two")
        one = editor.open(tmp_path / "one" / "schema.prisma")
        two = editor.open(tmp_path / "two" / "schema.prisma")
        editor.change(one, {"text": DATASOURCE})
        assert (editor.codes(one), editor.codes(two)) == ([], [CODE])


class TestDisk:
    def test_files_that_appear_change_and_vanish_are_noticed(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        posts = editor.open(parted / "posts.prisma")
        (parted / "users.prisma").unlink()
        editor.files_changed((parted / "users.prisma", 3))
        assert editor.codes(posts) == []
        (parted / "people.prisma").write_text(USERS)
        editor.files_changed((parted / "people.prisma", 1))
        assert editor.codes(posts) == [CODE]
        (parted / "people.prisma").write_text(USERS.replace("User", "Person"))
        editor.files_changed((parted / "people.prisma", 2))
        assert editor.codes(posts) == []

    def test_a_checkout_of_another_branch_is_taken_in_at_once(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        posts = editor.open(parted / "posts.prisma")
        (parted / "users.prisma").rename(parted / "people.prisma")
        (parted / "base.prisma").write_text(DATASOURCE.replace("postgresql", "sqlite"))
        (parted / "more").mkdir()
        (parted / "more" / "tags.prisma").write_text("model Tag {\n  id Int @id\n}\n")
        told = len(editor.published(posts))
        editor.files_changed(
            (parted / "users.prisma", 3),
            (parted / "people.prisma", 1),
            (parted / "base.prisma", 2),
            (parted / "more", 1),
            (parted / "more" / "tags.prisma", 1),
        )
        assert len(editor.published(posts)) == told + 1
        assert editor.codes(posts) == [CODE]

    def test_a_deleted_file_keeps_its_diagnostics_until_it_is_closed(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        (folder / "schema.prisma").unlink()
        editor.files_changed((folder / "schema.prisma", 3))
        assert editor.codes(uri) == [CODE]
        editor.close(uri)
        assert editor.codes(uri) == []

    def test_without_a_watcher_the_next_question_notices(self, parted: Path) -> None:
        editor = Editor(parted.parent, capabilities={})
        posts = editor.open(parted / "posts.prisma")
        assert editor.codes(posts) == [CODE]
        (parted / "users.prisma").unlink()
        editor.ask_until(posts, [])
        (parted / "people.prisma").write_text(USERS)
        editor.notify("textDocument/didSave", {"textDocument": {"uri": posts}})
        editor.ask_until(posts, [CODE])

    def test_renaming_a_file_in_the_editor_takes_its_text_along(self, parted: Path) -> None:
        editor = Editor(parted.parent)
        posts = editor.open(parted / "posts.prisma")
        users = editor.open(parted / "users.prisma")
        (parted / "users.prisma").rename(parted / "people.prisma")
        editor.close(users)
        people = editor.open(parted / "people.prisma")
        editor.files_changed((parted / "users.prisma", 3), (parted / "people.prisma", 1))
        assert editor.codes(posts) == [CODE]
        assert editor.codes(people) == editor.codes(users) == []


class TestOtherDocuments:
    @pytest.mark.parametrize(
        "uri",
        ["untitled:Untitled-1", "git:/project/schema.prisma?%7B%22ref%22%3A%22HEAD%22%7D", "odd:x"],
    )
    def test_a_document_that_is_no_file_is_judged_alone(self, uri: str, folder: Path) -> None:
        editor = Editor(folder)
        editor.open(folder / "schema.prisma", DATASOURCE)
        editor.open(uri, ONE_FINDING)
        assert editor.codes(uri) == [CODE]
        editor.change(uri, insert(12, 14, "\n  @@index([authorId])"))
        assert editor.codes(uri) == []
        editor.close(uri)
        assert editor.codes(uri) == []

    def test_a_document_through_a_link_is_the_file_itself(self, parted: Path) -> None:
        link = parted.parent / "link"
        link.symlink_to(parted, target_is_directory=True)
        editor = Editor(parted.parent)
        posts = editor.open(link / "posts.prisma")
        assert editor.codes(posts) == [CODE]
        (related,) = editor.published(posts)[-1]["diagnostics"][0]["relatedInformation"]
        assert related["location"]["uri"] == (parted / "users.prisma").as_uri()

    def test_two_ways_to_one_file_do_not_disturb_each_other(self, folder: Path) -> None:
        (folder / "link.prisma").symlink_to(folder / "schema.prisma")
        editor = Editor(folder)
        real, link = editor.open(folder / "schema.prisma"), editor.open(folder / "link.prisma")
        editor.change(link, {"text": DATASOURCE})
        assert (editor.codes(real), editor.codes(link)) == ([CODE], [])
        editor.close(real)
        editor.change(link, {"text": ONE_FINDING})
        assert editor.codes(link) == [CODE]
        editor.close(link)
        assert editor.complaints() == []

    def test_a_copy_in_a_generated_client_is_not_judged(self, folder: Path) -> None:
        copy = folder / "node_modules" / ".prisma" / "client" / "schema.prisma"
        write(copy.parent, {"schema.prisma": ONE_FINDING, "index.js": "", "runtime/": ""})
        editor = Editor(folder)
        editor.open(copy)
        assert editor.codes(copy) == []
        editor.change(copy, insert(0, 0, "\n"))
        assert editor.codes(copy) == []
        assert editor.ask("textDocument/hover", editor.at(copy, 6, 10)) is None

    def test_a_name_with_spaces_and_marks_is_found(self, tmp_path: Path) -> None:
        write(tmp_path, {"a b#ü%/sch?ema.prisma": ONE_FINDING})
        editor = Editor(tmp_path)
        uri = editor.open(tmp_path / "a b#ü%" / "sch?ema.prisma")
        assert editor.codes(uri) == [CODE]

    def test_opening_twice_and_changing_what_is_not_open_is_survived(self, folder: Path) -> None:
        editor = Editor(folder)
        uri = editor.open(folder / "schema.prisma")
        editor.open(folder / "schema.prisma", DATASOURCE)
        assert editor.codes(uri) == []
        editor._versions["file:///nowhere.prisma"] = 1
        editor.change("file:///nowhere.prisma", insert(0, 0, "x"))
        editor.close("file:///nowhere.prisma")
        editor.open(folder / "schema.prisma")
        assert editor.codes(uri) == [CODE]
        assert editor.complaints() == []
