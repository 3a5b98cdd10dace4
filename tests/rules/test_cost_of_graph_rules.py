"""What the rules on the whole graph cost, counted in questions to the view and not in time."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import pytest

from referee.rules.catalogue import ALL_RULES
from referee.rules.settings import DEFAULT_SETTINGS
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView
from tests.support.views import view_of

GRAPH_RULES = [rule for rule in ALL_RULES if rule.scope == "graph"]
PLACES = ["postgresql", "sqlite", "mysql", "sqlserver", "mongodb"]


@dataclass(frozen=True, slots=True, eq=False)
class CountingView(SchemaView):
    """A view that counts how many keys it has told."""

    told: list[int] = field(default_factory=list)

    def keys_of(self, model: str) -> tuple[ForeignKey, ...]:
        keys = SchemaView.keys_of(self, model)
        self.told.append(1 + len(keys))
        return keys

    def keys_to(self, model: str) -> tuple[ForeignKey, ...]:
        keys = SchemaView.keys_to(self, model)
        self.told.append(1 + len(keys))
        return keys


def cost_of(text: str) -> dict[str, int]:
    """Return how many keys each rule on the graph looked at."""
    view = view_of(text)
    costs: dict[str, int] = {}
    for rule in GRAPH_RULES:
        counting = CountingView(*(getattr(view, each.name) for each in fields(view)))
        list(rule.check(None, counting, DEFAULT_SETTINGS))
        costs[rule.code] = sum(counting.told)
    return costs


def complete_graph(provider: str, size: int) -> str:
    """Return models that all refer to each other, by turns cascading and refusing."""
    edges = [
        (child, parent, ("Cascade", "NoAction")[(child + parent) % 2])
        for child in range(size)
        for parent in range(size)
        if child != parent
    ]
    return schema(provider, size, edges)


def tenant(provider: str, size: int) -> str:
    """Return a tree of cascades, each model of which refers to the root as well, which refuses."""
    edges = [(child, child // 4, "Cascade") for child in range(1, size)]
    edges += [(child, 0, "NoAction") for child in range(4, size)]
    return schema(provider, size, edges)


def schema(provider: str, size: int, edges: list[tuple[int, int, str]]) -> str:
    members: list[list[str]] = [["  id Int @id"] for _ in range(size)]
    for number, (child, parent, action) in enumerate(edges):
        members[child].append(
            f'  r{number} M{parent} @relation("{number}", fields: [k{number}], references: [id], '
            f"onDelete: {action}, onUpdate: NoAction)\n  k{number} Int"
        )
        members[parent].append(f'  b{number} M{child}[] @relation("{number}")')
    blocks = [f'datasource db {{\n  provider = "{provider}"\n}}\n']
    blocks += [f"model M{n} {{\n" + "\n".join(lines) + "\n}\n" for n, lines in enumerate(members)]
    return "\n".join(blocks)


@pytest.mark.parametrize("provider", PLACES)
def test_a_complete_graph_is_looked_at_a_few_times_a_model_and_not_once_a_ring(
    provider: str,
) -> None:
    size = 16
    keys = size * (size - 1)
    for code, cost in cost_of(complete_graph(provider, size)).items():
        assert cost <= 4 * size * (size + keys), code


@pytest.mark.parametrize("provider", PLACES)
def test_twice_the_models_cost_about_twice_as_much(provider: str) -> None:
    small, large = (cost_of(tenant(provider, size)) for size in (100, 200))
    for code, cost in large.items():
        assert cost <= 3 * max(small[code], 1), code


def chain(provider: str, size: int) -> str:
    """Return a deep cascade, each model of which is refused by one twice as deep."""
    edges = [(child, child - 1, "Cascade") for child in range(1, size)]
    edges += [(child, child // 2, "NoAction") for child in range(4, size)]
    return schema(provider, size, edges)


@pytest.mark.parametrize("provider", PLACES)
def test_a_model_is_asked_for_its_keys_once_however_deep_a_cascade_is(provider: str) -> None:
    size = 120
    for code, cost in cost_of(chain(provider, size)).items():
        assert cost <= 16 * size, code
