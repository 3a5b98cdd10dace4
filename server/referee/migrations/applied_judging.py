"""Judges what a database says of the migrations of a project, held against their files.

It deliberately knows no connection and no text for people but the sentences of its findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from referee.ddl.model import DatabaseModel
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
from referee.migrations.evidence import HistoryEvidence, read_history
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.half_applied import HalfApplied, half_applied
from referee.migrations.half_applied_sentences import (
    how_to_go_back,
    how_to_undo,
    sentence_of_half,
)
from referee.migrations.history import SCRIPT_FILE, History
from referee.migrations.replay import empty_database
from referee.rules.words import counted, listed

_SHORT = 12
# Migrations were put together anew: those in the folder are to be marked as applied, or are.
Squash: TypeAlias = Literal["to mark", "marked"]


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
    external = tuple(external)
    halves: Mapping[str, HalfApplied] = {}
    has_history = not is_without_history(database)
    if replayed is not None:
        halves, made = _halves(local, database, states, replayed, external)
        # Rows of attempts alone, and what they left is all that the database holds.
        has_history = has_history or (
            bool(halves) and not drift_of(database.catalog, made, external)
        )
    squash: Squash | None = None
    if replayed is not None and has_history:
        squash = _squash(local, database, states, replayed, external)
    judged = _Judged(
        local=local,
        database=database,
        states=states,
        replayed=replayed,
        why_not_replayed=why_not_replayed,
        external=external,
        halves=halves,
        has_history=has_history,
        squash=squash,
    )
    found = [*judged.findings(), *map(_schema_ahead, schema_findings)]
    order = {code: number for number, code in enumerate(STATUS_CODES)}
    found.sort(key=lambda each: order[each.code])
    return MigrationStatus(states, tuple(found), tuple(judged.not_judged()))


# ---- findings ----


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is known of a database and its migrations, and what is found in that.

    `halves` are what stands of the migrations that did not end, in their order. `has_history` tells
    that the database counts as one whose migrations are recorded.
    """

    local: History
    database: DatabaseState
    states: tuple[MigrationState, ...]
    replayed: HistoryEvidence | None
    why_not_replayed: str
    external: tuple[str, ...]
    halves: Mapping[str, HalfApplied]
    has_history: bool
    squash: Squash | None

    def findings(self) -> Iterator[StatusFinding]:
        """Yield everything but what the schema says."""
        baseline = self.baseline()
        if not self.has_history:
            yield self.without_history(baseline)
        elif self.database.rows is None and not self.states:
            yield self.nothing_at_all()
        is_refused = not self.has_history and baseline is None
        to_mark = {each.name for each in self.to_apply} if self.squash == "to mark" else set()
        for state in self.states:
            # What the database equals already is no matter of applying it, and nothing can be
            # applied to a database that Prisma refuses (P3005) until it has a history.
            is_there = baseline is not None and state.name <= baseline
            if state.name in to_mark:
                continue
            if not is_there and not (is_refused and state.state == "pending"):
                yield from self.of_migration(state)
        if to_mark:
            yield self.squashed()
        elif self.missing_here and self.to_apply:
            yield self.diverged()
        if self.can_drift:
            assert self.replayed is not None
            made = self.replayed.made
            for half in self.halves.values():
                made = half.made
            yield from drift_findings(self.database.catalog, made, self.replayed, self.external)

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
        if state.is_missing_here and self.squash is None:
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
            yield self.rolled_back(state)
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
            next=(NextStep(self.when_to_apply(), _DEPLOY),),
        )

    def when_to_apply(self) -> str:
        """Say when what is pending can be applied."""
        if any(each.state == "failed" for each in self.states):
            return "Apply what is pending once the failed one is resolved; before, Prisma refuses."
        return "Apply what is pending."

    def failed(self, state: MigrationState) -> StatusFinding:
        row = state.row
        reason = row.reason if row is not None else ""
        since = _at(None if row is None else row.started_at)
        message = f"`{state.name}` failed{since}"
        if reason:
            message += f": {reason.rstrip('.')}."
        else:
            message += " or was interrupted: it began, did not end, and left no logs."
        half = self.halves.get(state.name)
        if half is not None:
            message += f" {sentence_of_half(half, self.namespace)}"
        name = _word(state.name)
        resolved = f"npx prisma migrate resolve --rolled-back {name}"
        finished = f"npx prisma migrate resolve --applied {name}"
        steps: tuple[NextStep, ...]
        if half is not None and half.has_run_whole:
            undo = how_to_undo(half, self.namespace)
            steps = (
                NextStep("Say that it is applied, which runs nothing.", finished),
                NextStep(
                    f"{undo}. Then say that it is rolled back, and deploy again.",
                    resolved,
                    is_choice=True,
                ),
            )
        else:
            steps = (
                NextStep(
                    how_to_go_back(half, self.database.catalog.provider, self.namespace), resolved
                ),
                NextStep(
                    "Finish by hand what it should do, and say that it is applied.",
                    finished,
                    is_choice=True,
                ),
            )
        return StatusFinding(
            "failed-migration", message, self.place_of(state), state.name, next=steps, half=half
        )

    def rolled_back(self, state: MigrationState) -> StatusFinding:
        half = self.halves.get(state.name)
        when = _at(None if state.row is None else state.row.rolled_back_at)
        message = f"`{state.name}` was rolled back{when} and not applied since; the next deploy "
        first = "Mend its script, then apply it again."
        if half is not None and half.left:
            left = sentence_of_half(half, self.namespace)
            message += f"applies it again, though it is not undone. {left}"
            first = f"{how_to_undo(half, self.namespace)}. Then mend its script and apply it again."
        else:
            half = None
            message += "applies it again."
        return StatusFinding(
            "rolled-back-migration",
            message,
            self.place_of(state),
            state.name,
            next=(
                NextStep(first, _DEPLOY),
                NextStep("Delete its folder if it is not wanted any more.", is_choice=True),
            ),
            half=half,
        )

    @property
    def namespace(self) -> str | None:
        return None if self.replayed is None else self.replayed.default_namespace

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

    def squashed(self) -> StatusFinding:
        names = [each.name for each in self.to_apply]
        here, there = listed(names, 3), listed([each.name for each in self.missing_here], 3)
        return StatusFinding(
            "diverged-history",
            f"The folder no longer has {there}, which the database has applied, and the database "
            f"is what the migrations here leave, with {here}, which {_are(self.to_apply)} not "
            "applied: they were put together anew, it seems, and a deploy would fail.",
            FilePlace(self.local.path),
            names[-1],
            next=(_mark_applied(names),),
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
        refused = ""
        if self.database.rows is None:
            refused = ", so Prisma refuses to deploy to it (P3005)"
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
                _mark_applied(until),
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
        if self.replayed is None or self.has_history:
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
            and self.squash is None
            and self.why_no_drift is None
            and self.has_history
            and any(each.row is not None for each in self.states)
        )

    @property
    def why_no_drift(self) -> str | None:
        """Say why the database is not compared with its migrations; None if it is."""
        missing = [each for each in self.missing_here if each.state in ("applied", "failed")]
        if any(each.state == "running" for each in self.states):
            return "A migration is being applied at this moment."
        if missing and self.squash is None:
            return (
                f"{counted(len(missing), 'migration')} of the database {_are(missing)} in no "
                "folder here, so what its migrations make is not known."
            )
        return None if self.replayed is not None else self.why_not_replayed

    def not_judged(self) -> Iterator[NotJudged]:
        is_asked = bool(self.database.rows) or not self.has_history
        if is_asked and self.why_no_drift:
            yield NotJudged("drift", self.why_no_drift)


