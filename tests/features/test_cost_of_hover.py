"""What a hover costs after an edit does not follow the size of the schema, counted in lines run."""

from __future__ import annotations

from functools import partial

import pytest

from referee.engine.kept_answers import KeptAnswers
from referee.engine.session import Session
from referee.features.hover import hover_at
from referee.features.hover_parts import Part
from referee.lsp.client import Client
from referee.lsp.encoded_diagnostics import EncodedDiagnostics
from referee.text.edits import TextEdit
from tests.bench.places import places_in
from tests.bench.schemas import schema
from tests.fuzz.growth import lines_run

PATH = "schema.prisma"
SMALL, LARGE = 100, 800
# Eight times the models; what follows the schema would run about eight times as many lines.
MOST = 1.5


class Hovering:
    """A schema under edit that is hovered over, as in the language server."""

    def __init__(self, models: int) -> None:
        self.text = schema(models)
        self.session = Session()
        self.session.put(PATH, self.text)
        self.encoded = EncodedDiagnostics(Client(), lambda path: path)
        self.kept = KeptAnswers()
        self.publish()

    def publish(self) -> None:
        snapshot = self.session.snapshot()
        self.kept.follow(snapshot)
        self.encoded.update(snapshot)

    def edit_there_and_back(self) -> None:
        """Break a relation to the hovered model and mend it, and change an index."""
        start = self.text.index(f"model {places_in(self.text).model} {{")
        index = self.text.index("])", self.text.index("@@index([", start))
        relation = self.text.index("@relation(", self.text.index(" User ", len(self.text) // 2))
        for at, old, new in ((index, "", "x"), (relation, "@relation(", "@(")):
            self.session.edit(PATH, TextEdit(at, at + len(old), new))
            self.publish()
            self.session.edit(PATH, TextEdit(at, at + len(new), old))
            self.publish()

    def hover(self, offset: int) -> tuple[Part, ...]:
        snapshot = self.session.snapshot()
        near = [each.diagnostic for each in self.encoded.near(PATH, offset, offset)]
        keeper = partial(self.kept.answer, snapshot)
        found = hover_at(snapshot, PATH, offset, self.encoded.update(snapshot), near, keeper)
        assert found is not None
        return found.parts


@pytest.mark.parametrize(
    ("before", "inside"),
    [(" User ", 1), ("model User {\n  id ", len("model User {\n  ")), ("model User ", 6)],
    ids=["a type of a relation", "a key that is referred to", "the name of a model"],
)
def test_a_hover_after_edits_costs_what_it_costs_in_a_small_schema(
    before: str, inside: int
) -> None:
    costs = []
    for models in (SMALL, LARGE):
        hovering = Hovering(models)
        start = len(hovering.text) // 2 if before == " User " else 0
        offset = hovering.text.index(before, start) + inside
        told = hovering.hover(offset)
        hovering.edit_there_and_back()
        costs.append(lines_run(lambda: hovering.hover(offset)))  # noqa: B023  runs at once
        assert hovering.hover(offset) == told
    small, large = costs
    assert large <= MOST * small, (small, large)


def test_the_other_end_of_a_relation_is_found_without_a_look_at_all_that_point_there() -> None:
    costs = []
    for models in (SMALL, LARGE):
        hovering = Hovering(models)
        header = hovering.text.index("model User {")
        # The first field whose other end holds the key; its type is the model that does.
        offset = hovering.text.index("[]", header)
        offset = hovering.text.rindex("\n", 0, offset) + 3
        told = hovering.hover(offset)
        assert any("refers to `User.id`" in str(part) for part in told)
        costs.append(lines_run(lambda: hovering.hover(offset)))  # noqa: B023  runs at once
    small, large = costs
    assert large <= MOST * small, (small, large)
