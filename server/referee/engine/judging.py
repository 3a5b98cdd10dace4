"""Runs the rules on one unit of a schema and notes what they asked.

What a unit did not ask the view, its findings do not depend on.
It deliberately keeps nothing between two calls.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, TypeAlias

from referee.engine.snapshot import Unit
from referee.rules.catalogue import ALL_RULES
from referee.rules.rule import Finding, Rule
from referee.rules.settings import RuleSettings, severity_setting
from referee.schema.facts import Declaration, IndexFacts, ModelFacts
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.view import Reach, SchemaView

QuestionKind: TypeAlias = Literal[
    "declaration", "keys-of", "keys-to", "joins", "above", "names", "keys", "rings"
]


class Question(NamedTuple):
    """Something a unit asked: what kind of thing, of which name ("" for all names)."""

    kind: QuestionKind
    name: str


ALL_NAMES = Question("names", "")
ALL_KEYS = Question("keys", "")
ALL_RINGS = Question("rings", "")


@dataclass(frozen=True, slots=True, eq=False)
class NotingView(SchemaView):
    """A view that notes what it is asked: for each kind of question the names."""

    asked: defaultdict[QuestionKind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def questions(self) -> frozenset[Question]:
        """Return everything that was asked."""
        return frozenset([Question(kind, name) for kind in self.asked for name in self.asked[kind]])

    def declaration(self, name: str) -> Declaration | None:
        """Return what a name stands for, and note the question."""
        self.asked["declaration"].add(name)
        return self.declarations.get(name)

    def keys_of(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the keys a model holds, and note the question."""
        self.asked["keys-of"].add(model)
        return SchemaView.keys_of(self, model)

    def keys_to(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the keys that point at a model, and note the question."""
        self.asked["keys-to"].add(model)
        return SchemaView.keys_to(self, model)

    def all_keys(self) -> tuple[ForeignKey, ...]:
        """Return the keys of all models, and note the question."""
        self.asked["keys"].add(ALL_KEYS.name)
        return SchemaView.all_keys(self)

    def keys_on_rings(self) -> tuple[ForeignKey, ...]:
        """Return the keys that lie on rings, and note the question."""
        self.asked["rings"].add(ALL_RINGS.name)
        return SchemaView.keys_on_rings(self)

    def cascades_above(self, model: str) -> Reach:
        """Return what lies above a model, and note the question."""
        self.asked["above"].add(model)
        return SchemaView.cascades_above(self, model)

    def many_to_many(self, model: str) -> tuple[ManyToMany, ...]:
        """Return the implicit many-to-many relations of a model, and note the question."""
        self.asked["joins"].add(model)
        return SchemaView.many_to_many(self, model)

    def indexes_known_elsewhere(self, model: str) -> tuple[IndexFacts, ...]:
        """Return indexes that only migrations make; they change with everything else."""
        return SchemaView.indexes_known_elsewhere(self, model)

    def model_names(self) -> tuple[str, ...]:
        """Return the names of all models, and note the question."""
        self.asked["names"].add(ALL_NAMES.name)
        return SchemaView.model_names(self)


def noting(view: SchemaView) -> NotingView:
    """Return the same view with an empty note."""
    return NotingView(
        view.database,
        view.preview_features,
        view.declarations,
        view.relations,
        view.incoming_keys,
        view.joined,
        view.known_indexes,
        view.ring_keys,
        view.reaches,
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in a unit, what it asked, and how many rules ran for it."""

    findings: tuple[Finding, ...]
    asked: frozenset[Question]
    rules_run: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that run under certain settings, by what they are given."""

    model: tuple[Rule, ...]
    relation: tuple[Rule, ...]
    graph: tuple[Rule, ...]

    def in_parts(self, database: Database) -> tuple[Rule, ...]:
        """Return the rules on the graph that can be asked about one model at a time."""
        return tuple(rule for rule in self.graph if rule.judges_parts(database))

    def whole(self, database: Database) -> tuple[Rule, ...]:
        """Return the rules that can be asked about the whole graph alone."""
        return tuple(rule for rule in self.graph if not rule.judges_parts(database))


def rule_set(settings: RuleSettings, has_provider: bool) -> RuleSet:
    """Return the rules that are on, without those that need a provider where there is none."""
    on = [
        rule
        for rule in ALL_RULES
        if severity_setting(settings, rule.code, rule.family, rule.is_on) != "off"
        and (has_provider or not rule.needs_database)
    ]
    return RuleSet(
        tuple(rule for rule in on if rule.scope == "model"),
        tuple(rule for rule in on if rule.scope == "relation"),
        tuple(rule for rule in on if rule.scope == "graph"),
    )


def units_of(view: SchemaView, rules: RuleSet) -> list[Unit]:
    """Return everything that is to be judged in a schema."""
    units = [unit for name in view.model_names() for unit in units_of_model(name, view, rules)]
    return units + [Unit("graph", rule.code) for rule in rules.whole(view.database)]


def units_of_model(name: str, view: SchemaView, rules: RuleSet) -> tuple[Unit, ...]:
    """Return what is to be judged of one model or view; nothing where the name is none."""
    if not isinstance(view.declarations.get(name), ModelFacts):
        return ()
    own = Unit("model", name)
    return (own, Unit("part", name)) if rules.in_parts(view.database) else (own,)


def judge_unit(unit: Unit, view: SchemaView, rules: RuleSet, settings: RuleSettings) -> Judgement:
    """Return the judgement of one unit."""
    noted = noting(view)
    run = 0
    findings: list[Finding] = []
    if unit.kind == "graph":
        rule = next(rule for rule in rules.graph if rule.code == unit.subject)
        run = 1
        found = list(rule.check(None, noted, settings))
        findings += [each for each in found if _is_judged_by_name(each, noted, settings)]
    elif unit.kind == "part":
        model = noted.model(unit.subject)
        if model is not None and is_judged(model, noted, settings):
            for rule in rules.in_parts(view.database):
                run += 1
                findings += rule.check(model, noted, settings)
    else:
        model = noted.model(unit.subject)
        if model is not None and is_judged(model, noted, settings):
            for rule in rules.model:
                run += 1
                findings += rule.check(model, noted, settings)
            for key in noted.keys_of(unit.subject):
                if key.is_ignored and not settings.reports_ignored:
                    continue
                for rule in rules.relation:
                    run += 1
                    findings += rule.check(key, noted, settings)
    if settings.beside_official_server:
        findings = [finding for finding in findings if not finding.is_official]
    return Judgement(tuple(findings), noted.questions(), run)


def is_judged(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> bool:
    """Tell whether findings on a model are wanted: not if it is ignored or somebody else's."""
    if model.is_ignored and not settings.reports_ignored:
        return False
    schema = model.database_schema
    return not (
        schema is not None
        and view.database.provider == "postgresql"
        and any(fnmatchcase(schema, pattern) for pattern in settings.foreign_schemas)
    )


def _is_judged_by_name(finding: Finding, view: SchemaView, settings: RuleSettings) -> bool:
    model = view.model(finding.place.block)
    return model is None or is_judged(model, view, settings)
