"""Which schema an open document is part of, and what counts of it: the editor or the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from referee.features.diagnostics import all_diagnostics
from referee.project.configuration import Configuration
from referee.project.workspace import EditorSettings, OpenSchema, Workspace, _difference
from referee.schema.facts import IndexColumn, IndexFacts
from referee.text.edits import TextEdit, apply_edits
from tests.project.folders import DATASOURCE, POST_OF_USER, USER, USER_OF_POSTS, write

POSTS = POST_OF_USER.replace("}\n", "  a Int\n}\n")
CODE = "unindexed-foreign-key"


class Opened:
    """A workspace over one folder, in which a document is named by its path in that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.told: list[str] = []
        self.failures: list[Exception] = []
        self.workspace = Workspace(
            paranoid=True, tell=self.told.append, tell_failure=self.failures.append
        )
        self.workspace.set_roots({self.folder: EditorSettings()}, EditorSettings())

    def name(self, path: str) -> str:
        return (self.folder / path).as_posix()

    def open(self, path: str, text: str | None = None) -> None:
        place = self.folder / path
        self.workspace.open(self.name(path), place, place.read_text() if text is None else text)
        self.workspace.bring_up_to_date()

    def close(self, path: str) -> None:
        self.workspace.close(self.name(path))
        self.workspace.bring_up_to_date()

    def schema(self, path: str) -> OpenSchema:
        found = self.workspace.schema_of(self.name(path))
        assert found is not None
        return found

    def files(self, path: str) -> list[str]:
        paths = [Path(each) for each in self.schema(path).session.paths]
        return [each.relative_to(self.folder).as_posix() for each in paths]

    def codes(self, path: str) -> list[str]:
        snapshot = self.workspace.snapshot(self.schema(path))
        return [each.code for each in all_diagnostics(snapshot)]


@pytest.fixture
def parted(tmp_path: Path) -> Opened:
    write(
        tmp_path,
        {
            "package.json": "{}",
            "prisma/base.prisma": DATASOURCE,
            "prisma/posts.prisma": POSTS,
            "prisma/users.prisma": USER_OF_POSTS,
        },
    )
    return Opened(tmp_path)


ALL = ["prisma/base.prisma", "prisma/posts.prisma", "prisma/users.prisma"]


