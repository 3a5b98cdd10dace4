"""Memory after a long time is that after a short time: nothing is kept that nobody needs."""

from __future__ import annotations

import gc
import sys
from random import Random

import pytest

from referee.engine.session import Session
from referee.features.diagnostics import all_diagnostics
from referee.text.edits import TextEdit
from tests.bench.schemas import schema, schema_files

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
        session.put(
            path,
            f"model Come{number} {{\n  id Int @id\n  field{number} String\n"
            f"  go Go{number}? @relation(fields: [goId], references: [id])\n  goId Int?\n}}\n\n"
            f"model Go{number} {{\n  id Int @id\n  come Come{number}[]\n  user User{number}?\n}}\n",
        )
        session.snapshot()
        session.remove(path)
        session.snapshot()
