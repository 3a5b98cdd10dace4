"""Runs the rules on one unit of a schema and notes what they asked.

What a unit did not ask the view, its findings do not depend on.
It deliberately keeps nothing between two calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from referee.engine.snapshot import Question, QuestionKind, Unit
from referee.rules.catalogue import ALL_RULES
from referee.rules.rule import Finding, Rule
from referee.rules.settings import RuleSettings, severity_setting
from referee.schema.facts import Declaration, IndexFacts, KeyTarget, ModelFacts
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.view import Reach, SchemaView

ALL_NAMES = Question("names", "")
ALL_KEYS = Question("keys", "")
ALL_RINGS = Question("rings", "")


@dataclass(frozen=True, slots=True, eq=False)
class NotingView(SchemaView):
    """A view that notes what it is asked: for each kind of question the names.

    It is no question what `subject` itself is.
    """

    subject: str = ""
    asked: defaultdict[QuestionKind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def questions(self) -> Iterator[Question]:
        """Yield everything that was asked."""
        for kind, names in self.asked.items():
            for name in names:
                yield Question(kind, name)

    def declaration(self, name: str) -> Declaration | None:
        """Return what a name stands for, and note the question."""
        if name != self.subject:
            self.asked["declaration"].add(name)
        return self.declarations.get(name)

    def target(self, name: str) -> KeyTarget | None:
        """Return a model as keys that refer to it see it, and note the question."""
        if name != self.subject:
            self.asked["target"].add(name)
        return SchemaView.target(self, name)

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
        self.asked[ALL_KEYS.kind].add(ALL_KEYS.name)
        return SchemaView.all_keys(self)

    def keys_on_rings(self) -> tuple[ForeignKey, ...]:
        """Return the keys that lie on rings, and note the question."""
        self.asked[ALL_RINGS.kind].add(ALL_RINGS.name)
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
        self.asked[ALL_NAMES.kind].add(ALL_NAMES.name)
        return SchemaView.model_names(self)


def noting(view: SchemaView, subject: str = "") -> NotingView:
    """Return the same view with an empty note, for rules on one subject."""
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
        subject,
    )


# A set of the rules of a unit, each as the bit of its number.
RuleBits: TypeAlias = int
EVERY_RULE: RuleBits = -1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in a unit, which rules asked what, and how many rules ran for it.

    The findings are in the order of the rules. Of rules that did not run, nothing is asked.
    """

    findings: tuple[Finding, ...]
    asked: Mapping[Question, RuleBits]
    rules_run: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that run under certain settings, by what they are given."""

    model: tuple[Rule, ...]
    relation: tuple[Rule, ...]
    graph: tuple[Rule, ...]

    def of_unit(self, unit: Unit, database: Database) -> tuple[Rule, ...]:
        """Return the rules on a model with its relations, or on its part in the graph."""
        return self.in_parts(database) if unit.kind == "part" else (*self.model, *self.relation)

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


def judge_unit(
    unit: Unit,
    view: SchemaView,
    rules: RuleSet,
    settings: RuleSettings,
    anew: RuleBits = EVERY_RULE,
    before: Iterable[Finding] = (),
) -> Judgement:
    """Return the judgement of one unit.

    Where only some rules are to run `anew`, the others find what they found `before`.
    """
    if unit.kind == "graph":
        return _judge_graph(unit, view, rules, settings)
    asked: dict[Question, RuleBits] = {Question("declaration", unit.subject): EVERY_RULE}
    model = view.model(unit.subject)
    if model is None or not is_judged(model, view, settings):
        return Judgement((), asked, 0)
    keys: tuple[ForeignKey, ...] = ()
    if unit.kind == "model":
        asked[Question("keys-of", unit.subject)] = EVERY_RULE
        keys = tuple(
            key
            for key in view.keys_of(unit.subject)
            if settings.reports_ignored or not key.is_ignored
        )
    noted = noting(view, unit.subject)
    known: dict[str, list[Finding]] = {}
    for finding in before:
        known.setdefault(finding.code, []).append(finding)
    findings: list[Finding] = []
    run = 0
    bit = 1
    for rule in rules.of_unit(unit, view.database):
        if anew & bit:
            for subject in keys if rule.scope == "relation" else (model,):
                run += 1
                findings += rule.check(subject, noted, settings)
            if noted.asked:
                for question in noted.questions():
                    asked[question] = asked.get(question, 0) | bit
                noted.asked.clear()
        elif known:
            findings += known.get(rule.code, ())
        bit <<= 1
    return Judgement(_wanted(findings, settings), asked, run)


def _judge_graph(unit: Unit, view: SchemaView, rules: RuleSet, settings: RuleSettings) -> Judgement:
    noted = noting(view)
    rule = next(rule for rule in rules.graph if rule.code == unit.subject)
    found = list(rule.check(None, noted, settings))
    findings = [each for each in found if _is_judged_by_name(each, noted, settings)]
    return Judgement(_wanted(findings, settings), dict.fromkeys(noted.questions(), EVERY_RULE), 1)


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
