"""The judgements of a schema under edit: kept until what they asked is answered anew.

Of a unit only those rules run again that asked such a question; the others find what they found.
It deliberately does not know why an answer changed.
"""

from __future__ import annotations

from collections.abc import Collection

from referee.engine.judging import (
    EVERY_RULE,
    Judgement,
    RuleBits,
    RuleSet,
    judge_unit,
    units_of,
    units_of_model,
)
from referee.engine.snapshot import Question, Unit
from referee.engine.versions import VersionedMap
from referee.engine.work import Work
from referee.rules.rule import Finding
from referee.rules.settings import RuleSettings
from referee.schema.view import SchemaView


class Judgements:
    """What was found in each unit, and which of its rules asked what.

    `judged` are the units that were judged or dropped since somebody last took them.
    """

    def __init__(self) -> None:
        self.found: VersionedMap[Unit, tuple[Finding, ...]] = VersionedMap()
        self.judged: set[Unit] = set()
        self._asked: dict[Unit, dict[Question, RuleBits]] = {}
        self._askers: dict[Question, set[Unit]] = {}
        # Equal sets of rules are one object, since there are thousands of some.
        self._bits: dict[RuleBits, RuleBits] = {}

    def forget(self) -> None:
        """Forget every judgement."""
        self.judged.update(self.found)
        self.found = VersionedMap()
        self._asked.clear()
        self._askers.clear()

    def is_asked(self, question: Question) -> bool:
        """Tell whether any judgement depends on the answer to a question."""
        return question in self._askers

    def questions_of(self, kind: str) -> list[int]:
        """Return how many questions each unit of a kind asks."""
        return [len(asked) for unit, asked in self._asked.items() if unit.kind == kind]

    def update(
        self,
        questions: Collection[Question],
        view: SchemaView,
        rules: RuleSet,
        settings: RuleSettings,
        work: Work,
    ) -> None:
        """Judge again what depends on questions with new answers; everything where nothing is."""
        gone: list[Unit] = []
        if self.found:
            anew = self._affected(questions, view, rules, gone)
            units = sorted(anew)
        else:
            # In order, since what is known of one model helps with the next.
            anew = {}
            units = units_of(view, rules)
        found: dict[Unit, tuple[Finding, ...]] = {}
        for unit in units:
            bits = anew.get(unit, EVERY_RULE) if unit in self._asked else EVERY_RULE
            judgement = judge_unit(unit, view, rules, settings, bits, self.found.get(unit, ()))
            found[unit] = judgement.findings
            self._note(unit, judgement, bits)
            work.units_judged += 1
            work.rules_run += judgement.rules_run
        for unit in gone:
            self._drop(unit)
        self.judged.update(units, gone)
        self.found = self.found.changed(found, gone)

    def _affected(
        self, questions: Collection[Question], view: SchemaView, rules: RuleSet, gone: list[Unit]
    ) -> dict[Unit, RuleBits]:
        """Return what is to be judged again, by which rules; add to `gone` what is not there."""
        affected: dict[Unit, RuleBits] = {}
        for question in questions:
            for unit in self._askers.get(question, ()):
                affected[unit] = affected.get(unit, 0) | self._asked[unit][question]
        for kind, name in questions:
            if kind != "declaration":
                continue
            units = units_of_model(name, view, rules)
            affected.update(dict.fromkeys(units, EVERY_RULE))
            for unit in (Unit("model", name), Unit("part", name)):
                if unit not in units:
                    affected.pop(unit, None)
                    if unit in self._asked:
                        gone.append(unit)
        return affected

    def _note(self, unit: Unit, judgement: Judgement, anew: RuleBits) -> None:
        """Take in what the rules that ran asked, in place of what they asked before."""
        old = self._asked.get(unit, {})
        asked = {question: left for question, bits in old.items() if (left := bits & ~anew)}
        for question, bits in judgement.asked.items():
            asked[question] = asked.get(question, 0) | bits
        for question in old.keys() - asked.keys():
            self._stop_asking(question, unit)
        for question in asked.keys() - old.keys():
            self._askers.setdefault(question, set()).add(unit)
        self._asked[unit] = {
            question: self._bits.setdefault(bits, bits) for question, bits in asked.items()
        }

    def _drop(self, unit: Unit) -> None:
        for question in self._asked.pop(unit):
            self._stop_asking(question, unit)

    def _stop_asking(self, question: Question, unit: Unit) -> None:
        askers = self._askers[question]
        askers.discard(unit)
        if not askers:
            del self._askers[question]