_APPLIED_NEXT: frozenset[State] = frozenset(["pending", "rolled-back"])
_DEPLOY = "npx prisma migrate deploy"
_PULL = "npx prisma db pull"
_NEW_INIT = "referee migrations new init"


def _halves(
    local: History,
    database: DatabaseState,
    states: Sequence[MigrationState],
    replayed: HistoryEvidence,
    external: tuple[str, ...],
) -> tuple[dict[str, HalfApplied], DatabaseModel]:
    """Return what stands of the migrations that did not end, and the database they leave."""
    provider, namespace = database.catalog.provider, replayed.default_namespace
    made = replayed.made
    if is_without_history(database):
        made = empty_database(provider, namespace)
    found: dict[str, HalfApplied] = {}
    for state in states:
        migration = local.migration(state.name)
        if migration is None or state.row is None or state.state not in ("failed", "rolled-back"):
            continue
        # The engine fills the logs when a statement fails.
        half = half_applied(
            migration,
            made,
            database.catalog,
            has_failed=bool(state.row.logs),
            namespace=namespace,
            external=external,
        )
        found[state.name], made = half, half.made
    return found, made


def _squash(
    local: History,
    database: DatabaseState,
    states: Sequence[MigrationState],
    replayed: HistoryEvidence,
    external: tuple[str, ...],
) -> Squash | None:
    """Tell whether the folder holds other migrations than were applied, with the same end.

    Then those that are only in the database are no sign of another branch, and running those that
    are only here would make everything a second time.
    """
    if not any(each.is_missing_here and each.state == "applied" for each in states):
        return None
    if any(each.state in ("failed", "running") for each in states):
        return None
    is_like_applied = not drift_of(database.catalog, replayed.made, external)
    if not any(each.is_local and each.state in _APPLIED_NEXT for each in states):
        is_marked = any(each.is_local and each.row and each.row.is_marked for each in states)
        return "marked" if is_like_applied and is_marked else None
    if is_like_applied:
        return None  # what is pending changes rows alone, and may have to run
    provider, namespace = database.catalog.provider, replayed.default_namespace
    whole = read_history(local, provider, default_namespace=namespace).made
    return None if drift_of(database.catalog, whole, external) else "to mark"


def _mark_applied(names: Sequence[str]) -> NextStep:
    what = "Say that it is applied, which runs nothing."
    if len(names) > 1:
        what = f"Say of these {len(names)} that they are applied, which runs nothing."
    commands = (f"npx prisma migrate resolve --applied {_word(name)}" for name in names)
    return NextStep(what, "\n".join(commands))


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
