"""Editing sessions with several servers at once, whose samples are taken in turn.

Each server has the same document open and is given the same edits; while one works, the others
wait. It deliberately draws no conclusion from the samples.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from tests.bench.client import Client, ServerFailed, resident_memory
from tests.bench.figures import Table
from tests.bench.places import Places, Spot, quiet_folder
from tests.bench.tools import Server, environment

_T = TypeVar("_T")

LAUNCH = "launch (process to answer of initialize)"
FIRST = "open to first diagnostics"
LAUNCH_TO_FIRST = "launch to first diagnostics"
KEYSTROKE = "keystroke in an `@@index` to diagnostics"
ACTIONS = "edit to its code actions"
BREAK = "breaking edit to diagnostics"
MEND = "mending edit to diagnostics"
COMMENT = "opening and undoing a comment to diagnostics"
HOVER = "hover"
MEMORY = "memory after the session"


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each thing is measured."""

    launches: int
    edits: int


@dataclass(slots=True)
class Editor:
    """A client with one document open, which keeps count of its versions."""

    name: str
    client: Client
    uri: str
    version: int = 1

    def type(self, spot: Spot, new: str, old: int = 0) -> float:
        """Replace `old` characters, wait for the diagnostics, and return how long it took."""
        client = self.client
        count = client.told(self.uri) + 1
        self.version += 1
        sent = client.change(self.uri, self.version, spot.line, spot.column, old, new)
        return client.wait_for_publish(self.uri, count, self.version).at - sent

    def told(self) -> int:
        """Return how many diagnostics the document has."""
        return len(self.client.published[self.uri].diagnostics)


def measure_sessions(
    table: Table,
    servers: Sequence[Server],
    text: str,
    places: Places,
    rounds: Rounds,
    tell: Callable[[str], None],
) -> None:
    """Add the rows of a schema to a table."""
    with quiet_folder() as name:
        folder = Path(name)
        path = folder / "schema.prisma"
        path.write_text(text, encoding="utf-8")
        for number in range(rounds.launches):
            tell(f"launch {number + 1} of {rounds.launches}")
            for server in _turned(servers, number):
                _measure_launch(table, server, folder, path, text)
        with contextlib.ExitStack() as stack:
            editors = []
            for server in servers:
                tell(f"opens {server.name}")
                client = stack.enter_context(Client(server.command, folder, environment()))
                client.initialize()
                editor = Editor(server.name, client, path.as_uri())
                client.open(editor.uri, text)
                client.wait_for_publish(editor.uri, 1, 1)
                editors.append(editor)
            for editor in editors:
                _warm_up(editor, places)
            spots = cycle(places.types)
            for number in range(rounds.edits):
                tell(f"round {number + 1} of {rounds.edits}")
                spot = next(spots)
                for editor in _turned(editors, number):
                    _measure_edits(table, editor, places, spot)
            for editor in editors:
                memory = resident_memory(editor.client.process_id)
                if memory:
                    table.row(MEMORY, "MB").add(editor.name, memory)


def _measure_launch(table: Table, server: Server, folder: Path, path: Path, text: str) -> None:
    with Client(server.command, folder, environment()) as client:
        answer = client.initialize()
        table.row(LAUNCH).add(server.name, answer.at - client.started)
        uri = path.as_uri()
        sent = client.open(uri, text)
        first = client.wait_for_publish(uri, 1, 1)
        table.row(FIRST).add(server.name, first.at - sent)
        # Without what the client itself did in between: it makes the message of the document.
        launched = answer.at - client.started
        table.row(LAUNCH_TO_FIRST).add(server.name, launched + first.at - sent)


def _warm_up(editor: Editor, places: Places) -> None:
    """Type a little, and make sure that the edits are such as the rows say they are."""
    before = editor.told()
    for _ in range(3):
        editor.type(places.index, "x")
        inside = editor.told()
        editor.type(places.index, "", old=1)
        if editor.told() != before or inside == before:
            raise ServerFailed(
                f"{editor.name} tells {before}, {inside} and {editor.told()} diagnostics before, "
                f"while and after an index of `{places.model}` is wrong"
            )


def _measure_edits(table: Table, editor: Editor, places: Places, spot: Spot) -> None:
    name = editor.name
    table.row(KEYSTROKE).add(name, editor.type(places.index, "x"))
    table.row(KEYSTROKE).add(name, editor.type(places.index, "", old=1))
    for new, old in ((" ", 0), ("", 1)):
        table.row(ACTIONS).add(name, _edit_to_actions(editor, places.relation, new, old))
    table.row(BREAK).add(name, editor.type(places.relation, " @("))
    table.row(MEND).add(name, editor.type(places.relation, "", old=3))
    table.row(COMMENT).add(name, editor.type(places.gap, "/*"))
    table.row(COMMENT).add(name, editor.type(places.gap, "", old=2))
    answer = editor.client.request(
        "textDocument/hover",
        {
            "textDocument": {"uri": editor.uri},
            "position": {"line": spot.line, "character": spot.column},
        },
    )
    if not answer.result:
        raise ServerFailed(f"{name} has no hover on the type of a relation at {spot}")
    table.row(HOVER).add(name, answer.at - answer.sent)


def _edit_to_actions(editor: Editor, spot: Spot, new: str, old: int) -> float:
    """Make an edit and ask for the code actions of its line at once, as an editor does."""
    client = editor.client
    count = client.told(editor.uri) + 1
    here = [
        each
        for each in client.published[editor.uri].diagnostics
        if each["range"]["start"]["line"] <= spot.line <= each["range"]["end"]["line"]
    ]
    editor.version += 1
    sent = client.change(editor.uri, editor.version, spot.line, spot.column, old, new)
    position = {"line": spot.line, "character": spot.column}
    answer = client.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": editor.uri},
            "range": {"start": position, "end": position},
            "context": {"diagnostics": here, "triggerKind": 2},
        },
    )
    _settle(client, editor.uri, count)
    return answer.at - sent


def _settle(client: Client, uri: str, count: int) -> None:
    """Wait for the diagnostics of an edit; a server may tell none where none changed."""
    end = time.perf_counter() + 0.05
    while client.told(uri) < count and time.perf_counter() < end:
        time.sleep(0.002)


def _turned(values: Sequence[_T], number: int) -> Sequence[_T]:
    """Return values in an order that gives each of them every place as often."""
    first = number % len(values)
    return [*values[first:], *values[:first]]