class TestMembership:
    def test_a_document_brings_the_rest_of_its_schema(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma")
        assert parted.files("prisma/posts.prisma") == ALL
        assert parted.codes("prisma/posts.prisma") == [CODE]

    def test_documents_of_one_schema_share_it(self, parted: Opened) -> None:
        for path in ALL:
            parted.open(path)
        assert len({id(parted.schema(path)) for path in ALL}) == 1
        assert len(parted.workspace.schemas) == 1

    def test_a_datasource_that_is_typed_makes_a_schema_of_its_own(self, tmp_path: Path) -> None:
        write(tmp_path, {"package.json": "{}", "a.prisma": USER, "b.prisma": POSTS})
        opened = Opened(tmp_path)
        opened.open("a.prisma")
        assert opened.files("a.prisma") == ["a.prisma", "b.prisma"]
        opened.workspace.edit(opened.name("a.prisma"), TextEdit(0, 0, DATASOURCE))
        opened.workspace.bring_up_to_date()
        opened.open("b.prisma", DATASOURCE + POSTS)
        assert opened.files("a.prisma") == ["a.prisma"]
        assert opened.files("b.prisma") == ["b.prisma"]
        opened.workspace.edit(opened.name("b.prisma"), TextEdit(0, len(DATASOURCE), ""))
        opened.workspace.bring_up_to_date()
        assert opened.files("b.prisma") == ["a.prisma", "b.prisma"]

    def test_a_new_document_joins_the_schema_around_it(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma")
        parted.open("prisma/new.prisma", "model Tag {\n  id Int @id\n}\n")
        assert parted.schema("prisma/new.prisma") is parted.schema("prisma/posts.prisma")
        parted.close("prisma/new.prisma")
        assert parted.files("prisma/posts.prisma") == ALL

    def test_after_a_failure_an_index_that_only_migrations_make_is_still_known(
        self, parted: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parted.open("prisma/posts.prisma")
        assert parted.codes("prisma/posts.prisma") == [CODE]
        schema = parted.schema("prisma/posts.prisma")
        index = IndexFacts("index", (IndexColumn("a"),))
        settings = schema.session.snapshot().settings
        schema.session.configure(settings, {"Post": (index,)})
        assert parted.codes("prisma/posts.prisma") == []
        failed = schema.session

        def fail() -> None:
            raise ValueError("on purpose")

        monkeypatch.setattr(failed, "snapshot", fail)
        assert parted.codes("prisma/posts.prisma") == []
        assert schema.session is not failed
        assert [str(each) for each in parted.failures] == ["on purpose"]

    def test_a_document_that_is_no_file_stays_alone(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma")
        parted.workspace.open("untitled:1", None, DATASOURCE)
        parted.workspace.bring_up_to_date()
        schema = parted.workspace.schema_of("untitled:1")
        assert schema is not None
        assert schema.session.paths == ("untitled:1",)
        parted.workspace.close("untitled:1")
        assert len(parted.workspace.schemas) == 1

    def test_a_document_git_ignores_is_held_and_not_judged(self, parted: Opened) -> None:
        write(parted.folder, {".git/": "", ".gitignore": "gen/\n", "gen/schema.prisma": DATASOURCE})
        parted.open("gen/schema.prisma")
        assert not parted.schema("gen/schema.prisma").is_judged
        assert "git ignores" in parted.told[-1]
        (parted.folder / ".gitignore").write_text("")
        parted.workspace.tell_changes([parted.folder / ".gitignore"], [])
        parted.workspace.bring_up_to_date()
        assert parted.schema("gen/schema.prisma").is_judged


class TestTexts:
    def test_the_editor_wins_until_the_document_is_closed(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma", "")
        assert parted.codes("prisma/posts.prisma") == []
        parted.open("prisma/users.prisma")
        parted.close("prisma/posts.prisma")
        assert parted.codes("prisma/users.prisma") == [CODE]

    def test_a_closed_document_that_is_not_on_disk_is_gone(self, parted: Opened) -> None:
        parted.open("prisma/users.prisma")
        parted.open("prisma/new.prisma", POSTS.replace("Post", "Note"))
        parted.close("prisma/new.prisma")
        assert parted.files("prisma/users.prisma") == ALL

    def test_a_schema_opened_again_shows_what_changed_meanwhile(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma")
        parted.close("prisma/posts.prisma")
        assert parted.workspace.schemas == ()
        (parted.folder / "prisma/users.prisma").write_text(USER)
        parted.open("prisma/posts.prisma")
        assert parted.codes("prisma/posts.prisma") == []

    def test_only_a_few_closed_schemas_are_kept(self, tmp_path: Path) -> None:
        opened = Opened(tmp_path)
        for number in range(6):
            path = f"p{number}/schema.prisma"
            write(tmp_path, {f"p{number}/package.json": "{}", path: DATASOURCE})
            opened.open(path)
            opened.close(path)
        assert len(opened.workspace._kept) == 2
        assert opened.workspace._paths == {}
        assert opened.workspace._schema_of == {}

    @pytest.mark.parametrize(
        ("old", "new"),
        [("", ""), ("a", ""), ("", "a"), ("aa", "aaa"), ("abc", "axc"), ("abab", "ab"), ("x", "y")],
    )
    def test_a_whole_text_is_taken_as_the_edit_that_makes_it(self, old: str, new: str) -> None:
        assert apply_edits(old, [_difference(old, new)]) == new

    def test_a_file_that_is_not_text_is_left_out_and_told(self, parted: Opened) -> None:
        (parted.folder / "prisma/users.prisma").write_bytes(b"\xff")
        parted.open("prisma/posts.prisma")
        assert parted.codes("prisma/posts.prisma") == []
        assert "left out" in parted.told[-1]


class TestDisk:
    def test_what_nobody_tells_is_noticed_by_looking(self, parted: Opened) -> None:
        parted.open("prisma/posts.prisma")
        write(parted.folder, {"prisma/deep/er/tags.prisma": "model Tag {\n  id Int @id\n}\n"})
        self.look(parted)
        assert "prisma/deep/er/tags.prisma" in parted.files("prisma/posts.prisma")
        (parted.folder / "prisma/users.prisma").write_text(USER)
        self.look(parted)
        assert parted.codes("prisma/posts.prisma") == []
        (parted.folder / "referee.toml").write_text('exclude = ["prisma/deep/"]\n')
        self.look(parted)
        assert parted.files("prisma/posts.prisma") == ALL

    def test_a_name_that_matters_to_nobody_changes_nothing(self, parted: Opened) -> None:
        os.utime(parted.folder / "package.json", (1, 1))
        parted.open("prisma/posts.prisma")
        (parted.folder / "prisma/.swap").write_text("")
        parted.workspace.look_at_disk()
        assert not parted.workspace._must_group

    def test_an_editor_that_tells_is_seldom_doubted(
        self, parted: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [1000.0]
        monkeypatch.setattr("referee.project.workspace.time.monotonic", lambda: now[0])
        parted.workspace = Workspace(is_told_of_changes=True, paranoid=True)
        parted.open("prisma/posts.prisma")
        self.look(parted)
        (parted.folder / "prisma/users.prisma").unlink()
        now[0] += 0.9
        self.look(parted)
        assert parted.codes("prisma/posts.prisma") == [CODE]
        now[0] += 0.2
        self.look(parted)
        assert parted.codes("prisma/posts.prisma") == []

    def test_looking_takes_a_small_part_of_the_time(
        self, parted: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parted.open("prisma/posts.prisma")
        now, looks = [1000.0], [0]

        def slowly() -> set[Path]:
            now[0] += 1
            looks[0] += 1
            return set()

        monkeypatch.setattr("referee.project.workspace.time.monotonic", lambda: now[0])
        monkeypatch.setattr(parted.workspace._watch, "changed", slowly)
        for _ in range(30):
            parted.workspace.look_at_disk()
            now[0] += 1
        assert looks == [1]
        now[0] += 50
        parted.workspace.look_at_disk()
        assert looks == [2]

    def test_a_pause_is_kept(self, parted: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
        parted.open("prisma/posts.prisma")
        now, looks = [1000.0], [0]

        def quickly() -> set[Path]:
            looks[0] += 1
            return set()

        monkeypatch.setattr("referee.project.workspace.time.monotonic", lambda: now[0])
        monkeypatch.setattr(parted.workspace._watch, "changed", quickly)
        for seconds, expected in ((0.0, 1), (0.2, 1), (0.1, 2), (0.1, 2)):
            now[0] += seconds
            parted.workspace.look_at_disk(pause=0.25)
            assert looks == [expected]
        parted.workspace.look_at_disk()
        assert looks == [3]

    @staticmethod
    def look(opened: Opened) -> None:
        opened.workspace.look_at_disk()
        opened.workspace.bring_up_to_date()


class TestSettings:
    def test_the_settings_of_the_innermost_folder_count(self, parted: Opened) -> None:
        off = EditorSettings(Configuration(severities=({CODE: "off"},)))
        parted.open("prisma/posts.prisma")
        roots = {parted.folder: EditorSettings(), parted.folder / "prisma": off}
        parted.workspace.set_roots(roots, EditorSettings())
        parted.workspace.bring_up_to_date()
        assert parted.codes("prisma/posts.prisma") == []
        parted.workspace.set_roots({parted.folder: EditorSettings()}, off)
        parted.workspace.bring_up_to_date()
        assert parted.codes("prisma/posts.prisma") == [CODE]

    def test_a_familys_setting_switches_nothing_on(self, parted: Opened) -> None:
        write(parted.folder, {"referee.toml": '[severity]\nmissing-index = "error"\n'})
        parted.open("prisma/posts.prisma")
        assert parted.codes("prisma/posts.prisma") == [CODE]
