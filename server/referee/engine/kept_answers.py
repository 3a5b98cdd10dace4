"""What was worked out of a schema, kept while all that it asked is answered as before.

A computation is given a view that notes its questions. After edits only those of its questions
whose answers may have changed are looked at again, and where they turn out as before, as they do
when an edit is undone, what was worked out still holds.
It deliberately does not know what is worked out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from referee.engine.judging import noting
from referee.engine.snapshot import Question, QuestionKind, Snapshot
from referee.schema.view import SchemaView

_T = TypeVar("_T")

# How many noted questions are kept in all, and how many that changed.
_MOST_NOTED = 50_000
_MOST_CHANGED = 5_000

_ANSWERS: Mapping[QuestionKind, Callable[[SchemaView, str], object]] = {
    "declaration": SchemaView.declaration,
    "keys-of": SchemaView.keys_of,
    "keys-to": SchemaView.keys_to,
    "joins": SchemaView.many_to_many,
    "names": lambda view, _: view.model_names(),
    "rings": lambda view, _: view.keys_on_rings(),
}


@dataclass(slots=True, eq=False)
class _Kept:
    """A value, the answers that it was worked out of, and when these were last the right ones."""

    value: object
    answers: dict[QuestionKind, dict[str, object]]
    moment: int

    @property
    def weight(self) -> int:
        """How many answers are noted."""
        return 1 + sum(map(len, self.answers.values()))


class KeptAnswers:
    """What was worked out of one schema, by name; the newest snapshot is the one that counts."""

    def __init__(self) -> None:
        self.worked_out = 0
        self._version: object = None
        self._moment = 0
        # The questions that were answered anew, and when; the last ones last.
        self._changed: dict[Question, int] = {}
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._weight = 0

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of what changed with a snapshot; none may be left out."""
        if snapshot.version is self._version:
            return
        follows_on = self._version is not None and snapshot.follows is self._version
        self._version = snapshot.version
        if not follows_on or snapshot.changed is None:
            self._forget_all()
            return
        self._moment += 1
        for question in snapshot.changed:
            self._changed.pop(question, None)
            self._changed[question] = self._moment
        if len(self._changed) > _MOST_CHANGED:
            self._forget_all()

    def answer(
        self, snapshot: Snapshot, name: Hashable, work_out: Callable[[SchemaView], _T]
    ) -> _T:
        """Return what a computation makes of a snapshot, by now or earlier.

        A name stands for one computation. What this gives depends on its view alone.
        """
        self.follow(snapshot)
        view = snapshot.view
        kept = self._kept.get(name)
        if kept is not None and self._still_holds(kept, view):
            self._kept.move_to_end(name)
            return cast(_T, kept.value)
        self._forget(name)
        noted = noting(view)
        value = work_out(noted)
        self.worked_out += 1
        # What is asked about everything, or of what lies above, is not followed here.
        if noted.notes.asked.keys() <= _ANSWERS.keys():
            answers = {
                kind: {each: _ANSWERS[kind](view, each) for each in names}
                for kind, names in noted.notes.asked.items()
            }
            self._keep(name, _Kept(value, answers, self._moment))
        return value

    def _still_holds(self, kept: _Kept, view: SchemaView) -> bool:
        for question, moment in reversed(self._changed.items()):
            if moment <= kept.moment:
                break
            answers = kept.answers.get(question.kind)
            if (
                answers is not None
                and question.name in answers
                and answers[question.name] != _ANSWERS[question.kind](view, question.name)
            ):
                return False
        kept.moment = self._moment
        return True

    def _keep(self, name: Hashable, kept: _Kept) -> None:
        self._kept[name] = kept
        self._weight += kept.weight
        while self._weight > _MOST_NOTED and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, name: Hashable) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self._weight -= kept.weight

    def _forget_all(self) -> None:
        self._kept.clear()
        self._changed.clear()
        self._weight = 0
