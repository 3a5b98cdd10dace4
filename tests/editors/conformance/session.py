"""Checks recorded conversations of real editors with the server: every message, both ways.

A single message is held against the protocol's model; here stands what holds of a conversation:
who may speak when, that questions are answered once, that versions are those of the documents,
and that a client is sent nothing that it did not say it takes.
It deliberately knows nothing of schemas and findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lsp.protocol_model import Sender, model

Json = Mapping[str, Any]

# What a server may say before it has answered `initialize`.
_EARLY = {"window/showMessage", "window/logMessage", "telemetry/event", "window/showMessageRequest"}
# What a client must have said it takes before the server may ask it; the path below
# `capabilities` leads to a `true`.
_ASKED_ON_OFFER = {
    "workspace/configuration": "workspace.configuration",
    "workspace/workspaceFolders": "workspace.workspaceFolders",
    "workspace/applyEdit": "workspace.applyEdit",
    "workspace/codeLens/refresh": "workspace.codeLens.refreshSupport",
    "workspace/inlayHint/refresh": "workspace.inlayHint.refreshSupport",
    "workspace/diagnostic/refresh": "workspace.diagnostics.refreshSupport",
    "window/workDoneProgress/create": "window.workDoneProgress",
}
# The same for the members of a diagnostic that not every client knows.
_DIAGNOSTIC_ON_OFFER = {
    "relatedInformation": "relatedInformation",
    "tags": "tagSupport",
    "codeDescription": "codeDescriptionSupport",
    "data": "dataSupport",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A message with its sender, and the question that it answers, if it is an answer."""

    sender: Sender
    message: Json
    question: Json | None = None

    @property
    def asked(self) -> str | None:
        """The method that this answers."""
        return None if self.question is None else str(self.question["method"])


def sessions_in(folder: Path) -> list[tuple[Said, ...]]:
    """Return the conversations that `tee` wrote into a folder, in the order they began."""
    return [_session(each) for each in sorted(folder.glob("*.jsonl"))]


def check_recorded(folder: Path, *, checks_client: bool = True) -> list[tuple[Said, ...]]:
    """Assert that every conversation in a folder keeps to the protocol, and return them.

    There must be one. Without `checks_client` the client's own messages are not judged.
    """
    sessions = sessions_in(folder)
    assert sessions, f"nothing was recorded in {folder}"
    for session in sessions:
        found = faults_of(session, checks_client=checks_client)
        assert not found, "\n".join(found)
    return sessions


def methods(session: Sequence[Said], sender: Sender) -> set[str]:
    """Return the methods that one side asked or told."""
    return {str(s.message["method"]) for s in session if s.sender == sender and _is_method(s)}


def answers_to(session: Sequence[Said], method: str) -> list[Any]:
    """Return the results that questions of a method got."""
    return [said.message.get("result") for said in session if said.asked == method]


def faults_of(session: Sequence[Said], *, checks_client: bool = True) -> list[str]:
    """Return what is wrong with a conversation."""
    conversation = _Conversation()
    found: list[str] = []
    for number, said in enumerate(session, 1):
        faults = [
            *model().faults(said.message, said.asked, said.sender),
            *conversation.faults(said),
        ]
        if checks_client or said.sender == "server":
            found += [f"message {number} of the {said.sender}: {fault}" for fault in faults]
    return found + list(conversation.faults_at_the_end())


