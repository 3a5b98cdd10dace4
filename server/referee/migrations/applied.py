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

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from referee.ddl.model import Column, DatabaseModel, ForeignKeyConstraint, Index, PrimaryKey
from referee.migrations.difference import Change
from referee.migrations.drift import drift_of, drift_sentence, is_empty
from referee.migrations.evidence import HistoryEvidence, Maker, object_key, shown_name
from referee.migrations.findings import AnyPlace, FilePlace, MigrationFinding
from referee.migrations.history import SCRIPT_FILE, History, checksum_variants
from referee.rules.rule import Severity
from referee.rules.words import counted, listed

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
_SHORT = 12


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


def judge_status(
    local: History,
    database: DatabaseState,
    *,
    replayed: HistoryEvidence | None = None,
    why_not_replayed: str = "",
    schema_findings: Iterable[MigrationFinding] = (),
    external: Iterable[str] = (),
) -> MigrationStatus:
    """Return the status of a database.

    `replayed` is the replay of `history_to_replay`, None where there can be none, and then
    `why_not_replayed` says why as a sentence.
    `schema_findings` tell what the schema and all migrations say differently.
    """
    states = states_of(local, database)
    judged = _Judged(local, database, states, replayed, why_not_replayed, tuple(external))
    found = [*judged.findings(), *map(_schema_ahead, schema_findings)]
    order = {code: number for number, code in enumerate(STATUS_CODES)}
    found.sort(key=lambda each: order[each.code])
    return MigrationStatus(states, tuple(found), tuple(judged.not_judged()))


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


def _rolled_back_at(state: MigrationState) -> datetime | None:
    return None if state.row is None else state.row.rolled_back_at


# ---- findings ----


