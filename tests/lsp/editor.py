"""An editor in the test's own process: it speaks to the server in messages, as any editor does.

Every message of the server is checked against the protocol's model where that is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from referee.lsp.server import RefereeServer
from tests.lsp import protocol_model

Json = dict[str, Any]

# What an editor of today offers; tests take from it what they are about.
EVERYTHING: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "workspaceEdit": {"documentChanges": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
    "textDocument": {
        "synchronization": {"didSave": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix"]}},
            "isPreferredSupport": True,
        },
        "codeLens": {},
        "inlayHint": {},
        "publishDiagnostics": {
            "relatedInformation": True,
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
    },
}
NOTHING: Json = {}


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]


class Editor:
    """An editor and a server that speak to each other; each call waits for everything it causes.

    `settings` is what the section `referee` holds; a function is called with the scope.
    """

    def __init__(
        self,
        *folders: Path,
        capabilities: Mapping[str, Any] = EVERYTHING,
        settings: object = None,
        paranoid: bool = True,
        **initialize: Any,
    ) -> None:
        self.messages: list[Json] = []
        self.settings = settings
        self.answers = True
        self._asked: dict[object, str] = {}
        self._numbers = 0
        self._replies: list[bytes] = []
        self._batch: list[bytes] | None = None
        self.server = RefereeServer(self._receive, paranoid=paranoid)
        self._versions: dict[str, int] = {}
        params: Json = {"processId": None, "rootUri": None, "capabilities": dict(capabilities)}
        if folders:
            params["rootUri"] = folders[0].as_uri()
            params["workspaceFolders"] = [
                {"uri": folder.as_uri(), "name": folder.name} for folder in folders
            ]
        self.initialized = self.ask("initialize", {**params, **initialize})
        self.notify("initialized", {})

    # --- Speaking --------------------------------------------------------------------------------

    def notify(self, method: str, params: object = None) -> None:
        """Say something."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object = None) -> Any:
        """Ask something and return the result; raises Refused on an error."""
        number = self.post(method, params)
        (answer,) = [each for each in self.messages if each.get("id") == number]
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def post(self, method: str, params: object = None) -> int:
        """Ask something, and return the number of the question."""
        self._numbers += 1
        self._asked[self._numbers] = method
        self.send({"jsonrpc": "2.0", "id": self._numbers, "method": method, "params": params})
        return self._numbers

    def send(self, message: object) -> None:
        """Send a message, or keep it for the batch that is being made."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        if self._batch is not None:
            self._batch.append(body)
        else:
            self._deliver([body])

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Send all messages of a block in one go, as they wait in a server that was busy."""
        self._batch = []
        try:
            yield
        finally:
            bodies, self._batch = self._batch, None
            self._deliver(bodies)

    def _deliver(self, bodies: list[bytes]) -> None:
        self.server.take(bodies)
        self.server.settle()
        while self._replies:
            replies, self._replies = self._replies, []
            self.server.take(replies)
            self.server.settle()

    def _receive(self, frame: bytes) -> None:
        message: Json = json.loads(frame.partition(b"\r\n\r\n")[2])
        self.messages.append(message)
        asked = None if "method" in message else self._asked.get(message.get("id"))
        faults = protocol_model.model().faults(message, asked)
        assert not faults, faults
        if "method" in message and "id" in message and self.answers:
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": self._answer(message)}
            self._replies.append(json.dumps(reply).encode())

    def _answer(self, message: Json) -> object:
        if message["method"] == "workspace/configuration":
            items = message["params"]["items"]
            return [
                self.settings(each.get("scopeUri")) if callable(self.settings) else self.settings
                for each in items
            ]
        if message["method"] == "workspace/applyEdit":
            return {"applied": True}
        return None

    # --- Documents -------------------------------------------------------------------------------

    def open(self, document: Path | str, text: str | None = None) -> str:
        """Open a document with a text, or with what is on disk, and return its address."""
        uri = uri_of(document)
        if text is None:
            assert isinstance(document, Path)
            text = document.read_bytes().decode()
        self._versions[uri] = 1
        item = {"uri": uri, "languageId": "prisma", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, document: Path | str, *changes: Json) -> None:
        """Change a document: each change is a text, or a text in place of a range."""
        uri = uri_of(document)
        self._versions[uri] += 1
        identifier = {"uri": uri, "version": self._versions[uri]}
        params = {"textDocument": identifier, "contentChanges": list(changes)}
        self.notify("textDocument/didChange", params)

    def close(self, document: Path | str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(document)}})

    def files_changed(self, *changes: tuple[Path, int]) -> None:
        """Tell of changes on disk: 1 is a new file, 2 a changed one, 3 one that is gone."""
        events = [{"uri": path.as_uri(), "type": kind} for path, kind in changes]
        self.notify("workspace/didChangeWatchedFiles", {"changes": events})

    # --- What came ------------------------------------------------------------------------------

    def said(self, method: str) -> list[Json]:
        """Return the parameters of everything the server said under a method."""
        return [each.get("params", {}) for each in self.messages if each.get("method") == method]

    def published(self, document: Path | str) -> list[Json]:
        """Return every publication for a document."""
        uri = uri_of(document)
        everything = self.said("textDocument/publishDiagnostics")
        return [each for each in everything if each["uri"] == uri]

    def ask_until(self, uri: str, codes: Sequence[str]) -> None:
        """Ask about a document until these codes are told; the disk is looked at meanwhile.

        Where a look has taken long, as on a busy machine, the server waits before the next.
        """
        end = time.monotonic() + 30
        while time.monotonic() < end:
            self.ask("textDocument/hover", self.at(uri, 0, 0))
            if self.codes(uri) == codes:
                return
        assert self.codes(uri) == codes

    def codes(self, document: Path | str) -> list[str]:
        """Return the codes that were last published for a document; fails if none ever were."""
        return [each["code"] for each in self.published(document)[-1]["diagnostics"]]

    def complaints(self) -> list[str]:
        """Return what the server said went wrong."""
        return [each["message"] for each in self.said("window/logMessage") if each["type"] == 1]

    def actions(
        self, document: Path | str, line: int, character: int = 0, **context: Any
    ) -> Sequence[Json]:
        """Return the code actions for a cursor, with nothing in the context."""
        position = {"line": line, "character": character}
        found: Sequence[Json] = self.ask(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri_of(document)},
                "range": {"start": position, "end": position},
                "context": {"diagnostics": [], **context},
            },
        )
        return found

    def at(self, document: Path | str, line: int, character: int) -> Json:
        """Return the parameters of a question about a position."""
        return {
            "textDocument": {"uri": uri_of(document)},
            "position": {"line": line, "character": character},
        }


def uri_of(document: Path | str) -> str:
    """Return the address of a document: a path's, or the text itself."""
    return document.as_uri() if isinstance(document, Path) else document


def insert(line: int, character: int, text: str) -> Json:
    """Return a change that puts a text at a position."""
    return replace(line, character, line, character, text)


def replace(line: int, character: int, end_line: int, end_character: int, text: str) -> Json:
    """Return a change that puts a text in place of a range."""
    return {
        "range": {
            "start": {"line": line, "character": character},
            "end": {"line": end_line, "character": end_character},
        },
        "text": text,
    }


def applied(text: str, edits: Sequence[Json]) -> str:
    """Return an ASCII text with the protocol's text edits made."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]

    def offset(position: Json) -> int:
        return int(starts[position["line"]]) + int(position["character"])

    for edit in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text
