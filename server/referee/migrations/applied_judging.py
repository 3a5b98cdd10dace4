"""Judges what a database says of the migrations of a project, held against their files.

It deliberately knows no connection and no text for people but the sentences of its findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from referee.migrations.applied import (
    STATUS_CODES,
    DatabaseState,
    MigrationState,
    MigrationStatus,
    NextStep,
    NotJudged,
    State,
    StatusFinding,
    is_without_history,
    states_of,
)
from referee.migrations.applied_drift import drift_findings
from referee.migrations.drift import drift_of
from referee.migrations.evidence import HistoryEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.history import SCRIPT_FILE, History
from referee.rules.words import counted, listed

_SHORT = 12


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
        is_refused = is_without_history(self.database) and baseline is None
        for state in self.states:
            # What the database equals already is no matter of applying it, and nothing can be
            # applied to a database that Prisma refuses (P3005) until it has a history.
            is_there = baseline is not None and state.name <= baseline
            if not is_there and not (is_refused and state.state == "pending"):
                yield from self.of_migration(state)
        if self.missing_here and self.to_apply:
            yield self.diverged()
        if self.can_drift:
            assert self.replayed is not None
            yield from drift_findings(self.database.catalog, self.replayed, self.external)

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
                        f"git log --all --oneline -- {_word(f'*{state.name}*')}",
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
                    f"git log --patch -- {_word(f'*{state.name}/{SCRIPT_FILE}')}",
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
                    NextStep("Bring what it holds into the schema.", _PULL),
                    NextStep("Then write that as a first migration.", _NEW_INIT),
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
                NextStep("See what it holds, without a change to a file.", f"{_PULL} --print"),
                NextStep(
                    "Bring the database to the state of a migration, then say of it and of each "
                    "before it that it is applied, which runs nothing.",
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


_APPLIED_NEXT: frozenset[State] = frozenset(["pending", "rolled-back"])
_DEPLOY = "npx prisma migrate deploy"
_PULL = "npx prisma db pull"
_NEW_INIT = "referee migrations new init"


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


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f" at {moment:%Y-%m-%d %H:%M} UTC"


def _are(states: Sequence[MigrationState]) -> str:
    return "is" if len(states) == 1 else "are"


def _word(text: str) -> str:
    """Return a name as a word of a shell."""
    if not text.isprintable():
        # The form of Bash and Zsh, in which a line end or an escape is neither run nor shown raw.
        shown = "".join(
            each
            if each.isprintable() and each not in "\\'"
            else "".join(f"\\x{byte:02x}" for byte in each.encode(errors="replace"))
            for each in text
        )
        return f"$'{shown}'"
    is_plain = text != "" and all(each.isalnum() or each in "_-./" for each in text)
    return text if is_plain else "'" + text.replace("'", "'\\''") + "'"


def _rolled_back_at(state: MigrationState) -> datetime | None:
    return None if state.row is None else state.row.rolled_back_at
