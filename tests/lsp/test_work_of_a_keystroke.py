"""What a keystroke costs the whole server, from its bytes to those that are published.

Neither the steps that Python takes nor the memory that they need for a moment follow the size of
the schema. The schemas here are such that what is published is of one size as well.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import pytest

from referee.lsp.server import RefereeServer
from referee.text.lines import LineIndex, Position

URI = "untitled:schema.prisma"
SMALL, LARGE = 100, 400
# Four times the models; what there is for every few dozen blocks is little beside the rest.
MOST_STEPS = 1.1
MOST_MEMORY = 1.25


class Typed(NamedTuple):
    """Characters that are replaced by others, and taken back."""

    before: str
    old: str
    new: str


INDEX = Typed("@@index([ownerId", "", "x")
SPACE = Typed("  name", "", " ")
FIELD = Typed("  name ", "String", "Strin")
KEY = Typed("@relation(", "", "(")
ACTION = Typed("onDelete: ", "Cascade", "SetNull")
MARK = Typed("ownerId Int", "", "?")
TYPE = Typed("ownerId ", "Int", "BigInt")
COLUMN = Typed("fields: [", "ownerId", "id")
REFERENCE = Typed("references: [", "id", "name")
NAME = Typed("model ", "", "X")
LINE = Typed("  name String", "", "\n")
PROVIDERS = ("postgresql", "sqlite", "mysql", "sqlserver", "cockroachdb", "mongodb")
# What is told of these depends on the database.
MEANT = (ACTION, MARK, TYPE, COLUMN, REFERENCE, NAME)


def families(models: int, provider: str) -> str:
    """Return families of five models that do not know each other, without a fault."""
    blocks = [f'datasource db {{\n  provider = "{provider}"\n}}\n']
    for number in range(models):
        owner = number - 1 if number % 5 else None
        child = f"Model{number + 1:04}" if number % 5 < 4 and number + 1 < models else None
        lines = ["  id Int @id", "  name String", "  createdAt DateTime @default(now())"]
        lines += ["  updatedAt DateTime @updatedAt"]
        if owner is not None:
            relation = "@relation(fields: [ownerId], references: [id], onDelete: Cascade)"
            lines += [
                "  ownerId Int",
                f"  owner Model{owner:04} {relation}",
                "  @@index([ownerId])",
            ]
        if child is not None:
            lines.append(f"  children {child}[]")
        blocks.append(f"model Model{number:04} {{\n" + "\n".join(lines) + "\n}\n")
    return "\n".join(blocks)


class Keyboard:
    """A server with one open document, in the middle of which somebody types."""

    def __init__(self, text: str) -> None:
        self.published: list[bytes] = []
        self._server = RefereeServer(self.published.append)
        self._text = text
        self._version = 1
        self._send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
        self._send("initialized", {})
        document = {"uri": URI, "languageId": "prisma", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})

    def there_and_back(self, typed: Typed) -> Callable[[], None]:
        """Return what makes an edit in the middle and takes it back, each as one keystroke."""
        models = self._text.count("\nmodel ")
        model = self._text.index(f"model Model{models // 2 + 2:04} ")
        at = self._text.index(typed.before, model) + len(typed.before)
        position = LineIndex(self._text).position(at)
        there = self._change(position, typed.old, typed.new)
        back = self._change(position, typed.new, typed.old)

        def run() -> None:
            for body in (there, back):
                self._server.take([body])
                self._server.settle()

        return run

    def _change(self, at: Position, old: str, new: str) -> bytes:
        *before, last = old.split("\n")
        end_column = len(last) if before else at.column + len(last)
        start = {"line": at.line, "character": at.column}
        end = {"line": at.line + len(before), "character": end_column}
        # The version is there for the client alone, so a message can be sent twice.
        self._version += 1
        params = {
            "textDocument": {"uri": URI, "version": self._version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": new}],
        }
        return _message("textDocument/didChange", params)

    def _send(self, method: str, params: object, number: int | None = None) -> None:
        self._server.take([_message(method, params, number)])
        self._server.settle()


def _message(method: str, params: object, number: int | None = None) -> bytes:
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(message if number is None else {**message, "id": number}).encode()


def steps_of(computation: Callable[[], object]) -> int:
    """Return how many instructions of Python a computation runs."""
    count = 0

    def count_step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return count_step

    before = sys.gettrace()
    sys.settrace(count_step)
    try:
        computation()
    finally:
        sys.settrace(before)
    return count


def memory_of(computation: Callable[[], object]) -> int:
    """Return how many bytes a computation needs at most beyond what was there."""
    tracemalloc.start()
    try:
        computation()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        computation()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def warm(models: int, provider: str, typed: Typed) -> Callable[[], None]:
    """Return a keystroke and its undoing, made a few times already."""
    keyboard = Keyboard(families(models, provider))
    run = keyboard.there_and_back(typed)
    keyboard.published.clear()
    run()
    there, back = keyboard.published
    assert b'"diagnostics":[]' in back
    is_fault = typed is KEY or (typed is INDEX and provider != "mysql")
    assert (b'"diagnostics":[]' in there) is not is_fault or typed in MEANT

    def quietly() -> None:
        keyboard.published.clear()
        run()

    quietly()
    return quietly


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "typed", [INDEX, SPACE, LINE, FIELD], ids=["index", "space", "line", "field"]
)
def test_a_keystroke_takes_as_many_steps_in_a_large_schema_as_in_a_small_one(
    provider: str, typed: Typed
) -> None:
    small, large = (steps_of(warm(models, provider, typed)) for models in (SMALL, LARGE))
    assert large <= MOST_STEPS * small, (small, large)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "typed",
    [KEY, ACTION, MARK, TYPE, COLUMN, REFERENCE, NAME],
    ids=["broken key", "action", "optional mark", "type", "column", "reference", "name of a model"],
)
def test_a_change_of_a_key_or_a_name_takes_as_many_steps_in_a_large_schema_as_in_a_small_one(
    typed: Typed, provider: str
) -> None:
    small, large = (steps_of(warm(models, provider, typed)) for models in (SMALL, LARGE))
    assert large <= MOST_STEPS * small, (small, large)


@pytest.mark.parametrize("typed", [INDEX, SPACE, KEY], ids=["index", "space", "broken key"])
def test_a_keystroke_needs_no_more_memory_in_a_large_schema_than_in_a_small_one(
    typed: Typed,
) -> None:
    small, large = (memory_of(warm(models, "postgresql", typed)) for models in (SMALL, LARGE))
    assert large <= MOST_MEMORY * small, (small, large)
