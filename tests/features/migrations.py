"""A schema beside its migrations, judged as an editor and the command line do, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from referee.engine.session import Session
from referee.features.migration_actions import MigrationAction, migration_actions
from referee.features.migration_diagnostics import (
    ToldMigration,
    migration_diagnostics,
    silence_diagnostics,
)
from referee.features.migration_judging import (
    MigrationOptions,
    MigrationVerdict,
    ReplayedHistory,
    judge_migrations,
    replay_history,
)
from referee.features.placing import Placer
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.history import LOCK_FILE, History, history_of
from referee.rules.rule import Place
from referee.rules.settings import RuleSettings
from referee.schema.providers import Provider
from referee.text.edits import apply_edits

FOLDER = "prisma/migrations"
SCHEMA_PATH = "prisma/schema.prisma"
NOW = datetime(2026, 5, 4, 3, 2, 1)
DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n\n'
USER = DATASOURCE + "model User {\n  id   Int     @id\n  name String?\n}\n"
MAKE_USER = (
    'CREATE TABLE "User" ("id" INTEGER NOT NULL, "name" TEXT,\n'
    '    CONSTRAINT "User_pkey" PRIMARY KEY ("id"));\n'
)


@dataclass(slots=True)
class Beside:
    """A schema beside migrations, by name and text; the last one is not released."""

    scripts: dict[str, str]
    schema: str = USER
    lock: str | None = 'provider = "postgresql"\n'
    provider: Provider = "postgresql"
    settings: RuleSettings = field(default_factory=RuleSettings)
    options: MigrationOptions = field(default_factory=MigrationOptions)
    history: History = field(init=False)
    placer: Placer = field(init=False)
    replayed: ReplayedHistory = field(init=False)
    verdict: MigrationVerdict = field(init=False)

    def __post_init__(self) -> None:
        files = {f"{name}/migration.sql": text.encode() for name, text in self.scripts.items()}
        if self.lock is not None:
            files[LOCK_FILE] = self.lock.encode()
        self.history = history_of(FOLDER, files)
        if not self.options.unreleased:
            last = frozenset(list(self.scripts)[-1:])
            self.options = replace(self.options, unreleased=last)
        session = Session(self.settings)
        session.put(SCHEMA_PATH, self.schema)
        self.placer = Placer(session.snapshot())
        self.replayed = replay_history(self.history, self.provider, self.options)
        self.verdict = judge_migrations(
            self.history, self.replayed, session.snapshot().view, self.options
        )

    def told(self, place_of_folder: Place | None = None) -> list[ToldMigration]:
        """Return what there is to tell."""
        return [
            *migration_diagnostics(
                self.verdict.findings, self.history, self.placer, self.settings, self.options,
                place_of_folder=place_of_folder,
            ),
            *silence_diagnostics(self.replayed, self.history, self.settings, self.options),
        ]  # fmt: skip

    def lines(self) -> list[str]:
        """Return what there is to tell, a line each: place, severity, code and message."""
        found = []
        for diagnostic, _ in self.told():
            start = diagnostic.range.start
            path = diagnostic.path.removeprefix(f"{FOLDER}/")
            found.append(
                f"{path}:{start.line + 1}:{start.column + 1} {diagnostic.severity} "
                f"{diagnostic.code}: {diagnostic.message}"
            )
        return found

    def actions(self, code: str) -> tuple[MigrationAction, ...]:
        """Return what can be done about the findings of a code."""
        wanted = [each for each in self.told() if each.diagnostic.code == code]
        return migration_actions(wanted, self.history, self.verdict, self.options, self.placer, NOW)

    def script(self, name: str) -> MigrationEvidence:
        """Return what is known of a migration."""
        assert self.verdict.evidence is not None
        return next(
            each for each in self.verdict.evidence.migrations if each.migration.name == name
        )

    def path(self, name: str) -> str:
        """Return the path of a script."""
        return f"{FOLDER}/{name}/migration.sql"

    def edited(self, action: MigrationAction) -> str:
        """Return the one text that an action edits, as it is afterwards."""
        ((path, edits),) = action.edits.items()
        name = path.split("/")[-2]
        return apply_edits(self.scripts.get(name, self.schema), edits)
