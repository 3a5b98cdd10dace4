"""Which tables can get a first row, one INSERT after the other, against what Referee reports.

What gets none that way gets one where the keys are checked when all rows are there, or never.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from referee.ddl.sql import create_script
from referee.rules import required_cycle, required_self_relation
from referee.rules.settings import RuleSettings
from referee.schema.providers import Provider
from referee.schema.view import SchemaView
from tests.support.views import view_of
from tests.truth.graphs import MAIN, Graph, Key, Width
from tests.truth.trial import Server, Verdict, model_of


def try_inserts(server: Server, graph: Graph) -> Verdict:
    """Insert a row into every table, again and again until no table gets one, and compare.

    A row points at the first rows of other tables, and at itself where a key to its own table is
    required. Keys that may be NULL are. What is stuck is inserted together at last.
    """
    view = view_of(graph.schema(server.provider))
    filled: set[int] = set()
    with server.tables(create_script(model_of(view))) as tables:
        while True:
            # Tables without a row are tried once more after each round in which one got its first.
            more = {
                model
                for model in graph.models
                if model not in filled
                and tables.refusal_of(_insert(server, graph, model, MAIN)) is None
            }
            if not more:
                break
            filled |= more
        rootless = {
            model
            for model in filled
            if _has_required_self_relation(graph, model)
            # A row that does not point at itself needs another one before it.
            and tables.refusal_of(_insert(server, graph, model, MAIN + 1, below=MAIN + 2)) is None
        }
        left = [model for model in graph.models if model not in filled]
        together = tables.refusal_of(_together(server, graph, left)) if left else None
        tables.refusal_of("ROLLBACK")
    if left and (together is None) != (server.provider in _ENTERABLE):
        return Verdict(f"all first rows together: {together or 'taken'}")
    stuck = {f"T{model}" for model in graph.models} - {f"T{model}" for model in filled}
    expected = _stuck_by_rings(view)
    if stuck != expected:
        return Verdict(f"{sorted(stuck)} got no row where {sorted(expected)} were expected to")
    selves = _reported_self_relations(view)
    wanted = {f"T{model}" for model in graph.models if _has_required_self_relation(graph, model)}
    if selves != wanted or rootless:
        return Verdict(f"{sorted(selves)} are reported, {sorted(rootless)} took a row without root")
    return Verdict(refused=bool(stuck))


# Where SQL can insert the rows of a ring together, as the page of the rule says.
_ENTERABLE = frozenset(["postgresql", "sqlite"])


def _together(server: Server, graph: Graph, models: Sequence[int]) -> str:
    """Return SQL that inserts a row into each table, checked as late as the database can."""
    inserts = [_insert(server, graph, model, MAIN) for model in models]
    if server.provider == "postgresql":
        parts = ", ".join(f"i{number} AS ({each})" for number, each in enumerate(inserts))
        return f"WITH {parts} SELECT 1"
    defer = ["PRAGMA defer_foreign_keys = ON"] if server.provider == "sqlite" else []
    return ";\n".join(["BEGIN", *defer, *inserts, "COMMIT"])


def _insert(server: Server, graph: Graph, model: int, row: int, below: int | None = None) -> str:
    values: dict[str, int | None] = {"id": row}
    if any(key.parent == model and key.is_pair for key in graph.keys):
        values["part"] = 1
    for key in graph.keys:
        if key.child != model:
            continue
        target = MAIN if not key.is_self_relation else below or row
        values.update(key.values(target) if key.is_required else key.values_of_nothing(target))
    names = ", ".join(map(server.quoted, values))
    written = ", ".join("NULL" if value is None else str(value) for value in values.values())
    return f"INSERT INTO {server.quoted(f'T{model}')} ({names}) VALUES ({written})"


def _has_required_self_relation(graph: Graph, model: int) -> bool:
    return any(
        key.is_self_relation and key.child == model and key.is_required for key in graph.keys
    )


def _stuck_by_rings(view: SchemaView) -> set[str]:
    """Return the models of reported rings, and those that need a row of theirs."""
    stuck = {
        model
        for finding in required_cycle.check(None, view, RuleSettings())
        for model in finding.models
    }
    while True:
        more = {
            key.child
            for model in stuck
            for key in view.keys_to(model)
            if key.is_required and key.child not in stuck
        }
        if not more:
            return stuck
        stuck |= more


def _reported_self_relations(view: SchemaView) -> set[str]:
    return {
        key.child
        for model in view.model_names()
        for key in view.keys_of(model)
        if any(required_self_relation.check(key, view, RuleSettings()))
    }


def random_ring_graph(random: Random, provider: Provider) -> Graph:
    """Return a graph of few models in which rings of required keys are likely."""
    models = tuple(range(random.randint(2, 7)))
    keys = []
    for number in range(random.randint(1, 2 * len(models))):
        child, parent = random.choice(models), random.choice(models)
        width: Width = random.choice(("single", "single", "pair", "half-optional-pair"))
        is_required = width != "half-optional-pair" and random.random() < 0.7
        keys.append(Key(number, child, parent, "NoAction", "NoAction", width, is_required))
    return Graph(models, tuple(keys))
