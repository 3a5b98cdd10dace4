"""The judgements of a schema under edit: kept until what they asked is answered anew.

Of a unit only those rules run again that asked such a question; the others find what they found.
It deliberately does not know why an answer changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from referee.engine.judging import (
    EVERY_RULE,
    Asked,
    RuleBits,
    RulesByUnit,
    RuleSet,
    judge_unit,
    noting,
    rules_by_unit,
    units_of,
)
from referee.engine.snapshot import Question, QuestionKind, Unit
from referee.engine.versions import VersionedMap
from referee.engine.work import Work
from referee.rules.rule import Finding
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.providers import Database
from referee.schema.view import SchemaView


class Judgements:
    """What was found in each unit, and which of its rules asked what.

    `judged` are the units that were judged or dropped since somebody last took them.
    """

    def __init__(self) -> None:
        self.found: VersionedMap[Unit, tuple[Finding, ...]] = VersionedMap()
        self.judged: set[Unit] = set()
        self._asked: dict[Unit, Asked] = {}
        self._askers: defaultdict[QuestionKind, dict[str, set[Unit]]] = defaultdict(dict)
        # The rules by unit, for the set of rules and the database they were last asked for.
        self._rules: RuleSet | None = None
        self._database: Database | None = None
        self._by_unit = RulesByUnit((), (), (), {})

    def forget(self) -> None:
        """Forget every judgement."""
        self.judged.update(self.found)
        self.found = VersionedMap()
        self._asked.clear()
        self._askers.clear()

    def questions_of(self, kind: str) -> list[int]:
        """Return how many questions each unit of a kind asks."""
        return [
            sum(map(len, asked.values()))
            for unit, asked in self._asked.items()
            if unit.kind == kind
        ]

    def update(
        self,
        questions: Collection[Question],
        view: SchemaView,
        rules: RuleSet,
        settings: RuleSettings,
        work: Work,
    ) -> None:
        """Judge again what depends on questions with new answers; everything where nothing is."""
        if rules is not self._rules or view.database is not self._database:
            self._rules, self._database = rules, view.database
            self._by_unit = rules_by_unit(rules, view.database)
        by_unit = self._by_unit
        gone: list[Unit] = []
        if self.found:
            anew = self._affected(questions, view, by_unit, gone)
            units = sorted(anew)
        else:
            # In order, since what is known of one model helps with the next.
            anew = {}
            units = units_of(view, by_unit)
        noted = noting(view)
        found: dict[Unit, tuple[Finding, ...]] = {}
        for unit in units:
            bits = anew.get(unit, EVERY_RULE) if unit in self._asked else EVERY_RULE
            before = () if bits == EVERY_RULE else self.found.get(unit, ())
            judgement = judge_unit(unit, noted, by_unit, settings, bits, before)
            found[unit] = judgement.findings
            self._note(unit, judgement.asked, bits)
            work.units_judged += 1
            work.rules_run += judgement.rules_run
        for unit in gone:
            self._stop_asking(unit, self._asked.pop(unit))
        self.judged.update(units, gone)
        self.found = self.found.changed(found, gone)

    def _affected(
        self,
        questions: Collection[Question],
        view: SchemaView,
        rules: RulesByUnit,
        gone: list[Unit],
    ) -> dict[Unit, RuleBits]:
        """Return what is to be judged again, by which rules; add to `gone` what is not there."""
        affected: dict[Unit, RuleBits] = {}
        for kind, name in questions:
            for unit in self._askers[kind].get(name, ()):
                affected[unit] = affected.get(unit, 0) | self._asked[unit][kind][name]
        for kind, name in questions:
            if kind not in ("declaration", "keys-of"):
                continue
            units: tuple[Unit, ...] = ()
            if isinstance(view.declarations.get(name), ModelFacts):
                units = rules.units_of_model(name)
            affected.update(dict.fromkeys(units, EVERY_RULE))
            for unit in (Unit("model", name), Unit("part", name)):
                if unit not in units:
                    affected.pop(unit, None)
                    if kind == "declaration" and unit in self._asked:
                        gone.append(unit)
        return affected

    def _note(self, unit: Unit, asked: Asked, anew: RuleBits) -> None:
        """Take in what the rules that ran asked, in place of what they asked before."""
        old = self._asked.get(unit)
        if old is not None:
            if anew != EVERY_RULE:
                asked = _with_what_stays(asked, old, anew)
            self._stop_asking(unit, old)
        self._asked[unit] = asked
        for kind, names in asked.items():
            askers = self._askers[kind]
            for name in names:
                units = askers.get(name)
                if units is None:
                    askers[name] = {unit}
                else:
                    units.add(unit)

    def _stop_asking(self, unit: Unit, asked: Asked) -> None:
        for kind, names in asked.items():
            askers = self._askers[kind]
            for name in names:
                units = askers[name]
                units.discard(unit)
                if not units:
                    del askers[name]


def _with_what_stays(asked: Asked, old: Asked, anew: RuleBits) -> Asked:
    """Return what is asked by rules that ran, and was asked before by those that did not."""
    merged = {kind: dict(names) for kind, names in asked.items()}
    for kind, names in old.items():
        for name, bits in names.items():
            if bits & ~anew:
                into = merged.setdefault(kind, {})
                into[name] = into.get(name, 0) | bits & ~anew
    return merged
