"""What one keystroke costs in a schema of 1,000 models, counted: nothing grows with the schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referee.engine.session import Session
from referee.engine.work import Work
from referee.text.edits import TextEdit
from tests.bench.places import places_in
from tests.bench.schemas import schema

PATH = "schema.prisma"
# A model, the models it refers to and that refer to it: 1.9 keys a model, so about this many.
NEIGHBOURS = 12


@pytest.fixture(scope="module", params=[147, 1000])
def opened(request: pytest.FixtureRequest) -> Session:
    session = Session()
    session.put(PATH, schema(request.param))
    session.snapshot()
    return session


@pytest.fixture
def session(opened: Session) -> Iterator[Session]:
    """A session that is given back with the text it had."""
    source = opened.source(PATH)
    assert source is not None
    opened.work = Work()
    yield opened
    opened.put(PATH, source.text)
    opened.snapshot()


def work_of_typing(session: Session, at: int, new: str, old: int = 0) -> Work:
    """Make one edit and return what it cost."""
    before = session._lines.parsed
    session.work = Work()
    session.edit(PATH, TextEdit(at, at + old, new))
    session.snapshot()
    session.work.lines_parsed -= before
    return session.work


def text_of(session: Session) -> str:
    source = session.source(PATH)
    assert source is not None
    return source.text


def inside_an_index(session: Session) -> int:
    """Return an offset behind the column of an index in the middle of the schema."""
    text = text_of(session)
    start = text.index(f"model {places_in(text).model} {{")
    return text.index("])", text.index("@@index([", start))


def test_a_letter_in_an_index_costs_one_line_one_block_and_one_model(session: Session) -> None:
    at = inside_an_index(session)
    work = work_of_typing(session, at, "x")
    assert (work.lines_parsed, work.blocks_lowered, work.facts_changed) == (1, 1, 1)
    assert work.relations_paired == 0, "an index is nothing that relations depend on"
    assert work.units_judged == 2, "the model and its part in the graph: others see no plain index"


def test_taking_the_letter_out_parses_nothing(session: Session) -> None:
    at = inside_an_index(session)
    work_of_typing(session, at, "x")
    work = work_of_typing(session, at, "", old=1)
    assert (work.lines_parsed, work.blocks_lowered, work.facts_changed) == (0, 1, 1)
    assert work.units_judged == 2


def test_a_space_in_a_field_costs_one_line_and_judges_nothing(session: Session) -> None:
    at = text_of(session).index("  id ", len(text_of(session)) // 2)
    work = work_of_typing(session, at, " ")
    assert work == Work(lines_parsed=1, blocks_lowered=1)


def test_a_comment_between_blocks_costs_nothing(session: Session) -> None:
    text = text_of(session)
    at = text.index("\nmodel ", len(text) // 2)
    assert work_of_typing(session, at, "\n// a comment") == Work()


def test_a_broken_line_costs_that_line_its_block_and_the_neighbours(session: Session) -> None:
    text = text_of(session)
    at = text.index(" @relation(", len(text) // 2)
    work = work_of_typing(session, at, " @(")
    assert (work.lines_parsed, work.blocks_lowered, work.facts_changed) == (1, 1, 1)
    assert work.units_judged <= 2 * NEIGHBOURS + graph_rules(session)


def test_a_new_field_pairs_the_relations_of_the_neighbours_only(session: Session) -> None:
    text = text_of(session)
    at = text.index("\n", text.index("  id ", len(text) // 2)) + 1
    work = work_of_typing(session, at, "  note String?\n")
    assert (work.lines_parsed, work.blocks_lowered, work.facts_changed) == (1, 1, 1)
    assert work.relations_paired <= NEIGHBOURS
    assert work.units_judged <= NEIGHBOURS + graph_rules(session)


def test_a_comment_that_opens_and_closes_parses_no_line_twice(session: Session) -> None:
    text = text_of(session)
    at = text.index("\nmodel ", len(text) // 2) + 1
    assert work_of_typing(session, at, "/*\n") == Work()
    assert work_of_typing(session, at, "", old=3) == Work()


def test_a_comment_that_is_open_above_costs_a_keystroke_nothing_more(session: Session) -> None:
    at = inside_an_index(session)
    above = text_of(session).rindex("\nmodel ", 0, at) + 1
    work_of_typing(session, above, "/*\n")
    work = work_of_typing(session, at + len("/*\n"), "q")
    assert (work.lines_parsed, work.blocks_lowered, work.facts_changed) == (1, 1, 1)


def test_a_rule_over_the_whole_graph_asks_for_all_keys_at_once(session: Session) -> None:
    asked = session._judgements.questions_of("graph")
    assert len(asked) == graph_rules(session)
    assert max(asked) <= NEIGHBOURS * 8, "a question about each model grows with the schema"


def graph_rules(session: Session) -> int:
    """Return how many rules look at the whole graph; each is one unit, not one a model."""
    return len(session._rules.whole(session.snapshot().view.database))