@dataclass(frozen=True, slots=True)
class _Judged:
    local: History
    database: DatabaseState
    states: tuple[MigrationState, ...]
    replayed: HistoryEvidence | None
    why_not_replayed: str
    external: tuple[str, ...]

    def findings(self) -> Iterator[StatusFinding]:
        """Yield everything but what the schema says."""
        baseline = self.baseline()
        if is_without_history(self.database):
            yield self.without_history(baseline)
        elif self.database.rows is None and not self.states:
            yield self.nothing_at_all()
        for state in self.states:
            # What the database equals already is no matter of applying it.
            if baseline is None or state.name > baseline:
                yield from self.of_migration(state)
        if self.missing_here and self.to_apply:
            yield self.diverged()
        if self.can_drift:
            yield from self.drift()

    @property
    def missing_here(self) -> list[MigrationState]:
        return [each for each in self.states if each.is_missing_here]

    @property
    def to_apply(self) -> list[MigrationState]:
        return [each for each in self.states if each.is_local and each.state in _APPLIED_NEXT]

    # ---- one migration ----

    def of_migration(self, state: MigrationState) -> Iterator[StatusFinding]:
        name = f"`{state.name}`"
        place = self.place_of(state)
        if state.name in self.local.empty_folders:
            yield StatusFinding(
                "missing-migration-file",
                f"The folder of {name} has no {SCRIPT_FILE}, and Prisma refuses to deploy (P3015).",
                place,
                state.name,
                next=(
                    NextStep(f"Restore its {SCRIPT_FILE}, or delete the folder if it is empty."),
                ),
            )
        if state.is_missing_here:
            yield StatusFinding(
                "database-ahead",
                f"The database has {name}, which is in no folder here.",
                migration=state.name,
                next=(
                    NextStep(
                        "Get the branch or the commit that adds it; it was applied from there.",
                        f"git log --all --oneline -- '*{state.name}*'",
                    ),
                ),
            )
        if state.state == "failed":
            yield self.failed(state)
        elif state.state == "running":
            yield StatusFinding(
                "running-migration",
                f"{name} is being applied at this moment.",
                place,
                state.name,
                next=(NextStep("Wait until it has ended, then look again."),),
            )
        elif state.state == "rolled-back" and state.is_local:
            yield StatusFinding(
                "rolled-back-migration",
                f"{name} was rolled back{_at(_rolled_back_at(state))} and not applied since; the "
                "next deploy applies it again.",
                place,
                state.name,
                next=(
                    NextStep("Mend its script, then apply it again.", _DEPLOY),
                    NextStep("Delete its folder if it is not wanted any more.", is_choice=True),
                ),
            )
        elif state.state == "pending" and state.name not in self.local.empty_folders:
            yield self.pending(state)
        if state.is_edited:
            yield self.edited(state)

    def place_of(self, state: MigrationState) -> FilePlace | None:
        migration = self.local.migration(state.name)
        if migration is not None:
            return FilePlace(migration.path)
        return FilePlace(f"{self.local.path}/{state.name}") if state.is_local else None

    def pending(self, state: MigrationState) -> StatusFinding:
        later = [each.name for each in self.states if each.state == "applied"]
        is_late = bool(later) and max(later) > state.name
        behind = f", though `{max(later)}`, which comes after it, is" if is_late else ""
        return StatusFinding(
            "pending-migration",
            f"`{state.name}` is not applied{behind}.",
            self.place_of(state),
            state.name,
            next=(NextStep("Apply what is pending.", _DEPLOY),),
        )

    def failed(self, state: MigrationState) -> StatusFinding:
        row = state.row
        reason = row.reason if row is not None else ""
        since = _at(None if row is None else row.started_at)
        message = f"`{state.name}` failed{since}"
        if reason:
            message += f": {reason.rstrip('.')}."
        else:
            message += " or was interrupted: it began, did not end, and left no logs."
        undone = (
            "PostgreSQL undoes a script that fails, unless it commits by itself: say that it is "
            "rolled back, mend it, and deploy again."
            if self.database.catalog.provider in ("postgresql", "cockroachdb")
            else "Undo by hand what it did before it failed, say that it is rolled back, mend it, "
            "and deploy again."
        )
        name = state.name
        return StatusFinding(
            "failed-migration",
            message,
            self.place_of(state),
            state.name,
            next=(
                NextStep(undone, f"npx prisma migrate resolve --rolled-back {_word(name)}"),
                NextStep(
                    "Finish by hand what it should do, and say that it is applied.",
                    f"npx prisma migrate resolve --applied {_word(name)}",
                    is_choice=True,
                ),
            ),
        )

    def edited(self, state: MigrationState) -> StatusFinding:
        migration = self.local.migration(state.name)
        now = "" if migration is None else migration.checksum[:_SHORT]
        then = "" if state.row is None else state.row.checksum[:_SHORT]
        return StatusFinding(
            "edited-migration",
            f"`{state.name}` was edited after it was applied: its checksum is {now}, and {then} "
            "was applied.",
            self.place_of(state),
            state.name,
            next=(
                NextStep(
                    "Find the edit and take it back; what it adds belongs in a migration of its "
                    "own.",
                    f"git log --patch -- '*{state.name}/{SCRIPT_FILE}'",
                ),
            ),
        )

    # ---- the whole ----

    def diverged(self) -> StatusFinding:
        last = None
        for state in self.states:
            if state.is_missing_here or state in self.to_apply:
                break
            if state.is_local:
                last = state.name
        common = f"The last one in common is `{last}`" if last else "They have none in common"
        here = listed([each.name for each in self.to_apply], 3)
        there = listed([each.name for each in self.missing_here], 3)
        return StatusFinding(
            "diverged-history",
            f"The database and the folder have gone different ways. {common}; only here "
            f"{_are(self.to_apply)} {here}, only in the database {there}.",
            FilePlace(self.local.path),
            last,
            next=(
                NextStep("Bring the folders of the migrations that are only in the database here."),
                NextStep(
                    "For a database of development alone, begin anew; this deletes all its rows.",
                    "npx prisma migrate reset",
                    is_choice=True,
                ),
            ),
        )

    def nothing_at_all(self) -> StatusFinding:
        return StatusFinding(
            "not-managed",
            "The database is empty, and there are no migrations to apply to it.",
            FilePlace(self.local.path),
            next=(NextStep("Write the first migration.", "referee migrations new init"),),
        )

    def without_history(self, baseline: str | None) -> StatusFinding:
        names = [each.name for each in self.local.migrations]
        has = "has no table `_prisma_migrations`"
        if self.database.rows is not None:
            has = "has no migration in its `_prisma_migrations`"
        if not names:
            return StatusFinding(
                "not-managed",
                f"The database holds tables, {has}, and there are no migrations here: Prisma "
                "Migrate does not manage it.",
                FilePlace(self.local.path),
                next=(
                    NextStep("Write what it holds as a first migration.", _NEW_INIT),
                    NextStep(
                        "Then say that it is applied, which runs nothing.",
                        "npx prisma migrate resolve --applied <name of its folder>",
                    ),
                ),
            )
        refused = ", so Prisma refuses to deploy to it (P3005)" if not self.database.rows else ""
        steps: list[NextStep]
        if baseline is None:
            compared = ""
            if self.replayed is not None:
                compared = " It equals no state that the migrations pass through."
            steps = [
                NextStep("See what it holds, and write that as a first migration.", _NEW_INIT),
                NextStep(
                    "Then say that it is applied, which runs nothing.",
                    "npx prisma migrate resolve --applied <name of its folder>",
                ),
            ]
        else:
            until = names[: names.index(baseline) + 1]
            what = "all migrations" if len(until) == len(names) else f"`{baseline}`"
            compared = (
                f" It is what {what} would leave."
                if len(until) == len(names)
                else (f" It is what the migrations up to {what} would leave.")
            )
            steps = [
                NextStep(
                    "Say that it is applied, which runs nothing."
                    if len(until) == 1
                    else f"Say of these {len(until)} that they are applied, which runs nothing.",
                    "\n".join(f"npx prisma migrate resolve --applied {_word(n)}" for n in until),
                )
            ]
        return StatusFinding(
            "baseline-needed",
            f"The database holds tables but {has}{refused}.{compared}",
            FilePlace(self.local.path),
            baseline,
            next=tuple(steps),
        )

    def baseline(self) -> str | None:
        """Return the last migration of those that would leave what the database holds."""
        if self.replayed is None or not is_without_history(self.database):
            return None
        for each in reversed(self.replayed.migrations):
            # Most states are told apart by their tables alone.
            if len(each.after.tables) > len(self.database.catalog.tables):
                continue
            if not drift_of(self.database.catalog, each.after, self.external):
                return each.migration.name
        return None

    # ---- drift ----

    @property
    def can_drift(self) -> bool:
        return (
            self.replayed is not None
            and self.why_no_drift is None
            and any(each.state == "applied" for each in self.states)
        )

    @property
    def why_no_drift(self) -> str | None:
        """Say why the database is not compared with its migrations; None if it is."""
        missing = [each for each in self.missing_here if each.state == "applied"]
        if any(each.state == "running" for each in self.states):
            return "A migration is being applied at this moment."
        if missing:
            return (
                f"{counted(len(missing), 'migration')} of the database {_are(missing)} in no "
                "folder here, so what its migrations make is not known."
            )
        return None if self.replayed is not None else self.why_not_replayed

    def not_judged(self) -> Iterator[NotJudged]:
        is_asked = bool(self.database.rows) or is_without_history(self.database)
        if is_asked and self.why_no_drift:
            yield NotJudged("drift", self.why_no_drift)

    def drift(self) -> Iterator[StatusFinding]:
        assert self.replayed is not None
        namespace = self.replayed.default_namespace
        makers = self.replayed.makers
        for change in drift_of(self.database.catalog, self.replayed.made, self.external):
            is_of_enum = change.part in ("enum", "enum value")
            owner = shown_name(change.owner, namespace)
            is_named = change.part in _NAMED_PARTS
            yield StatusFinding(
                "drift",
                drift_sentence(change, namespace),
                None,
                _maker_of(change, makers),
                None if is_of_enum else owner,
                _columns_of(change),
                change.name or None if is_named else None,
                owner if is_of_enum else None,
                _AFTER_DRIFT[change.kind],
            )


