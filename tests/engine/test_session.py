"""A session under random edits says what a run from scratch says, and does little to say it."""

from __future__ import annotations

import random

import pytest

from referee.engine.paranoia import IncrementalDifference
from referee.engine.session import Session
from referee.engine.work import Work
from referee.features.diagnostics import all_diagnostics
from referee.rules.rule import Finding, Place
from referee.rules.settings import RuleSettings
from referee.text.edits import TextEdit
from tests.support.judging import datasource

BOOKS = """\
model Author {
  id    Int    @id @default(autoincrement())
  books Book[]
}

model Book {
  id       Int    @id @default(autoincrement())
  author   Author @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
"""


def open_books(*, paranoid: bool = True) -> Session:
    session = Session(paranoid=paranoid)
    session.put("datasource.prisma", datasource())
    session.put("books.prisma", BOOKS)
    session.snapshot()
    session.work = Work(lines_parsed=session.work.lines_parsed)
    return session


def edit(session: Session, find: str, replace: str) -> None:
    source = session.source("books.prisma")
    assert source is not None
    start = source.text.index(find)
    session.edit("books.prisma", TextEdit(start, start + len(find), replace))


def found(session: Session) -> list[str]:
    return [each.code for each in all_diagnostics(session.snapshot())]


class TestWork:
    def test_a_keystroke_that_changes_no_fact_parses_one_line_and_runs_no_rule(self) -> None:
        session = open_books()
        lines = session.work.lines_parsed
        edit(session, "authorId Int\n", "authorId  Int\n")
        session.snapshot()
        assert session.work == Work(
            lines_parsed=lines + 1, blocks_lowered=1, facts_changed=0, units_judged=0
        )

    def test_a_keystroke_in_an_index_runs_the_rules_that_see_its_model_only(self) -> None:
        session = open_books()
        for number in range(30):
            session.put(f"other{number}.prisma", f"model Other{number} {{\n  id Int @id\n}}\n")
        edit(session, "  authorId Int\n", "  authorId Int\n\n  @@index([authorId])\n")
        assert "unindexed-foreign-key" not in found(session)
        session.work = Work()
        lines = session.source("books.prisma")
        assert lines is not None
        edit(session, "@@index([authorId])", "@@index([id])")
        assert "unindexed-foreign-key" in found(session)
        assert session.work.blocks_lowered == 1
        assert session.work.facts_changed == 1
        assert session.work.units_judged <= 2, "Book, and what asked about Book"

    def test_a_comment_between_blocks_costs_nothing(self) -> None:
        session = open_books()
        lines = session.work.lines_parsed
        middle = BOOKS.index("model Book")
        session.edit("books.prisma", TextEdit(middle, middle, "// the books\n"))
        session.snapshot()
        assert session.work == Work(lines_parsed=lines)

    def test_putting_the_same_text_again_costs_nothing(self) -> None:
        session = open_books()
        before = session.snapshot()
        session.put("books.prisma", BOOKS)
        assert session.snapshot() is before

    def test_a_change_of_the_provider_judges_everything_again_but_parses_nothing(self) -> None:
        session = open_books()
        assert "unindexed-foreign-key" in found(session)
        lines = session.work.lines_parsed
        session.put("datasource.prisma", datasource("mysql"))
        assert "unindexed-foreign-key" not in found(session)
        assert session.work.lines_parsed == lines + 1
        assert session.work.blocks_lowered == 1


class TestResults:
    def test_a_file_that_comes_and_goes_takes_its_relations_along(self) -> None:
        session = open_books()
        session.put(
            "reviews.prisma",
            "model Review {\n  id Int @id\n  book Book @relation(fields: [bookId], "
            "references: [id])\n  bookId Int\n}\n",
        )
        edit(session, "authorId Int\n", "authorId Int\n  reviews Review[]\n")
        assert found(session).count("unindexed-foreign-key") == 2
        session.remove("reviews.prisma")
        assert found(session).count("unindexed-foreign-key") == 1

    def test_settings_take_effect_at_once(self) -> None:
        session = open_books()
        session.configure(RuleSettings(severities={"missing-index": "off"}))
        assert "unindexed-foreign-key" not in found(session)
        session.configure(RuleSettings(severities={"missing-index": "hint"}))
        assert [each.severity for each in all_diagnostics(session.snapshot())] == ["hint"]

    def test_of_two_models_of_one_name_the_first_counts_until_it_goes(self) -> None:
        session = open_books()
        session.put("a.prisma", "model Book {\n  id Int @id\n}\n")
        assert found(session) == []
        session.remove("a.prisma")
        assert found(session) == ["unindexed-foreign-key"]

    def test_paranoia_notices_a_snapshot_that_was_tampered_with(self) -> None:
        session = open_books()
        session.snapshot()
        judgements = session._judgements
        unit = next(iter(judgements.found))
        stray = Finding("relation-cycle", "hint", "made up", Place("Book"))
        judgements.found = judgements.found.changed({unit: (*judgements.found[unit], stray)})
        edit(session, "authorId Int\n", "authorId  Int\n")
        with pytest.raises(IncrementalDifference):
            session.snapshot()


PASTES = (
    "model X {\n  id Int @id\n}\n",
    "  @@index([authorId])\n",
    "}\n",
    "/*",
    "*/",
    "// referee-ignore unindexed-foreign-key\n",
    '"',
    "model Book {\n",
    "\r\n",
    "\n\n",
    'datasource db {\n  provider = "mysql"\n}\n',
    "?",
    "[]",
    "Author",
    "onDelete: SetNull",
    "enum Kind {\n  A\n}\n",
    "{",
)


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_give_what_a_run_from_scratch_gives(seed: int, fuzz_rounds: int) -> None:
    chance = random.Random(seed)
    session = open_books()
    for step in range(15 * fuzz_rounds):
        _random_edit(session, chance)
        if chance.random() < 0.5:
            session.snapshot()
        if step % 200 == 199:
            for path in session.paths:
                session.remove(path)
            session.put("books.prisma", BOOKS)
            session.put("datasource.prisma", datasource())
    session.snapshot()


def _random_edit(session: Session, chance: random.Random) -> None:
    what = chance.random()
    path = chance.choice(session.paths) if session.paths else "books.prisma"
    source = session.source(path)
    if what < 0.02:
        session.remove(path)
        return
    if source is None or what < 0.06:
        name = chance.choice(["books.prisma", "more.prisma", "a/b.prisma"])
        session.put(name, chance.choice([BOOKS, "", PASTES[0], BOOKS.replace("\n", "\r\n")]))
        return
    text = source.text
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice([0, 0, 0, 1, 1, 3, 20, 100]))
    if what < 0.5:
        new = chance.choice(PASTES)
    elif what < 0.8:
        new = chance.choice(["a", " ", "@", "{", "}", "\n", "I", "(", "]", ""])
    else:
        line = chance.choice(text.splitlines(keepends=True) or [""])
        new = line
    session.edit(path, TextEdit(start, end, new))
