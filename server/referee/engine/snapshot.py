"""A schema at one moment, with everything that was found in it: a value.

It deliberately knows nothing of how it was computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from referee.rules.rule import Finding
from referee.rules.settings import RuleSettings
from referee.schema.view import SchemaView
from referee.syntax.source import Source
from referee.syntax.tree import Block


class Declared(NamedTuple):
    """A block and the file it stands in."""

    path: str
    block: Block


class Unit(NamedTuple):
    """What is judged in one go.

    That is a model with its relations, its part in the graph, or the whole graph by one rule.
    """

    kind: str
    subject: str


QuestionKind: TypeAlias = Literal[
    "declaration",
    "target",
    "keys-of",
    "keys-to",
    "joins",
    "above",
    "changes-above",
    "plays-above",
    "names",
    "keys",
    "rings",
    "deep",
]


class Question(NamedTuple):
    """Something that is asked of a view: what kind of thing, of which name ("" for all names)."""

    kind: QuestionKind
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A schema at one moment.

    `sources` holds the files by path, in order of their paths; `declared` the block that declares
    each name of a model, view, composite type or enum. `judged` are the units that were judged or
    dropped since the snapshot with the version `follows`; all others have what they had then.
    `changed_paths` are the files that came, went or changed since.
    `changed` are the questions with new answers since then; None says that every answer may be new.
    """

    sources: Mapping[str, Source]
    declared: Mapping[str, Declared]
    view: SchemaView
    settings: RuleSettings
    found: Mapping[Unit, tuple[Finding, ...]]
    version: object = field(default_factory=object)
    follows: object = None
    judged: frozenset[Unit] = frozenset()
    changed_paths: frozenset[str] = frozenset()
    changed: frozenset[Question] | None = None

    def findings(self) -> Iterator[Finding]:
        """Yield all findings of rules, in no particular order."""
        for found in self.found.values():
            yield from found
