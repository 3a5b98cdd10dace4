"""What running migrations on a database, and looking at one in use, gave, as statements.

It deliberately runs nothing: a verification and a status come in as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from referee.features.report.status_report import TITLES, StatusReport, ToldStatus
from referee.features.whole_report.values import (
    At,
    DatabaseState,
    Evidence,
    NotRun,
    State,
    Statement,
    Trial,
)
from referee.migrations.applied import STATUS_CODES
from referee.migrations.verification import Failure, Outcome, Verification, VerifiedMigration
from referee.rules.words import counted, listed


def trial_of(verification: Verification, shown: Callable[[str], str]) -> Trial:
    """Return a verification as statements; `shown` makes paths what readers see."""
    return Trial(
        verification.engine or "no database",
        tuple(_statements(verification, shown)),
        {
            each.name: each.milliseconds / 1000
            for each in verification.migrations
            if each.milliseconds is not None
        },
        tuple(NotRun(each.what, each.why) for each in verification.not_run),
        verification.has_findings,
    )


def _statements(verification: Verification, shown: Callable[[str], str]) -> Iterator[Statement]:
    engine = verification.engine or "no database"
    migrations = verification.migrations
    if verification.empty.is_ok is not None:
        number = counted(len(migrations), "migration")
        spent = sum(each.milliseconds or 0 for each in migrations)
        yield _outcome(
            "applied-on-empty",
            verification.empty,
            f"{number} apply to an empty database ({engine}), in {spent / 1000:.1f} s.",
            f"Not all of {number} apply to an empty database ({engine}).",
            verification,
            shown,
        )
    emulated = sorted({name for each in migrations for name in each.emulated})
    if emulated:
        sentence = f"Emulated, since the server lacks them: {listed(emulated)}."
        yield Statement("emulated-extensions", "attention", sentence)
    rehearsed = [each for each in migrations if each.is_chosen]
    if verification.rows.is_ok is not None:
        names = listed([each.name for each in rehearsed], most=3)
        yield Statement(
            "applied-on-rows",
            "holds" if verification.rows.is_ok else "fails",
            f"On tables with rows, of the kinds that break migrations, {names} applied."
            if verification.rows.is_ok
            else f"On tables with rows, not all of {names} applied.",
            tuple(_rows_evidence(rehearsed, shown)),
        )
    if verification.equals_schema is not None:
        equals = verification.equals_schema
        yield Statement(
            "equals-schema",
            "holds" if equals else "fails",
            "The migrated database is what the schema says, read from the catalogs of both."
            if equals
            else "The migrated database is not what the schema says: "
            f"{counted(len(verification.differences), 'difference')}.",
            tuple(
                Evidence(
                    each.message,
                    None if each.path is None else At(shown(each.path), each.line or 1),
                )
                for each in verification.differences
            ),
        )
    if verification.down_up is not None:
        states: dict[str, tuple[State, str]] = {
            "exact": ("holds", "Going back and forth again restores the database exactly."),
            "data-loss": (
                "attention",
                "Going back restores the tables, but not all that rows held.",
            ),
            "failed": ("fails", "Going back does not restore the database as it was."),
        }
        state, sentence = states[verification.down_up]
        yield Statement("down-and-up", state, sentence, tuple(_down_evidence(rehearsed, shown)))
    for remark in verification.remarks:
        yield Statement("remark", "not-run", remark)


def _outcome(
    id: str,
    outcome: Outcome,
    good: str,
    bad: str,
    verification: Verification,
    shown: Callable[[str], str],
) -> Statement:
    if outcome.is_ok:
        return Statement(id, "holds", good)
    paths = {each.name: each.path for each in verification.migrations}
    failure = outcome.failure
    evidence = () if failure is None else (_failure(failure, paths[failure.migration], shown),)
    return Statement(id, "fails", bad, evidence)


def _failure(failure: Failure, path: str, shown: Callable[[str], str], rows: str = "") -> Evidence:
    code = f" ({failure.sqlstate})" if failure.sqlstate else ""
    advice = f" {failure.advice}" if failure.advice else ""
    message = " ".join(failure.message.split()).rstrip(".")
    where = f" on {rows}" if rows else ""
    text = f"`{failure.migration}` fails{where}: {message}{code}.{advice}"
    return Evidence(text, At(shown(path), failure.line or 1))


def _rows_evidence(
    migrations: list[VerifiedMigration], shown: Callable[[str], str]
) -> Iterator[Evidence]:
    for each in migrations:
        for case in each.rows:
            if case.failure is not None:
                yield _failure(case.failure, each.path, shown, case.description)
            elif case.is_ok:
                rows = counted(case.rows, "row")
                yield Evidence(f"`{each.name}` on {case.description}: applied, {rows}")


def _down_evidence(
    migrations: list[VerifiedMigration], shown: Callable[[str], str]
) -> Iterator[Evidence]:
    for each in migrations:
        if each.down is None:
            continue
        at = At(shown(each.path), 1)
        down = each.down
        for sentence in (*down.losses, *down.warnings, *down.gaps, *down.differences):
            yield Evidence(f"`{each.name}`: {sentence}", at)
        if down.failure is not None:
            yield Evidence(f"`{each.name}`: {' '.join(down.failure.message.split())}", at)


# --- A database in use ---------------------------------------------------------------------------


def database_state(status: StatusReport) -> DatabaseState:
    """Return the status of a database as statements: one for each kind of finding."""
    return DatabaseState(
        str(status.database), tuple(_status_statements(status)), bool(status.findings)
    )


def _status_statements(status: StatusReport) -> Iterator[Statement]:
    states = status.status
    numbers = [
        f"{number} {word}"
        for word, number in (
            ("applied", states.count_of("applied")),
            ("pending", states.count_of("pending")),
            ("failed", states.count_of("failed")),
            ("rolled back", states.count_of("rolled-back")),
        )
        if number
    ]
    last = states.last_applied
    newest = "" if last is None else f" The last one applied is `{last.name}`."
    yield Statement(
        "applied-migrations", "holds", f"Migrations: {', '.join(numbers) or 'none'}.{newest}"
    )
    by_code: dict[str, list[ToldStatus]] = {}
    for told in status.findings:
        by_code.setdefault(told.finding.code, []).append(told)
    for code in STATUS_CODES:
        found = by_code.get(code)
        if not found:
            continue
        is_grave = found[0].finding.severity in ("error", "warning")
        yield Statement(
            code,
            "fails" if is_grave else "attention",
            f"{TITLES[code]}: {len(found)}.",
            tuple(_told(each) for each in found),
            (code,),
        )
    if "drift" not in by_code and not any("drift" in each.what for each in states.not_judged):
        yield Statement(
            "drift", "holds", "The database holds what its migrations make.", (), ("drift",)
        )
    for each in states.not_judged:
        yield Statement(f"not-judged-{each.what}", "not-run", f"{each.what}: {each.why}")
    for remark in status.remarks:
        yield Statement("remark", "not-run", remark)


def _told(told: ToldStatus) -> Evidence:
    steps = [
        each.what + (f" `{each.command}`" if each.command else "") for each in told.finding.next
    ]
    text = " ".join([told.finding.message, *steps])
    if told.path is None:
        return Evidence(text)
    line = 1 if told.range is None else told.range.start.line + 1
    return Evidence(text, At(told.path, line))
