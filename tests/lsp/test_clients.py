"""What real editors do, and a server has to survive: one test for each thing learnt from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from referee.lsp.client import DEFAULT_ENCODING, choose_encoding
from referee.text.lines import PositionEncoding
from tests.lsp.editor import EVERYTHING, Editor, insert
from tests.lsp.protocol_model import recorded_initialize
from tests.lsp.schemas import CODE, ONE_FINDING, RELATION_LINE
from tests.project.folders import write

ENCODINGS: tuple[PositionEncoding, ...] = get_args(PositionEncoding)
EDITORS = ("vscode", "nvim", "eglot")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})
    return tmp_path / "schema.prisma"


@pytest.mark.parametrize("answer", [None, [None], [], [None, None, None], "odd", {"referee": 1}])
def test_1_an_answer_of_null_to_the_question_for_settings(document: Path, answer: object) -> None:
    editor = Editor(document.parent)
    editor._answer = lambda message: answer  # type: ignore[method-assign]
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    editor.open(document)
    assert editor.codes(document) == [CODE]
    assert editor.complaints() == []


def test_1_an_error_as_the_answer_to_the_question_for_settings(document: Path) -> None:
    editor = Editor(document.parent)
    editor.answers = False
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    (question,) = [m for m in editor.messages if m.get("method") == "workspace/configuration"][1:]
    error = {"code": -32601, "message": "not here"}
    editor.send({"jsonrpc": "2.0", "id": question["id"], "error": error})
    editor.open(document)
    assert editor.codes(document) == [CODE]


def test_1_no_answer_at_all_delays_and_does_not_prevent(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("referee.lsp.conversation.time.monotonic", lambda: now[0])
    editor = Editor(document.parent)
    editor.answers = False
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    editor.open(document)
    assert editor.published(document) == []
    assert editor.server.conversation.waits == 1
    now[0] += 2
    assert editor.server.conversation.waits == 0
    editor.server.settle()
    assert editor.codes(document) == [CODE]
    assert editor.server.conversation.waits is None


def test_2_code_actions_with_an_empty_context_and_a_range_of_one_character(
    document: Path,
) -> None:
    editor = Editor(document.parent)
    editor.open(document)
    for character in (0, 20, 40, 70):
        assert len(editor.actions(document, RELATION_LINE, character)) == 2


def test_3_the_poorest_client_gets_plain_text_and_plain_changes(document: Path) -> None:
    capabilities = {
        "textDocument": {
            "hover": {"contentFormat": ["plaintext"]},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        }
    }
    editor = Editor(document.parent, capabilities=capabilities)
    uri = editor.open(document)
    hover = editor.ask("textDocument/hover", editor.at(uri, RELATION_LINE, 4))
    assert hover["contents"]["kind"] == "plaintext"
    assert "```" not in hover["contents"]["value"]
    fix, silence = editor.actions(uri, RELATION_LINE)
    assert list(fix["edit"]) == list(silence["edit"]) == ["changes"]
    assert "snippet" not in json.dumps(silence)
    (diagnostic,) = editor.published(uri)[-1]["diagnostics"]
    assert not {"relatedInformation", "data", "tags"} & diagnostic.keys()


@pytest.mark.parametrize("offered", [True, False])
def test_4_nothing_is_registered_that_was_not_offered(document: Path, offered: bool) -> None:
    workspace = {
        "didChangeWatchedFiles": {"dynamicRegistration": offered},
        "didChangeConfiguration": {"dynamicRegistration": offered},
    }
    editor = Editor(document.parent, capabilities={"workspace": workspace})
    registered = [
        each["method"]
        for params in editor.said("client/registerCapability")
        for each in params["registrations"]
    ]
    methods = ["workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"]
    assert registered == (methods if offered else [])


@pytest.mark.parametrize("offered", [True, False])
def test_4_nothing_is_announced_that_was_not_offered(document: Path, offered: bool) -> None:
    editor = Editor(document.parent, capabilities=EVERYTHING if offered else {})
    announced = editor.initialized["capabilities"].keys()
    only_for_some = {"codeLensProvider", "inlayHintProvider", "codeActionProvider", "workspace"}
    assert only_for_some & announced == (only_for_some if offered else set())
    editor.notify("workspace/didChangeConfiguration", {"settings": {"referee": {"hints": False}}})
    refreshes = editor.said("workspace/codeLens/refresh")
    assert bool(refreshes) == offered


def test_5_kate_applies_all_quick_fixes_and_gets_one(document: Path) -> None:
    editor = Editor(document.parent, clientInfo={"name": "Kate", "version": "22.12"})
    editor.open(document)
    assert len(editor.actions(document, RELATION_LINE)) == 1


def test_6_a_question_right_behind_a_change_is_about_the_changed_text(document: Path) -> None:
    editor = Editor(document.parent)
    uri = editor.open(document)
    with editor.at_once():
        editor.change(uri, insert(4, 0, "model Tag {\n  id Int @id\n}\n"))
        asked = editor.post("textDocument/hover", editor.at(uri, 4, 7))
    (answer,) = [each for each in editor.messages if each.get("id") == asked]
    assert "Tag" in answer["result"]["contents"]["value"]


@pytest.mark.parametrize(
    "general", [None, {}, {"positionEncodings": None}, {"positionEncodings": []}]
)
def test_7_no_position_encoding_offered_means_the_usual_one(
    document: Path, general: dict[str, Any] | None
) -> None:
    capabilities = {} if general is None else {"general": general}
    editor = Editor(document.parent, capabilities=capabilities)
    assert editor.initialized["capabilities"]["positionEncoding"] == DEFAULT_ENCODING


def test_8_no_client_info_and_no_workspace_folders(document: Path) -> None:
    editor = Editor(rootUri=document.parent.as_uri(), rootPath=None)
    editor.open(document)
    assert editor.codes(document) == [CODE]
    assert [
        each["items"][0].get("scopeUri") for each in editor.said("workspace/configuration")
    ] == [document.parent.as_uri()]


@pytest.mark.parametrize("root", [{}, {"rootPath": None}, {"workspaceFolders": None}])
def test_8_no_root_at_all(document: Path, root: dict[str, Any]) -> None:
    editor = Editor(**root)
    editor.open(document)
    assert editor.codes(document) == [CODE]


# The ninth, that `shutdown` may never come, is in test_lifecycle.py, where processes are.


MARKED = ONE_FINDING.replace("  author   User", "  /* ä😀𝒳 */ author   User")
# Where `author` starts in it, in the units of each encoding.
STARTS = dict(zip(ENCODINGS, (len("  /* ä😀𝒳 */ ".encode()), 14, 12), strict=True))


class TestEncodings:
    """Columns are counted as agreed, on lines where that makes a difference."""

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_positions_come_and_go_in_the_units_that_were_agreed(
        self, document: Path, encoding: PositionEncoding
    ) -> None:
        capabilities = {**EVERYTHING, "general": {"positionEncodings": [encoding]}}
        editor = Editor(document.parent, capabilities=capabilities)
        assert editor.initialized["capabilities"]["positionEncoding"] == encoding
        uri = editor.open(document, MARKED)
        start = STARTS[encoding]
        hover = editor.ask("textDocument/hover", editor.at(uri, RELATION_LINE, start + 1))
        assert hover["range"]["start"] == {"line": RELATION_LINE, "character": start}
        (diagnostic,) = editor.published(uri)[-1]["diagnostics"]
        shift = start - len("  ")
        plain = Editor(document.parent, capabilities=capabilities)
        plain.open(document, ONE_FINDING)
        (expected,) = plain.published(uri)[-1]["diagnostics"]
        assert diagnostic["range"]["start"]["character"] == (
            expected["range"]["start"]["character"] + shift
        )
        editor.change(uri, insert(RELATION_LINE, start, "re"))
        hover = editor.ask("textDocument/hover", editor.at(uri, RELATION_LINE, start + 1))
        assert hover["range"]["end"]["character"] == start + len("reauthor")

    def test_the_usual_encoding_is_taken_wherever_it_is_offered(self) -> None:
        assert choose_encoding(ENCODINGS) == DEFAULT_ENCODING
        assert choose_encoding(reversed(ENCODINGS)) == DEFAULT_ENCODING
        assert choose_encoding(["odd", ENCODINGS[2], ENCODINGS[0]]) == ENCODINGS[2]
        assert choose_encoding(["odd"]) == DEFAULT_ENCODING


@pytest.mark.parametrize("name", EDITORS)
def test_a_session_with_a_real_editors_capabilities_keeps_to_the_protocol(
    name: str, document: Path
) -> None:
    recorded = recorded_initialize(name)
    root = document.parent.as_uri()
    recorded["rootUri"], recorded["processId"] = root, None
    recorded["workspaceFolders"] = [{"uri": root, "name": "x"}]
    del recorded["rootPath"]
    editor = Editor(**recorded)
    uri = editor.open(document)
    assert editor.codes(uri) == [CODE]
    with editor.at_once():
        editor.change(uri, insert(0, 0, "// 1\n"))
        editor.change(uri, insert(0, 0, "// 2\n"))
    assert editor.published(uri)[-1]["version"] == 3
    for line in range(16):
        editor.ask("textDocument/hover", editor.at(uri, line, 12))
        editor.actions(uri, line)
    where = {"textDocument": {"uri": uri}}
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    announced = editor.initialized["capabilities"]
    if "codeLensProvider" in announced:
        for each in editor.ask("textDocument/codeLens", where):
            lens = editor.ask("codeLens/resolve", each)
            editor.ask(
                "workspace/executeCommand",
                {k: lens["command"][k] for k in ("command", "arguments")},
            )
    if "inlayHintProvider" in announced:
        editor.ask("textDocument/inlayHint", {**where, "range": everything})
    editor.actions(uri, 0, only=["source.fixAll.referee"])
    editor.close(uri)
    editor.ask("shutdown")
    editor.notify("exit")
    assert editor.server.ends_with == 0
    assert editor.complaints() == []


def test_10_nothing_is_published_behind_the_answer_to_shutdown(document: Path) -> None:
    editor = Editor(document.parent)
    uri = editor.open(document)
    told = len(editor.published(uri))
    with editor.at_once():
        editor.change(uri, insert(RELATION_LINE + 1, 0, "//"))
        editor.post("shutdown")
    assert len(editor.published(uri)) == told
    assert "result" in editor.messages[-1]
