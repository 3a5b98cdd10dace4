"""Hover, lenses, hints and commands reach the editor in the protocol's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.lsp.uris import path_of
from tests.lsp.editor import EVERYTHING, Editor, Refused, applied
from tests.lsp.schemas import ONE_FINDING, RELATION_LINE
from tests.project.folders import write

EVERYWHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
IMPLICIT = ONE_FINDING.replace(", onDelete: Cascade", "")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path / "schema.prisma"


class TestHover:
    def test_a_hover_says_what_it_is_about_and_in_which_form(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        hover = editor.ask("textDocument/hover", editor.at(uri, RELATION_LINE, 4))
        assert hover["contents"]["kind"] == "markdown"
        assert "Cascade" in hover["contents"]["value"]
        assert hover["range"] == {
            "start": {"line": RELATION_LINE, "character": 2},
            "end": {"line": RELATION_LINE, "character": 8},
        }

    def test_the_form_is_the_one_that_the_client_prefers(self, document: Path) -> None:
        part = {**EVERYTHING["textDocument"], "hover": {"contentFormat": ["plaintext", "markdown"]}}
        editor = Editor(document.parent, capabilities={**EVERYTHING, "textDocument": part})
        uri = editor.open(document)
        hover = editor.ask("textDocument/hover", editor.at(uri, RELATION_LINE, 4))
        assert hover["contents"]["kind"] == "plaintext"

    @pytest.mark.parametrize(("line", "character"), [(3, 0), (8, 0), (999, 9), (4, 999)])
    def test_where_nothing_stands_there_is_nothing_to_say(
        self, document: Path, line: int, character: int
    ) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        assert editor.ask("textDocument/hover", editor.at(uri, line, character)) is None

    def test_a_document_that_is_not_open_has_no_answer(self, document: Path) -> None:
        editor = Editor(document.parent)
        assert editor.ask("textDocument/hover", editor.at(document, 4, 7)) is None
        assert editor.actions(document, 4) is None


class TestLenses:
    def test_a_lens_stands_over_its_model_and_opens_the_tree(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        (lens,) = editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
        assert lens["range"]["start"] == {"line": 4, "character": 6}
        assert "command" not in lens
        command = editor.ask("codeLens/resolve", lens)["command"]
        assert "removes rows of 1 model" in command["title"]
        assert (
            command["command"]
            in editor.initialized["capabilities"]["executeCommandProvider"]["commands"]
        )
        wanted = {"command": command["command"], "arguments": command["arguments"]}
        report = editor.ask("workspace/executeCommand", wanted)
        assert "Post" in report
        (shown,) = editor.said("window/showMessage")
        assert (shown["type"], shown["message"]) == (3, report)

    def test_what_a_lens_says_follows_the_relations(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        where = {"textDocument": {"uri": uri}}
        (before,) = editor.ask("textDocument/codeLens", where)
        editor.change(uri, {"text": IMPLICIT})
        (after,) = editor.ask("textDocument/codeLens", where)
        title = editor.ask("codeLens/resolve", after)["command"]["title"]
        assert "refused" in title
        editor.change(uri, {"text": ""})
        assert editor.ask("textDocument/codeLens", where) == []
        assert "command" not in editor.ask("codeLens/resolve", before)

    def test_an_editor_that_shows_trees_itself_is_given_the_text_alone(
        self, document: Path
    ) -> None:
        editor = Editor(document.parent, initializationOptions={"showsTrees": True})
        uri = editor.open(document)
        wanted = {"command": "referee.showDeleteTree", "arguments": [uri, "User"]}
        assert "Post" in editor.ask("workspace/executeCommand", wanted)
        assert editor.said("window/showMessage") == []

    @pytest.mark.parametrize("arguments", [["User"], [], None])
    def test_a_command_without_its_arguments_is_refused(
        self, document: Path, arguments: object
    ) -> None:
        editor = Editor(document.parent)
        with pytest.raises(Refused):
            editor.ask(
                "workspace/executeCommand",
                {"command": "referee.showDeleteTree", "arguments": arguments},
            )

    def test_the_tree_of_a_model_that_is_gone_is_nothing(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        wanted = {"command": "referee.showDeleteTree", "arguments": [uri, "Nobody"]}
        assert editor.ask("workspace/executeCommand", wanted) is None


class TestHints:
    def test_a_hint_says_what_happens_and_writes_it(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document, IMPLICIT)
        params = {"textDocument": {"uri": uri}, "range": EVERYWHERE}
        (hint,) = editor.ask("textDocument/inlayHint", params)
        assert hint["label"] == ", onDelete: Restrict"
        assert hint["position"]["line"] == RELATION_LINE
        assert ", onDelete: Restrict)" in applied(IMPLICIT, hint["textEdits"])

    def test_only_the_part_that_is_asked_about_is_answered(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document, IMPLICIT)
        part = {"start": {"line": 0, "character": 0}, "end": {"line": 8, "character": 0}}
        params = {"textDocument": {"uri": uri}, "range": part}
        assert editor.ask("textDocument/inlayHint", params) == []


class TestFailures:
    def test_a_handler_that_fails_is_answered_logged_and_survived(
        self, document: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        with monkeypatch.context() as patch:
            patch.setattr("referee.lsp.questions.hover_at", fail)
            with pytest.raises(Refused) as refused:
                editor.ask("textDocument/hover", editor.at(uri, 4, 7))
        assert refused.value.code == -32603
        (complaint,) = editor.complaints()
        assert "a planted failure" in complaint
        assert "Traceback" in complaint or "line " in complaint
        assert editor.ask("textDocument/hover", editor.at(uri, 4, 7))

    def test_an_edit_that_the_engine_fails_on_is_not_lost(
        self, document: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        with monkeypatch.context() as patch:
            patch.setattr("referee.engine.session.edit_source", fail)
            patch.setattr("referee.engine.session.read_source", fail)
            editor.change(uri, change(4, 0, "// one\n"))
            editor.change(uri, change(4, 0, "// two\n"))
        assert len(editor.complaints()) == 2
        editor.change(uri, change(6, 0, "// three\n"))
        assert len(editor.complaints()) == 2
        published = editor.published(uri)[-1]
        assert published["version"] == 4
        assert published["diagnostics"][0]["range"]["start"]["line"] == RELATION_LINE + 3

    def test_a_rule_that_fails_once_costs_nothing(
        self, document: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        with monkeypatch.context() as patch:
            patch.setattr("referee.engine.judgements.judge_unit", fail)
            editor.change(uri, change(12, 0, "  other Int\n"))
        assert editor.complaints()
        editor.change(uri, change(13, 14, "\n  @@index([authorId])"))
        assert editor.codes(uri) == []

    def test_settling_that_fails_is_survived(
        self, document: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = Editor(document.parent)
        with monkeypatch.context() as patch:
            patch.setattr("referee.project.workspace.find_schemas", fail)
            uri = editor.open(document)
        assert editor.complaints()
        editor.change(uri, change(0, 0, "// one\n"))
        assert editor.published(uri)[-1]["version"] == 2


class TestAddresses:
    @pytest.mark.parametrize(
        "uri", ["untitled:Untitled-1", "git:/a/b?c", "", "x", "http://x/y", "file:///%00"]
    )
    def test_what_is_no_file_has_no_path(self, uri: str) -> None:
        assert path_of(uri) is None

    def test_a_path_comes_back_from_its_address(self, tmp_path: Path) -> None:
        for name in ("a b", "ü", "100%", "a#b", "a?b", "c:", "[x]", "&"):
            path = (tmp_path / name).resolve()
            assert path_of(path.as_uri()) == path
        assert path_of(f"file://localhost{tmp_path}/x") == (tmp_path / "x").resolve()
        assert path_of(f"file://{tmp_path}/a#b?c") == (tmp_path / "a#b?c").resolve()


def fail(*arguments: object, **others: object) -> object:
    raise RuntimeError("a planted failure")


def change(line: int, character: int, text: str) -> dict[str, object]:
    position = {"line": line, "character": character}
    return {"range": {"start": position, "end": position}, "text": text}
