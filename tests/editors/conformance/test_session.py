"""What is wrong with a recorded conversation is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.editors.conformance.recorder import TEE
from tests.editors.conformance.session import check_recorded, faults_of, methods, sessions_in

URI = "file:///project/schema.prisma"
DOCUMENT = {"uri": URI}
START = {"line": 0, "character": 0}
RANGE = {"start": START, "end": START}
RICH: dict[str, Any] = {
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "codeLens": {"refreshSupport": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "workspaceEdit": {"documentChanges": True, "snippetEditSupport": True},
    },
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}},
            "isPreferredSupport": True,
        },
        "publishDiagnostics": {"relatedInformation": True, "dataSupport": True},
    },
    "general": {"positionEncodings": ["utf-8"]},
}
EDIT = {
    "documentChanges": [
        {
            "textDocument": {"uri": URI, "version": 2},
            "edits": [{"range": RANGE, "snippet": {"kind": "snippet", "value": "x"}}],
        }
    ]
}


def asks(sender: str, number: int, method: str, params: object = None) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": number, "method": method}
    return {"sender": sender, "message": message | ({} if params is None else {"params": params})}


def tells(sender: str, method: str, params: object = None) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "method": method}
    return {"sender": sender, "message": message | ({} if params is None else {"params": params})}


def answers(sender: str, number: int, result: object) -> dict[str, Any]:
    return {"sender": sender, "message": {"jsonrpc": "2.0", "id": number, "result": result}}


def published(version: int, **members: object) -> dict[str, Any]:
    diagnostic = {"range": RANGE, "message": "x", **members}
    params = {"uri": URI, "version": version, "diagnostics": [diagnostic]}
    return tells("server", "textDocument/publishDiagnostics", params)


def cleared() -> dict[str, Any]:
    params = {"uri": URI, "diagnostics": list[object]()}
    return tells("server", "textDocument/publishDiagnostics", params)


def conversation() -> list[dict[str, Any]]:
    """Return a conversation in which all is well."""
    watchers = {"watchers": [{"globPattern": "**/*.prisma"}]}
    registration = {
        "id": "a",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": watchers,
    }
    text = {"uri": URI, "languageId": "prisma", "version": 1, "text": ""}
    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": " "}]}
    fix = {"title": "x", "kind": "quickfix", "isPreferred": True, "edit": EDIT}
    context = {"diagnostics": [], "only": ["quickfix"]}
    hovered = {"contents": {"kind": "markdown", "value": "x"}}
    initialize = {"processId": None, "rootUri": None, "capabilities": RICH}
    offered = {"capabilities": {"positionEncoding": "utf-8", "codeActionProvider": {}}}
    return [
        asks("client", 1, "initialize", initialize),
        answers("server", 1, offered),
        tells("client", "initialized", {}),
        asks("server", 1, "client/registerCapability", {"registrations": [registration]}),
        asks("server", 2, "workspace/configuration", {"items": [{"section": "referee"}]}),
        answers("client", 1, None),
        answers("client", 2, [None]),
        tells("client", "textDocument/didOpen", {"textDocument": text}),
        published(1, data={"family": "index"}),
        tells("client", "textDocument/didChange", change),
        published(2),
        asks("client", 2, "textDocument/hover", {"textDocument": DOCUMENT, "position": START}),
        answers("server", 2, hovered),
        asks(
            "client",
            3,
            "textDocument/codeAction",
            {"textDocument": DOCUMENT, "range": RANGE, "context": context},
        ),
        answers("server", 3, [fix]),
        asks("server", 3, "workspace/applyEdit", {"edit": EDIT}),
        answers("client", 3, {"applied": True}),
        tells("client", "textDocument/didClose", {"textDocument": DOCUMENT}),
        cleared(),
        asks("client", 4, "shutdown"),
        answers("server", 4, None),
        tells("client", "exit"),
    ]


# Where in it stands what the tests change.
OPENED, CHANGED, HOVERED, FIXED, EDITED = 7, 9, 12, 14, 15


def faults(records: list[dict[str, Any]], folder: Path) -> str:
    """Return what is wrong with records, as one text."""
    lines = [json.dumps(record) + "\n" for record in records]
    (folder / "session.jsonl").write_text("".join(lines), encoding="utf-8")
    (session,) = sessions_in(folder)
    return "\n".join(faults_of(session))


def test_a_conversation_in_which_all_is_well_has_no_faults(tmp_path: Path) -> None:
    assert faults(conversation(), tmp_path) == ""
    (session,) = check_recorded(tmp_path)
    assert methods(session, "server") == {
        "client/registerCapability",
        "workspace/configuration",
        "textDocument/publishDiagnostics",
        "workspace/applyEdit",
    }


def test_a_folder_without_a_conversation_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing was recorded"):
        check_recorded(tmp_path)


@pytest.mark.parametrize(
    ("position", "record", "fault"),
    [
        (0, tells("client", "initialized", {}), "initialized before initialize"),
        (1, published(1), "before the answer to initialize"),
        (2, answers("server", 1, {"capabilities": {}}), "waits for none"),
        (2, answers("server", 7, None), "an answer to no question"),
        (2, asks("server", 8, "workspace/inlayHint/refresh"), "did not offer"),
        (2, tells("server", "window/logMessage", {"type": 9, "message": "x"}), "MessageType"),
        (8, published(3), "version 3"),
        (8, published(1, tags=[1]), "tags"),
        (8, published(1, codeDescription={"href": "https://a"}), "codeDescription"),
        (11, published(1), "version 1 after 2"),
        (19, published(2), "diagnostics stay on"),
        (19, asks("client", 9, "textDocument/codeLens", {"textDocument": DOCUMENT}), "codeLens"),
        (21, tells("server", "window/logMessage", {"type": 3, "message": "x"}), "after shutdown"),
        (21, asks("client", 9, "textDocument/codeLens", {"textDocument": DOCUMENT}), "after shut"),
    ],
)
def test_a_message_too_many_is_found(
    position: int, record: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    records = conversation()
    records.insert(position, record)
    assert fault in faults(records, tmp_path)


def test_a_question_that_crosses_the_shutdown_may_be_refused(tmp_path: Path) -> None:
    records = conversation()
    late = asks("client", 9, "textDocument/codeLens", {"textDocument": DOCUMENT})
    refused = {"code": -32600, "message": "This server is shutting down."}
    answer = {"sender": "server", "message": {"jsonrpc": "2.0", "id": 9, "error": refused}}
    # Behind the question for the shutdown, before its answer.
    records[-2:-2] = [late]
    records.append(answer)
    assert faults(records, tmp_path) == ""


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("workspace.applyEdit", "workspace/applyEdit"),
        ("workspace.configuration", "workspace/configuration"),
        ("workspace.didChangeWatchedFiles", "registers workspace/didChangeWatchedFiles"),
        ("workspace.workspaceEdit.documentChanges", "changes of documents"),
        ("workspace.workspaceEdit.snippetEditSupport", "snippet"),
        ("textDocument.hover", "markdown"),
        ("textDocument.codeAction.codeActionLiteralSupport", "a literal code action"),
        ("textDocument.codeAction.isPreferredSupport", "a preferred code action"),
        ("textDocument.publishDiagnostics.dataSupport", "data"),
        ("general.positionEncodings", "utf-8"),
    ],
)
def test_what_a_client_did_not_offer_is_found(path: str, fault: str, tmp_path: Path) -> None:
    records = conversation()
    holder: Any = deepcopy(RICH)
    records[0]["message"]["params"]["capabilities"] = holder
    *around, last = path.split(".")
    for name in around:
        holder = holder[name]
    del holder[last]
    assert fault in faults(records, tmp_path)


def test_a_code_action_of_another_kind_than_asked_for_is_found(tmp_path: Path) -> None:
    records = conversation()
    records[FIXED]["message"]["result"][0]["kind"] = "quickfixes"
    assert "'quickfixes'" in faults(records, tmp_path)


def test_an_edit_of_a_version_that_there_is_not_is_found(tmp_path: Path) -> None:
    records = conversation()
    edit: Any = deepcopy(EDIT)
    edit["documentChanges"][0]["textDocument"]["version"] = 5
    records[EDITED]["message"]["params"]["edit"] = edit
    assert "an edit of version 5" in faults(records, tmp_path)


def test_a_version_that_does_not_grow_is_found(tmp_path: Path) -> None:
    records = conversation()
    records[CHANGED]["message"]["params"]["textDocument"]["version"] = 1
    assert "version 1 after 1" in faults(records, tmp_path)


def test_a_question_without_an_answer_is_found(tmp_path: Path) -> None:
    records = conversation()
    del records[HOVERED]
    assert "without an answer to textDocument/hover" in faults(records, tmp_path)


def test_the_clients_own_mistakes_can_be_left_out(tmp_path: Path) -> None:
    records = conversation()
    records[OPENED]["message"]["params"]["extra"] = 1
    assert "not in the protocol" in faults(records, tmp_path)
    check_recorded(tmp_path, checks_client=False)


def test_the_tee_hands_everything_on_and_writes_it_down(tmp_path: Path) -> None:
    said = [record["message"] for record in conversation() if record["sender"] == "client"]
    command = [sys.executable, "-m", "referee", "serve", "--stdio"]
    spoken = b"".join(frame(message) for message in (*said[:2], *said[-2:]))
    direct = subprocess.run(command, input=spoken, capture_output=True, check=True)
    through = subprocess.run(
        [sys.executable, str(TEE), str(tmp_path), *command],
        input=spoken,
        capture_output=True,
        check=True,
    )
    assert through.stdout == direct.stdout
    assert through.returncode == direct.returncode == 0
    (session,) = sessions_in(tmp_path)
    assert [each.message for each in session if each.sender == "client"] == [*said[:2], *said[-2:]]


def frame(message: Mapping[str, Any]) -> bytes:
    """Return a message as it travels."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
