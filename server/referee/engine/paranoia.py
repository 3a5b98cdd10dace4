"""Compares what a session says with a run from scratch; on in all tests."""

from __future__ import annotations

from collections.abc import Mapping

from referee.engine.judging import judge_unit, noting, rule_set, rules_by_unit, units_of
from referee.engine.snapshot import Snapshot
from referee.schema.facts import DatasourceFacts, GeneratorFacts, IndexFacts
from referee.schema.lowering import lower_block
from referee.schema.providers import UNKNOWN_DATABASE, database_of
from referee.schema.view import build_view
from referee.syntax.blocks import LineMemo
from referee.syntax.source import check_source, read_source
from referee.syntax.tree import Block, Item


class IncrementalDifference(AssertionError):
    """What a session says differs from what a run from scratch says."""


def compare_with_scratch(
    snapshot: Snapshot, known_indexes: Mapping[str, tuple[IndexFacts, ...]]
) -> None:
    """Raise IncrementalDifference where a snapshot is not what its texts alone give."""
    memo = LineMemo()
    sources = {path: read_source(source.text, memo) for path, source in snapshot.sources.items()}
    for path, source in snapshot.sources.items():
        check_source(source)
        _demand(
            [_shape(item) for item in source.items]
            == [_shape(item) for item in sources[path].items],
            f"the items of {path}",
        )
    facts = [
        lower_block(item)
        for source in sources.values()
        for item in source.items
        if isinstance(item, Block)
    ]
    datasources = [each for each in facts if isinstance(each, DatasourceFacts)]
    generators = [each for each in facts if isinstance(each, GeneratorFacts)]
    declarations = [
        each
        for each in facts
        if each is not None and not isinstance(each, DatasourceFacts | GeneratorFacts)
    ]
    database = database_of(datasources[0]) if datasources else UNKNOWN_DATABASE
    view = build_view(database, declarations, generators, known_indexes)
    mine = snapshot.view
    _demand(view.database == mine.database, "the database")
    _demand(view.preview_features == mine.preview_features, "the preview features")
    _demand(view.declarations == mine.declarations, "the facts")
    _demand(view.declarations_in_order() == mine.declarations_in_order(), "their order")
    _demand(view.mentioned_by == mine.mentioned_by, "who mentions whom")
    _demand(view.relations == mine.relations, "the relations")
    _demand(view.incoming_keys == mine.incoming_keys, "the keys by parent")
    _demand(view.ring_keys == mine.ring_keys, "the keys on rings")
    _demand(view.deep_keys == mine.deep_keys, "the keys of deep cascades")
    _demand(view.all_keys() == mine.all_keys(), "the keys in order")
    _demand(view.joined == mine.joined, "the many-to-many relations")
    rules = rules_by_unit(
        rule_set(snapshot.settings, has_provider=database.provider is not None), database
    )
    found = {
        unit: judge_unit(unit, noting(view), rules, snapshot.settings).findings
        for unit in units_of(view, rules)
    }
    _demand(found.keys() == snapshot.found.keys(), "what is judged")
    for unit, findings in found.items():
        _demand(findings == snapshot.found[unit], f"the findings of {unit.kind} {unit.subject}")


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise IncrementalDifference(f"{what} differ from those computed from scratch")


def _shape(item: Item) -> object:
    if isinstance(item, Block):
        return item.kind, item.name, item.header, item.lines, item.offsets, item.closing
    return item.text, item.comments, item.mistakes
