"""What a report on a whole schema says, as plain values: each statement with its evidence.

Texts are sentences with names in backticks; paths are those that readers are to see, lines count
from 1. It deliberately knows no format and no section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from referee.rules.rule import Severity

# holds: it is so; fails: it is not, and a finding of warning or worse says it; attention: a lesser
# finding says so; noted: a fact that is no fault by itself; not-run: nobody looked, for the reason
# that is given.
State = Literal["holds", "fails", "attention", "noted", "not-run"]
STATES: tuple[State, ...] = ("fails", "attention", "holds", "noted", "not-run")
Area = Literal["schema-design", "relationship-design", "data-integrity", "index-coverage"]
AREA_TITLES: Mapping[Area, str] = {
    "schema-design": "Schema design",
    "relationship-design": "Relationship design",
    "data-integrity": "Data integrity",
    "index-coverage": "Index coverage",
}


# Whose databases can be looked at by their address.
LOOKED_AT = frozenset({"postgresql", "cockroachdb", "mysql", "sqlite"})


class At(NamedTuple):
    """A line of a file; a folder, or a file as a whole, has none."""

    path: str
    line: int | None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class Evidence(NamedTuple):
    """Something that supports a statement, and where it stands."""

    text: str
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that was looked at, and what came of it; `codes` are the rules that looked."""

    id: str
    state: State
    sentence: str
    evidence: tuple[Evidence, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """A number of something; `detail` says how it is made up."""

    id: str
    name: str
    number: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of Prisma's language that the schema uses, how often, and where first."""

    name: str
    number: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """Models that belong together, with the key that each holds to another category."""

    title: str
    is_file: bool
    models: tuple[str, ...]


IndexSubject = Literal["foreign-key", "search-field", "pair", "timestamp"]
IndexState = Literal["indexed", "partly", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Fields that somebody may look rows up by, and the index that answers it.

    "partly" is an index that helps only where something before them is bound, too. `index` is in
    the words of the schema; `why` says what the fields are, or why the index is not enough.
    """

    subject: IndexSubject
    model: str
    fields: tuple[str, ...]
    state: IndexState
    index: str | None = None
    why: str = ""
    at: At | None = None


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How many relations do something on a delete; so many of them by default."""

    action: str
    number: int
    by_default: int


class Refusal(NamedTuple):
    """A relation that refuses a delete, or may, and why; `constraint` is the name it has."""

    relation: str
    is_sure: bool
    constraint: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Delete:
    """What deleting a row of a model does; `tree` is the drawn tree, a line each."""

    model: str
    summary: str
    removes: int
    levels: int
    clears: tuple[str, ...]
    resets: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    tree: tuple[str, ...]
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """Models that refer to each other in a circle; `path` is the shortest one."""

    models: tuple[str, ...]
    path: tuple[str, ...]
    kind: Literal["required", "cascading", "open"]
    sentence: str
    at: At | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a migration does, in a few words, and on which table or type."""

    text: str
    subject: str | None
    line: int


@dataclass(frozen=True, slots=True)
class MigrationEntry:
    """A migration in the history; `is_released` is None where nothing can tell."""

    name: str
    path: str
    statements: int
    is_released: bool | None
    changes: tuple[Change, ...]
    findings: tuple[Evidence, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class NotRun:
    """Something that was not looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class RulesNotRun:
    """Rules that did not run, and why, as a sentence."""

    why: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do next: 1 is now, 4 is when there is time.

    `command` is what to type, `fix` what to change; at least one of them is there.
    """

    priority: int
    title: str
    reason: str
    code: str | None = None
    severity: Severity | None = None
    command: str | None = None
    fix: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationsReport:
    """The migrations of a schema; `folder` is where they are or would be.

    `unreleased` names those that count as not released, `released_by` says why, as sentences.
    `absence` says why there is nothing to tell of, and is empty where there is something.
    """

    folder: str
    is_there: bool
    count: int
    unreleased: tuple[str, ...]
    released_by: str
    lock_provider: str | None
    history: tuple[MigrationEntry, ...]
    absence: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What running the migrations on a database gave, as `migrations verify` tells it.

    `seconds` are by migration. `lacks` says, as a sentence, what the server had not that a
    migration asks for; `steps` are what to do about what failed.
    """

    engine: str
    statements: tuple[Statement, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    not_run: tuple[NotRun, ...] = ()
    has_failed: bool = False
    lacks: str | None = None
    steps: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How a database stands to the migrations and the schema, and what to do about it.

    `address` holds no password, and its names stand in backticks.
    """

    address: str
    statements: tuple[Statement, ...]
    has_findings: bool = False
    steps: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """Everything there is to tell about one schema."""

    title: str
    files: tuple[str, ...]
    provider: str | None
    provider_title: str
    relation_mode: str | None
    configuration: tuple[tuple[str, str], ...]
    counts: tuple[Count, ...]
    features: tuple[Feature, ...]
    categories: tuple[Category, ...]
    areas: Mapping[Area, tuple[Statement, ...]]
    index_rows: tuple[IndexRow, ...]
    actions: tuple[ActionCount, ...]
    deletes: tuple[Delete, ...]
    circles: tuple[Circle, ...]
    migrations: MigrationsReport
    readiness: tuple[Statement, ...]
    results: tuple[Statement, ...]
    database: DatabaseState | None
    recommendations: tuple[Recommendation, ...]
    severities: Mapping[Severity, int]
    known: int
    rules: int
    rules_not_run: tuple[RulesNotRun, ...]
    not_run: tuple[NotRun, ...]
    picture: Picture

    @property
    def verdict(self) -> State:
        """The worst that is said about readiness and results, and about the schema."""
        states = {each.state for each in (*self.readiness, *self.results)}
        if self.database is not None:
            states |= {each.state for each in self.database.statements}
        if self.severities["error"] or "fails" in states:
            return "fails"
        return "attention" if self.severities["warning"] or "attention" in states else "holds"


class PictureEdge(NamedTuple):
    """A relation as it is drawn: from the model that holds the key."""

    child: str
    parent: str
    label: str
    action: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture of the relations shows: models in groups, and edges between models."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    edges: tuple[PictureEdge, ...]


@dataclass(frozen=True, slots=True)
class WholeReport:
    """A report: when and with what it was made, and each schema that was found."""

    date: str
    tool: str
    command: str
    schemas: tuple[SchemaReport, ...]
