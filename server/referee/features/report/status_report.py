"""The status of a database as it is told: when it was looked at, which database it is, and where
its findings are.

It deliberately knows no format; paths in it are already those that readers are to see, and nothing
in it is secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from referee.features.diagnostics import Diagnostic, MigrationSubject
from referee.features.report.report import JudgedMigrations, JudgedSchema, Report
from referee.migrations.applied import STATES, MigrationStatus, State, StatusCode, StatusFinding
from referee.rules.rule import Fix
from referee.rules.words import counted
from referee.schema.providers import Provider
from referee.syntax.tree import Span
from referee.text.lines import Position, Range

_START = Range(Position(0, 0), Position(0, 0))

_STATE_WORDS: Mapping[State, str] = {
    "applied": "applied",
    "pending": "pending",
    "failed": "failed",
    "running": "being applied",
    "rolled-back": "rolled back",
}
# What the findings of a code have in common, as a heading.
TITLES: Mapping[StatusCode, str] = {
    "failed-migration": "A migration failed, and Prisma applies no other before this is resolved",
    "diverged-history": "Database and folder have gone different ways",
    "missing-migration-file": "A folder without a script",
    "baseline-needed": "A database that holds tables, without a history",
    "edited-migration": "Edited after it was applied",
    "database-ahead": "Applied to the database, and not in the folder",
    "drift": "The database is not what its migrations make",
    "pending-migration": "Not applied yet",
    "running-migration": "Being applied",
    "rolled-back-migration": "Rolled back",
    "schema-ahead": "The schema says what no migration makes",
    "not-managed": "Not managed by Prisma Migrate",
}


@dataclass(frozen=True, slots=True)
class DatabaseTitle:
    """Which database it is, without a user and a password: `name` is that of its file in SQLite."""

    provider: Provider
    server: str
    name: str
    place: str = ""
    namespace: str | None = None

    def __str__(self) -> str:
        where = f"`{self.name}` at {self.place}" if self.place else f"`{self.name}`"
        if self.namespace is not None:
            where += f", schema `{self.namespace}`"
        return f"{where} ({self.server})"


@dataclass(frozen=True, slots=True)
class ToldStatus:
    """A finding and where it is; no path for what is in the database alone."""

    finding: StatusFinding
    path: str | None = None
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What one look at a database told. `remarks` say, as sentences, what was not looked at."""

    at: datetime
    database: DatabaseTitle
    schema: str
    folder: str
    status: MigrationStatus
    findings: tuple[ToldStatus, ...] = ()
    remarks: tuple[str, ...] = ()


def counts_in_words(report: StatusReport) -> str:
    """Return how many migrations are in which state: "3 applied, 1 pending"."""
    status = report.status
    words = [
        f"{status.count_of(state)} {_STATE_WORDS[state]}"
        for state in STATES
        if state == "applied" or status.count_of(state)
    ]
    return ", ".join(words)


def as_report(report: StatusReport, files: tuple[str, ...] = ()) -> Report:
    """Return the status as a report of findings, for formats that know nothing else.

    What is in the database alone is told at the folder of the migrations.
    """
    diagnostics = tuple(
        Diagnostic(
            told.finding.code,
            "migration",
            told.finding.severity,
            told.finding.message,
            told.path or report.folder,
            Span(0, 0),
            told.range or _START,
            fixes=tuple(
                Fix(_step(step.what, step.command), (), False) for step in told.finding.next
            ),
            migration=MigrationSubject(
                told.finding.table,
                told.finding.columns,
                told.finding.object,
                told.finding.type,
                told.finding.migration,
            ),
        )
        for told in report.findings
    )
    migrations = JudgedMigrations(
        report.folder, len(report.status.migrations), remarks=all_remarks(report)
    )
    return Report(
        (
            JudgedSchema(
                report.schema, files, report.database.provider, None, 0, diagnostics, migrations
            ),
        )
    )


def all_remarks(report: StatusReport) -> tuple[str, ...]:
    """Return, as sentences, everything that was not looked at."""
    skipped = tuple(
        f"{each.what.capitalize()} was not looked for: {each.why[:1].lower()}{each.why[1:]}"
        for each in report.status.not_judged
    )
    return (*skipped, *report.remarks)


def findings_in_words(number: int) -> str:
    """Return how many findings there are, in words."""
    return counted(number, "finding") if number else "no findings"


def _step(what: str, command: str | None) -> str:
    first = "" if command is None else command.partition("\n")[0]
    return f"{what} `{first}`" if first else what
