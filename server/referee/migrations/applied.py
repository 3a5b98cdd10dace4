"""What a database says of the migrations of a project, held against their files.

Its rows are those of `_prisma_migrations` as Prisma's schema engine writes them: a row begins with
`started_at`, ends with `finished_at`, and is kept with `rolled_back_at` when somebody says that the
migration was undone; one with neither end has failed. `migrate resolve --applied` writes a row that
ends when it begins, without a step.
It deliberately knows no connection and no text for people but the sentences of its findings.

Sources: `diagnose_migration_history.rs`, `mark_migration_applied.rs`, `checksum.rs` and
`migration_persistence.rs` of Prisma's schema engine; the tests run the engine itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from referee.ddl.model import DatabaseModel
from referee.migrations.drift import is_empty
from referee.migrations.findings import AnyPlace
from referee.migrations.half_applied import HalfApplied
from referee.migrations.history import History, checksum_variants
from referee.rules.rule import Severity

RowState = Literal["applied", "failed", "rolled-back"]
State = Literal["applied", "pending", "failed", "running", "rolled-back"]
STATES: tuple[State, ...] = ("applied", "pending", "failed", "running", "rolled-back")
StatusCode = Literal[
    "failed-migration",
    "diverged-history",
    "missing-migration-file",
    "baseline-needed",
    "edited-migration",
    "database-ahead",
    "drift",
    "pending-migration",
    "running-migration",
    "rolled-back-migration",
    "schema-ahead",
    "not-managed",
]
# In the order in which they are told: first what stops Prisma, then what it does not see.
SEVERITY_OF: Mapping[StatusCode, Severity] = {
    "failed-migration": "error",
    "diverged-history": "error",
    "missing-migration-file": "error",
    "baseline-needed": "error",
    "edited-migration": "warning",
    "database-ahead": "warning",
    "drift": "warning",
    "pending-migration": "warning",
    "running-migration": "information",
    "rolled-back-migration": "information",
    "schema-ahead": "warning",
    "not-managed": "warning",
}
STATUS_CODES: tuple[StatusCode, ...] = tuple(SEVERITY_OF)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of `_prisma_migrations`; its times are aware of their zone."""

    migration: str
    checksum: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    rolled_back_at: datetime | None = None
    logs: str = ""
    steps: int = 0

    @property
    def state(self) -> RowState:
        """What became of the attempt that the row stands for."""
        if self.rolled_back_at is not None:
            return "rolled-back"
        return "failed" if self.finished_at is None else "applied"

    @property
    def is_marked(self) -> bool:
        """Whether nothing ran: somebody said with `migrate resolve` that it is applied."""
        return self.state == "applied" and self.steps == 0 and self.finished_at == self.started_at

    @property
    def reason(self) -> str:
        """The line of its logs that tells why it failed; empty if they tell nothing."""
        lines = [line.strip() for line in self.logs.splitlines() if line.strip()]
        # Engines begin with words that are always the same, and name the error below them.
        for number, line in enumerate(lines[:-1]):
            if line in ("Database error:", "external connector error"):
                return lines[number + 1].removeprefix("Error querying the database: ")
        return lines[0] if lines else ""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What a database says: its rows (None without the table), and what it holds.

    `is_migrating` tells that somebody holds the lock under which Prisma applies migrations.
    """

    rows: tuple[HistoryRow, ...] | None
    catalog: DatabaseModel
    is_migrating: bool = False


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A migration that has a folder, or rows in the database, or both.

    `row` is the one that its state is taken from, `attempts` the number of all its rows.
    """

    name: str
    state: State
    is_local: bool
    is_edited: bool = False
    row: HistoryRow | None = None
    attempts: int = 0

    @property
    def is_missing_here(self) -> bool:
        """Whether the database has it and the folder does not."""
        return not self.is_local and self.state != "rolled-back"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do: a sentence, and the command that does it if there is one.

    `is_choice` tells that it may be done instead of the step before, not after it.
    """

    what: str
    command: str | None = None
    is_choice: bool = False


@dataclass(frozen=True, slots=True)
class StatusFinding:
    """Something that is not as it should be.

    `place` is in a file or in the schema, None for what is in the database alone. `table`,
    `columns`, `object` (an index, constraint or enum value) and `type` (an enum) are names there.
    `half` is what stands of a migration that did not end, where that is known.
    """

    code: StatusCode
    message: str
    place: AnyPlace | None = None
    migration: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()
    object: str | None = None
    type: str | None = None
    next: tuple[NextStep, ...] = ()
    half: HalfApplied | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return SEVERITY_OF[self.code]

    @property
    def identity(self) -> Hashable:
        """What tells it from other findings, wherever it stands in a file."""
        return (
            self.code,
            self.message,
            self.migration,
            self.table,
            self.columns,
            self.object,
            self.type,
        )


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A question that was not answered, and a sentence that says why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """The status of a database: its migrations by name, and the findings in the order of codes."""

    migrations: tuple[MigrationState, ...]
    findings: tuple[StatusFinding, ...] = ()
    not_judged: tuple[NotJudged, ...] = field(default=())

    @property
    def last_applied(self) -> MigrationState | None:
        """The migration that was applied last."""
        applied = [each for each in self.migrations if each.state == "applied" and _end_of(each)]
        return max(applied, key=lambda each: (_end_of(each), each.name), default=None)

    def count_of(self, state: State) -> int:
        """Return how many migrations are in a state."""
        return sum(each.state == state for each in self.migrations)

    def findings_of(self, code: StatusCode) -> tuple[StatusFinding, ...]:
        """Return the findings of a code."""
        return tuple(each for each in self.findings if each.code == code)


def states_of(local: History, database: DatabaseState) -> tuple[MigrationState, ...]:
    """Return the state of every migration that the folder or the database knows, by name."""
    rows: dict[str, list[HistoryRow]] = {}
    for row in database.rows or ():
        rows.setdefault(row.migration, []).append(row)
    names = {*rows, *local.empty_folders, *(each.name for each in local.migrations)}
    return tuple(
        _state_of(name, rows.get(name, []), local, database.is_migrating) for name in sorted(names)
    )


def is_without_history(database: DatabaseState) -> bool:
    """Tell whether a database holds something, and nothing says that migrations made it."""
    has_history = any(row.state != "rolled-back" for row in database.rows or ())
    return not has_history and not is_empty(database.catalog)


def history_to_replay(local: History, database: DatabaseState) -> History:
    """Return the migrations whose replay the database is compared with: those applied to it.

    They are taken in the order of their folders, as Prisma takes them for its shadow database.
    For a database without history all count: how many of them it equals is the question there.
    """
    if is_without_history(database):
        return local
    applied = {row.migration for row in database.rows or () if row.state == "applied"}
    kept = tuple(each for each in local.migrations if each.name in applied)
    return replace(local, migrations=kept)


# ---- states ----


def _state_of(
    name: str, rows: Sequence[HistoryRow], local: History, is_migrating: bool
) -> MigrationState:
    migration = local.migration(name)
    is_local = migration is not None or name in local.empty_folders

    def state(found: State, row: HistoryRow | None, is_edited: bool = False) -> MigrationState:
        return MigrationState(name, found, is_local, is_edited, row, len(rows))

    by_state = {row.state: row for row in rows}
    failed, applied = by_state.get("failed"), by_state.get("applied")
    if failed is not None:
        # The engine fills the logs when a step fails; a row without them may still be at work.
        return state("running" if is_migrating and not failed.logs else "failed", failed)
    if applied is not None:
        is_edited = migration is not None and applied.checksum.lower() not in checksum_variants(
            migration.data
        )
        return state("applied", applied, is_edited)
    if rows:
        return state("rolled-back", by_state["rolled-back"])
    return state("pending", None)


def _end_of(state: MigrationState) -> datetime | None:
    return None if state.row is None else state.row.finished_at
