"""Memory after a long time is that after a short time: nothing is kept that nobody needs."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from random import Random

import pytest

from referee.engine.session import Session
from referee.features.diagnostics import all_diagnostics
from referee.text.edits import TextEdit
from tests.bench.client import Client, resident_memory
from tests.bench.places import places_in, quiet_folder
from tests.bench.schemas import schema, schema_files
from tests.bench.tools import REFEREE, environment
from tests.support.needs import need

PATH = "schema.prisma"
MOST_GROWTH = 1.10
# With 2,000 rounds: 50,000 edits, and 5,000 documents.
EDITS_PER_ROUND = 25
DOCUMENTS_PER_ROUND = 2.5
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def blocks_of_memory() -> int:
    """Return how many blocks of memory Python's own allocator has given out; exact and quick."""
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.fuzz
def test_edits_do_not_grow_memory(fuzz_rounds: int) -> None:
    session = Session()
    session.put(PATH, schema(147))
    all_diagnostics(session.snapshot())
    chance = Random(3)
    count = EDITS_PER_ROUND * fuzz_rounds
    type_words(session, chance, max(250, count // 50))
    before = blocks_of_memory()
    type_words(session, chance, count)
    growth = blocks_of_memory() / before
    assert growth <= MOST_GROWTH, f"{count} edits made it {growth:.2f} times as much"


@pytest.mark.fuzz
def test_documents_that_come_and_go_do_not_grow_memory(fuzz_rounds: int) -> None:
    session = Session()
    for path, text in schema_files(147, 20).items():
        session.put(path, text)
    all_diagnostics(session.snapshot())
    count = int(DOCUMENTS_PER_ROUND * fuzz_rounds)
    come_and_go(session, 0, 20)
    before = blocks_of_memory()
    come_and_go(session, 20, 20 + count)
    growth = blocks_of_memory() / before
    assert growth <= MOST_GROWTH, f"{count} documents made it {growth:.2f} times as much"
    assert not [path for path in session.paths if path.startswith("more")]


@pytest.mark.fuzz
@pytest.mark.slow
def test_a_server_does_not_grow(fuzz_rounds: int) -> None:
    """The process, by what the system says: edits, questions, documents that come and go."""
    with quiet_folder() as name, Client(REFEREE.command, Path(name), environment()) as client:
        editing = Editing(client, schema(147))
        editing.edit(1_000)
        editing.open_and_close(0, 100)
        before = resident_memory(client.process_id)
        need("a system that tells the memory of a process", "run it on Linux or macOS", before > 0)
        editing.edit(EDITS_PER_ROUND * fuzz_rounds)
        editing.open_and_close(100, 100 + int(DOCUMENTS_PER_ROUND * fuzz_rounds))
        growth = resident_memory(client.process_id) / before
        assert growth <= MOST_GROWTH, f"it holds {growth:.2f} times as much"


class Editing:
    """Somebody who works in an editor: types into one document, asks, and looks into others."""

    def __init__(self, client: Client, text: str) -> None:
        self._client = client
        self._places = places_in(text)
        self._version = 1
        client.initialize()
        self._uri = (client.folder / "schema.prisma").as_uri()
        client.open(self._uri, text)
        client.wait_for_publish(self._uri, 1, 1)

    def edit(self, count: int) -> None:
        """Type a letter into an index and delete it again, and ask something now and then."""
        at = self._places.index
        for number in range(count):
            self._version += 1
            is_letter = number % 2 == 0
            self._client.change(
                self._uri,
                self._version,
                at.line,
                at.column,
                0 if is_letter else 1,
                "x" if is_letter else "",
            )
            if number % 50 == 0:
                self._client.wait_for_publish(self._uri, 0, self._version)
                line, column = self._places.types[number // 50 % len(self._places.types)]
                position = {"line": line, "character": column}
                document = {"textDocument": {"uri": self._uri}}
                span = {"start": position, "end": position}
                context: dict[str, object] = {"diagnostics": []}
                self._client.request("textDocument/hover", {**document, "position": position})
                self._client.request(
                    "textDocument/codeAction", {**document, "range": span, "context": context}
                )
        self._client.wait_for_publish(self._uri, 0, self._version)

    def open_and_close(self, first: int, last: int) -> None:
        """Open documents that nobody saved, each with models of its own, and close them."""
        for number in range(first, last):
            uri = (self._client.folder / f"more{number}.prisma").as_uri()
            self._client.open(uri, models_of_its_own(number))
            self._client.wait_for_publish(uri, 1, 1)
            self._client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def type_words(session: Session, chance: Random, count: int) -> None:
    """Type words letter by letter into comments and field names, each another, and delete them."""
    source = session.source(PATH)
    assert source is not None
    while count > 0:
        text = source.text
        at = text.index("\n", text.index("  id ", chance.randrange(len(text) // 2)))
        word = " //" + "".join(chance.choices(LETTERS, k=12))
        for letter in word:
            session.edit(PATH, TextEdit(at, at, letter))
            all_diagnostics(session.snapshot()) if count % 50 == 0 else session.snapshot()
            at += 1
            count -= 1
        session.edit(PATH, TextEdit(at - len(word), at, ""))
        session.snapshot()
        count -= 1


def come_and_go(session: Session, first: int, last: int) -> None:
    """Put documents with models of their own names, and remove them again."""
    for number in range(first, last):
        path = f"more{number}.prisma"
        session.put(path, models_of_its_own(number))
        session.snapshot()
        session.remove(path)
        session.snapshot()


def models_of_its_own(number: int) -> str:
    """Return a document whose names no other number has."""
    return (
        f"model Come{number} {{\n  id Int @id\n  field{number} String\n"
        f"  go Go{number}? @relation(fields: [goId], references: [id])\n  goId Int?\n}}\n\n"
        f"model Go{number} {{\n  id Int @id\n  come Come{number}[]\n  user User{number}?\n}}\n"
    )
