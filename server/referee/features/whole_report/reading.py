"""What a report is made from: a schema that was judged, its migrations, and what was run.

`Reader` answers where things are, in the words of readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic
from referee.features.migration_judging import (
    CHECKED_IN_PART,
    MigrationOptions,
    MigrationVerdict,
    remark_on_syntax,
)
from referee.features.placing import Placer
from referee.features.whole_report.values import (
    At,
    DatabaseState,
    Evidence,
    NotRun,
    RulesNotRun,
    Trial,
)
from referee.migrations.evidence import NOT_REPLAYED, HistoryEvidence
from referee.migrations.history import History
from referee.rules.catalogue import ALL_RULES, MIGRATION_CODE_NAMES
from referee.rules.rule import Place
from referee.rules.settings import severity_setting
from referee.schema.facts import ModelFacts
from referee.schema.providers import PROVIDER_TITLES
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView


@dataclass(frozen=True, slots=True)
class MigrationsRead:
    """The migrations of a schema as they were read and judged.

    `evidence` is of the whole history from its first migration on; None where it is not replayed.
    `base` is what git compared with to tell which are not released; `doubt` says why it did not.
    `is_guess` tells that git could not, so that the newest one counts as not released.
    """

    folder: str
    is_there: bool
    history: History
    options: MigrationOptions
    verdict: MigrationVerdict
    evidence: HistoryEvidence | None
    base: str | None = None
    doubt: str | None = None
    is_guess: bool = False

    @property
    def absence(self) -> str:
        """Why there is nothing to tell of, without a stop; empty where migrations were read."""
        if self.is_there and self.history.migrations:
            return ""
        if self.history.layout == "prisma-8":
            return (
                f"The migrations in `{self.folder}` are in the format of Prisma 8, which is "
                "recognised and not read"
            )
        return f"There are no migrations in `{self.folder}`"


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that the report on one schema is made from.

    `diagnostics` are those to report, their paths as readers see them; `texts` is by such paths.
    `known` more are known from a baseline. `trial` and `database` are None where nothing was run,
    and `not_run` says why. `path` is what names the schema in commands,
    and `commands` are those that there are beyond `check`.
    """

    title: str
    path: str
    snapshot: Snapshot
    diagnostics: tuple[Diagnostic, ...]
    known: int
    files: tuple[str, ...]
    shown: Callable[[str], str]
    configuration: tuple[tuple[str, str], ...]
    migrations: MigrationsRead
    commands: frozenset[str] = frozenset()
    trial: Trial | None = None
    database: DatabaseState | None = None
    not_run: tuple[NotRun, ...] = ()


class Reader:
    """Answers questions about one schema: its models, and where things are."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.snapshot = asked.snapshot
        self.view: SchemaView = asked.snapshot.view
        self._placer = Placer(asked.snapshot)
        self.models: tuple[ModelFacts, ...] = tuple(
            model
            for name in self.view.model_names()
            if (model := self.view.model(name)) is not None and model.kind == "model"
        )
        self.keys: tuple[ForeignKey, ...] = self.view.all_keys()
        self._idle = {
            **dict(_idle_rules(self.view, asked)),
            **dict(_idle_migration_rules(self.view, asked)),
        }
        self._quiet: dict[str, list[Evidence]] | None = None
        self._by_code: dict[str, list[Diagnostic]] = {}
        for each in asked.diagnostics:
            self._by_code.setdefault(each.code, []).append(each)

    def at(self, block: str, field: str | None = None) -> At | None:
        """Return the line that declares a block or a field of it."""
        placed = self._placer.place(Place(block, field))
        if placed is None:
            return None
        return At(self.asked.shown(placed.path), self._placer.range(placed).start.line + 1)

    def found(self, codes: Iterable[str]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of some codes, in the order of the codes."""
        return tuple(each for code in codes for each in self._by_code.get(code, ()))

    def quiet(self, codes: Iterable[str]) -> tuple[Evidence, ...]:
        """Return what somebody said is known: silenced, ignored, or listed in the baseline."""
        if self._quiet is None:
            self._quiet = {}
            for code, evidence in self._quiet_findings():
                self._quiet.setdefault(code, []).append(evidence)
        return tuple(each for code in codes for each in self._quiet.get(code, ()))

    def _quiet_findings(self) -> Iterator[tuple[str, Evidence]]:
        """Yield findings that are not among the diagnostics to report."""
        told = Counter((each.code, each.message) for each in self.asked.diagnostics)
        read = self.asked.migrations
        paths = {each.name: self.asked.shown(each.path) for each in read.history.migrations}
        for finding in self.snapshot.findings():
            placed = self._placer.place(finding.place)
            if placed is not None and not _is_taken(told, finding.code, finding.message):
                line = self._placer.range(placed).start.line + 1
                at = At(self.asked.shown(placed.path), line)
                yield finding.code, Evidence(finding.message, at)
        for each in (*read.verdict.findings, *read.verdict.quiet):
            if not _is_taken(told, each.code, each.message):
                path = None if each.migration is None else paths.get(each.migration)
                yield each.code, Evidence(each.message, None if path is None else At(path, None))

    def why_not_run(self, code: str) -> Idleness | None:
        """Return why a rule did not run here; None where it did."""
        return self._idle.get(code)

    @property
    def depends_on_unknown(self) -> int:
        """How many rules did not run because nothing says which database it is."""
        return sum(idleness is NO_PROVIDER for idleness in self._idle.values())

    def rules_not_run(self) -> tuple[RulesNotRun, ...]:
        """Return the rules that did not run, by reason."""
        by_reason: dict[str, list[str]] = {}
        for code, idleness in self._idle.items():
            by_reason.setdefault(idleness.why, []).append(code)
        return tuple(RulesNotRun(why, tuple(codes)) for why, codes in by_reason.items())


