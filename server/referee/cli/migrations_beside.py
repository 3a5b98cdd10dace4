"""The migrations of one schema while it is judged from its files on disk.

It is loaded only where a folder of migrations is, or where somebody asks for them. What is found
is decided in `features`; this part reads, hands over, and knows what to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from referee.cli.errors import UsageError
from referee.cli.judging import MigrationsWanted
from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, mistakes_of
from referee.features.migration_diagnostics import (
    ToldMigration,
    files_made,
    migration_diagnostics,
    silence_diagnostics,
    summed_up,
)
from referee.features.migration_judging import (
    MigrationVerdict,
    ReplayedHistory,
    Telling,
    judge_migrations,
)
from referee.features.placing import Placer
from referee.features.report.report import JudgedMigrations, is_fixable
from referee.migrations.findings import WriteFile
from referee.project.migrations import MigrationsPlace
from referee.project.migrations_loading import (
    LoadedMigrations,
    MigrationsAsked,
    load_migrations,
    replay_loaded,
)
from referee.project.migrations_released import NoSuchBase
from referee.project.roots import SchemaFiles
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts


class MigrationsBeside:
    """The migrations beside one schema: read and replayed once, judged as often as it changes."""

    def __init__(
        self,
        place: MigrationsPlace,
        schema: SchemaFiles,
        wanted: MigrationsWanted,
        settings: RuleSettings,
    ) -> None:
        asked = MigrationsAsked(
            wanted.settings,
            wanted.working_folder,
            wanted.is_asked_for,
            wanted.judges_all,
            wanted.base,
            settings.requires_reasons,
        )
        try:
            self._loaded = load_migrations(place, schema.root, asked)
        except NoSuchBase as failure:
            raise UsageError(str(failure)) from failure
        self._place = place
        self._wanted = wanted
        self._settings = settings
        self._replayed: ReplayedHistory | None = None
        self._has_replayed = False
        self._verdict = MigrationVerdict()

    @property
    def loaded(self) -> LoadedMigrations:
        """The migrations as they were read."""
        return self._loaded

    @property
    def verdict(self) -> MigrationVerdict:
        """What came of judging them last."""
        return self._verdict

    def judge(
        self, snapshot: Snapshot, tell: Telling, *, is_whole: bool
    ) -> Mapping[str, tuple[IndexFacts, ...]]:
        """Judge them beside a state of the schema, and return the indexes that only they make."""
        if not self._has_replayed:
            provider = snapshot.view.database.provider
            self._replayed = replay_loaded(self._loaded, provider, tell=tell)
            self._has_replayed = True
        has_mistakes = any(
            True for source in snapshot.sources.values() for _ in mistakes_of(source)
        )
        self._verdict = judge_migrations(
            self._loaded.history,
            self._replayed,
            snapshot.view,
            self._loaded.options,
            is_whole=is_whole and not has_mistakes,
        )
        return self._verdict.known_indexes

    def diagnostics(self, snapshot: Snapshot) -> Iterator[Diagnostic]:
        """Yield what there is to tell about them, beside the state that was judged last."""
        loaded = self._loaded
        for each in self._told(snapshot):
            yield each.diagnostic
        if self._replayed is not None:
            for each in silence_diagnostics(
                self._replayed, loaded.history, self._settings, loaded.options
            ):
                yield each.diagnostic

    def missing_files(self, snapshot: Snapshot) -> Iterator[tuple[Diagnostic, WriteFile]]:
        """Yield the files that a safe fix would make, each with what tells of its absence."""
        for diagnostic, finding in self._told(snapshot):
            if finding is not None and is_fixable(diagnostic):
                for file in files_made(finding):
                    yield diagnostic, file

    def _told(self, snapshot: Snapshot) -> Iterator[ToldMigration]:
        loaded = self._loaded
        return migration_diagnostics(
            self._verdict.findings, loaded.history, Placer(snapshot), self._settings, loaded.options
        )

    def shortened(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return diagnostics with very many changes that no migration makes told as one."""
        if not self._wanted.sums_up:
            return list(diagnostics)
        return [each.diagnostic for each in summed_up(map(ToldMigration, diagnostics))]

    def judged(self, shown: Callable[[Path], str]) -> JudgedMigrations:
        """Return what a report says of them as a whole; `shown` makes paths what readers see."""
        loaded = self._loaded
        remarks = list(self._verdict.remarks)
        if self._wanted.is_asked_for:
            if self._place.doubt is not None:
                remarks.append(self._place.doubt)
            if loaded.unreleased.doubt is not None:
                remarks.append(
                    f"{loaded.unreleased.doubt}, so the newest migration alone counts as not "
                    "released and is judged for danger; --all or --base REF change that."
                )
            elif loaded.unreleased.is_guess:
                remarks.append(
                    f"This is the default branch, `{loaded.unreleased.base}`, so the newest "
                    "migration counts as not released; --all or --base REF change that."
                )
        return JudgedMigrations(
            shown(self._place.path),
            len(loaded.history.migrations),
            tuple(
                migration.name
                for migration in loaded.history.migrations
                if migration.name in loaded.unreleased.names
            ),
            None if loaded.unreleased.is_guess else loaded.unreleased.base,
            tuple(remarks),
            self._verdict.not_judged,
        )

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the texts of its files with their paths."""
        history = self._loaded.history
        if history.lock is not None:
            yield history.lock.path, history.lock.text
        for migration in history.migrations:
            if migration.text is not None:
                yield migration.path, migration.text
