"""What an editor says in its settings takes effect at once, and nonsense is told once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from referee.lsp.settings import Said, said_for
from tests.lsp.editor import EVERYTHING, Editor
from tests.lsp.schemas import CODE, DATASOURCE, ONE_FINDING
from tests.project.folders import write

PUSHING = {**EVERYTHING, "workspace": {"workspaceFolders": True}}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path / "schema.prisma"


def severities(editor: Editor, document: Path) -> list[int]:
    return [each["severity"] for each in editor.published(document)[-1]["diagnostics"]]


class TestWhatASectionSays:
    @pytest.mark.parametrize(
        "section", [None, [], "x", 3, True, {}, {"lenses": None, "schema": ""}]
    )
    def test_nothing_and_nonsense_mean_the_defaults(self, section: object) -> None:
        assert said_for(section, Path("/")) == Said()

    def test_names_are_those_of_the_file_in_either_spelling(self) -> None:
        for key in ("beside-official-server", "besideOfficialServer"):
            said = said_for({key: True}, Path("/"))
            assert said.workspace.configuration.is_beside_official_server
            assert said.mistakes == ()

    def test_what_only_an_editor_shows_can_be_switched_off(self) -> None:
        said = said_for({"lenses": False, "hints": False, "trace": {"server": "off"}}, Path("/"))
        assert (said.lenses, said.hints, said.mistakes) == (False, False, ())

    @pytest.mark.parametrize(
        "section",
        [
            {"lenses": "yes"},
            {"configuration": 3},
            {"configuration": "nowhere.toml"},
            {"serverity": {}},
            {"severity": {"unindexed-foreign-keys": "off"}},
        ],
    )
    def test_a_mistake_is_a_sentence_and_the_rest_holds(self, section: dict[str, Any]) -> None:
        said = said_for({**section, "hints": False}, Path("/"))
        (mistake,) = said.mistakes
        assert mistake.message.endswith(".")
        assert said.hints is False


class TestTakingEffect:
    def test_the_first_publication_knows_the_settings(self, document: Path) -> None:
        editor = Editor(document.parent, settings={"severity": {CODE: "hint"}})
        editor.open(document)
        assert [len(each["diagnostics"]) for each in editor.published(document)] == [1]
        assert severities(editor, document) == [4]

    def test_a_change_takes_effect_at_once(self, document: Path) -> None:
        editor = Editor(document.parent)
        editor.open(document)
        editor.settings = {"severity": {CODE: "off"}}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert editor.codes(document) == []
        assert editor.said("workspace/codeLens/refresh")
        assert editor.said("workspace/inlayHint/refresh")

    def test_the_editor_goes_before_the_file(self, document: Path) -> None:
        write(document.parent, {"referee.toml": f'[severity]\n{CODE} = "error"\n'})
        editor = Editor(document.parent)
        editor.open(document)
        assert severities(editor, document) == [1]
        editor.settings = {"severity": {"missing-index": "information"}}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert severities(editor, document) == [3]

    def test_the_path_of_a_configuration_replaces_the_nearest(self, document: Path) -> None:
        write(
            document.parent,
            {
                "referee.toml": f'[severity]\n{CODE} = "error"\n',
                "other/strict.toml": f'[severity]\n{CODE} = "hint"\n',
            },
        )
        editor = Editor(document.parent, settings={"configuration": "other/strict.toml"})
        editor.open(document)
        assert severities(editor, document) == [4]
        write(document.parent, {"other/strict.toml": f'[severity]\n{CODE} = "off"\n'})
        editor.files_changed((document.parent / "other" / "strict.toml", 2))
        assert editor.codes(document) == []

    def test_excluded_documents_are_not_judged(self, document: Path) -> None:
        editor = Editor(document.parent, settings={"exclude": ["schema.prisma"]})
        editor.open(document)
        assert editor.codes(document) == []
        editor.settings = {}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert editor.codes(document) == [CODE]

    def test_each_folder_has_its_own_settings(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write(tmp_path / name, {"package.json": "{}", "schema.prisma": ONE_FINDING})

        def settings(scope: str | None) -> object:
            is_one = scope is not None and scope.endswith("/one")
            return {"severity": {CODE: "off"}} if is_one else None

        editor = Editor(tmp_path / "one", tmp_path / "two", settings=settings)
        editor.open(tmp_path / "one" / "schema.prisma")
        editor.open(tmp_path / "two" / "schema.prisma")
        assert editor.codes(tmp_path / "one" / "schema.prisma") == []
        assert editor.codes(tmp_path / "two" / "schema.prisma") == [CODE]
        gone = {"uri": (tmp_path / "one").as_uri(), "name": "one"}
        event = {"added": [], "removed": [gone]}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        assert editor.codes(tmp_path / "one" / "schema.prisma") == [CODE]

    def test_settings_are_taken_where_they_are_pushed(self, document: Path) -> None:
        editor = Editor(document.parent, capabilities=PUSHING)
        editor.open(document)
        assert editor.codes(document) == [CODE]
        section = {"severity": {CODE: "off"}}
        editor.notify("workspace/didChangeConfiguration", {"settings": {"referee": section}})
        assert editor.codes(document) == []
        editor.notify("workspace/didChangeConfiguration", {"settings": {"referee": None}})
        assert editor.codes(document) == [CODE]
        assert editor.said("workspace/configuration") == []

    @pytest.mark.parametrize("wrap", [True, False])
    def test_settings_may_come_with_initialize(self, document: Path, wrap: bool) -> None:
        section = {"severity": {CODE: "off"}}
        options = {"referee": section} if wrap else section
        editor = Editor(document.parent, initializationOptions=options)
        editor.open(document)
        assert editor.codes(document) == []

    def test_what_only_an_editor_shows_is_not_shown_when_switched_off(self, document: Path) -> None:
        editor = Editor(document.parent, settings={"lenses": False, "hints": False})
        uri = editor.open(document)
        where = {"textDocument": {"uri": uri}}
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        assert editor.ask("textDocument/codeLens", where) is None
        assert editor.ask("textDocument/inlayHint", {**where, "range": everything}) is None


class TestMistakes:
    def test_a_mistake_in_the_settings_is_told_once(self, document: Path) -> None:
        editor = Editor(document.parent, settings={"serverity": {}})
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        (message,) = editor.said("window/showMessage")
        assert "`severity`" in message["message"]

    def test_a_mistake_in_the_file_is_a_diagnostic_of_the_file(self, document: Path) -> None:
        toml = document.parent / "referee.toml"
        write(document.parent, {"referee.toml": 'fail-on = "never"\nexlude = []\n'})
        editor = Editor(document.parent)
        editor.open(document)
        (diagnostic,) = editor.published(toml)[-1]["diagnostics"]
        assert diagnostic["code"] == "bad-configuration"
        assert diagnostic["range"]["start"] == {"line": 1, "character": 0}
        write(document.parent, {"referee.toml": ""})
        editor.files_changed((toml, 2))
        assert editor.codes(toml) == []
        assert editor.codes(document) == [CODE]

    def test_a_file_that_comes_or_goes_takes_effect(self, document: Path) -> None:
        toml = document.parent / "referee.toml"
        editor = Editor(document.parent, capabilities={})
        uri = editor.open(document)
        toml.write_text(f'[severity]\n{CODE} = "off"\n')
        editor.ask_until(uri, [])
        toml.unlink()
        editor.ask_until(uri, [CODE])


def test_a_schema_setting_says_what_the_schema_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": "{}",
            "db/base.prisma": DATASOURCE,
            "models/all.prisma": ONE_FINDING.partition("}\n")[2],
        },
    )
    editor = Editor(tmp_path, settings={"schema": "models"})
    uri = editor.open(tmp_path / "models" / "all.prisma")
    assert editor.codes(uri) == []
    editor.settings = {"schema": "."}
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    assert editor.codes(uri) == [CODE]
