"""What a report is made from: a schema that was judged, its migrations, and what was run.

`Reader` answers where things are, in the words of readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic
from referee.features.migration_judging import MigrationOptions, MigrationVerdict
from referee.features.placing import Placer
from referee.features.whole_report.values import At, DatabaseState, Evidence, NotRun, Trial
from referee.migrations.evidence import HistoryEvidence
from referee.migrations.history import History
from referee.rules.catalogue import ALL_RULES, MIGRATION_CODE_NAMES
from referee.rules.rule import Place
from referee.rules.settings import severity_setting
from referee.schema.facts import ModelFacts
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView


@dataclass(frozen=True, slots=True)
class MigrationsRead:
    """The migrations of a schema as they were read and judged.

    `evidence` is of the whole history from its first migration on; None where it is not replayed.
    `base` is what git compared with to tell which are not released; `doubt` says why it did not.
    """

    folder: str
    is_there: bool
    history: History
    options: MigrationOptions
    verdict: MigrationVerdict
    evidence: HistoryEvidence | None
    base: str | None = None
    doubt: str | None = None

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
        settings = asked.snapshot.settings
        self._off = frozenset(
            rule.code
            for rule in ALL_RULES
            if severity_setting(settings, rule.code, rule.family, rule.is_on) == "off"
        ) | frozenset(
            code
            for code in MIGRATION_CODE_NAMES
            if severity_setting(settings, code, "migration") == "off"
        )
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

    def is_off(self, code: str) -> bool:
        """Tell whether a rule does not run here."""
        return code in self._off


def place_of(diagnostic: Diagnostic) -> At:
    """Return the line of a diagnostic."""
    return At(diagnostic.path, diagnostic.range.start.line + 1)


def evidence_of(diagnostics: Iterable[Diagnostic]) -> tuple[Evidence, ...]:
    """Return diagnostics as evidence."""
    return tuple(Evidence(each.message, place_of(each)) for each in diagnostics)