@dataclass(slots=True)
class _Conversation:
    """What was said so far, as far as later messages depend on it."""

    capabilities: Json = field(default_factory=dict)
    is_initialized: bool = False
    was_shut_down: bool = False
    has_begun: bool = False
    open_documents: set[str] = field(default_factory=set)
    # The versions that a document ever had, also before it was closed: messages cross.
    versions: dict[str, list[int]] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    # Where something is shown.
    shown: set[str] = field(default_factory=set)
    # Questions without an answer, by who asked.
    open: dict[Sender, dict[object, Json]] = field(
        default_factory=lambda: {"client": {}, "server": {}}
    )
    asked_before_shutdown: frozenset[object] = frozenset()
    open_at_shutdown: tuple[str, ...] = ()

    def faults(self, said: Said) -> Iterator[str]:
        """Yield what is wrong with the next message, and remember it."""
        if not _is_method(said):
            yield from self._faults_of_answer(said)
        elif said.sender == "client":
            yield from self._faults_of_client(said.message)
        else:
            yield from self._faults_of_server(said.message)

    def faults_at_the_end(self) -> Iterator[str]:
        """Yield what only shows when everything was said."""
        for method in self.open_at_shutdown:
            yield f"the server shut down without an answer to {method}"
        if self.was_shut_down:
            for uri in sorted(self.shown & self.versions.keys() - self.open_documents):
                yield f"diagnostics stay on {uri}, which was closed"

    def _faults_of_client(self, message: Json) -> Iterator[str]:
        method: str = message["method"]
        params: Any = message.get("params")
        if not self.has_begun and method != "initialize":
            yield f"{method} before initialize"
        if self.was_shut_down and method != "exit":
            yield f"{method} after shutdown"
        if "id" in message:
            yield from self._asked("client", message)
        match method:
            case "initialize":
                self.has_begun = True
                self.capabilities = params["capabilities"]
            case "shutdown":
                # What is asked from now on the server may refuse, before it is asked to exit.
                self.asked_before_shutdown = frozenset(self.open["client"])
            case "textDocument/didOpen":
                document = params["textDocument"]
                if document["uri"] in self.open_documents:
                    yield f"{document['uri']} is opened twice"
                self.open_documents.add(document["uri"])
                self.versions.setdefault(document["uri"], []).append(document["version"])
                self.published.pop(document["uri"], None)
            case "textDocument/didChange":
                document = params["textDocument"]
                known = self.versions.setdefault(document["uri"], [-1])
                if document["uri"] not in self.open_documents:
                    yield f"a change of {document['uri']}, which is not open"
                elif document["version"] <= known[-1]:
                    yield f"version {document['version']} after {known[-1]}"
                known.append(document["version"])
            case "textDocument/didClose":
                self.open_documents.discard(params["textDocument"]["uri"])

    def _faults_of_server(self, message: Json) -> Iterator[str]:
        method: str = message["method"]
        params: Any = message.get("params")
        if not self.is_initialized and method not in _EARLY:
            yield f"{method} before the answer to initialize"
        if self.was_shut_down:
            yield f"{method} after shutdown"
        if "id" in message:
            yield from self._asked("server", message)
        offer = _ASKED_ON_OFFER.get(method)
        if offer is not None and self._offered(offer) is not True:
            yield f"{method}, which the client did not offer"
        if method == "client/registerCapability":
            for each in params["registrations"]:
                path = f"{each['method'].replace('/', '.')}.dynamicRegistration"
                if self._offered(path) is not True:
                    yield f"registers {each['method']}, which the client did not offer"
        elif method == "workspace/applyEdit":
            yield from self._faults_of_edit(params["edit"])
        elif method == "textDocument/publishDiagnostics":
            yield from self._faults_of_diagnostics(params)

    def _faults_of_diagnostics(self, params: Json) -> Iterator[str]:
        uri, version = params["uri"], params.get("version")
        if version is not None:
            if version not in self.versions.get(uri, ()):
                yield f"diagnostics of version {version} of {uri}, which there is not"
            elif version < self.published.get(uri, version):
                yield f"diagnostics of version {version} after {self.published[uri]}"
            self.published[uri] = version
        (self.shown.add if params["diagnostics"] else self.shown.discard)(uri)
        for diagnostic in params["diagnostics"]:
            for member, offer in _DIAGNOSTIC_ON_OFFER.items():
                path = f"textDocument.publishDiagnostics.{offer}"
                if member in diagnostic and not self._offered(path):
                    yield f"a diagnostic with {member}, which the client did not offer"

    def _faults_of_answer(self, said: Said) -> Iterator[str]:
        asker: Sender = "server" if said.sender == "client" else "client"
        number = said.message.get("id")
        question = self.open[asker].pop(number, None) if said.question is not None else None
        if question is None:
            if number is not None:
                yield f"an answer to {number!r}, which waits for none"
            return
        result: Any = said.message.get("result")
        if said.sender == "client" or "error" in said.message:
            return
        match question["method"]:
            case "initialize":
                self.is_initialized = True
                yield from self._faults_of_offer(result["capabilities"])
            case "shutdown":
                self.was_shut_down = True
                self.open_at_shutdown = tuple(
                    str(question["method"])
                    for number, question in self.open["client"].items()
                    if number in self.asked_before_shutdown
                )
            case "textDocument/hover" if result is not None:
                formats = self._offered("textDocument.hover.contentFormat") or []
                contents = result["contents"]
                kind = contents.get("kind") if isinstance(contents, Mapping) else None
                if kind is not None and kind not in formats and kind != "plaintext":
                    yield f"{kind}, which the client did not offer"
            case "textDocument/codeAction":
                only = question["params"]["context"].get("only")
                for action in result or ():
                    yield from self._faults_of_action(action, only)

    def _faults_of_offer(self, offered: Json) -> Iterator[str]:
        encoding = offered.get("positionEncoding", "utf-16")
        encodings = self._offered("general.positionEncodings") or ["utf-16"]
        if encoding not in encodings:
            yield f"positions in {encoding}, which the client did not offer"
        if not self._offered("textDocument.codeAction.codeActionLiteralSupport") and isinstance(
            offered.get("codeActionProvider"), Mapping
        ):
            yield "kinds of code actions to a client that knows of none"

    def _faults_of_action(self, action: Json, only: Sequence[str] | None) -> Iterator[str]:
        is_literal = not isinstance(action.get("command"), str)
        if is_literal and not self._offered("textDocument.codeAction.codeActionLiteralSupport"):
            yield "a literal code action, which the client did not offer"
        if "isPreferred" in action and not self._offered(
            "textDocument.codeAction.isPreferredSupport"
        ):
            yield "a preferred code action, which the client did not offer"
        kind = action.get("kind", "")
        if only is not None and not any(f"{kind}.".startswith(f"{each}.") for each in only):
            yield f"a code action of the kind {kind!r} where only {only} were asked for"
        if "edit" in action:
            yield from self._faults_of_edit(action["edit"])

    def _faults_of_edit(self, edit: Json) -> Iterator[str]:
        if "documentChanges" in edit and not self._offered(
            "workspace.workspaceEdit.documentChanges"
        ):
            yield "changes of documents, which the client did not offer"
        for change in edit.get("documentChanges", ()):
            document = change.get("textDocument", {})
            uri, version = document.get("uri"), document.get("version")
            if version is not None and version not in self.versions.get(uri, ()):
                yield f"an edit of version {version} of {uri}, which there is not"
            has_snippet = any("snippet" in each for each in change.get("edits", ()))
            if has_snippet and not self._offered("workspace.workspaceEdit.snippetEditSupport"):
                yield "an edit with a snippet, which the client did not offer"

    def _asked(self, sender: Sender, message: Json) -> Iterator[str]:
        if message["id"] in self.open[sender]:
            yield f"two questions with the number {message['id']!r}"
        self.open[sender][message["id"]] = message

    def _offered(self, path: str) -> Any:
        found: Any = self.capabilities
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def _session(log: Path) -> tuple[Said, ...]:
    questions: dict[tuple[str, object], Json] = {}
    session: list[Said] = []
    for line in log.read_text("utf-8").splitlines():
        record = json.loads(line)
        sender, message = record["sender"], record["message"]
        assert isinstance(message, dict), f"{log}: the {sender} sent what is not JSON: {message}"
        question = None
        if "method" in message and "id" in message:
            questions[sender, message["id"]] = message
        elif "method" not in message:
            asker = "server" if sender == "client" else "client"
            question = questions.get((asker, message.get("id")))
        session.append(Said(sender, message, question))
    return tuple(session)


def _is_method(said: Said) -> bool:
    return "method" in said.message