def _is_taken(told: Counter[tuple[str, str]], code: str, message: str) -> bool:
    """Tell whether a finding is among those that are told, and take it from them."""
    if not told[code, message]:
        return False
    told[code, message] -= 1
    return True


# Rules that compare what the migrations make with what the schema means.
_COMPARING = frozenset(["unmigrated-change", "leftover-in-migrations"])


class Idleness(NamedTuple):
    """Why a rule did not run; `is_wanted` tells that somebody, or the rule itself, wants it so."""

    why: str
    is_wanted: bool = False


_BY_DEFAULT = Idleness("Switched off by default.", True)
_BY_CONFIGURATION = Idleness("Switched off by the configuration.", True)
NO_PROVIDER = Idleness(
    "They depend on the database, and no datasource names a provider that Referee knows."
)


def _idle_rules(view: SchemaView, asked: Asked) -> Iterator[tuple[str, Idleness]]:
    settings = asked.snapshot.settings
    for rule in ALL_RULES:
        if severity_setting(settings, rule.code, rule.family, rule.is_on) == "off":
            yield rule.code, _BY_CONFIGURATION if rule.is_on else _BY_DEFAULT
        elif rule.needs_database and view.database.provider is None:
            yield rule.code, NO_PROVIDER


def _idle_migration_rules(view: SchemaView, asked: Asked) -> Iterator[tuple[str, Idleness]]:
    read = asked.migrations
    for code in MIGRATION_CODE_NAMES:
        why = _why_idle(code, read, view)
        if severity_setting(asked.snapshot.settings, code, "migration") == "off":
            yield code, _BY_CONFIGURATION
        elif why:
            yield code, Idleness(why)


def _why_idle(code: str, read: MigrationsRead, view: SchemaView) -> str:
    """Return why a rule about migrations did not run, as a sentence; nothing where it did."""
    provider = view.database.provider
    if provider == "mongodb":
        return "MongoDB has no migrations."
    if read.absence:
        is_asked = code == "no-migrations" and provider is not None
        return "" if is_asked else f"{read.absence}."
    written_for = None if read.evidence is None else read.evidence.provider
    if written_for is None or read.verdict.evidence is None:
        return "It is not known what the migrations are for, or how they are laid out."
    if code == "migration-lock-mismatch" and provider is None:
        return "The schema names no provider to compare the lock file with."
    if code == "migration-syntax-error" and written_for not in CHECKED_IN_PART:
        return remark_on_syntax(written_for)
    if code in (*_COMPARING, "broken-migration") and written_for in NOT_REPLAYED:
        return f"Scripts for {PROVIDER_TITLES[written_for]} are not replayed."
    if code in _COMPARING and read.verdict.evidence.changes is None:
        return "What the migrations make was not compared with the schema."
    return ""


def place_of(diagnostic: Diagnostic) -> At:
    """Return the line of a diagnostic."""
    return At(diagnostic.path, diagnostic.range.start.line + 1)


def evidence_of(diagnostics: Iterable[Diagnostic]) -> tuple[Evidence, ...]:
    """Return diagnostics as evidence."""
    return tuple(Evidence(each.message, place_of(each)) for each in diagnostics)
