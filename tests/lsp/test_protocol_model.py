"""The check of messages against the protocol's model finds what is wrong with them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.lsp.protocol_model import model

RANGE = {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 3}}
PUBLISHED: dict[str, Any] = {
    "jsonrpc": "2.0",
    "method": "textDocument/publishDiagnostics",
    "params": {
        "uri": "file:///a",
        "version": 3,
        "diagnostics": [
            {"range": RANGE, "message": "x", "severity": 1, "code": "y", "tags": [1], "data": {}}
        ],
    },
}
HOVERED: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 3,
    "result": {"contents": {"kind": "markdown", "value": "x"}, "range": RANGE},
}


def test_messages_that_keep_to_the_protocol_have_no_faults() -> None:
    assert model().faults(PUBLISHED) == []
    assert model().faults(HOVERED, "textDocument/hover") == []
    assert model().faults({**HOVERED, "result": None}, "textDocument/hover") == []
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -1, "message": "x"}}
    assert model().faults(error) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("jsonrpc",), "1.0"),
        (("method",), "textDocument/publishDiagnosis"),
        (("method",), "textDocument/didOpen"),
        (("params",), None),
        (("params", "uri"), None),
        (("params", "version"), "3"),
        (("params", "extra"), 1),
        (("params", "diagnostics", 0, "severity"), 9),
        (("params", "diagnostics", 0, "severity"), True),
        (("params", "diagnostics", 0, "tags"), [7]),
        (("params", "diagnostics", 0, "range", "start", "line"), -1),
        (("params", "diagnostics", 0, "range", "end"), {"line": 1}),
        (("params", "diagnostics", 0, "message"), 3),
    ],
)
def test_a_planted_fault_is_found(path: tuple[str | int, ...], value: object) -> None:
    message = deepcopy(PUBLISHED)
    holder: Any = message
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert model().faults(message)


def test_faults_of_answers_are_found() -> None:
    assert model().faults(HOVERED)
    assert model().faults({"jsonrpc": "2.0", "id": 3}, "textDocument/hover")
    contents = {"kind": "html", "value": "x"}
    wrong = {**HOVERED, "result": {"contents": contents}}
    assert model().faults(wrong, "textDocument/hover")
    assert model().faults({**HOVERED, "error": {"code": 1, "message": "x"}}, "textDocument/hover")


def test_nobody_says_what_only_the_other_may_say() -> None:
    opened = {"jsonrpc": "2.0", "method": "initialized", "params": {}}
    assert model().faults(opened)
    assert model().faults(opened, sender="client") == []
    assert model().faults(PUBLISHED, sender="client")
