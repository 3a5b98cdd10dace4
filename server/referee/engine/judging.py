"""Runs the rules on one unit of a schema and notes what they asked.

What a unit did not ask the view, its findings do not depend on.
It deliberately keeps nothing between two calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeAlias

from referee.engine.snapshot import Question, QuestionKind, Unit
from referee.rules.catalogue import ALL_RULES
from referee.rules.rule import Check, Finding, Rule
from referee.rules.settings import RuleSettings, severity_setting
from referee.schema.facts import CompositeFacts, Declaration, IndexFacts, KeyTarget, ModelFacts
from referee.schema.providers import Database
from referee.schema.relations import NO_RELATIONS, ForeignKey, ManyToMany
from referee.schema.view import Position, Reach, SchemaView

ALL_NAMES = Question("names", "")
ALL_KEYS = Question("keys", "")
ALL_RINGS = Question("rings", "")
ALL_DEEP = Question("deep", "")


# A set of the rules of a unit, each as the bit of its number.
RuleBits: TypeAlias = int
EVERY_RULE: RuleBits = -1
# For each kind of question the names, and which rules asked it of each.
Asked: TypeAlias = Mapping[QuestionKind, Mapping[str, RuleBits]]


@dataclass(slots=True, eq=False)
class Notes:
    """What is asked of a view while the rule with a certain bit runs on a certain subject.

    It is no question what the subject itself is, nor which keys it holds.
    """

    subject: str = ""
    rule: RuleBits = EVERY_RULE
    asked: defaultdict[QuestionKind, dict[str, RuleBits]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def begin(self, subject: str) -> None:
        """Begin an empty note, for rules on one subject."""
        self.subject = subject
        self.rule = EVERY_RULE
        self.asked = defaultdict(dict)

    def note(self, kind: QuestionKind, name: str) -> None:
        """Note a question."""
        names = self.asked[kind]
        names[name] = names.get(name, 0) | self.rule


@dataclass(frozen=True, slots=True, eq=False)
class NotingView(SchemaView):
    """A view that notes what it is asked.

    What is asked ten thousands of times where a whole schema is judged is noted on the spot.
    """

    notes: Notes = field(default_factory=Notes)
    plain: SchemaView = field(default_factory=SchemaView)

    def declaration(self, name: str) -> Declaration | None:
        """Return what a name stands for, and note the question."""
        notes = self.notes
        if name != notes.subject:
            names = notes.asked["declaration"]
            names[name] = names.get(name, 0) | notes.rule
        return self.declarations.get(name)

    def model(self, name: str) -> ModelFacts | None:
        """Return the model or view of that name, and note the question."""
        notes = self.notes
        if name != notes.subject:
            names = notes.asked["declaration"]
            names[name] = names.get(name, 0) | notes.rule
        found = self.declarations.get(name)
        return found if isinstance(found, ModelFacts) else None

    def target(self, name: str) -> KeyTarget | None:
        """Return a model as keys that refer to it see it, and note the question."""
        notes = self.notes
        if name != notes.subject:
            names = notes.asked["target"]
            names[name] = names.get(name, 0) | notes.rule
        found = self.declarations.get(name)
        return found if isinstance(found, ModelFacts) else None

    def keys_of(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the keys a model holds, and note the question."""
        notes = self.notes
        if model != notes.subject:
            notes.note("keys-of", model)
        return self.relations.get(model, NO_RELATIONS).foreign_keys

    def keys_to(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the keys that point at a model, and note the question."""
        self.notes.note("keys-to", model)
        return SchemaView.keys_to(self, model)

    def all_keys(self) -> tuple[ForeignKey, ...]:
        """Return the keys of all models, and note the question."""
        self.notes.note(*ALL_KEYS)
        return SchemaView.all_keys(self)

    def keys_on_rings(self) -> tuple[ForeignKey, ...]:
        """Return the keys that lie on rings, and note the question."""
        self.notes.note(*ALL_RINGS)
        return SchemaView.keys_on_rings(self)

    def cascades_above(self, model: str) -> Reach:
        """Return what lies above a model, and note the question."""
        self.notes.note("above", model)
        return SchemaView.cascades_above(self, model)

    def changes_above(self, model: str) -> Reach:
        """Return from where actions reach a model, and note the question."""
        self.notes.note("changes-above", model)
        return SchemaView.changes_above(self, model)

    def keys_of_deep_cascades(self) -> tuple[ForeignKey, ...]:
        """Return the keys of deep cascades, and note the question."""
        self.notes.note(*ALL_DEEP)
        return SchemaView.keys_of_deep_cascades(self)

    def played_above(self, model: str) -> SchemaView:
        """Return a view to play deletes by, which notes nothing, and note the question."""
        self.notes.note("plays-above", model)
        return self.plain

    def many_to_many(self, model: str) -> tuple[ManyToMany, ...]:
        """Return the implicit many-to-many relations of a model, and note the question."""
        self.notes.note("joins", model)
        return SchemaView.many_to_many(self, model)

    def indexes_known_elsewhere(self, model: str) -> tuple[IndexFacts, ...]:
        """Return indexes that only migrations make; they change with everything else."""
        return SchemaView.indexes_known_elsewhere(self, model)

    def declarations_in_order(self) -> list[Declaration]:
        """Return everything that is declared, and note the question about each."""
        self.notes.note(*ALL_NAMES)
        for name in self.declarations:
            self.notes.note("declaration", name)
        return SchemaView.declarations_in_order(self)

    def declarations_with(self, type_name: str) -> list[ModelFacts | CompositeFacts]:
        """Return what has fields of a type, and note the question as one about each."""
        self.declarations_in_order()
        return SchemaView.declarations_with(self, type_name)

    def position(self, name: str) -> Position:
        """Return the place of a declaration, and note the question about all names."""
        self.notes.note(*ALL_NAMES)
        return SchemaView.position(self, name)

    def model_names(self) -> tuple[str, ...]:
        """Return the names of all models, and note the question."""
        self.notes.note(*ALL_NAMES)
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
        view.deep_keys,
        view.positions,
        view.mentioned_by,
        view.changing_reaches,
        plain=view,
    )


class Judgement(NamedTuple):
    """What was found in a unit, which rules asked what, and how many rules ran for it.

    The findings are in the order of the rules. Of rules that did not run, nothing is asked.
    On a model and on its part every rule depends on what the model is and which keys it holds;
    that is not among what is asked.
    """

    findings: tuple[Finding, ...]
    asked: Asked
    rules_run: int


class NumberedRule(NamedTuple):
    """A rule among those of a unit."""

    bit: RuleBits
    code: str
    check: Check


_NO_RULES: tuple[NumberedRule, ...] = ()


class RuleSet(NamedTuple):
    """The rules that run under certain settings, by what they are given."""

    model: tuple[Rule, ...]
    relation: tuple[Rule, ...]
    graph: tuple[Rule, ...]

    def in_parts(self, database: Database) -> tuple[Rule, ...]:
        """Return the rules on the graph that are asked about one model at a time."""
        return tuple(rule for rule in self.graph if rule.judges_parts(database))

    def whole(self, database: Database) -> tuple[Rule, ...]:
        """Return the rules that are asked about the whole graph."""
        return tuple(
            rule
            for rule in self.graph
            if rule.check_part is not None or not rule.judges_parts(database)
        )


class RulesByUnit(NamedTuple):
    """The rules on each kind of unit of a schema for one database.

    A model is judged by the rules on models and by those on relations, which are numbered
    together.
    """

    model: tuple[NumberedRule, ...]
    relation: tuple[NumberedRule, ...]
    part: tuple[NumberedRule, ...]
    graph: Mapping[str, Rule]

    def units_of_model(self, name: str) -> tuple[Unit, ...]:
        """Return what is to be judged of a model or view."""
        own = Unit("model", name)
        return (own, Unit("part", name)) if self.part else (own,)


def rules_by_unit(rules: RuleSet, database: Database) -> RulesByUnit:
    """Return which rules run on which kind of unit."""
    return RulesByUnit(
        _numbered(rules.model),
        _numbered(rules.relation, len(rules.model)),
        _numbered(rules.in_parts(database)),
        {rule.code: rule for rule in rules.whole(database)},
    )


def _numbered(rules: Iterable[Rule], start: int = 0) -> tuple[NumberedRule, ...]:
    return tuple(
        NumberedRule(1 << number, rule.code, rule.check_part or rule.check)
        for number, rule in enumerate(rules, start)
    )


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


def units_of(view: SchemaView, rules: RulesByUnit) -> list[Unit]:
    """Return everything that is to be judged in a schema."""
    units = [unit for name in view.model_names() for unit in rules.units_of_model(name)]
    return units + [Unit("graph", code) for code in rules.graph]


def judge_unit(
    unit: Unit,
    view: NotingView,
    rules: RulesByUnit,
    settings: RuleSettings,
    anew: RuleBits = EVERY_RULE,
    before: Iterable[Finding] = (),
) -> Judgement:
    """Return the judgement of one unit.

    Where only some rules are to run `anew`, the others find what they found `before`.
    """
    if unit.kind == "graph":
        return _judge_graph(unit, view, rules, settings)
    notes = view.notes
    notes.begin(unit.subject)
    model = view.model(unit.subject)
    if model is None or not is_judged(model, view, settings):
        return Judgement((), {}, 0)
    on_model, on_keys = rules.part, _NO_RULES
    keys: tuple[ForeignKey, ...] = ()
    if unit.kind == "model":
        on_model, on_keys = rules.model, rules.relation
        keys = view.keys_of(unit.subject)
        if not settings.reports_ignored:
            keys = tuple([key for key in keys if not key.is_ignored])
    known: dict[str, list[Finding]] = {}
    for finding in before:
        known.setdefault(finding.code, []).append(finding)
    findings: list[Finding] = []
    run = 0
    for bit, code, check in on_model:
        if anew & bit:
            notes.rule = bit
            findings += check(model, view, settings)
            run += 1
        elif code in known:
            findings += known[code]
    for bit, code, check in on_keys if keys else _NO_RULES:
        if anew & bit:
            notes.rule = bit
            for key in keys:
                findings += check(key, view, settings)
            run += len(keys)
        elif code in known:
            findings += known[code]
    return Judgement(_wanted(findings, settings), notes.asked, run)


def _judge_graph(
    unit: Unit, view: NotingView, rules: RulesByUnit, settings: RuleSettings
) -> Judgement:
    view.notes.begin("")
    found = list(rules.graph[unit.subject].check(None, view, settings))
    findings = [each for each in found if _is_judged_by_name(each, view, settings)]
    return Judgement(_wanted(findings, settings), view.notes.asked, 1)


def _wanted(findings: list[Finding], settings: RuleSettings) -> tuple[Finding, ...]:
    """Return findings without those that the official server tells as well, if it runs."""
    if settings.beside_official_server:
        return tuple(finding for finding in findings if not finding.is_official)
    return tuple(findings)


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