_APPLIED_NEXT: frozenset[State] = frozenset(["pending", "rolled-back"])
_NAMED_PARTS = frozenset(["primary key", "index", "foreign key", "check", "enum value"])
_DEPLOY = "npx prisma migrate deploy"
_NEW_INIT = "referee migrations new init"
_AFTER_DRIFT: Mapping[str, tuple[NextStep, ...]] = {
    "add": (
        NextStep(
            "Make it again in the database; if it is gone for good, take it out of the schema and "
            "write a migration that drops it only where it exists."
        ),
    ),
    "drop": (
        NextStep(
            "If it is wanted, write a migration that makes it, and say that it is applied here; "
            "if not, drop it."
        ),
    ),
    "alter": (
        NextStep(
            "If the database is right, write a migration that makes the change, and say that it is "
            "applied here; if not, change it back."
        ),
    ),
}


def _schema_ahead(finding: MigrationFinding) -> StatusFinding:
    return StatusFinding(
        "schema-ahead",
        finding.message,
        finding.place,
        finding.migration,
        finding.table,
        finding.columns,
        finding.object,
        finding.type,
        (NextStep("Write a migration for what differs.", "referee migrations new <name>"),),
    )


def _maker_of(change: Change, makers: Mapping[str, Maker]) -> str | None:
    found = makers.get(object_key(change.part, change.owner, change.name))
    return None if found is None else found.migration


def _columns_of(change: Change) -> tuple[str, ...]:
    thing = change.meant if change.meant is not None else change.made
    if isinstance(thing, Column):
        return (thing.name,)
    if isinstance(thing, Index):
        return thing.columns or ()
    return thing.columns if isinstance(thing, PrimaryKey | ForeignKeyConstraint) else ()


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f" at {moment:%Y-%m-%d %H:%M} UTC"


def _are(states: Sequence[MigrationState]) -> str:
    return "is" if len(states) == 1 else "are"


def _word(text: str) -> str:
    """Return a name as a word of a shell."""
    is_plain = all(each.isalnum() or each in "_-./" for each in text)
    return text if is_plain else "'" + text.replace("'", "'\\''") + "'"
