"""What can be done about a finding is worked out from the document, whatever the client sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from referee.lsp.workspace_edits import snippet_text
from referee.syntax.tree import Span
from tests.lsp.editor import EVERYTHING, NOTHING, Editor, Refused, applied, insert
from tests.lsp.schemas import CODE, ONE_FINDING, POSTS, RELATION_LINE, TWO_FINDINGS, USERS
from tests.project.folders import DATASOURCE, write

ADD_INDEX = "Add `@@index([authorId])`"
SILENCE = f"Silence `{CODE}` here"
FIX_ALL = "source.fixAll.referee"
SILENCE_KIND = "quickfix.referee.silence"


def offering(**capabilities: Any) -> dict[str, Any]:
    """Return the capabilities of an editor of today with some parts replaced."""
    return {**EVERYTHING, **capabilities}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write(tmp_path, {"schema.prisma": ONE_FINDING})
    return tmp_path / "schema.prisma"


def test_the_preferred_fix_comes_first_and_silence_last(document: Path) -> None:
    editor = Editor(document.parent)
    editor.open(document)
    actions = editor.actions(document, RELATION_LINE, 30)
    assert [each["title"] for each in actions] == [ADD_INDEX, SILENCE]
    assert [each.get("isPreferred", False) for each in actions] == [True, False]
    assert [each["kind"] for each in actions] == ["quickfix", SILENCE_KIND]
    assert actions[0]["diagnostics"] == editor.published(document)[-1]["diagnostics"]


def test_the_whole_line_of_a_finding_offers_its_fixes_and_others_do_not(document: Path) -> None:
    editor = Editor(document.parent)
    editor.open(document)
    assert editor.actions(document, RELATION_LINE, 0)
    assert editor.actions(document, RELATION_LINE, 1000)
    assert editor.actions(document, RELATION_LINE - 1, 0) == []
    assert editor.actions(document, RELATION_LINE + 1, 0) == []
    assert editor.actions(document, 1000, 0) == []


def test_applying_the_fix_removes_the_finding(document: Path) -> None:
    editor = Editor(document.parent)
    uri = editor.open(document)
    fix = editor.actions(document, RELATION_LINE)[0]
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    fixed = applied(ONE_FINDING, change["edits"])
    assert "  authorId Int\n\n  @@index([authorId])\n}" in fixed
    editor.change(uri, {"text": fixed})
    assert editor.codes(uri) == []


def test_an_edit_follows_the_document_and_not_what_was_published(document: Path) -> None:
    editor = Editor(document.parent)
    uri = editor.open(document)
    with editor.at_once():
        editor.change(uri, insert(0, 0, "// above\n// above\n"))
        asked = editor.post(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": {
                    "start": {"line": RELATION_LINE + 2, "character": 0},
                    "end": {"line": RELATION_LINE + 2, "character": 1},
                },
                "context": {"diagnostics": []},
            },
        )
    (answer,) = [each for each in editor.messages if each.get("id") == asked]
    (change,) = answer["result"][0]["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == 2
    assert change["edits"][0]["range"]["start"]["line"] == 15


def test_the_fix_of_a_finding_may_change_another_file_that_is_not_open(tmp_path: Path) -> None:
    schema = tmp_path / "schema"
    write(tmp_path, {"package.json": "{}"})
    write(schema, {"base.prisma": DATASOURCE, "posts.prisma": POSTS, "users.prisma": USERS})
    editor = Editor(tmp_path)
    editor.open(schema / "posts.prisma")
    action = editor.actions(schema / "posts.prisma", 2)[0]
    documents = [each["textDocument"] for each in action["edit"]["documentChanges"]]
    assert documents == [{"uri": (schema / "posts.prisma").as_uri(), "version": 1}]


class TestWhatTheClientTakes:
    def test_edits_are_plain_changes_without_document_changes(self, document: Path) -> None:
        workspace = {**EVERYTHING["workspace"], "workspaceEdit": {}}
        editor = Editor(document.parent, capabilities=offering(workspace=workspace))
        uri = editor.open(document)
        edit = editor.actions(document, RELATION_LINE)[0]["edit"]
        assert "documentChanges" not in edit
        assert "@@index([authorId])" in applied(ONE_FINDING, edit["changes"][uri])

    def test_the_reason_of_a_silence_is_selected_where_that_is_possible(
        self, document: Path
    ) -> None:
        taken = {"documentChanges": True, "snippetEditSupport": True}
        workspace = {**EVERYTHING["workspace"], "workspaceEdit": taken}
        editor = Editor(document.parent, capabilities=offering(workspace=workspace))
        editor.open(document)
        silence = editor.actions(document, RELATION_LINE)[-1]
        (edit,) = silence["edit"]["documentChanges"][0]["edits"]
        assert edit["snippet"] == {
            "kind": "snippet",
            "value": f"  // referee-ignore {CODE}: ${{1:reason}}\n",
        }

    def test_a_silence_is_a_plain_comment_elsewhere_and_silences(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document)
        silence = editor.actions(document, RELATION_LINE)[-1]
        (change,) = silence["edit"]["documentChanges"]
        text = applied(ONE_FINDING, change["edits"])
        assert f"  // referee-ignore {CODE}: reason\n  author " in text
        editor.change(uri, {"text": text})
        assert editor.codes(uri) == []

    def test_preference_is_told_to_those_who_know_it(self, document: Path) -> None:
        action: dict[str, Any] = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}
        document_part = {**EVERYTHING["textDocument"], "codeAction": action}
        editor = Editor(document.parent, capabilities=offering(textDocument=document_part))
        editor.open(document)
        assert "isPreferred" not in editor.actions(document, RELATION_LINE)[0]

    @pytest.mark.parametrize("name", ["Kate", "kwrite"])
    def test_a_client_that_applies_everything_gets_the_preferred_fix_only(
        self, document: Path, name: str
    ) -> None:
        editor = Editor(document.parent, clientInfo={"name": name})
        editor.open(document)
        actions = editor.actions(document, RELATION_LINE)
        assert [each["title"] for each in actions] == [ADD_INDEX]

    def test_a_client_without_literals_gets_commands_that_edit(self, document: Path) -> None:
        capabilities = {"workspace": {"applyEdit": True}}
        editor = Editor(document.parent, capabilities=capabilities)
        assert editor.initialized["capabilities"]["codeActionProvider"] is True
        uri = editor.open(document)
        command: dict[str, Any] = editor.actions(document, RELATION_LINE)[0]
        assert command["title"] == ADD_INDEX
        editor.ask("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        (asked,) = editor.said("workspace/applyEdit")
        assert list(asked["edit"]["changes"]) == [uri]

    def test_a_client_that_can_do_nothing_is_offered_nothing(self, document: Path) -> None:
        editor = Editor(document.parent, capabilities=NOTHING)
        assert "codeActionProvider" not in editor.initialized["capabilities"]


class TestKinds:
    @pytest.mark.parametrize("only", [["quickfix"], [""], ["quickfix", "refactor"]])
    def test_quick_fixes_are_given_to_who_asks_for_them(
        self, document: Path, only: list[str]
    ) -> None:
        editor = Editor(document.parent)
        editor.open(document)
        kinds = {each["kind"] for each in editor.actions(document, RELATION_LINE, only=only)}
        assert kinds == {"quickfix", SILENCE_KIND}

    @pytest.mark.parametrize("only", [[SILENCE_KIND], ["quickfix.referee"]])
    def test_silences_alone_are_given_to_who_asks_for_them(
        self, document: Path, only: list[str]
    ) -> None:
        editor = Editor(document.parent)
        editor.open(document)
        titles = [each["title"] for each in editor.actions(document, RELATION_LINE, only=only)]
        assert titles == [SILENCE]

    @pytest.mark.parametrize("only", [["source"], ["source.fixAll"], ["refactor"], ["quick"], []])
    def test_nothing_is_given_to_who_asks_for_something_else(
        self, document: Path, only: list[str]
    ) -> None:
        editor = Editor(document.parent)
        editor.open(document)
        assert editor.actions(document, RELATION_LINE, only=only) == []

    def test_everything_safe_is_fixed_for_who_asks_for_exactly_that(self, document: Path) -> None:
        editor = Editor(document.parent)
        uri = editor.open(document, TWO_FINDINGS)
        assert editor.codes(uri).count(CODE) == 2
        (action,) = editor.actions(document, 0, only=[FIX_ALL])
        assert action["kind"] == FIX_ALL
        (change,) = action["edit"]["documentChanges"]
        fixed = applied(TWO_FINDINGS, change["edits"])
        editor.change(uri, {"text": fixed})
        assert CODE not in editor.codes(uri)
        assert editor.actions(document, 0, only=[FIX_ALL]) == []

    def test_fix_all_is_announced(self, document: Path) -> None:
        editor = Editor(document.parent)
        offered = editor.initialized["capabilities"]["codeActionProvider"]["codeActionKinds"]
        assert offered == ["quickfix", FIX_ALL]


def test_a_useless_silence_can_be_removed(document: Path) -> None:
    editor = Editor(document.parent)
    text = ONE_FINDING.replace("  id       Int", f"  // referee-ignore {CODE}: no\n  id       Int")
    uri = editor.open(document, text)
    assert "unused-silence" in editor.codes(uri)
    action = editor.actions(uri, 10)[0]
    assert (action["title"], action["isPreferred"]) == ("Remove the comment", True)
    (change,) = action["edit"]["documentChanges"]
    assert applied(text, change["edits"]) == ONE_FINDING


def test_an_unknown_command_is_refused(document: Path) -> None:
    editor = Editor(document.parent)
    with pytest.raises(Refused) as refused:
        editor.ask("workspace/executeCommand", {"command": "referee.nothing", "arguments": []})
    assert refused.value.code == -32602
    assert editor.complaints() == []


def test_what_a_snippet_would_understand_is_escaped() -> None:
    text = "a $b {c} \\d reason e"
    start = text.index("reason")
    blank = Span(start, start + 6)
    assert snippet_text(text, blank) == "a \\$b {c\\} \\\\d ${1:reason} e"
